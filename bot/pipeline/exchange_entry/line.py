"""Reads `/ore` as people write it: fields and values in either language, with any kind of quotes.

>>> pairs('name.en=My tool étiquettes.fr=« santé, vie »')
(('name.en', 'My tool'), ('étiquettes.fr', 'santé, vie'))

A value without quotes runs to the next ` word=`. Further lines count as long as they begin with a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from rapidfuzz import fuzz, process

from bot.pipeline.exchange_entry.entry import EXCHANGE_STATUSES, FIELDS, IN_BOTH, parts, spdx
from bot.pipeline.text.language import Lang
from bot.pipeline.text.letters import folded

LONGEST_COMMAND: Final = 8_000
"""Characters of one `/ore` that are read: enough for every field at its usual longest."""

_MOST: Final = 2 * len(FIELDS)  # fields of one line
_WORD = r"[^\W\d_][\w.\-]{0,30}"
_FIELD = re.compile(rf"(?<!\S)({_WORD})( ?)= ?")
_ENDS = rf"(?=[ ,;]*$| ?[,;]? {_WORD} ?=)"  # what follows a closing quote, so that others may stand inside
_QUOTED = re.compile("|".join(f"[{a}](.*?)[{z}]{_ENDS}" for a, z in (('"“”„', '"“”'), ("«‹", "»›"), ("'‘`", "'’`"))))
_ALSO = {
    "description": "what",
    "keywords": "tags",
    "mots-cles": "tags",
    "email": "contact",
    "e-mail": "contact",
    **dict.fromkeys(("contact.email", "contact.e-mail", "contact.courriel", "courriel.contact"), "contact"),
    **dict.fromkeys(("personne-ressource", "personne.ressource"), "contact"),
    "contact.nom": "contact.name",
    "courriel.nom": "contact.name",
    "license": "licence",
    "language": "languages",
    "langage": "languages",
    "etat": "status",
    "site": "homepage",
    "url": "homepage",
}
_LANG = {"en": "en", "anglais": "en", "english": "en", "fr": "fr", "francais": "fr", "french": "fr"}
_NAMES = {folded(french): name for name, french in (*FIELDS.items(), *IN_BOTH.items())} | _ALSO
_STATUS = {
    **{folded(word).rstrip("e"): status for status, french in EXCHANGE_STATUSES.items() for word in (status, french)},
    "obsolet": "Deprecated",
    "retrait": "Retired",  # the word of the Exchange's own form
}


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Returns each field as written with its value, which is "" to remove it."""
    first, *more = (re.sub(r"[ \t]+", " ", line).strip() for line in text[:LONGEST_COMMAND].splitlines() or [""])
    lines = [first, *takewhile(lambda line: _next(line, 0, at_once=True), filter(None, more))]
    return tuple(pair for line in lines for pair in _pairs(line))[:_MOST]


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    field = _next(line, 0)
    for _ in range(_MOST):
        if field is None:
            return
        quoted = _QUOTED.match(line, field.end())
        following = _next(line, quoted.end() if quoted else field.end())
        end = following.start() if following else len(line)
        value = quoted[quoted.lastindex or 0] if quoted else line[field.end() : end].rstrip(" ,;")
        yield field[1], value.strip(" \u00a0\u202f")
        field = following


def _next(line: str, position: int, *, at_once: bool = False) -> re.Match[str] | None:
    """Finds the next `word=`, or `word =` if the word is a field's name."""
    for match in _FIELD.finditer(line, position):
        if at_once and match.start():
            return None
        if not match[2] or fields(match[1]):
            return match
    return None


def fields(name: str) -> tuple[str, ...]:
    """Returns the fields that a name means, in either language: both languages' for `homepage`, none for `x`."""
    plain = folded(name).replace("_", ".").strip(".-")
    bare, _, lang = plain.replace("-", ".").rpartition(".")
    if lang in _LANG:
        plain = f"{_one(plain[: len(bare)])}.{_LANG[lang]}"
    plain = _one(plain)
    if plain in ("homepage", "download"):
        return f"{plain}.en", f"{plain}.fr"
    return (plain,) if plain in FIELDS else ()


def spoken(text: str) -> Lang | None:
    """Returns the language of the fields' names, or None if they are of both languages or of none in particular."""
    names = {folded(name).partition(".")[0] for name, _ in pairs(text)}
    english = {folded(word).partition(".")[0] for word in (*FIELDS, *IN_BOTH)}
    french = {folded(word).partition(".")[0] for word in (*FIELDS.values(), *IN_BOTH.values())}
    if bool(names & (english - french)) == bool(names & (french - english)):
        return None
    return "fr" if names & (french - english) else "en"


def _one(name: str) -> str:
    return _NAMES.get(name, name)


def nearest_field(name: str) -> tuple[str, ...]:
    """Returns the fields that an unknown name may mean: `name.en` and `name.fr` for `name`."""
    plain = _one(folded(name))
    if plain in IN_BOTH:
        return f"{plain}.en", f"{plain}.fr"
    words = {folded(word): field for field, french in FIELDS.items() for word in (field, french)}
    found = process.extractOne(plain, words.keys(), scorer=fuzz.ratio, score_cutoff=65)
    return (words[found[0]],) if found else ()


def nearest_status(value: str) -> str | None:
    """Returns the status whose name is most like a misspelt word."""
    found = process.extractOne(folded(value), _STATUS.keys(), scorer=fuzz.ratio, score_cutoff=65)
    return _STATUS[found[0]] if found else None


def tidy_value(field: str, value: str) -> str:
    """Returns a value in the Exchange's own spelling, if the written one is understood."""
    match field:
        case "contact":
            return value.strip("<>").removeprefix("mailto:")
        case "status":
            return _STATUS.get(folded(value).rstrip("e"), value)
        case "licence":
            return spdx(value) or value
        case "homepage.en" | "homepage.fr" | "download.en" | "download.fr":
            return value.strip("<>")
    return ", ".join(parts(field, value))
