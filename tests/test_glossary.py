"""French text keeps to `docs/glossary.md`: the words in its column *not in French* do not occur."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
PAGES = ("LISEZMOI.md", "docs/commandes.md", "docs/etiquettes.md", "docs/tirage.md", "config/labels.yaml")
WORDS_IN_CODE = ("bot/web", "bot/published")

EXCEPTIONS = set[tuple[str, str]]()
"""Paths and words of sentences that still use another word; each leaves this list when it is rewritten."""


def terms() -> list[dict[str, str]]:
    """The rows of the glossary's tables, by the names of their columns."""
    found, heads = [], list[str]()
    for line in GLOSSARY.read_text().splitlines():
        if not line.startswith("|"):
            heads = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not heads:
            heads = cells
        elif not set(line) <= set("|-"):
            found.append(dict(zip(heads, cells, strict=True)))
    return found


def forbidden() -> re.Pattern[str]:
    """Matches any word or phrase that French text must not use."""
    words = [word.strip() for term in terms() for word in term["not in French"].split(",") if word.strip()]
    return re.compile("|".join(_pattern(word) for word in words), re.IGNORECASE)


def _pattern(word: str) -> str:
    parts = [re.escape(part).replace(r"\*", r"\w*").replace("'", "['’]") for part in word.split()]
    return r"(?<!\w)" + r"\s+".join(parts) + r"(?!\w)"


def french_texts() -> Iterator[tuple[str, str]]:
    """Each French text with the path of its file; of Python files the string literals."""
    for path in [*sorted((ROOT / "config" / "messages" / "fr").rglob("*.md")), *(ROOT / page for page in PAGES)]:
        yield str(path.relative_to(ROOT)), path.read_text()
    for folder in WORDS_IN_CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix == ".html":
                yield str(path.relative_to(ROOT)), path.read_text()
            elif path.suffix == ".py":
                tree = ast.walk(ast.parse(path.read_text()))
                texts = [node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)]
                yield str(path.relative_to(ROOT)), "\n".join(texts)


def test_french_texts_use_the_words_of_the_glossary():
    pattern = forbidden()
    found = {(path, match[0].lower()) for path, text in french_texts() for match in pattern.finditer(text)}
    assert sorted(found - EXCEPTIONS) == []
    assert sorted(EXCEPTIONS - found) == [], "no longer needed"


@pytest.mark.parametrize("text", [
    "L’opportunité est affichée.", "Registre (CSV)", "Les conditions signées", "du code\nouvert", "le Fil Atom",
    "Le critère rempli", "l’Entrée dans l’Échange",
])  # fmt: skip
def test_a_word_that_the_glossary_excludes_is_found(text):
    assert forbidden().search(text)


@pytest.mark.parametrize("text", ["`/réafficher`", "du code source ouvert", "ce qui s’affiche ici", "le registre"])
def test_other_words_pass(text):
    assert not forbidden().search(text)


def test_every_term_is_there_once_and_means_something():
    names = [term["English"] for term in terms()]
    assert len(names) > 50
    assert sorted(set(names)) == sorted(names)
    assert all(term["meaning"].endswith(".") for term in terms())
