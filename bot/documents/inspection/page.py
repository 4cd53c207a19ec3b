"""Reads a post line by line: each field of the front matter with its place, and the body below.

One wrong field makes the whole front matter invalid YAML, so this module reads every field by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import yaml

from bot.documents.posts.front_matter import FIELD_ORDER, Loader

_LONGEST: Final = 100_000
"""The most characters that are read; a post has some 10,000."""
_LINES: Final = 2_000
_FRONT_MATTER: Final = 200
_LIMIT: Final = 16_384
_LONGEST_FIELD: Final = 4_000  # eight times as long as the site shows
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?=\s|$)[ \t]*(.*)")
_MARK = re.compile(r"---[ \t]*")


@dataclass(frozen=True)
class Field:
    """One field of the front matter. `line` and `end` count from 1 in the file."""

    name: str
    written: str
    """The text behind the colon, on one line."""
    value: str | None
    """The text that YAML reads, before it becomes a date or a number; None if YAML reads no text."""
    plain: bool
    """Whether it has no quotation marks, so that YAML may read a number or a date."""
    line: int
    end: int


@dataclass(frozen=True)
class PostLines:
    """The lines of a post, without line ends. `opens` and `closes` are the numbers of the two lines of hyphens."""

    lines: tuple[str, ...]
    ended: bool
    """Whether the last line ends in a line end."""
    opens: int
    closes: int
    fields: tuple[Field, ...]
    strays: tuple[int, ...]
    """Lines that belong to no field: text above the first field, or hyphens between fields."""

    def get(self, name: str) -> Field | None:
        """Returns the field that Jekyll uses: the last of that name."""
        return next((field for field in reversed(self.fields) if field.name == name), None)

    def value(self, name: str) -> str:
        found = self.get(name)
        return (found.value or "") if found else ""

    @property
    def body(self) -> tuple[str, ...]:
        return self.lines[self.closes :]


def lines_of(text: str) -> tuple[list[str], bool]:
    """Splits a text into the lines that GitHub numbers, without line ends; tells whether the last one had its end."""
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    ended = lines[-1] == ""
    return (lines[:-1] if ended else lines), ended


def too_long(text: str) -> bool:
    return len(text) > _LONGEST or text.count("\n") > _LINES


@lru_cache(maxsize=32)
def read_page(text: str) -> PostLines:
    """Reads the post in `text`; `opens` or `closes` are 0 if the front matter has no such line."""
    lines, ended = lines_of(text)
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    opens = first + 1 if first < len(lines) and _MARK.fullmatch(lines[first]) else 0
    start = opens or first
    closes, inner = 0, list[int]()
    if opens or _is_field(lines, start):
        marks = [at for at in range(start, min(len(lines), start + _FRONT_MATTER)) if _MARK.fullmatch(lines[at])]
        ends = [at for at in marks if not _is_field(lines, at + 1)]
        closes = ends[0] + 1 if ends else 0
        inner = [at for at in marks if at < closes - 1]
    if not closes or len("\n".join(lines[start : closes - 1])) > _LIMIT:
        return PostLines(tuple(lines), ended, opens, 0, (), ())
    heads = [at for at in range(start, closes - 1) if _KEY.match(lines[at])]
    above = range(start, heads[0] if heads else closes - 1)
    strays = sorted({*(at for at in above if lines[at].strip()), *inner})
    fields = tuple(_fields(lines, sorted([*heads, *inner]), closes - 1))
    return PostLines(tuple(lines), ended, opens, closes, fields, tuple(at + 1 for at in strays))


def _is_field(lines: list[str], at: int) -> bool:
    """Checks that a line is a field of posts: a line of hyphens before one does not end the front matter."""
    found = _KEY.match(lines[at]) if at < len(lines) else None
    return bool(found and found[1] in FIELD_ORDER)


def last_key(page: PostLines) -> int:
    """Returns the last line of the fields at the top if nothing closes them; 0 if there are none."""
    last = 0
    for at, line in enumerate(page.lines[: page.opens + _FRONT_MATTER], 1):
        if line.startswith("## "):
            break
        if (found := _KEY.match(line)) and found[1] in FIELD_ORDER:
            last = at
    return last


def _fields(lines: list[str], heads: list[int], stop: int) -> Iterator[Field]:
    for head, after in zip(heads, [*heads, stop][1:], strict=True):
        group = lines[head:after]
        found = _KEY.match(group[0])
        if not found:
            continue  # a line of hyphens between fields
        written = " ".join([found[2], *(line.strip() for line in group[1:])]).strip()
        value, plain = _scalar("\n".join(group))
        yield Field(found[1], written, value, plain, head + 1, after)


def _scalar(text: str) -> tuple[str | None, bool]:
    if len(text) > _LONGEST_FIELD:
        return None, False
    try:
        node = yaml.compose(text, Loader=Loader)  # it is a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        return None, False
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1 and isinstance(node.value[0][1], yaml.ScalarNode):
        scalar = node.value[0][1]
        shown = "" if scalar.tag.endswith(":null") else str(scalar.value)
        return shown, not scalar.style
    return None, False


def is_yaml(page: PostLines) -> bool:
    """Checks that the front matter as a whole is YAML."""
    try:
        yaml.compose("\n".join(page.lines[page.opens : page.closes - 1]), Loader=Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return True
