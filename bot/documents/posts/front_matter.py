"""Reads and writes the fields at the head of a post: YAML between two lines of three hyphens.

    >>> put("ref: opportunity1  # ours\\nlang: en\\n", field("ref", "opportunity2"))
    'ref: opportunity2  # ours\\nlang: en\\n'

`field` and `date_line` write a line, `load_fields` reads all fields, and `put` changes one and leaves the others as
people wrote them.
"""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

import yaml

from bot.documents import text as plain_text
from bot.documents.text import PostError
from bot.pipeline.calendar import EASTERN

FIELD_ORDER: Final = (
    *("layout", "title", "ref", "lang", "skills", "value", "closing_date", "start_date", "delivery_date"),
    *("selected_bidder", "selected_bidder-link", "submitted_work-link", "last_modified", "update", "short_desc"),
)
"""The fields of a post in the order of the site's template."""

_END_OF_DAY: Final = ("closing_date", "delivery_date")
_FRONT_MATTER = re.compile(r"(\ufeff?---[ \t]*\r?\n)(.*?\n)(---[ \t]*(?:\r?\n|\Z))(.*)", re.DOTALL)
_LIMIT: Final = 16_384
_ENTITY = re.compile(r"&(?=#?\w+;)")


def split(text: str) -> tuple[str, str, str, str]:
    """Splits `text` into the opening line of hyphens, the fields, the closing line, and the page."""
    found = _FRONT_MATTER.match(text)
    if not found:
        raise PostError("The post has no front matter between two lines of three hyphens.")
    if len(found[2]) > _LIMIT:
        raise PostError(f"The front matter has more than {_LIMIT:,} characters: shorten its fields.")
    return found[1], found[2], found[3], found[4]


# --- reading -------------------------------------------------------------------------------------------------


class Loader(yaml.SafeLoader):
    """Loads YAML without aliases, which can make a short text very long."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases cannot stand here")
        return super().compose_node(parent, index)


def load_fields(front: str) -> dict[str, Any]:
    """Returns the fields by name, as YAML reads them. PostError if it cannot."""
    return _load(front)[1]


def _load(front: str) -> tuple[yaml.MappingNode, dict[str, Any]]:
    try:
        loader = Loader(front)
        root = loader.get_single_node()
        fields = None if root is None else loader.construct_document(root)
    except RecursionError as error:
        raise PostError("The front matter has brackets too deep inside each other.") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = plain_text.one_line(str(getattr(error, "problem", None) or error))
        raise PostError(f"The front matter is not valid YAML: {reason}.") from error
    if not isinstance(root, yaml.MappingNode) or not isinstance(fields, dict):
        raise PostError("The front matter holds no fields.")
    return root, fields


def field_text(fields: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    """Returns a field as the site shows it: one line, "" if missing. PostError if it is `required` and empty."""
    value = fields.get(name)
    text = "" if value is None else plain_text.one_line(str(value))
    if required and not text:
        raise PostError(f"The field “{name}” of the front matter is missing or empty.")
    return unescaped(text)


def unescaped(text: str) -> str:
    """Returns a text with the characters that its character references stand for, as the site shows it."""
    return re.sub(r"&#?\w+;", lambda entity: html.unescape(entity[0]), text)


def day(fields: Mapping[str, Any], name: str) -> date:
    """Returns the day in a field, by its own offset, which is Eastern time. PostError if it is not a date."""
    value = fields.get(name)
    if isinstance(value, str):  # in quotation marks, which make no difference to the site
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value)
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    if value is None:
        raise PostError(f"The field “{name}” of the front matter is missing or empty.")
    raise PostError(f"The field “{name}” is not a date: “{plain_text.one_line(str(value))}”.")


# --- writing -------------------------------------------------------------------------------------------------


class _Quoted(str):
    """A text that YAML always writes in double quotes."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Quoted, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')
)


def field(name: str, value: str, *, quoted: bool = False) -> str:
    """Returns the line of a field, without a line end."""
    if not value:
        return f"{name}:"
    # The layouts do not escape fields, so write signs that HTML or Liquid would read as entities.
    shown = re.sub(r"\{(?=[{%])", "&#123;", _ENTITY.sub("&amp;", value).replace("<", "&lt;"))
    # Jekyll's YAML reads more texts as numbers and symbols than PyYAML does ("1,000", ":a").
    scalar = shown if shown[0].isalpha() and not quoted else _Quoted(shown)
    line: str = yaml.dump({name: scalar}, Dumper=_Dumper, allow_unicode=True, width=10**6)
    return line.rstrip("\n")


def date_line(name: str, value: date) -> str:
    """Returns the line of a date: the end of the day for closing and delivery, else a plain date.

    The end has the offset of Eastern time on that day, because the site shows it unchanged.
    """
    if name in _END_OF_DAY:
        return f"{name}: {end_of_day(value)}"
    return f"{name}: {value.isoformat()}"


def end_of_day(day: date) -> str:
    """Returns the last second of a day in Eastern time, with the offset of that day."""
    return datetime.combine(day, time(23, 59, 59), EASTERN).isoformat()


def put(front: str, line: str) -> str:
    """Puts `line` (from `field` or `date_line`) into `front`, and leaves every other character as it was.

    A new field goes to its place in `FIELD_ORDER`. PostError if the field is a list, or has no place.
    """
    name, _, value = line.partition(":")
    root, _ = _load(front)
    names = [key.value if isinstance(key, yaml.ScalarNode) else None for key, _ in root.value]
    nodes = [node for _, node in root.value]
    if root.flow_style:
        raise PostError("The front matter is inside brackets: write each field on a line of its own.")
    if name in names:
        last = len(names) - 1 - names[::-1].index(name)  # the one that YAML reads
        return _replaced(front, name, nodes[last], value.strip())
    place = FIELD_ORDER.index(name)
    if later := [name for name in FIELD_ORDER[place + 1 :] if name in names]:
        index = names.index(later[0])
    elif earlier := [name for name in FIELD_ORDER[:place] if name in names]:
        index = names.index(earlier[-1]) + 1
    else:
        raise PostError(f"The front matter has none of a post's fields, so there is no place for “{name}”.")
    # Right below the field before it: the comments in between belong to the next one.
    at = front.index("\n", _end(front, nodes[index - 1])) + 1 if index else 0
    newline = "\r\n" if front.partition("\n")[0].endswith("\r") else "\n"
    return f"{front[:at]}{' ' * root.start_mark.column}{line}{newline}{front[at:]}"


def _replaced(front: str, name: str, node: yaml.Node, value: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise PostError(f"The field “{name}” holds more than one value: write only one.")
    start, end = node.start_mark.index, _end(front, node)
    before, after = front[:start], front[end:]
    if start == end or not value:
        before, after = before.rstrip(" \t"), re.sub(r"\A[ \t]+(?=\r?\n)", "", after)
        value = f" {value}".rstrip()
    return f"{before}{value}{after}"


def _end(front: str, node: yaml.Node) -> int:
    """Returns the end of a node's text, because YAML's own mark can stand behind comments below it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    start: int = node.start_mark.index
    return start + len(front[start : node.end_mark.index].rstrip())
