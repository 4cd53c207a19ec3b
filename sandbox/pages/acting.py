"""Forms on the page of an issue or pull request, each through the API's own route."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.http.routes import PULL, REPO
from sandbox.pages import reviewing
from sandbox.pages.boxes import boxes, set_boxes
from sandbox.pages.render import Act, PageContent, Pages, Show
from sandbox.pages.visit import Visit, path_of, same_lines

ISSUE, COMMENT = REPO + "/issues/{number}", REPO + "/issues/comments/{comment}"
LAST = "#write"  # the form for a new comment, at the end of the thread


def register(app: web.Application, pages: Pages) -> None:
    thread = r"/{owner}/{repo}/{kind:issues|pull}/{number:\d+}"
    comment = thread + r"/comments/{comment:\d+}"
    pull = r"/{owner}/{repo}/{kind:pull}/{number:\d+}"

    def form(address: str, act: Act, show: Show = thread_page) -> None:
        app.router.add_post(address, pages.acting(act, show))

    app.router.add_get(thread, pages.reading(thread_page))
    app.router.add_get(thread + "/edit", pages.reading(edit_page))
    app.router.add_get(comment + "/edit", pages.reading(comment_page))
    form(thread + "/edit", on_edit, edit_page)
    form(thread + "/comments", say)
    form(thread + "/boxes", tick)
    form(thread + "/labels", on_label)
    form(thread + "/state", on_set_state)
    form(comment + "/edit", on_edit_comment, comment_page)
    form(comment + "/delete", on_delete_comment, comment_page)
    form(comment + "/boxes", tick_in_comment)
    reviewing.register(form, pull)


def thread_page(visit: Visit) -> PageContent:
    issue, pull = visit.issue, visit.issue.pull
    values: dict[str, Any] = {"repo": issue.repo, "issue": issue, "here": path_of(issue), "boxes": boxes}
    mine, triage = visit.who is issue.user, visit.may("triage")
    values["may_close"] = mine or triage
    values["may_reopen"] = triage or (mine and (pull is not None or issue.closed_by is visit.who))
    if pull is not None:
        values |= reviewing.pull_details(visit)
    return "issue.html", values


def edit_page(visit: Visit) -> PageContent:
    issue = visit.issue
    return "edit.html", {"repo": issue.repo, "issue": issue, "action": path_of(issue) + "/edit"}


def comment_page(visit: Visit) -> PageContent:
    comment = visit.comment
    action = f"{path_of(comment.issue)}/comments/{comment.id}"
    values = {"repo": comment.issue.repo, "comment": comment, "action": action, "here": action + "/edit"}
    return "edit_comment.html", values


# the issue itself


def on_edit(visit: Visit) -> str:
    issue = visit.issue
    body = same_lines(visit.typed.get("body", ""), issue.body)
    visit.ask("PATCH " + ISSUE, {"title": visit.need("title", "Title"), "body": body})
    return path_of(issue)


def tick(visit: Visit) -> str:
    issue = visit.issue
    visit.ask("PATCH " + ISSUE, {"body": _ticked(visit, issue.body or "")})
    return path_of(issue) + "#description"


def on_label(visit: Visit) -> str:
    """Applies only the labels that the person changed, and keeps changes that others made meanwhile."""
    issue = visit.issue
    was, wanted = set(visit.typed.getall("was", [])), visit.typed.getall("label", [])
    taken_off = was - set(wanted)
    names = [one.name for one in issue.labels if one.name not in taken_off]
    visit.ask("PUT " + ISSUE + "/labels", {"labels": [*names, *(name for name in wanted if name not in was)]})
    return path_of(issue) + "#labels"


def on_set_state(visit: Visit) -> str:
    issue = visit.issue
    visit.ask("PATCH " + (ISSUE if issue.pull is None else PULL), {"state": visit.need("state", "State")})
    return path_of(issue)


# comments


def say(visit: Visit) -> str:
    visit.need("body", "Comment")
    made = visit.ask("POST " + ISSUE + "/comments", {"body": visit.typed["body"]})
    return f"{path_of(visit.issue)}#issuecomment-{made['id']}"


def on_edit_comment(visit: Visit) -> str:
    comment = visit.comment
    visit.need("body", "Comment")
    visit.ask("PATCH " + COMMENT, {"body": same_lines(visit.typed["body"], comment.body)})
    return f"{path_of(comment.issue)}#issuecomment-{comment.id}"


def on_delete_comment(visit: Visit) -> str:
    issue = visit.comment.issue
    visit.ask("DELETE " + COMMENT)
    return path_of(issue) + LAST


def tick_in_comment(visit: Visit) -> str:
    comment = visit.comment
    visit.ask("PATCH " + COMMENT, {"body": _ticked(visit, comment.body)})
    return f"{path_of(comment.issue)}#issuecomment-{comment.id}"


def _ticked(visit: Visit, text: str) -> str:
    was, now = set(visit.typed.getall("was", [])), set(visit.typed.getall("box", []))
    return set_boxes(text, {key: key in now for key in was ^ now})
