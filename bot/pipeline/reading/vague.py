"""Finds vague words: two people judge them differently, so that nobody can check a criterion with such a word.

>>> vague("the page is user-friendly", "en")
('user-friendly',)
"""

from __future__ import annotations

import re

from bot.pipeline.text.language import Lang
from bot.pipeline.text.letters import folded

_WORDS: dict[Lang, str] = {
    "en": """
        acceptable, adequate, and so on, appropriate, as needed, as necessary, best practices,
        correctly, easily, easy to, efficient, etc., fast, good, high quality, high-quality, if
        necessary, if needed, if possible, intuitive, modern, nice, professional, properly, quick,
        reasonable, reasonably, robust, satisfactory, state of the art, state-of-the-art,
        sufficient, suitable, user friendly, user-friendly, well documented, well written,
        well-documented, well-written, when possible, where possible
    """,
    "fr": """
        acceptable, adéquat, approprié, au besoin, bien documenté, bien écrit, bon, convenable,
        convivial, conviviaux, correctement, dans la mesure du possible, de haute qualité, de
        qualité, efficace, et ainsi de suite, etc., facile à, facilement, intuitif, intuitive,
        moderne, performant, pratiques exemplaires, professionnel, raisonnable, rapide, robuste,
        satisfaisant, selon les besoins, si besoin, si nécessaire, si possible, suffisamment,
        suffisant
    """,
}
_ENDINGS: dict[Lang, str] = {"en": "(?:ly)?", "fr": "(?:ne|le|e)?s?(?:ment)?"}
_NAMES = {
    lang: {folded(word).rstrip("."): word for word in " ".join(words.split()).split(", ")}
    for lang, words in _WORDS.items()
}
_FIND = {
    lang: re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names))}){_ENDINGS[lang]}(?![\w-])")
    for lang, names in _NAMES.items()
}


def vague(words: str, lang: Lang) -> tuple[str, ...]:
    """Returns the vague words of a text without case or accents (`prose.Paragraph.words`), in ordinary spelling."""
    return tuple(dict.fromkeys(_NAMES[lang][found] for found in _FIND[lang].findall(words)))
