"""The Exchange's categories in words: people say "data management", the schema wants '43232300'.

>>> category("gestion des données", codes)
('43232300',)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import yaml
from rapidfuzz import fuzz, process

from bot.pipeline.model.words import Categories
from bot.pipeline.text.letters import folded

FILE: Final = "_data/i18n/categories.yml"
"""Where the Exchange has them."""

_LONGEST: Final = 200  # characters that are compared, twice the longest category


def categories(text: str) -> Categories:
    """Those of the Exchange's file. ValueError where it holds none."""
    try:
        read = yaml.safe_load(text)
        return {str(code): {"en": str(words["en"]), "fr": str(words["fr"])} for code, words in read.items()}
    except (yaml.YAMLError, AttributeError, TypeError, KeyError) as error:
        raise ValueError("it holds no categories") from error


def category(words: str, codes: Categories) -> tuple[str, ...]:
    """The codes that `words` may mean: a code itself, or words of either language, whole or in part.

    The first of these that any category meets counts: all its words; a part of them, as written; words that begin with
    each of those given, in any order. One code is an answer, several are a question, none is a misunderstanding.
    """
    if words.strip() in codes:
        return (words.strip(),)
    asked = _plain(words)
    said = {code: [_plain(text) for text in both.values()] for code, both in codes.items()}
    ways: tuple[Callable[[str], bool], ...] = (
        lambda text: text == asked,
        lambda text: f" {asked} " in f" {text} ",
        lambda text: all(any(word.startswith(part) for word in text.split()) for part in asked.split()),
    )
    found = (tuple(code for code, texts in said.items() if any(map(way, texts))) for way in ways)
    return next(filter(None, found), ()) if asked else ()


def nearest(words: str, codes: Categories) -> str | None:
    """The code that misspelt words most probably mean."""
    said = {_plain(text): code for code, both in codes.items() for text in both.values()}
    found = process.extractOne(_plain(words), said.keys(), scorer=fuzz.partial_ratio, score_cutoff=80)
    return said[found[0]] if found else None


def _plain(text: str) -> str:
    """Words without case, accents and the signs between them."""
    return " ".join(re.findall(r"\w+", folded(text[:_LONGEST])))
