"""What people begin: an issue, a repository, and a file proposed by pull request."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.sandbox import licences
from bot.sandbox.acts.branches import commit_file
from bot.sandbox.acts.issues import open_issue
from bot.sandbox.acts.labels import find_label
from bot.sandbox.api.issues import check_body, check_title
from bot.sandbox.errors import ApiError
from bot.sandbox.model import Issue, Repository
from bot.sandbox.pages.forms import IssueForm, as_body, issue_forms
from bot.sandbox.pages.render import Pages, Shown
from bot.sandbox.pages.visit import Missing, Visit, path_of
from bot.sandbox.pullwork import pull_of

R = "/repos/{owner}/{repo}"


def register(app: web.Application, pages: Pages) -> None:
    get, post = app.router.add_get, app.router.add_post
    get("/new", pages.reading(repository_page))
    post("/new", pages.acting(make_repository, repository_page))
    repo = "/{owner}/{repo}"
    get(repo + "/issues/new/choose", pages.reading(choose_form))
    get(repo + "/issues/new", pages.reading(issue_page))
    post(repo + "/issues/new", pages.acting(make_issue, issue_page))
    get(repo + "/new", pages.reading(file_page))
    post(repo + "/new", pages.acting(propose, file_page))
    pull = repo + r"/pull/{number:\d+}/file"
    get(pull, pages.reading(file_page))
    post(pull, pages.acting(add_to_pull, file_page))


# an issue


def choose_form(visit: Visit) -> Shown:
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


def issue_page(visit: Visit) -> Shown:
    return "new_issue.html", {"repo": visit.repo, "form": _form(visit), "action": visit.request.path}


def make_issue(visit: Visit) -> str:
    repo, form = visit.repo, _form(visit)
    if form is None:
        made = visit.ask(
            "POST " + R + "/issues", {"title": visit.need("title", "Title"), "body": visit.typed.get("body", "")}
        )
        return f"/{repo.full_name}/issues/{made['number']}"
    # A form's labels are its own, whoever fills it in; those that the repository lacks are left out, as on GitHub.
    labels = [label for name in form.label_names if (label := find_label(repo, name))]
    title, body = check_title(visit.need("title", "Title")), check_body(as_body(form, visit.typed), "Issue")
    return path_of(open_issue(visit.world, repo, visit.call().user, title, body, labels, []))


# a repository


def repository_page(_: Visit) -> Shown:
    return "new_repository.html", {"licences": licences.OFFERED}


def make_repository(visit: Visit) -> str:
    body = {
        "name": visit.need("name", "Name"),
        "description": visit.typed.get("description", "").strip() or None,
        "auto_init": True,
        "license_template": visit.typed.get("licence") or None,
    }
    return "/" + str(visit.ask("POST /user/repos", body)["full_name"])


# a file, by pull request


def _asked(visit: Visit) -> tuple[Repository, Issue | None]:
    """The repository; and the pull request where the file goes into one that is there."""
    issue = visit.issue if "number" in visit.request.match_info else None
    if issue is not None and (issue.pull is None or issue.pull.head_repo is None):
        raise Missing
    return visit.repo, issue


def file_page(visit: Visit) -> Shown:
    repo, issue = _asked(visit)
    head = pull_of(issue).head_sha if issue else repo.git.branch(repo.default_branch)
    path = visit.request.query.get("path", "")
    there = repo.git.file(head, path) if head and path else None
    values: dict[str, Any] = {"path": path, "content": (there or b"").decode(errors="replace")}
    return "new_file.html", {"repo": repo, "issue": issue, "action": visit.request.path, **values}


def propose(visit: Visit) -> str:
    """A branch with one commit, and a pull request; from a fork, where the person may not write here."""
    repo, who = visit.repo, visit.call().user
    base = repo.git.branch(repo.default_branch)
    if base is None:
        raise ApiError(422, "There is no commit in this repository yet.")
    path, title = visit.need("path", "Path of the file"), visit.need("title", "Title")
    home = repo if visit.may("write") else _fork(visit)
    number = next(n for n in range(1, 10_000) if home.git.branch(f"{who.login}-patch-{n}") is None)
    branch = f"{who.login}-patch-{number}"
    commit_file(visit.world, home, who, branch, base, path, visit.typed.get("text", ""), title)
    head = branch if home is repo else f"{home.owner.login}:{branch}"
    body = {"title": title, "body": visit.typed.get("body", ""), "head": head, "base": repo.default_branch}
    made = visit.ask("POST " + R + "/pulls", body)
    return f"/{repo.full_name}/pull/{made['number']}"


def _fork(visit: Visit) -> Repository:
    name = visit.ask("POST " + R + "/forks", {})["full_name"]
    found = visit.world.repository(name)
    if found is None:
        raise Missing
    return found


def add_to_pull(visit: Visit) -> str:
    """One more commit on the branch of a pull request."""
    _, issue = _asked(visit)
    if issue is None or issue.pull is None or issue.pull.head_repo is None:
        raise Missing
    pull, home, call = issue.pull, issue.pull.head_repo, visit.call()
    call.need("write", home)
    path, title = visit.need("path", "Path of the file"), visit.need("title", "Title")
    commit_file(visit.world, home, call.user, pull.head_ref, pull.head_sha, path, visit.typed.get("text", ""), title)
    return path_of(issue) + "#files"
