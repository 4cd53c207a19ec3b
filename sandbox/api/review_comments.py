"""Comments on lines of pull requests."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.acts import lines as acts
from sandbox.acts.pulls import add_review
from sandbox.api.issues import check_body, since
from sandbox.errors import ApiError, Json, forbidden, invalid, not_found, unprocessable
from sandbox.http.call import CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import PULLS, route
from sandbox.lines import Misplaced
from sandbox.model import Issue, Place, ReviewComment
from sandbox.pullwork import new_commits, pull_of
from sandbox.shapes import pulls

COMMENT = "PullRequestReviewComment"
THREAD = "pull_request_review_thread"


def read_text(text: object) -> str:
    body = check_body(text if isinstance(text, str) else None, COMMENT)
    if body is None or not body.strip():
        raise invalid(COMMENT, "body", "missing_field")
    return body


def read_place(data: Json) -> Place:
    """Reads the place of a comment: path, line and side, and the start of several lines."""
    path, line, first = data.get("path"), data.get("line"), data.get("start_line")
    side = data.get("side") or "RIGHT"
    if not isinstance(path, str) or not path:
        raise invalid(COMMENT, "path", "missing_field")
    if "position" in data or not isinstance(line, int):  # positions in the diff, GitHub's older way, are not kept here
        raise invalid(COMMENT, f"{THREAD}.line", "missing_field")
    if side not in ("LEFT", "RIGHT") or not isinstance(first, int | None):
        raise invalid(COMMENT, "side" if isinstance(first, int | None) else "start_line")
    if data.get("start_side") not in (None, side):  # from a line that went to one that came: not kept here either
        raise invalid(COMMENT, "start_side")
    return Place(path, line, first, side)


def check_commit(issue: Issue, commit: str | None) -> None:
    known = {pull_of(issue).head_sha, *(str(one.id) for one in new_commits(issue))}
    if commit is not None and commit not in known:
        raise _custom("end_commit_oid", "is not part of the pull request")


def check_no_pending(call: Call) -> None:
    if any(one.state == "PENDING" and one.user is call.user for one in pull_of(call.pull).reviews):
        message = "User can only have one pending review per pull request"
        raise ApiError(422, "Unprocessable Entity", [message])


def may_speak(call: Call, issue: Issue) -> None:
    if issue.locked and not call.at_least("write"):
        raise forbidden("Unable to create comment because issue is locked.")


def _custom(field: str, message: str) -> ApiError:
    code = "invalid" if field == "path" else "custom"
    return invalid(COMMENT, f"{THREAD}.{field}", code, f"{THREAD}.{field} {message}")


def _listed(call: Call, found: Iterable[ReviewComment]) -> Answer:
    after = since(call)
    seen = [one for one in found if one.seen_by_all and (after is None or one.updated_at >= after)]
    by_update = call.query.get("sort") == "updated"
    backwards = "sort" in call.query and call.query.get("direction") == "desc"
    seen.sort(key=lambda one: (one.updated_at if by_update else one.created_at, one.id), reverse=backwards)
    return call.page(seen, lambda one: pulls.review_comment(call.world, one))


@route("GET", PULLS + "/{number}/comments", app="pull_requests:read")
def list_review_comments(call: Call) -> Answer:
    return _listed(call, pull_of(call.pull).comments)


@route("GET", PULLS + "/comments", app="pull_requests:read")
def list_all_review_comments(call: Call) -> Answer:
    return _listed(call, (one for issue in call.repo.pulls() for one in pull_of(issue).comments))


@route("POST", PULLS + "/{number}/comments", app="pull_requests:write")
def post_review_comment(call: Call) -> Answer:
    issue, body = call.pull, read_text(call.data.get("body"))
    if (number := call.data.get("in_reply_to")) is not None:
        return _reply(call, issue, number, body)
    commit = call.need_text("commit_id", COMMENT)
    check_commit(issue, commit)
    return _said(call, issue, body, read_place(call.data), commit)


@route("POST", PULLS + "/{number}/comments/{comment}/replies", app="pull_requests:write")
def post_reply(call: Call) -> Answer:
    return _reply(call, call.pull, int(call.params["comment"]), read_text(call.data.get("body")))


def _reply(call: Call, issue: Issue, number: int, body: str) -> Answer:
    known = pull_of(issue).comments
    # Replies to replies are not supported, GitHub says.
    to = next((one for one in known if one.id == number and one.seen_by_all and one.in_reply_to is None), None)
    if to is None:
        raise not_found()
    return _said(call, issue, body, to, None)


def _said(call: Call, issue: Issue, body: str, where: Place | ReviewComment, commit: str | None) -> Answer:
    """Submits a single comment as a review of one comment."""
    may_speak(call, issue)
    check_no_pending(call)
    try:
        add_review(call.world, issue, call.user, "COMMENT", "", commit, [(body, where)])
    except Misplaced as error:
        raise _custom(error.field, error.message) from None
    return Reply(CREATED, pulls.review_comment(call.world, pull_of(issue).comments[-1]))


@route("GET", PULLS + "/comments/{comment}", app="pull_requests:read")
def get_review_comment(call: Call) -> Answer:
    return pulls.review_comment(call.world, call.review_comment)


@route("PATCH", PULLS + "/comments/{comment}", app="pull_requests:write")
def patch_review_comment(call: Call) -> Answer:
    comment = call.review_comment
    if comment.user is not call.user:
        call.need("write")
    acts.edit_line_comment(call.world, comment, call.user, read_text(call.data.get("body")))
    return pulls.review_comment(call.world, comment)


@route("DELETE", PULLS + "/comments/{comment}", app="pull_requests:write")
def drop_review_comment(call: Call) -> Answer:
    comment = call.review_comment
    if comment.user is not call.user:
        call.need("write")
    acts.delete_line_comment(call.world, comment, call.user)
    return Reply(NO_CONTENT)


def read_drafts(call: Call) -> list[tuple[str, Place | ReviewComment]]:
    """Reads the comments that come with a review."""
    given = call.data.get("comments") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise unprocessable("Invalid request.\n\nFor 'properties/comments', an item is not an object.")
    return [(read_text(one.get("body")), read_place(one)) for one in given]
