"""YAML as the Exchange's own form writes it (js-yaml 3), by ruamel.yaml.

Plain where nothing could be misread, single quotes where something could, and `>-` folded at 80 columns
where a text is longer than its line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from textwrap import TextWrapper
from typing import Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import FoldedScalarString, SingleQuotedScalarString

Value = str | Sequence["Value"] | dict[str, "Value"]

_WIDTH = 80
# js-yaml quotes these even where YAML would not need it: signs of structure, and those that start something.
_SIGNS = re.compile(r"[,\[\]{}:#]|^[-?&*!|=>'\"%@`\s]|\s$")
_YAML_1_1 = {"y", "n"}  # read as booleans by YAML 1.1, though not by PyYAML


@dataclass(frozen=True)
class Shape:
    """How a file is indented: the column of a release's dash, and the columns from a key to what it holds."""

    dash: int = 2
    step: int = 2


FORM: Final = Shape()
"""That of the Exchange's own form."""


def block(release: dict[str, Value], shape: Shape = FORM) -> str:
    """One release as an item of `releases`."""
    return _dump({"releases": [_styled(release, shape.dash + 2, shape)]}, shape).removeprefix("releases:\n")


def new_file(admin_code: str) -> str:
    """The head of an administration's file that has no release yet."""
    head = {"schemaVersion": SingleQuotedScalarString("1.0"), "adminCode": _scalar(admin_code, 2)}
    return f"---\n{_dump(head)}releases:\n"


def _dump(value: object, shape: Shape = FORM) -> str:
    writer = YAML()
    writer.indent(mapping=shape.step, sequence=shape.dash + 2, offset=shape.dash)
    writer.width = 4096  # lines are folded where js-yaml folds them, below
    out = StringIO()
    writer.dump(value, out)
    return out.getvalue()


def _styled(value: Value, column: int, shape: Shape) -> object:
    """`value` with the style of each text, its keys standing at `column`."""
    if isinstance(value, str):
        return _scalar(value, column)
    if isinstance(value, dict):
        return {key: _styled(each, column + shape.step, shape) for key, each in value.items()}
    return [_styled(each, column + shape.dash, shape) for each in value]


def _scalar(text: str, column: int) -> str:
    """`text` in the style js-yaml takes for it where a folded text would begin at `column`."""
    width = _WIDTH - column
    if len(text) > width:
        folded: str = FoldedScalarString(text)
        lines = TextWrapper(width, break_long_words=False, break_on_hyphens=False).wrap(text)
        folds, end = [], -1
        for line in lines[:-1]:
            end += len(line) + 1
            folds.append(end)
        folded.fold_pos = folds  # type: ignore[attr-defined]
        return folded
    return SingleQuotedScalarString(text) if _ambiguous(text) else text


def _ambiguous(text: str) -> bool:
    """Whether the plain text could be read as anything but itself."""
    if _SIGNS.search(text) or text.lower() in _YAML_1_1:
        return True
    try:
        return bool(yaml.safe_load(text) != text)
    except (yaml.YAMLError, ValueError):
        return True
