"""The entry in the Open Resource Exchange in words: what is wrong with it, what is known of it, what is asked.

Every problem comes with the line that puts it right, in the language of who reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.pipeline.exchange_entry.entry import FIELDS, STATUSES, Known, fault, limit, typographic
from bot.pipeline.exchange_entry.line import nearest_status
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.words import Line, Message, Url, called
from bot.pipeline.reading.protection import kinds_in
from bot.pipeline.text.language import Lang

SHOWN: Final = 200
"""Characters of a value that are shown again."""

BothLines = Mapping[Lang, Line]
Both = Mapping[Lang, str]

BLANK: Final[Both] = {"en": "…", "fr": "…"}
"""Stands where only people know, and is never taken for a value."""


def problem(
    code: str,
    field: str,
    value: str = "",
    *,
    lines: tuple[BothLines, ...] | None = None,
    choices: Iterable[Both] = (),
) -> Message:
    """What is wrong with a field, the lines to copy that put it right, and what there is to choose from."""
    offered = tuple(choices)
    return Message(
        "exchange.problem",
        code=code,
        field=named(field),
        value=value[:SHOWN],
        limit=limit(field),
        lines=(line_of((field, corrected(code, field, value))),) if lines is None else lines,
        choices={"en": tuple(both["en"] for both in offered), "fr": tuple(both["fr"] for both in offered)},
        statuses={"en": tuple(map(Line, STATUSES)), "fr": tuple(map(Line, STATUSES.values()))},
    )


def corrected(code: str, field: str, value: str) -> Both:
    """What to write in a field instead."""
    if field == "status":
        return both(field, nearest_status(value) or "…")
    lang: Lang = "fr" if field.endswith(".fr") else "en"
    plain = typographic(value if value.count('"') % 2 == 0 else value.strip('" '), lang)
    return both(field, plain) if code == "forbidden-character" and len(plain) <= limit(field) else BLANK


def both(field: str, value: str) -> Both:
    """A value as it is said in each language."""
    return {"en": value, "fr": STATUSES.get(value, value) if field == "status" else value}


def line_of(*said: tuple[str, Both]) -> BothLines:
    """`/ore field="value"`, as many as there are, with the fields' names in each language."""
    english = " ".join(f"{field}={_quoted(value['en'])}" for field, value in said)
    french = " ".join(f"{FIELDS.get(field, field)}={_quoted(value['fr'])}" for field, value in said)
    return {"en": Line(f"/ore {english}"), "fr": Line(f"/ore {french}")}


def _quoted(value: str) -> str:
    value = value.replace('"', "″")
    return value if value.isalnum() else f'"{value}"'


def same_code(english: str, french: str) -> Message:
    """The repository is in the Exchange under another name: the line that takes that one."""
    said = {"en": f'name.en="{english}" name.fr="{french}"', "fr": f'nom.en="{english}" nom.fr="{french}"'}
    line: BothLines = {"en": Line(f"/ore {said['en']}"), "fr": Line(f"/ore {said['fr']}")}
    return problem("repository-taken", "name.en", english, lines=(line,))


def named(field: str) -> BothLines:
    french = "dépôt" if field == "repository" else FIELDS.get(field, field)
    return {"en": Line(field), "fr": Line(french)}


def not_ready(
    opportunity: Opportunity,
    problems: Iterable[Message],
    rows: Mapping[str, Known],
    choices: Mapping[str, Both],
) -> Message:
    """What the client is asked for before the entry can be proposed, and what is known already, from where.

    `choices` are the categories that one must be taken of, by their codes, in words.
    """
    table = tuple(
        (named(field), both(field, one.value[:SHOWN]), Message("exchange.source", source=one.source))
        for field, one in rows.items()
    )
    lines = tuple((words, line_of(("category", both("category", code)))) for code, words in choices.items())
    people = called(*opportunity.clients)
    hint = hints(opportunity)
    return Message("exchange.not-ready", people=people, problems=tuple(problems), rows=table, choices=lines, hints=hint)


def impossible(opportunity: Opportunity, code: str, repository: Url, *details: str) -> Message:
    """Why no entry can be proposed until an operator, or the Exchange, puts something right.

    `code`: administration, file, checks or address; `details` say where.
    """
    told = tuple(Line(detail[:SHOWN]) for detail in details[:5])
    people = called(opportunity.coordinator)
    return Message("exchange.impossible", people=people, code=code, repository=repository, details=told)


def hints(opportunity: Opportunity) -> tuple[Message, ...]:
    """The statement says what was asked for; the repository's own description may say better what the code does.

    It is in one language, and only people can tell which.
    """
    text = typographic((opportunity.repository_named and opportunity.repository_named.description) or "", "en")
    if "what.en" in opportunity.entry or fault("what.en", text) or kinds_in(text):
        return ()
    lines = {"en": Line(f'/ore what.en="{text}"'), "fr": Line(f'/ore quoi.fr="{text}"')}
    return (Message("exchange.hint-description", lines=lines),)
