"""Checks a statement before its approval, and finds problems and hints.

    >>> statement_problems(statement_of(issue.body), policy, today)
    (Message('statement.missing', heading=Line('Titre (français)')),)

A problem is certain, and blocks the approval; a hint may be wrong, and blocks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest
from math import ceil

from bot.pipeline.calendar import add_business_days, business_days, is_business_day
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.statement import FIELD_HEADINGS, TEXT_LIMITS, Statement, top_items
from bot.pipeline.model.words import Line, Message
from bot.pipeline.money import TAX, Money
from bot.pipeline.reading.agreement import (
    DATE_FIELDS,
    MOST_DIFFERENCES,
    disagreements,
    heading,
    loose_mentions,
    other_language,
    untranslated,
)
from bot.pipeline.reading.prose import Paragraph, criteria, paragraphs
from bot.pipeline.reading.vague import vague
from bot.pipeline.text.language import LANGS, Lang

HOURS_A_DAY = Decimal("7.5")
"""The most work on a business day between selection and delivery: 37.5 hours a week."""
_EMAIL = re.compile(r"[^@\s<>]{1,64}@(?:[^@\s<>.]{1,63}\.)+[^@\s<>.]{1,63}")
_LICENCE = re.compile(r"\blicen[cs]")
_DELIVERED = re.compile(r"\b(?:deliver|livr)")
_REQUIREMENTS = re.compile(
    r"\b(?:asked|deliverable|descri|feature|functionalit|need|opportunit|request|requirement|scope|specif"
    r"|besoin|cahier|decri|demand|exigence|fonctionnalit|livrable|prevu|requis)"
)
_TEST = re.compile(r"\b(?:test|essai)")
_LENGTH = re.compile(r"\b\d+[ -](?:word|mot)s?\b")


def lacking(statement: Statement) -> tuple[Message, ...]:
    """Returns the fields that are empty, unreadable or too long for the site: nobody can post a statement with them."""
    return tuple(_lacking(statement))


def statement_problems(statement: Statement, policy: Policy, today: date) -> tuple[Message, ...]:
    """Returns the reasons, a sentence each, against the approval of the statement.

    `today` is the Eastern date. Limits are the Micro-Acquisition site's (title, short description) and the
    policy's (ceiling with taxes, business days open).
    """
    return (
        *_lacking(statement),
        *_criteria(statement),
        *_contact(statement),
        *_price(statement, policy),
        *_dates(statement, policy, today),
        *disagreements(statement),
    )


def statement_hints(statement: Statement, policy: Policy, today: date) -> tuple[Message, ...]:
    """Returns advice on the statement, a sentence each; it blocks nothing."""
    return (
        *_vague(statement),
        *_untested(statement),
        *_effort(statement, policy),
        *_unmeasured(statement),
        *_skills(statement),
        *untranslated(statement),
        *other_language(statement),
        *loose_mentions(statement, today),
    )


def closing_soon(statement: Statement, policy: Policy, today: date) -> tuple[Message, ...]:
    """Returns the reason, if there is one, why the closing date leaves suppliers too little time."""
    soonest = add_business_days(today, policy.posting.minimum_days)
    if not statement.closing or statement.closing >= soonest:
        return ()
    return (
        Message(
            "statement.closing-soon",
            closing=statement.closing,
            days=policy.posting.minimum_days,
            earliest=_iso(_business_day_from(soonest)),
        ),
    )


# --- problems --------------------------------------------------------------------------------------------


def _lacking(statement: Statement) -> Iterator[Message]:
    for name, words in FIELD_HEADINGS.items():
        field, _, lang = name.partition(".")
        value = getattr(getattr(statement, lang) if lang else statement, field)
        if field == "skills":
            value = skills(value)
        if name in statement.unreadable:
            yield Message(
                "statement.unreadable-price" if name == "price" else "statement.unreadable-date",
                heading=Line(words),
            )
        elif not value and name != "need":
            yield Message("statement.missing", heading=Line(words))
    for lang in LANGS:
        for field, limit in TEXT_LIMITS.items():
            length = len(getattr(statement.text(lang), field))
            if length > limit:
                yield Message("statement.long", heading=heading(field, lang), length=length, limit=limit)
        if statement.text(lang).criteria and not criteria(statement.text(lang).criteria):
            yield Message("statement.no-list", heading=heading("criteria", lang))


def _criteria(statement: Statement) -> Iterator[Message]:
    for lang in LANGS:
        text = statement.text(lang).criteria
        if not text:
            continue
        listed = criteria(text)
        parts = [part for item in listed for part in item] if listed else list(paragraphs(text))
        if not any(_LICENCE.search(part.source) for part in parts):
            yield Message("statement.no-licence", heading=heading("criteria", lang), written=lang)
        if not any(_ties(part.source) for part in parts):
            yield Message("statement.no-requirements", heading=heading("criteria", lang), written=lang)
    yield from _counts(statement)


def _counts(statement: Statement) -> Iterator[Message]:
    """Compares the numbers of criteria: people mark them by number, so both languages need the same count."""
    work = {lang: len(top_items(statement.text(lang).criteria)) for lang in LANGS}
    if all(work.values()) and work["en"] != work["fr"]:
        english, french = heading("criteria", "en"), heading("criteria", "fr")
        yield Message("statement.criteria-differ", english=english, french=french, **work)
    texts = {lang: statement.text(lang).evaluation for lang in LANGS}
    asked = {lang: max(1, len(top_items(text, ordered=True))) for lang, text in texts.items()}
    if all(texts.values()) and asked["en"] != asked["fr"]:
        english, french = heading("evaluation", "en"), heading("evaluation", "fr")
        yield Message("statement.evaluation-differs", english=english, french=french, **asked)


def _ties(source: str) -> bool:
    """Returns whether a criterion asks for the described work; “delivered with an MIT licence” does not."""
    return bool(_REQUIREMENTS.search(source) or (_DELIVERED.search(source) and not _LICENCE.search(source)))


def _contact(statement: Statement) -> Iterator[Message]:
    if statement.contact and not _EMAIL.fullmatch(statement.contact[:255]):
        yield Message("statement.contact", heading=Line(FIELD_HEADINGS["contact"]))


def _price(statement: Statement, policy: Policy) -> Iterator[Message]:
    price, ceiling = statement.price, policy.ceiling_total
    if price is None or price.highest_total() <= ceiling:
        return
    over = [code for code, tax in TAX.items() if price.with_tax(tax) > ceiling]
    yield Message(
        "statement.ceiling",
        price=price,
        total=price.highest_total(),
        ceiling=ceiling,
        excess=Money(price.highest_total().dollars - ceiling.dollars),
        over=tuple(Message(f"province.{code}") for code in over),
        fits=tuple(Message(f"province.{code}") for code in TAX if code not in over),
        best=Money(policy.ceiling / (1 + max(TAX.values())) // 10 * 10),
    )


def _dates(statement: Statement, policy: Policy, today: date) -> Iterator[Message]:
    closing, selection, delivery = statement.closing, statement.selection, statement.delivery
    yield from closing_soon(statement, policy, today)
    for name in DATE_FIELDS:
        day: date | None = getattr(statement, name)
        if day and not is_business_day(day):
            yield Message(
                "statement.not-business-day",
                heading=Line(FIELD_HEADINGS[name]),
                day=day,
                weekend=day.weekday() >= 5,
                following=_iso(_business_day_from(day)),
            )
    if closing and selection and selection <= closing:
        yield Message(
            "statement.selection-early",
            closing=closing,
            selection=selection,
            earliest=_iso(add_business_days(closing, 1)),
        )
    if selection and delivery and delivery <= selection:
        yield Message("statement.delivery-early", selection=selection, delivery=delivery)


# --- hints -----------------------------------------------------------------------------------------------


def _vague(statement: Statement) -> Iterator[Message]:
    english, french = ([_vague_in(item, lang) for item in criteria(statement.text(lang).criteria)] for lang in LANGS)
    both = [dict.fromkeys(en + fr) for en, fr in zip_longest(english, french, fillvalue=())]
    found = [(number, tuple(map(Line, words))) for number, words in enumerate(both, 1) if words]
    for number, words in found[:MOST_DIFFERENCES]:
        yield Message("statement.hint-vague", number=number, words=words[:MOST_DIFFERENCES])


def _vague_in(item: tuple[Paragraph, ...], lang: Lang) -> tuple[str, ...]:
    return tuple(word for paragraph in item for word in vague(paragraph.words, lang))


def _untested(statement: Statement) -> Iterator[Message]:
    sources = [part.source for lang in LANGS for item in criteria(statement.text(lang).criteria) for part in item]
    if sources and not any(map(_TEST.search, sources)):
        yield Message("statement.hint-no-test")


def _effort(statement: Statement, policy: Policy) -> Iterator[Message]:
    """Compares the price, at the usual rates, with the work and with the time for it."""
    price, selection, delivery = statement.price, statement.selection, statement.delivery
    low, high = policy.hourly
    if price is None or price.highest_total() > policy.ceiling_total or not low or not high:
        return
    if price.dollars <= low * policy.administration_hours:
        yield Message(
            "statement.hint-low-price", price=price, rate=Money(low), administration=policy.administration_hours
        )
    hours = price.dollars / high - policy.administration_hours
    if selection is None or delivery is None or delivery <= selection or hours <= 0:
        return
    earliest = add_business_days(selection, ceil(hours / HOURS_A_DAY))
    if delivery < earliest:
        yield Message(
            "statement.hint-short-time",
            price=price,
            rate=Money(high),
            hours=ceil(hours),
            left=business_days(selection, delivery),
            administration=policy.administration_hours,
            earliest=_iso(earliest),
        )


def _unmeasured(statement: Statement) -> Iterator[Message]:
    for lang in LANGS:
        parts = paragraphs(statement.text(lang).evaluation)
        if parts and not any(_LENGTH.search(part.source) for part in parts):
            yield Message("statement.hint-no-length", heading=heading("evaluation", lang), written=lang)


def _skills(statement: Statement) -> Iterator[Message]:
    for lang in LANGS:
        longest = max(map(len, skills(statement.text(lang).skills)), default=0)
        if longest > 80:
            yield Message("statement.hint-long-skill", heading=heading("skills", lang), length=longest, written=lang)


# --- what both read --------------------------------------------------------------------------------------


def skills(text: str) -> tuple[str, ...]:
    """Separates skills at commas, semicolons and line ends."""
    return tuple(part for skill in re.split(r"[,;\n]", text) if (part := skill.strip(" -*\t\r")))


def _iso(day: date) -> Line:
    return Line(day.isoformat())


def _business_day_from(day: date) -> date:
    """Returns the day itself, or the first business day after it."""
    return add_business_days(day - timedelta(days=1), 1)
