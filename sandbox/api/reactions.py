"""Reactions to issues and comments."""

from __future__ import annotations

from sandbox.acts.comments import react
from sandbox.errors import forbidden, invalid, not_found
from sandbox.http.call import CREATED, NO_CONTENT, Answer, Call, Reply
from sandbox.http.routes import route
from sandbox.model import Comment, Issue
from sandbox.shapes import issues

ON_ISSUE = "/repos/{owner}/{repo}/issues/{number}/reactions"
ON_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment}/reactions"


def _subject(call: Call) -> Issue | Comment:
    return call.comment if "comment" in call.params else call.issue


@route("GET", ON_ISSUE, app="issues:read")
@route("GET", ON_COMMENT, app="issues:read")
def reactions(call: Call) -> Answer:
    wanted = call.query.get("content")
    found = [one for one in _subject(call).reactions if wanted in (None, one.content)]
    return call.page(found, lambda one: issues.reaction(call.world, one))


@route("POST", ON_ISSUE, app="issues:write")
@route("POST", ON_COMMENT, app="issues:write")
def add_reaction(call: Call) -> Answer:
    content = call.text("content")
    if content not in issues.REACTIONS:
        raise invalid("Reaction", "content")
    made, new = react(call.world, _subject(call), call.user, content)
    return Reply(CREATED if new else 200, issues.reaction(call.world, made))


@route("DELETE", ON_ISSUE + "/{reaction}", app="issues:write")
@route("DELETE", ON_COMMENT + "/{reaction}", app="issues:write")
def delete_reaction(call: Call) -> Answer:
    subject, number = _subject(call), int(call.params["reaction"])
    found = next((one for one in subject.reactions if one.id == number), None)
    if found is None:
        raise not_found()
    if found.user is not call.user:
        raise forbidden()
    subject.reactions.remove(found)
    return Reply(NO_CONTENT)
