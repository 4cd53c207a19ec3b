"""Reads the long texts of the statement: their words, and the dates and amounts that they mention.

>>> mentions("**Date de livraison** : le 30 juillet 2027")
(Mention(value=datetime.date(2027, 7, 30), field='delivery'),)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from markdown_it.token import Token

from bot.pipeline.model.statement import list_items, tokens
from bot.pipeline.money import Money, amount
from bot.pipeline.text.letters import folded


@dataclass(frozen=True)
class Paragraph:
    """A paragraph without case or accents: `source` with its markup, `words` without markup, code and addresses."""

    source: str
    words: str


@lru_cache(maxsize=512)
def paragraphs(markdown: str) -> tuple[Paragraph, ...]:
    """Returns every paragraph of a text, heading and line of a list."""
    return _of(tokens(markdown))


@lru_cache(maxsize=512)
def criteria(markdown: str) -> tuple[tuple[Paragraph, ...], ...]:
    """Returns the criteria of a text: the items of its top-level lists, each with its nested items."""
    return tuple(_of(item) for item in list_items(markdown))


def _of(parsed: Iterable[Token]) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(_even(token.content), _even(_words(token))) for token in parsed if token.type == "inline")


def _even(text: str) -> str:
    return " ".join(folded(text).split())


def _words(token: Token) -> str:
    signs = {"softbreak": " ", "hardbreak": " ", "code_inline": " … "}
    text = "".join(
        signs.get(child.type, child.content if child.type == "text" else "") for child in token.children or []
    )
    return re.sub(r"https?://\S+", "…", text, flags=re.IGNORECASE)


MentionedValue = date | Money


@dataclass(frozen=True)
class Mention:
    """A date or an amount in a text; `field` is the field of the statement that the words before it name, if any."""

    value: MentionedValue
    field: str | None


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january janvier janv jan",
            "february fevrier fevr fev feb",
            "march mars mar",
            "april avril avr apr",
            "may mai",
            "june juin jun",
            "july juillet juil jul",
            "august aout aug",
            "september septembre sept sep",
            "october octobre oct",
            "november novembre nov",
            "december decembre dec",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(_MONTHS)
_DATE = re.compile(
    r"(?<![\w/.-])(?:(?P<iso>20\d\d-\d\d-\d\d)"
    rf"|(?P<month>{_MONTH})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?,? (?P<year>20\d\d)"
    rf"|(?P<jour>\d\d?)(?:st|nd|rd|th|er)? (?:of )?(?P<mois>{_MONTH})\.?,? (?P<annee>20\d\d))(?![\w/-])"
)
_CENTS_AND_END = r"(?:[.,]\d\d)?(?![.,]?\d)"
_AMOUNT = re.compile(
    rf"\$ ?(?P<english>(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}|\d{{1,9}}){_CENTS_AND_END})(?! ?(?:k|m|million|billion)\b)"
    rf"|(?<![\w.,$])(?P<french>(?:\d{{1,3}}(?:[ .,]\d{{3}}){{1,3}}|\d{{1,9}}){_CENTS_AND_END}) ?(?:\$|dollars\b)"
)
_FIELD = re.compile(
    r"\b(?:(?P<closing>closing date|date de (?:fermeture|cloture))"
    r"|(?P<selection>selection date|date de selection(?: du fournisseur)?)"
    r"|(?P<delivery>delivery date|date de livraison(?: du travail)?)"
    r"|(?P<price>fixed price|prix fixe))"
    r"(?:[ :=(–—]|is\b|will be\b|of\b|on\b|before taxes\b|est\b|sera\b|de\b|du\b|le\b|au\b|fixee?\b|avant taxes\b"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche)*(?:cad?)?$"
)
"""The name of a field of the statement right before its value: “the closing date is Monday, …”."""


@lru_cache(maxsize=512)
def mentions(markdown: str) -> tuple[Mention, ...]:
    """Returns the full dates and the amounts of money in a text, outside code and addresses."""
    return tuple(mention for paragraph in paragraphs(markdown) for mention in _mentions(paragraph.words))


def _mentions(words: str) -> Iterator[Mention]:
    for match in _DATE.finditer(words):
        if day := _day(match):
            yield Mention(day, _field(words, match.start(), ("closing", "selection", "delivery")))
    for match in _AMOUNT.finditer(words):
        if money := amount(match["english"] or match["french"]):
            yield Mention(money, _field(words, match.start(), ("price",)))


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        month, day = match["month"] or match["mois"], match["day"] or match["jour"]
        return date(int(match["year"] or match["annee"]), _MONTHS[month], int(day))
    except ValueError:
        return None


def _field(words: str, end: int, fields: tuple[str, ...]) -> str | None:
    named = _FIELD.search(words[max(0, end - 80) : end])
    return named.lastgroup if named and named.lastgroup in fields else None
