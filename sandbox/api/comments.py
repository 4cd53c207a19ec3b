"""Comments under issues and pull requests."""

from __future__ import annotations

from sandbox.acts import comments as acts
from sandbox.api.issues import check_body, since
from sandbox.errors import forbidden, invalid
from sandbox.http.call import CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import REPO, route
from sandbox.model import Comment
from sandbox.shapes import issues


def _text(call: Call) -> str:
    body = check_body(call.text("body", "IssueComment", required=True), "IssueComment")
    if body is None or not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    return body


def _listed(call: Call, found: list[Comment]) -> Answer:
    if (after := since(call)) is not None:
        found = [one for one in found if one.updated_at >= after]
    return call.page(found, lambda one: issues.comment(call.world, one))


@route("GET", REPO + "/issues/{number}/comments", app="issues:read")
def list_comments(call: Call) -> Answer:
    return _listed(call, call.issue.comments)


@route("GET", REPO + "/issues/comments", app="issues:read")
def list_all_comments(call: Call) -> Answer:
    found = list(call.repo.comments.values())
    by_update = call.query.get("sort") == "updated"
    backwards = call.query.get("direction") == "desc"
    found.sort(key=lambda one: (one.updated_at if by_update else one.created_at, one.id), reverse=backwards)
    return _listed(call, found)


@route("POST", REPO + "/issues/{number}/comments", app="issues:write")
def post_comment(call: Call) -> Answer:
    issue, body = call.issue, _text(call)
    # An App is no collaborator, whatever it may write: https://github.com/actions/stale/issues/51
    if issue.locked and (call.actor.kind == "installation" or not call.at_least("write")):
        raise forbidden("Unable to create comment because issue is locked.")
    return Reply(CREATED, issues.comment(call.world, acts.add_comment(call.world, issue, call.user, body)))


@route("GET", REPO + "/issues/comments/{comment}", app="issues:read")
def get_comment(call: Call) -> Answer:
    return issues.comment(call.world, call.comment)


@route("PATCH", REPO + "/issues/comments/{comment}", app="issues:write")
def patch_comment(call: Call) -> Answer:
    comment = call.comment
    if comment.user is not call.user:
        call.need("write")
    acts.edit_comment(call.world, comment, call.user, _text(call))
    return issues.comment(call.world, comment)


@route("DELETE", REPO + "/issues/comments/{comment}", app="issues:write")
def drop_comment(call: Call) -> Answer:
    comment = call.comment
    if comment.user is not call.user:
        call.need("write")
    acts.delete_comment(call.world, comment, call.user)
    return Reply(NO_CONTENT)
