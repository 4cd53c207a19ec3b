"""What goes into the judgement of a pull request that touches `_posts/`, and what comes out of it."""

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
    """One file of a pull request below `_posts/`, or meant to be.

    Texts are None where there is no such file (added, removed) or it is not UTF-8 text.
    """

    path: str
    after: str | None
    before: str | None = None
    previous: str | None = None
    """Its path before, if it was renamed."""


@dataclass(frozen=True)
class BaseSite:
    """What the pull request comes to: the base branch and the pull requests before it."""

    today: date
    """Where the site's clock stands (America/Vancouver)."""
    refs: frozenset[str]
    """`opportunityN` of other opportunities' posts there, or proposed before."""
    paths: frozenset[str]
    """Of posts there, or proposed before by others."""
    free: str
    """The next free `opportunityN`."""
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Posts on the base branch by path: the twin of a post that is changed alone."""


@dataclass(frozen=True)
class Expected:
    """What the approved statement says, as the posts written from it; their `ref` and `modified` are whatever."""

    en: Post
    fr: Post

    def of(self, lang: Lang) -> Post:
        return self.en if lang == "en" else self.fr


@dataclass(frozen=True)
class PostFile:
    """A new post as it should be; `now` is the text that the pull request has at that path, None where it has none."""

    path: str
    text: str
    now: str | None


@dataclass(frozen=True)
class PostFinding:
    """One thing that is wrong, and what to write instead."""

    message: Message
    path: str = ""
    """"" where it is about the pull request as a whole."""
    line: int = 0
    """The first line, from 1; 0 where it is about the file as a whole."""
    end: int = 0
    """The last line."""
    suggestion: str | None = None
    """What replaces lines `line` to `end`, without a final newline; "" takes them out."""
    fails: bool = True
    """False: worth knowing, stops nothing."""


def on_line(message: Message, line: int, suggestion: str | None = None, *, fails: bool = True) -> PostFinding:
    """Returns a finding on one line of the file; its path is set by `in_file`."""
    return PostFinding(message, "", line, line, suggestion, fails)


def in_file(path: str, findings: Iterable[PostFinding]) -> Iterator[PostFinding]:
    """Yields the findings as those of the file at `path`."""
    return (replace(each, path=path) for each in findings)


def once(findings: Iterable[PostFinding]) -> tuple[PostFinding, ...]:
    """In the order of lines, no line with more than one suggestion: a later one waits until the first is applied."""
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
