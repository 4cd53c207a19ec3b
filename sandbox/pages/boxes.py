"""Boxes of task lists in Markdown: where they are, and ticking them without touching anything else.

    set_boxes("- [ ] met\n- [ ] paid\n", {boxes(text)[0].key: True})        "- [x] met\n- [ ] paid\n"

A box is known by its words, and by how many with the same words come before it: so it is found again in a text
that somebody changed meanwhile, and what they ticked stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.errors import ApiError
from sandbox.pages.markdown import BOX, parse

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")  # CommonMark's lines, not Unicode's


@dataclass(frozen=True)
class Box:
    key: str
    ticked: bool
    at: int
    """The position in the text of the character between the brackets."""


def boxes(text: str) -> list[Box]:
    lines, starts, at = _LINE.findall(text), [], 0
    for line in lines:
        starts.append(at)
        at += len(line)
    found = []
    for block in parse(text):
        for token in block.children or ():
            if token.type == BOX:
                line = token.meta["line"]
                found.append(Box(token.meta["key"], token.content != " ", starts[line] + lines[line].index("[") + 1))
    return found


def set_boxes(text: str, changes: Mapping[str, bool]) -> str:
    """Returns the text with those boxes ticked or not. Raises ApiError (409) if one is gone."""
    there = {box.key: box for box in boxes(text)}
    if changes.keys() - there.keys():
        raise ApiError(409, "The words beside a box changed while you looked: see below, and tick again.")
    for key, ticked in changes.items():
        at = there[key].at
        if there[key].ticked != ticked:
            text = text[:at] + ("x" if ticked else " ") + text[at + 1 :]
    return text
