"""Comments on lines of a pull request. Each belongs to a review, and is heard of when that is submitted."""

from __future__ import annotations

from typing import Any

from sandbox.acts.telling import tell
from sandbox.lines import follow, stand
from sandbox.model import Issue, Place, Review, ReviewComment, User
from sandbox.pullwork import pull_of
from sandbox.shapes import pulls
from sandbox.world import World


def write_comment(world: World, issue: Issue, review: Review, body: str, place: Place) -> ReviewComment:
    """Writes a comment on lines of the commit that was reviewed. Raises Misplaced."""
    now, commit = world.clock.now(), review.commit_id
    position, hunk = stand(issue, commit, place)
    made = ReviewComment(
        world.new_id(),
        issue,
        review.user,
        body,
        now,
        now,
        review=review,
        original=place,
        original_commit_id=commit,
        original_position=position,
        diff_hunk=hunk,
        place=place,
        commit_id=commit,
        position=position,
    )
    follow(issue, made)
    pull_of(issue).comments.append(made)
    return made


def write_reply(world: World, to: ReviewComment, review: Review, body: str) -> ReviewComment:
    now = world.clock.now()
    made = ReviewComment(
        world.new_id(),
        to.issue,
        review.user,
        body,
        now,
        now,
        review=review,
        original=to.original,
        original_commit_id=to.original_commit_id,
        original_position=to.original_position,
        diff_hunk=to.diff_hunk,
        place=to.place,
        commit_id=to.commit_id,
        position=to.position,
        in_reply_to=to,
    )
    pull_of(to.issue).comments.append(made)
    return made


def edit_line_comment(world: World, comment: ReviewComment, who: User, body: str) -> None:
    before, comment.body = comment.body, body
    if before != body:
        comment.updated_at = comment.issue.updated_at = world.clock.now()
        tell_comment(world, comment, who, "edited", changes={"body": {"from": before}})


def delete_line_comment(world: World, comment: ReviewComment, who: User) -> None:
    pull_of(comment.issue).comments.remove(comment)
    tell_comment(world, comment, who, "deleted")


def tell_comment(world: World, comment: ReviewComment, who: User, action: str, **parts: Any) -> None:
    issue = comment.issue
    if comment.seen_by_all and world.installed(issue.repo):
        body, pull = pulls.review_comment(world, comment), pulls.simple(world, issue)
        tell(
            world,
            "pull_request_review_comment",
            issue.repo,
            who,
            action=action,
            comment=body,
            pull_request=pull,
            **parts,
        )
