"""A post as its lines: the front matter, field by field with where each stands, and the body below it.

The whole is no YAML where one field is wrong, so every field is read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import yaml

from bot.documents.post_reader import Loader

KEYS: Final = (
    "layout",
    "title",
    "ref",
    "lang",
    "skills",
    "value",
    "closing_date",
    "start_date",
    "delivery_date",
    "selected_bidder",
    "selected_bidder-link",
    "submitted_work-link",
    "last_modified",
    "update",
    "short_desc",
)
"""The fields of a post, in the order of the site's templates; `update` only on an amended one."""

LONGEST: Final = 100_000
"""Characters that are read; a post has 10,000 or so."""
_LINES: Final = 2_000
_FRONT_MATTER: Final = 200
_LIMIT: Final = 16_384
_LONGEST_FIELD: Final = 4_000  # eight times what the site shows
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?=\s|$)[ \t]*(.*)")
_MARK = re.compile(r"---[ \t]*")


@dataclass(frozen=True)
class Field:
    """One field of the front matter. `line` and `end` count from 1 in the file."""

    name: str
    written: str
    """Behind the colon, as it stands, on one line."""
    value: str | None
    """As YAML reads it, before it makes dates or numbers of it; None where it is no text to YAML."""
    plain: bool
    """Without quotation marks, so that YAML may make something else of it."""
    line: int
    end: int


@dataclass(frozen=True)
class Page:
    """The lines of a post, without line ends. `opens` and `closes` are the numbers of the two lines of hyphens."""

    lines: tuple[str, ...]
    ended: bool
    """Whether the last line has its end."""
    opens: int
    closes: int
    fields: tuple[Field, ...]
    strays: tuple[int, ...]
    """Lines above the first field that belong to none."""

    def get(self, name: str) -> Field | None:
        """The field that Jekyll would take: the last of that name."""
        return next((field for field in reversed(self.fields) if field.name == name), None)

    def value(self, name: str) -> str:
        found = self.get(name)
        return (found.value or "") if found else ""

    @property
    def body(self) -> tuple[str, ...]:
        return self.lines[self.closes :]


def lines_of(text: str) -> tuple[list[str], bool]:
    """The lines as GitHub numbers them, without their ends, and whether the last one has its end."""
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    ended = lines[-1] == ""
    return (lines[:-1] if ended else lines), ended


def too_long(text: str) -> bool:
    return len(text) > LONGEST or text.count("\n") > _LINES


@lru_cache(maxsize=32)
def read_page(text: str) -> Page:
    """The post in `text`; `opens` or `closes` are 0 where the front matter has no such line."""
    lines, ended = lines_of(text)
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    opens = first + 1 if first < len(lines) and _MARK.fullmatch(lines[first]) else 0
    start = opens or first
    top = range(start, min(len(lines), start + _FRONT_MATTER))
    closes = (
        next((at + 1 for at in top if _MARK.fullmatch(lines[at])), 0)
        if opens or _KEY.match(lines[start] if start < len(lines) else "")
        else 0
    )
    if not closes or len("\n".join(lines[start : closes - 1])) > _LIMIT:
        return Page(tuple(lines), ended, opens, 0, (), ())
    heads = [at for at in range(start, closes - 1) if _KEY.match(lines[at])]
    strays = tuple(at + 1 for at in range(start, heads[0] if heads else closes - 1) if lines[at].strip())
    fields = tuple(_fields(lines, heads, closes - 1))
    return Page(tuple(lines), ended, opens, closes, fields, strays)


def last_key(page: Page) -> int:
    """The last line of what looks like fields at the top, where nothing closes them; 0 where nothing does."""
    count = page.opens
    for line in page.lines[page.opens : page.opens + _FRONT_MATTER]:
        if not _KEY.match(line):
            break
        count += 1
    return count if count > page.opens else 0


def _fields(lines: list[str], heads: list[int], stop: int) -> Iterator[Field]:
    for head, after in zip(heads, [*heads, stop][1:], strict=True):
        group = lines[head:after]
        found = _KEY.match(group[0])
        assert found
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


def is_yaml(page: Page) -> bool:
    """Whether the front matter as a whole is YAML."""
    try:
        yaml.compose("\n".join(page.lines[page.opens : page.closes - 1]), Loader=Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return True
