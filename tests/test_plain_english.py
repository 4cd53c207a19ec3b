"""Names and sentences that a stranger reads at once: no participles as names, one name for one thing, no idioms."""

from __future__ import annotations

import ast
import re
import subprocess
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES, LINES_OF_A_FILE = 25_500, 350
PARTICIPLES = {"told", "known", "heard", "shown", "held", "looked", "said", "seen", "made", "had", "given"}
IDIOMS = (
    r"of who\b", r"for who\b", r"\bby who\b", r"\bto who\b", r"\bwho runs\b", r"made anew", r"\b(?:is|are) had\b",
    r"\bwhoever (?:runs|plays|operates|listens|asks)", r"ha(?:s|ve) (?:it|them) tried", r"told of\b", r"whatever else",
    r"\bof nothing\b", r"how the bot is\b", r"cannot go on", r"nobody told", r"giv(?:es|ing) turns", r"had again",
    r"looked at again", r"not known yet", r"nobody of all",
)  # fmt: skip

NAMED_BY_CONTRACT = {"log", "register", "step", "aside", "turn", "deadline", "details", "notices", "blockers"}
"""Every module of a kind declares these: its logger, the routes of a page, and the parts of a file of `steps/`."""

PARTICIPLES_LEFT = {
    "bot/pipeline/model/remote.py Shown",
}
"""Public names that are still a bare participle, as `path name`."""

FIELDS_STORED = {"bot/pipeline/model/facts/exceptions.py Held"}
"""Fields, and kinds of facts, that ledgers hold under a participle's name, as `path name`."""


def modules(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def declared(module: ast.Module) -> Iterator[str]:
    """Yields the public names that a module declares at its top."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        yield from (name for name in names if not name.startswith("_") and name not in NAMED_BY_CONTRACT)


def public_names(module: ast.Module) -> Iterator[str]:
    """Yields names at the top, and of methods, parameters and attributes of classes."""
    yield from declared(module)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
            arguments = node.args
            yield from (one.arg for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])
        elif isinstance(node, ast.ClassDef):
            yield node.name
            for inner in node.body:
                if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
                    yield inner.target.id


def participles(path: str, module: ast.Module) -> set[str]:
    return {f"{path} {name}" for name in public_names(module) if name.lower() in PARTICIPLES}


def twice(package: str) -> dict[str, list[str]]:
    where = defaultdict(list)
    for path, module in modules(package):
        for name in set(declared(module)):
            where[name].append(path)
    return {name: paths for name, paths in where.items() if len(paths) > 1}


def sentences(path: Path) -> str:
    """Returns the sentences of a file: of Python the comments and strings, of Markdown all but quoted code."""
    if path.suffix == ".md":
        return re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    with path.open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    return "\n".join(token.string.lstrip("# ") for token in tokens if token.type in (tokenize.COMMENT, tokenize.STRING))


def written_files() -> list[Path]:
    """Lists the project's Python and Markdown, without comments to people, golden files and this test."""
    listed = subprocess.run(["git", "ls-files", "*.py", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    apart = ("config/messages/", "tests/documents/golden/", "tests/", "LISEZMOI.md", "docs/glossary.md")
    return [ROOT / name for name in listed.stdout.split("\n") if name and not name.startswith(apart)]


def idioms(text: str) -> list[str]:
    return re.findall("|".join(f"(?:{idiom})" for idiom in IDIOMS), " ".join(text.split()), re.IGNORECASE)


@pytest.mark.parametrize("package", ["bot", "sandbox"])
def test_no_public_name_is_a_bare_participle(package):
    found = set[str]().union(*(participles(path, module) for path, module in modules(package)))
    assert sorted(found - PARTICIPLES_LEFT - FIELDS_STORED) == []


@pytest.mark.parametrize("package", ["bot", "sandbox"])
def test_no_public_name_is_declared_in_two_modules(package):
    assert twice(package) == {}


def test_sentences_are_plain():
    found = {str(path.relative_to(ROOT)): idioms(sentences(path)) for path in written_files()}
    assert {path: phrases for path, phrases in found.items() if phrases} == {}


def test_files_are_short():
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in (ROOT / "bot").rglob("*.py")}
    assert sorted(path for path, lines in sizes.items() if lines > LINES_OF_A_FILE) == []


@pytest.mark.xfail(strict=True, reason="the cuts are not all made")
def test_the_bot_is_small():
    assert sum(len(path.read_text().splitlines()) for path in (ROOT / "bot").rglob("*.py")) <= LINES


def test_a_participle_an_idiom_and_a_name_of_two_modules_would_be_found():
    module = ast.parse("def told(held): ...\nclass Known: seen: int\nSHOWN = 1")
    assert participles("x.py", module) == {f"x.py {name}" for name in ("told", "held", "Known", "seen", "SHOWN")}
    assert set(declared(ast.parse("def one(): ...\n_two = three = 3"))) == {"one", "three"}
    assert idioms("What the commands of who\nruns the bot do is made anew.")
