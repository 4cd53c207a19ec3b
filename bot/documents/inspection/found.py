"""The values that an inspection takes and returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from bot.documents.posts.post import Post
from bot.pipeline.model.words import Message
from bot.pipeline.text.language import Lang


@dataclass(frozen=True)
class Change:
    """One file of a pull request below `_posts/`, or meant for that folder.

    A text is None if there is no such file before or after, or if it is not UTF-8 text.
    """

    path: str
    after: str | None
    before: str | None = None
    previous: str | None = None
    """The earlier path, if the file was renamed."""


@dataclass(frozen=True)
class BaseSite:
    """The state of the site for a pull request: the base branch, and the pull requests opened earlier."""

    today: date
    """The date by the site's clock (America/Vancouver)."""
    refs: frozenset[str]
    """The refs (`opportunityN`) of other opportunities' posts, on the base branch or proposed earlier."""
    paths: frozenset[str]
    """The paths of posts on the base branch or in earlier pull requests of others."""
    free: str
    """The next free `opportunityN`."""
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The posts on the base branch by path: the twin of a post that changes alone is among them."""


@dataclass(frozen=True)
class Expected:
    """The posts that the bot would write from the approved statement; ignore their `ref` and `modified`."""

    en: Post
    fr: Post

    def of(self, lang: Lang) -> Post:
        return self.en if lang == "en" else self.fr


@dataclass(frozen=True)
class PostFile:
    """A new post as it should be; `now` is the pull request's text at that path, None if it has none."""

    path: str
    text: str
    now: str | None


@dataclass(frozen=True)
class PostFinding:
    """One thing that is wrong, and what to write instead."""

    message: Message
    path: str = ""
    """"" for the pull request as a whole."""
    line: int = 0
    """The first line, from 1; 0 for the file as a whole."""
    end: int = 0
    """The last line."""
    suggestion: str | None = None
    """The text to replace lines `line` to `end`, without a final newline; "" deletes them."""
    fails: bool = True
    """Whether the check fails because of it; if not, it is a remark."""


def on_line(message: Message, line: int, suggestion: str | None = None, *, fails: bool = True) -> PostFinding:
    """Returns a finding on one line of the file; its path is set by `in_file`."""
    return PostFinding(message, "", line, line, suggestion, fails)


def in_file(path: str, findings: Iterable[PostFinding]) -> Iterator[PostFinding]:
    """Yields the findings as those of the file at `path`."""
    return (replace(each, path=path) for each in findings)


def once(findings: Iterable[PostFinding]) -> tuple[PostFinding, ...]:
    """Sorts findings by line and leaves one suggestion on each line: the others wait until it is applied."""
    kept: list[PostFinding] = []
    free = 1
    for each in sorted(findings, key=lambda found: (found.line, -found.end)):
        if each.suggestion is None:
            kept.append(each)
        elif each.line < free:
            kept.append(replace(each, suggestion=None))
        else:
            kept.append(each)
            free = each.end + 1
    return tuple(kept)
