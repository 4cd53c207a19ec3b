"""Documents name only files, modules, `make` targets and pages that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "sandbox", "tests", "config", "docs", "benchmarks")
LISTED = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
DOCUMENTS = [
    name
    for name in LISTED.split()
    if not name.startswith(("config/", "sandbox/seed/", "tests/documents/golden/", "tests/contract/"))
]
TARGETS = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def missing(text: str, folder: Path = ROOT) -> list[str]:
    """Lists what a document names and the repository does not have.

    Not counted: code in Python, and the files that "Add a command" has a reader make; a test follows those.
    """
    text = re.sub(r"```python.*?```|^## Add a command$.*?(?=^## )", "", text, flags=re.DOTALL | re.MULTILINE)
    paths = re.findall(rf"`((?:{'|'.join(ROOMS)})/[^`\s:#]*)`", text)
    links = [link for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text) if "://" not in link]
    modules = re.findall(r"(?<![\w./-])((?:bot|sandbox)\.[a-z_]+(?:\.[a-zA-Z_]+)*)(?![\w(/])", text)
    targets = re.findall(r"`make ([\w./-]+)`|^make ([\w./-]+)$", text, re.MULTILINE)
    return [
        *(path for path in paths if not _exists(ROOT, path)),
        *(link for link in links if not _exists(folder, link)),
        *(module for module in modules if not _is_module(module)),
        *(f"make {target}" for pair in targets for target in pair if target and target not in TARGETS),
    ]


def _exists(folder: Path, path: str) -> bool:
    return bool(list(folder.glob(path))) if "*" in path else (folder / path).exists()


def _is_module(name: str) -> bool:
    """Also true of a name within a module, and of a file such as bot.db."""
    *parents, last = name.split(".")
    if last in ("db", "env"):
        return True
    return any(
        base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()
        for base in (ROOT.joinpath(*parents, last), *([ROOT.joinpath(*parents)] if len(parents) > 1 else []))
    )


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_exists(document):
    path = ROOT / document
    assert missing(path.read_text(), path.parent) == []


def test_what_does_not_exist_is_found():
    text = (
        "`bot/nowhere.py`, [page](nowhere.md), bot.nowhere.at_all, `make nothing`, `make test`, `bot/app.py`, bot.app"
    )
    assert missing(text) == ["bot/nowhere.py", "nowhere.md", "bot.nowhere.at_all", "make nothing"]
