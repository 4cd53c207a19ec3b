"""Compares the parts of a statement: English with French, and the long texts with the dates and the price.

A value has one field for both languages, but people also write it into their texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from bot.pipeline.model.statement import FIELD_HEADINGS, Statement
from bot.pipeline.model.words import Line, Message
from bot.pipeline.money import Money
from bot.pipeline.reading.prose import Mention, MentionedValue, mentions
from bot.pipeline.text.language import LANGS, OTHER_LANG, Lang, language

_NUMBER = re.compile(r"(?<![\w.,/#-])\d{2,6}(?![\w.,/-]*\w)")
"""Whole numbers that stand alone, outside dates, amounts, versions and addresses."""
LONG_FIELDS = ("short", "description", "opportunity", "evaluation", "criteria")
DATE_FIELDS = ("closing", "selection", "delivery")
MOST_DIFFERENCES = 5
"""The most findings of one kind in one comment."""


def disagreements(statement: Statement) -> Iterator[Message]:
    """Yields values in the texts that cannot all be right."""
    yield from _contradictions(statement)
    yield from _differences(statement)


def _contradictions(statement: Statement) -> Iterator[Message]:
    """Yields dates and amounts that a text gives for a field by name, and that differ from the field's value."""
    found: dict[tuple[str, Lang, Mention], Message] = {}
    for lang in LANGS:
        for field in LONG_FIELDS:
            for mention in mentions(getattr(statement.text(lang), field)):
                value = getattr(statement, mention.field) if mention.field else None
                if value and mention.field and value != mention.value:
                    found[field, lang, mention] = Message(
                        "statement.contradicts",
                        heading=heading(field, lang),
                        said=mention.value,
                        field=Line(FIELD_HEADINGS[mention.field]),
                        value=value,
                    )
    yield from islice(found.values(), MOST_DIFFERENCES)


def _differences(statement: Statement) -> Iterator[Message]:
    """Yields values of the statement that one language gives, while the other gives a different one."""
    for english, french in _one_sided(statement):
        for name in ("price", *DATE_FIELDS):
            value = getattr(statement, name)
            if english and french and (value in english or value in french):
                yield Message(
                    "statement.differ",
                    en=value if value in english else english[0],
                    fr=value if value in french else french[0],
                    field=Line(FIELD_HEADINGS[name]),
                    value=value,
                )
                break


def untranslated(statement: Statement) -> Iterator[Message]:
    """Yields texts that are the same in both languages, or much shorter in one."""
    for field in LONG_FIELDS:
        texts = {lang: " ".join(getattr(statement.text(lang), field).split()) for lang in LANGS}
        shorter, longer = sorted(LANGS, key=lambda lang: len(texts[lang]))
        if len(texts["en"]) > 40 and texts["en"] == texts["fr"]:
            yield Message("statement.hint-same", english=heading(field, "en"), french=heading(field, "fr"))
        elif texts[shorter] and len(texts[longer]) > max(200, 3 * len(texts[shorter])):
            yield Message("statement.hint-shorter", shorter=heading(field, shorter), longer=heading(field, longer))


def other_language(statement: Statement) -> Iterator[Message]:
    """Yields texts that seem to be in the other language, and numbers that only one language mentions."""
    for field in LONG_FIELDS:
        texts = {lang: getattr(statement.text(lang), field) for lang in LANGS}
        if texts["en"] == texts["fr"]:
            continue
        for lang in LANGS:
            actual = language(texts[lang])
            if actual and actual != lang and len(texts[lang]) > 40:
                yield Message("statement.hint-language", heading=heading(field, lang), seen=actual)
        numbers = {lang: set(_NUMBER.findall(texts[lang])) for lang in LANGS}
        only = {lang: tuple(sorted(numbers[lang] - numbers[OTHER_LANG[lang]]))[:MOST_DIFFERENCES] for lang in LANGS}
        if only["en"] and only["fr"]:
            sides = {lang: tuple(Line(number) for number in only[lang]) for lang in LANGS}
            yield Message("statement.hint-numbers", english=heading(field, "en"), french=heading(field, "fr"), **sides)


def loose_mentions(statement: Statement, today: date) -> Iterator[Message]:
    """Yields dates and amounts in one language only, and future days that are no dates of the statement."""
    if not all(getattr(statement.text(lang), field) for lang in LANGS for field in LONG_FIELDS):
        return
    if not any(disagreements(statement)):
        for sides in _one_sided(statement):
            for lang, only in zip(LANGS, sides, strict=True):
                if only:
                    yield Message("statement.hint-one-language", values=only[:MOST_DIFFERENCES], written=lang)
    dates = {getattr(statement, name) for name in DATE_FIELDS}
    both = _mentioned(statement, "en") & _mentioned(statement, "fr")
    if stray := tuple(sorted(day for day in both - dates if isinstance(day, date) and day >= today)):
        yield Message("statement.hint-other-date", days=stray[:MOST_DIFFERENCES])


def _one_sided(statement: Statement) -> Iterator[tuple[tuple[MentionedValue, ...], tuple[MentionedValue, ...]]]:
    """Yields the dates, then the amounts, that only one language mentions: in English, in French."""
    english, french = (_mentioned(statement, lang) for lang in LANGS)
    for kind in (date, Money):
        yield (
            tuple(sorted(value for value in english - french if isinstance(value, kind))),
            tuple(sorted(value for value in french - english if isinstance(value, kind))),
        )


def _mentioned(statement: Statement, lang: Lang) -> frozenset[MentionedValue]:
    text = statement.text(lang)
    return frozenset(mention.value for field in LONG_FIELDS for mention in mentions(getattr(text, field)))


def heading(field: str, lang: Lang) -> Line:
    """Returns the heading of a field that exists in both languages."""
    return Line(FIELD_HEADINGS[f"{field}.{lang}"])
