"""Comments under issues and pull requests, and reactions to them."""

from __future__ import annotations

from typing import Any

from sandbox.acts.telling import tell
from sandbox.model import Comment, Issue, Reaction, User
from sandbox.shapes import issues
from sandbox.world import World


def add_comment(world: World, issue: Issue, who: User, body: str) -> Comment:
    now = world.clock.now()
    made = Comment(world.new_id(), issue, who, body, now, now)
    issue.comments.append(made)
    issue.repo.comments[made.id] = made
    issue.updated_at = now
    _told(world, made, who, "created")
    return made


def edit_comment(world: World, comment: Comment, who: User, body: str) -> None:
    before, comment.body = comment.body, body
    if before == body:
        return
    comment.updated_at = comment.issue.updated_at = world.clock.now()
    _told(world, comment, who, "edited", changes={"body": {"from": before}})


def delete_comment(world: World, comment: Comment, who: User) -> None:
    comment.issue.comments.remove(comment)
    del comment.issue.repo.comments[comment.id]
    _told(world, comment, who, "deleted")


def react(world: World, to: Issue | Comment, who: User, content: str) -> tuple[Reaction, bool]:
    """Adds a reaction; returns it, and whether it is new: a person reacts only once with each."""
    for known in to.reactions:
        if known.user is who and known.content == content:
            return known, False
    made = Reaction(world.new_id(), who, content, world.clock.now())
    to.reactions.append(made)
    return made, True


def _told(world: World, comment: Comment, who: User, action: str, **parts: Any) -> None:
    repo = comment.issue.repo
    if world.installed(repo):
        issue, body = issues.issue(world, comment.issue), issues.comment(world, comment)
        tell(world, "issue_comment", repo, who, action=action, issue=issue, comment=body, **parts)
