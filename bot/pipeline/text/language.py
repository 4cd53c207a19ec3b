"""Tells English from French."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from bot.pipeline.text.sentences import comparable, sentences

Lang = Literal["en", "fr"]
LANGS: tuple[Lang, Lang] = ("en", "fr")
OTHER_LANG: Mapping[Lang, Lang] = {"en": "fr", "fr": "en"}

_SMALL_WORDS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:the|an?|and|or|of|to|for|in|by|with|is|are|be|have|i|we|you|it|this|hello|thanks?)\b"),
    "fr": re.compile(r"\b(?:les?|la|une?|et|ou|du|des?|pour|dans|avec|est|sont|je|j|nous|vous|ce|l|bonjour|merci)\b"),
}


def language(text: str) -> Lang | None:
    """Returns the language with more of its small words in a comment; None where they do not decide."""
    words = " ".join(comparable(masked) for masked, _ in sentences(text))
    counted = {lang: len(pattern.findall(words)) for lang, pattern in _SMALL_WORDS.items()}
    if counted["en"] == counted["fr"]:
        return None
    return "en" if counted["en"] > counted["fr"] else "fr"
