"""Comments, suggestions, reviews and checks on the page of a pull request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.acts.checks import request_action
from sandbox.acts.suggestions import commit_suggestion, suggestion_in
from sandbox.api.checks import make_check_run
from sandbox.errors import ApiError, forbidden
from sandbox.http.routes import PULL, REPO
from sandbox.model import Issue, ReviewComment
from sandbox.pages.render import Act
from sandbox.pages.visit import Missing, Visit, path_of
from sandbox.pullwork import blocked, changes, merged_tree, pull_of


def register(form: Callable[[str, Act], None], pull: str) -> None:
    form(pull + "/merge", on_merge)
    form(pull + "/branch/delete", delete_branch)
    form(pull + "/reviews", on_review)
    form(pull + "/lines", comment_on_lines)
    form(pull + r"/lines/{comment:\d+}/replies", on_reply)
    form(pull + r"/lines/{comment:\d+}/suggestion", take_suggestion)
    form(pull + "/checks", check)
    form(pull + r"/checks/{id:\d+}/rerequest", rerun)
    form(pull + r"/checks/{id:\d+}/actions", ask_action)


def pull_details(visit: Visit) -> dict[str, Any]:
    """Returns what the page of a pull request has beyond that of an issue."""
    issue, pull = visit.issue, pull_of(visit.issue)
    runs = [one for one in issue.repo.check_runs.values() if one.head_sha == pull.head_sha]
    merged, home = pull.merged_at is not None, pull.head_repo
    return {
        "changes": changes(issue),
        "conflicts": issue.state == "open" and merged_tree(issue) is None,
        "blocked": blocked(issue),
        "checks": list({one.name: one for one in runs}.values()),
        "may_push": visit.call().may_push(issue),
        "branch_left": merged and home and home.git.branch(pull.head_ref) and visit.call().at_least("write", home),
        "threads": threads(issue),
        "suggestion_in": suggestion_in,
    }


def threads(issue: Issue) -> list[list[ReviewComment]]:
    """Comments with their replies, by file and line."""
    seen = [one for one in pull_of(issue).comments if one.seen_by_all]
    roots = [one for one in seen if one.in_reply_to not in seen]
    roots.sort(key=lambda one: (one.original.path, one.original.line, one.id))
    return [[root, *(one for one in seen if one.in_reply_to is root)] for root in roots]


def on_merge(visit: Visit) -> str:
    visit.ask("PUT " + PULL + "/merge", {})
    return path_of(visit.issue)


def delete_branch(visit: Visit) -> str:
    """Deletes the branch of a merged pull request."""
    pull = pull_of(visit.issue)
    if pull.merged_at is None or pull.head_repo is None:
        raise Missing
    home = pull.head_repo
    visit.ask(
        "DELETE " + REPO + "/git/refs/{ref}", owner=home.owner.login, repo=home.name, ref=f"heads/{pull.head_ref}"
    )
    return path_of(visit.issue)


def on_review(visit: Visit) -> str:
    event, body = visit.need("event", "Your review"), visit.typed.get("body", "").strip()
    if event != "APPROVE":
        visit.need("body", "What to say about it")
    made = visit.ask("POST " + PULL + "/reviews", {"event": event, "body": body})
    return f"{path_of(visit.issue)}#pullrequestreview-{made['id']}"


# comments on lines


def comment_on_lines(visit: Visit) -> str:
    first, last = visit.typed.get("first", "").strip(), visit.need("line", "Line")
    if not last.isdecimal() or not (first or "1").isdecimal():
        raise ApiError(422, "Write the lines as numbers.")
    visit.need("body", "What to say about it")
    body = {
        "path": visit.need("path", "File"),
        "line": int(last),
        "body": visit.typed["body"],
        "commit_id": pull_of(visit.issue).head_sha,
    }
    more = {"start_line": int(first)} if first and first != last else {}
    made = visit.ask("POST " + PULL + "/comments", body | more)
    return f"{path_of(visit.issue)}#discussion_r{made['id']}"


def on_reply(visit: Visit) -> str:
    visit.need("body", "Reply")
    made = visit.ask("POST " + PULL + "/comments/{comment}/replies", {"body": visit.typed["body"]})
    return f"{path_of(visit.issue)}#discussion_r{made['id']}"


def take_suggestion(visit: Visit) -> str:
    """Commits a suggestion. GitHub has no route for this either, only its page."""
    call, issue = visit.call(), visit.issue
    comment = call.review_comment
    if comment.issue is not issue:
        raise Missing
    if not call.may_push(issue):
        raise forbidden()
    commit_suggestion(visit.world, comment, call.user)
    return f"{path_of(issue)}#discussion_r{comment.id}"


# checks


def check(visit: Visit) -> str:
    """Reports a test's result, as the repository's own continuous integration would."""
    issue, call = visit.issue, visit.call()
    call.need("write")
    if issue.pull is None:
        raise Missing
    conclusion = visit.need("conclusion", "Result")
    name = visit.need("name", "Name of the check")
    make_check_run(call, issue.repo, {"name": name, "conclusion": conclusion, "head_sha": pull_of(issue).head_sha})
    return path_of(issue) + "#checks"


def ask_action(visit: Visit) -> str:
    """Presses a check's button. GitHub has no route for this either, only its page."""
    call, run = visit.call(), visit.repo.check_runs.get(int(visit.request.match_info["id"]))
    call.need("write")
    name = visit.need("identifier", "Action")
    if run is None or name not in [one["identifier"] for one in run.actions]:
        raise Missing
    request_action(visit.world, visit.repo, call.user, run, name)
    return path_of(visit.issue) + "#checks"


def rerun(visit: Visit) -> str:
    visit.ask("POST " + REPO + "/check-runs/{id}/rerequest")
    return path_of(visit.issue) + "#checks"
