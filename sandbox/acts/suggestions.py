"""Suggestions: a review comment that holds the text to stand in place of its lines, committed with one click.

```suggestion
title: "A need"
```
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from sandbox.acts.branches import commit_files
from sandbox.errors import ApiError
from sandbox.model import ReviewComment, User
from sandbox.pullwork import pull_of
from sandbox.world import World

_markdown = MarkdownIt("commonmark")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")  # git's lines: a lone carriage return ends none


def suggestion_in(body: str) -> str | None:
    """Returns the first suggestion in a comment: "" if it removes the lines, None if there is none."""
    fences = (block for block in _markdown.parse(body) if block.type == "fence")
    return next((block.content for block in fences if block.info.split()[:1] == ["suggestion"]), None)


def commit_suggestion(world: World, comment: ReviewComment, who: User) -> str:
    """Commits as `who` to the pull request's branch; returns the hash. Raises ApiError with the reason."""
    text, place, pull = suggestion_in(comment.body), comment.place, pull_of(comment.issue)
    if text is None:
        raise ApiError(422, "There is no suggestion in this comment.")
    if comment.issue.state != "open" or pull.head_repo is None:
        raise ApiError(422, "This pull request is closed, so the suggestion cannot be committed.")
    if place is None:
        raise ApiError(422, "This suggestion is outdated: its lines changed since, so it cannot be committed.")
    if place.side == "LEFT":
        raise ApiError(422, "This suggestion is about lines that are taken away, so it cannot be committed.")
    before = pull.head_repo.git.file(pull.head_sha, place.path) or b""
    content = _replaced(before, place.first or place.line, place.line, text)
    message = f"Update {place.path}"
    if (other := comment.user) is not who:
        name = other.login if other.type == "Bot" else other.name
        message += f"\n\nCo-authored-by: {name} <{other.email}>"
    return commit_files(world, pull.head_repo, who, pull.head_ref, pull.head_sha, {place.path: content}, message)


def _replaced(content: bytes, first: int, last: int, text: str) -> bytes:
    """Replaces the lines from `first` to `last` with the text, and keeps their line ends."""
    lines = _LINE.findall(content)
    crlf = any(line.endswith(b"\r\n") for line in lines[first - 1 : last]) or lines[0].endswith(b"\r\n")
    new = text.replace("\n", "\r\n" if crlf else "\n").encode()
    if not lines[last - 1].endswith(b"\n"):
        new = new.removesuffix(b"\n").removesuffix(b"\r")
    return b"".join([*lines[: first - 1], new, *lines[last:]])
