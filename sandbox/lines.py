"""Lines of a diff: which of them a review comment may stand on, and where they are after a push.

position, hunk = stand(issue, commit, Place("README.md", 3))     the third line as it is after the change
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sandbox.gitstore import FileChange
from sandbox.model import Issue, Place, ReviewComment
from sandbox.pullwork import base_tip, pull_of

_HEADER = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")


class Misplaced(Exception):
    """GitHub's reason why a comment cannot stand there: the field, and what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True)
class DiffLine:
    position: int
    """Counts the lines below the first `@@`, as GitHub does."""
    hunk: int
    LEFT: int | None
    RIGHT: int | None


def diff_lines(patch: str) -> list[DiffLine]:
    found, hunk, left, right = [], 0, 0, 0
    for position, text in enumerate(patch.split("\n")):
        if match := _HEADER.match(text):
            hunk, left, right = position, int(match[1]), int(match[2])
        elif not text.startswith("\\"):  # git's remark that there is no newline at the end
            before, after = not text.startswith("+"), not text.startswith("-")
            found.append(DiffLine(position, hunk, left if before else None, right if after else None))
            left, right = left + before, right + after
    return found


def _ends(issue: Issue, commit: str) -> dict[str, str]:
    base = issue.repo.git.merge_base(base_tip(issue), commit)
    return {"LEFT": base or commit, "RIGHT": commit}


def _change(issue: Issue, commit: str, path: str) -> FileChange | None:
    ends = _ends(issue, commit)
    return next((one for one in issue.repo.git.changes(ends["LEFT"], ends["RIGHT"]) if one.path == path), None)


def stand(issue: Issue, commit: str, place: Place) -> tuple[int, str]:
    """Returns the position of a place in the pull request's diff, and the diff up to it. Raises Misplaced."""
    change = _change(issue, commit, place.path)
    if change is None:
        raise Misplaced("path", "is invalid")
    lines = {number: one for one in diff_lines(change.patch or "") if (number := getattr(one, place.side)) is not None}
    last, first = lines.get(place.line), lines.get(place.first or place.line)
    if last is None:
        raise Misplaced("line", "must be part of the diff")
    if place.first is not None and place.first >= place.line:
        raise Misplaced("start_line", "must precede the end line.")
    if first is None or first.hunk != last.hunk:
        raise Misplaced("start_line", "must be part of the same hunk as the line.")
    return last.position, "\n".join((change.patch or "").split("\n")[last.hunk : last.position + 1])


def follow(issue: Issue, comment: ReviewComment) -> None:
    """Moves a comment with its lines after a push. If the lines changed, it is outdated for good."""
    head, place, git = pull_of(issue).head_sha, comment.place, issue.repo.git
    if place is None or comment.commit_id == head:
        return
    before, after = (_ends(issue, commit)[place.side] for commit in (comment.commit_id, head))
    shift = git.moved(before, after, place.path, place.first or place.line, place.line)
    comment.place, comment.position = None, None
    if shift is None:
        return
    there = replace(place, line=place.line + shift, first=place.first and place.first + shift)
    try:
        comment.position, _ = stand(issue, head, there)
    except Misplaced:  # nothing of the pull request's own is near them any more
        return
    comment.place, comment.commit_id = there, head
