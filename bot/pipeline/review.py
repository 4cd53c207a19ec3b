"""The check of the statement: what keeps it from being approved, a sentence each.

>>> problems(parse(issue.body), policy, today)
(Message('statement.missing', heading=Line('Titre (français)')),)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.pipeline.calendar import business_days
from bot.pipeline.policy import Policy
from bot.pipeline.statement import HEADINGS, LIMITS, Statement, top_items
from bot.pipeline.words import Line, Message

_EMAIL = re.compile(r"[^@\s<>]{1,64}@(?:[^@\s<>.]{1,63}\.)+[^@\s<>.]{1,63}")


def lacking(statement: Statement) -> tuple[Message, ...]:
    """Fields that are empty, unreadable or too long for the site: with them there is nothing to post."""
    return tuple(_lacking(statement))


def problems(statement: Statement, policy: Policy, today: date) -> tuple[Message, ...]:
    """What keeps the statement from being complete, a sentence each; empty when it can be approved.

    `today` is the Eastern date. Limits are the Micro-Acquisition site's (title, short description) and the
    policy's (ceiling with taxes, business days open).
    """
    return tuple(_problems(statement, policy, today))


def _problems(statement: Statement, policy: Policy, today: date) -> Iterator[Message]:
    yield from _lacking(statement)
    for text, lang in ((statement.en, "en"), (statement.fr, "fr")):
        if text.criteria and not top_items(text.criteria):
            yield Message("statement.no-list", heading=Line(HEADINGS[f"criteria.{lang}"]))
        if text.criteria and not re.search(r"\blicen[cs]e\b", text.criteria, re.IGNORECASE):
            yield Message("statement.no-licence", heading=Line(HEADINGS[f"criteria.{lang}"]))
    if statement.contact and not _EMAIL.fullmatch(statement.contact[:255]):
        yield Message("statement.contact", heading=Line(HEADINGS["contact"]))
    if statement.price and statement.price.highest_total() > policy.ceiling_total:
        yield Message(
            "statement.ceiling",
            price=statement.price,
            total=statement.price.highest_total(),
            ceiling=policy.ceiling_total,
        )
    yield from _date_problems(statement, policy, today)


def _lacking(statement: Statement) -> Iterator[Message]:
    for name, heading in HEADINGS.items():
        field, _, lang = name.partition(".")
        value = getattr(getattr(statement, lang) if lang else statement, field)
        if name in statement.unreadable:
            yield Message(
                "statement.unreadable-price" if name == "price" else "statement.unreadable-date",
                heading=Line(heading),
            )
        elif not value and name != "need":
            yield Message("statement.missing", heading=Line(heading))
    for lang in ("en", "fr"):
        for field, limit in LIMITS.items():
            length = len(getattr(getattr(statement, lang), field))
            if length > limit:
                yield Message("statement.long", heading=Line(HEADINGS[f"{field}.{lang}"]), length=length, limit=limit)


def _date_problems(statement: Statement, policy: Policy, today: date) -> Iterator[Message]:
    closing, selection, delivery = statement.closing, statement.selection, statement.delivery
    if closing and (closing < today or business_days(today, closing) < policy.posting.minimum_days):
        yield Message("statement.closing-soon", closing=closing, days=policy.posting.minimum_days)
    if closing and selection and selection <= closing:
        yield Message("statement.selection-early", closing=closing, selection=selection)
    if selection and delivery and delivery <= selection:
        yield Message("statement.delivery-early", selection=selection, delivery=delivery)
