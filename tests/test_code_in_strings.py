"""Code and names in strings, which no linter reads, name only modules and attributes that exist."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LISTED = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
FILES = [name for name in LISTED.split() if name != "tests/test_code_in_strings.py" and (ROOT / name).exists()]
DOTTED = re.compile(r"(?:bot|sandbox)(?:\.\w+)+")
NOT_CODE = {"bot.db", "bot.log", "bot.env", "bot.nowhere.at_all"}
PLAIN = ("Procfile", "pyproject.toml", "Makefile", ".env.example")


def unknown(source: str) -> list[str]:
    """Lists what strings of a module name and the bot does not have: dotted names, and code for `python -c`."""
    tree = ast.parse(source)
    loggers = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(("get_logger", "getLogger"))
        for argument in call.args
    }
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in loggers
    ]
    names = [text for text in strings if DOTTED.fullmatch(text) and text not in NOT_CODE]
    programs = [text for text in strings if re.search(r"^(?:from|import) bot\b", text, re.MULTILINE)]
    return [name for name in [*names, *(each for text in programs for each in _used(text))] if not _exists(name)]


def _used(program: str) -> Iterator[str]:
    """Every name of the bot that a program imports, and every attribute that it takes of one or sets."""
    tree, modules = ast.parse(program), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "bot":
            for one in node.names:
                modules[one.asname or one.name] = f"{node.module}.{one.name}"
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.split(".")[0] == "bot")
    yield from modules.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{modules[node.value.id]}.{node.attr}"


def _exists(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("file", FILES)
def test_what_strings_name_exists(file):
    assert unknown((ROOT / file).read_text()) == []


@pytest.mark.parametrize("file", [name for name in PLAIN if (ROOT / name).exists()])
def test_what_configuration_names_exists(file):
    named = re.findall(r"(?<![\w./-])(?:bot|sandbox)(?:\.[a-z_]+)+(?![\w(/*.])", (ROOT / file).read_text())
    assert [name for name in named if name not in NOT_CODE and not _exists(name)] == []


def test_what_does_not_exist_is_found():
    program = "from bot import app, nowhere\nfrom bot.app import Bot\napp.NOTHING = Bot.listen\n"
    source = f"patch('bot.app.Bot')\npatch('bot.app.Bit')\nget_logger('bot.at_all')\nCODE = {program!r}\n"
    assert unknown(source) == ["bot.app.Bit", "bot.nowhere", "bot.app.NOTHING"]
