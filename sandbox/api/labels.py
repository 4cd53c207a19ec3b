"""Labels: of a repository, and on an issue."""

from __future__ import annotations

import re

from sandbox.acts import labels as acts
from sandbox.errors import ApiError, invalid, not_found
from sandbox.http.call import CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import REPO, route
from sandbox.model import Issue, Label, Repository
from sandbox.shapes import issues


def _check(name: str, color: str, description: str | None) -> None:
    if not name.strip() or len(name) > 50:
        raise invalid("Label", "name")
    if not re.fullmatch(r"[0-9a-fA-F]{6}", color):
        raise invalid("Label", "color")
    if description is not None and len(description) > 100:
        message = "description is too long (maximum is 100 characters)"
        raise invalid("Label", "description", "custom", message)


def _label(call: Call) -> Label:
    found = acts.find_label(call.repo, call.params["name"])
    if found is None:
        raise not_found()
    return found


@route("GET", REPO + "/labels", app="issues:read")
def list_labels(call: Call) -> Answer:
    repo = call.repo
    return call.page(list(repo.labels.values()), lambda one: issues.label(call.world, repo, one))


@route("POST", REPO + "/labels", role="write", app="issues:write")
def post_label(call: Call) -> Answer:
    repo, name = call.repo, call.need_text("name", "Label")
    color, description = call.text("color") or acts.PLAIN_COLOUR, call.text("description")
    _check(name, color, description)
    if acts.find_label(repo, name):
        raise invalid("Label", "name", "already_exists")
    made = acts.create_label(call.world, repo, call.user, name, color, description)
    return Reply(CREATED, issues.label(call.world, repo, made))


@route("GET", REPO + "/labels/{name}", app="issues:read")
def get_label(call: Call) -> Answer:
    return issues.label(call.world, call.repo, _label(call))


@route("PATCH", REPO + "/labels/{name}", role="write", app="issues:write")
def patch_label(call: Call) -> Answer:
    label, repo = _label(call), call.repo
    name = call.text("new_name") or call.text("name") or label.name
    color = call.text("color") or label.color
    description = call.text("description") if "description" in call.data else label.description
    _check(name, color, description)
    if acts.find_label(repo, name) not in (None, label):
        raise invalid("Label", "name", "already_exists")
    acts.edit_label(call.world, repo, call.user, label, name, color, description)
    return issues.label(call.world, repo, label)


@route("DELETE", REPO + "/labels/{name}", role="write", app="issues:write")
def drop_label(call: Call) -> Answer:
    acts.delete_label(call.world, call.repo, call.user, _label(call))
    return Reply(NO_CONTENT)


# on an issue


def wanted(call: Call, repo: Repository, names: list[str]) -> list[Label]:
    """Returns the labels with these names; creates unknown ones if the caller may create labels."""
    for name in names:
        if acts.find_label(repo, name) is None:
            if not call.at_least("write"):
                raise ApiError(403, "You do not have permission to create labels on this repository.")
            _check(name, acts.PLAIN_COLOUR, None)
    return acts.ensure_labels(call.world, repo, call.user, names)


def _on(call: Call, issue: Issue) -> Answer:
    return call.page(issue.labels, lambda one: issues.label(call.world, issue.repo, one))


def _all_on(call: Call, issue: Issue) -> Answer:
    return [issues.label(call.world, issue.repo, one) for one in issue.labels]


def _names(call: Call) -> list[str]:
    """Returns the names from `{"labels": […]}`, or from the older bare list."""
    if isinstance(call.body, list):
        call.body = {"labels": call.body}
    return call.texts("labels") or []


@route("GET", REPO + "/issues/{number}/labels", app="issues:read")
def labels_on(call: Call) -> Answer:
    return _on(call, call.issue)


@route("POST", REPO + "/issues/{number}/labels", role="triage", app="issues:write")
def post_labels(call: Call) -> Answer:
    issue = call.issue
    acts.add_labels(call.world, issue, call.user, wanted(call, issue.repo, _names(call)))
    return _all_on(call, issue)


@route("PUT", REPO + "/issues/{number}/labels", role="triage", app="issues:write")
def put_labels(call: Call) -> Answer:
    issue = call.issue
    acts.replace_labels(call.world, issue, call.user, wanted(call, issue.repo, _names(call)))
    return _all_on(call, issue)


@route("DELETE", REPO + "/issues/{number}/labels", role="triage", app="issues:write")
def clear_labels(call: Call) -> Answer:
    acts.replace_labels(call.world, call.issue, call.user, [])
    return Reply(NO_CONTENT)


@route("DELETE", REPO + "/issues/{number}/labels/{name}", role="triage", app="issues:write")
def drop_issue_label(call: Call) -> Answer:
    issue = call.issue
    label = acts.find_label(issue.repo, call.params["name"])
    if label is None or label not in issue.labels:
        raise ApiError(404, "Label does not exist")
    acts.remove_label(call.world, issue, call.user, label)
    return _all_on(call, issue)
