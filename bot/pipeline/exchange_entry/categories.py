"""Finds the Exchange's category that people mean: "data management" is '43232300' in its schema.

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

CATEGORIES_FILE: Final = "_data/i18n/categories.yml"
"""The file of the categories in the Exchange's repository."""

_LONGEST: Final = 200  # characters to compare, twice the longest category


def categories(text: str) -> Categories:
    """Reads the Exchange's file of categories. Raises ValueError if it has none."""
    try:
        read = yaml.safe_load(text)
        return {str(code): {"en": str(words["en"]), "fr": str(words["fr"])} for code, words in read.items()}
    except (yaml.YAMLError, AttributeError, TypeError, KeyError) as error:
        raise ValueError("it holds no categories") from error


def category(words: str, codes: Categories) -> tuple[str, ...]:
    """Returns the codes that `words` may mean: a code itself, or a category's name in either language.

    Three comparisons are tried, and the first that finds a category counts: the same name; a name that contains the
    words as written; a name with words that begin with each of them, in any order.
    """
    if words.strip() in codes:
        return (words.strip(),)
    asked = _plain(words)
    names = {code: [_plain(text) for text in both.values()] for code, both in codes.items()}
    comparisons: tuple[Callable[[str], bool], ...] = (
        lambda text: text == asked,
        lambda text: f" {asked} " in f" {text} ",
        lambda text: all(any(word.startswith(part) for word in text.split()) for part in asked.split()),
    )
    found = (tuple(code for code, texts in names.items() if any(map(meets, texts))) for meets in comparisons)
    return next(filter(None, found), ()) if asked else ()


def nearest_category(words: str, codes: Categories) -> str | None:
    """Returns the code of the category whose name is most like misspelt words."""
    names = {_plain(text): code for code, both in codes.items() for text in both.values()}
    found = process.extractOne(_plain(words), names.keys(), scorer=fuzz.partial_ratio, score_cutoff=80)
    return names[found[0]] if found else None


def _plain(text: str) -> str:
    """Removes case, accents and the signs between words."""
    return " ".join(re.findall(r"\w+", folded(text[:_LONGEST])))
