"""Forms that create an issue, a repository or a fork."""

from __future__ import annotations

from aiohttp import web

from sandbox import licences
from sandbox.acts.issues import open_issue
from sandbox.acts.labels import find_label
from sandbox.api.issues import check_body, check_title
from sandbox.http.routes import REPO
from sandbox.pages.forms import IssueForm, as_body, issue_forms
from sandbox.pages.render import PageContent, Pages
from sandbox.pages.visit import Missing, Visit, path_of


def register(app: web.Application, pages: Pages) -> None:
    get, post = app.router.add_get, app.router.add_post
    get("/new", pages.reading(repository_page))
    post("/new", pages.acting(make_repository, repository_page))
    repo = "/{owner}/{repo}"
    get(repo + "/issues/new/choose", pages.reading(choose_form))
    get(repo + "/issues/new", pages.reading(new_issue_page))
    post(repo + "/issues/new", pages.acting(make_issue, new_issue_page))
    get(repo + "/fork", pages.reading(fork_page))
    post(repo + "/fork", pages.acting(on_fork, fork_page))


# an issue


def choose_form(visit: Visit) -> PageContent:
    found, wrong = issue_forms(visit.repo)
    return "choose_form.html", {"repo": visit.repo, "forms": found, "wrong": wrong}


def _form(visit: Visit) -> IssueForm | None:
    name = visit.request.query.get("template")
    if not name:
        return None
    found, _ = issue_forms(visit.repo)
    if name not in found:
        raise Missing
    return found[name]


def new_issue_page(visit: Visit) -> PageContent:
    return "new_issue.html", {"repo": visit.repo, "form": _form(visit), "action": visit.request.path}


def make_issue(visit: Visit) -> str:
    repo, form = visit.repo, _form(visit)
    if form is None:
        made = visit.ask(
            "POST " + REPO + "/issues",
            {"title": visit.need("title", "Title"), "body": visit.typed.get("body", "")},
        )
        return f"/{repo.full_name}/issues/{made['number']}"
    # A form's labels are its own, whoever fills it in; those that the repository lacks are left out, as on GitHub.
    labels = [label for name in form.label_names if (label := find_label(repo, name))]
    title, body = check_title(visit.need("title", "Title")), check_body(as_body(form, visit.typed), "Issue")
    return path_of(open_issue(visit.world, repo, visit.call().user, title, body, labels, []))


# a repository


def repository_page(_: Visit) -> PageContent:
    return "new_repository.html", {"licences": licences.OFFERED}


def make_repository(visit: Visit) -> str:
    body = {
        "name": visit.need("name", "Name"),
        "description": visit.typed.get("description", "").strip() or None,
        "auto_init": True,
        "license_template": visit.typed.get("licence") or None,
    }
    return "/" + str(visit.ask("POST /user/repos", body)["full_name"])


def fork_page(visit: Visit) -> PageContent:
    repo = visit.repo
    return "fork.html", {"repo": repo, "known": next((one for one in repo.forks if one.owner is visit.who), None)}


def on_fork(visit: Visit) -> str:
    return "/" + str(visit.ask("POST " + REPO + "/forks", {})["full_name"])
