"""docs/operations/log.md explains every phrase of the log, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECTIONS = {"Errors": "error", "Warnings": "warning", "Information": "info", "Debugging": "debug"}
LEVELS = {*SECTIONS.values(), "exception", "critical"}
ROW = re.compile(r"^\| `(?P<phrase>[^`]+)` \| (?P<meaning>[^|]+) \| (?P<advice>[^|]+) \|$", re.MULTILINE)


def logged(source: str) -> Iterator[tuple[str, str | None]]:
    """Yields the level and the phrase of every log call; None stands for a phrase that is not fixed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in LEVELS and _is_logger(node.value):
            yield node.attr, None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            phrase = node.args[0] if node.args and _is_logger(node.func.value) else None
            if isinstance(phrase, ast.Constant) and isinstance(phrase.value, str):
                yield node.func.attr, phrase.value


def _is_logger(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith("get_logger")
    return (isinstance(node, ast.Name) and node.id == "log") or (
        isinstance(node, ast.Attribute) and node.attr == "_log"
    )


def phrases() -> set[tuple[str, str]]:
    found = [one for path in sorted((ROOT / "bot").rglob("*.py")) for one in logged(path.read_text("utf-8"))]
    fixed = [(level, phrase) for level, phrase in found if phrase is not None]
    assert len(found) == 2 * len(fixed), "a log line has no fixed phrase"
    return set(fixed)


def explained() -> list[tuple[str, str]]:
    page = (ROOT / "docs/operations/log.md").read_text("utf-8")
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)[1:]
    return [
        (SECTIONS[title], row["phrase"])
        for title, part in zip(parts[::2], parts[1::2], strict=True)
        for row in ROW.finditer(part)
    ]


def test_every_phrase_of_the_log_is_explained_once_and_no_other():
    assert sorted(explained()) == sorted(phrases())


def test_every_row_has_a_meaning_and_what_to_do():
    page = (ROOT / "docs/operations/log.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(explained())
    assert all(row["meaning"].strip().endswith(".") for row in ROW.finditer(page))


def test_a_phrase_that_is_not_fixed_would_be_found():
    assert list(logged('log.error(f"{what} failed")')) == [("error", None)]
    assert set(logged('self._log.info("stopped", at=1)')) == {("info", None), ("info", "stopped")}
    assert set(logged('structlog.get_logger("bot").warning("late")')) == {("warning", None), ("warning", "late")}
