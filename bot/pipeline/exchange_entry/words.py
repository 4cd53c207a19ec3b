"""Builds the messages about an entry in the Open Resource Exchange.

Each problem has the command line that corrects it, in English and in French.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.pipeline.exchange_entry.entry import EXCHANGE_STATUSES, FIELDS, EntryField, fault, limit, typographic
from bot.pipeline.exchange_entry.line import nearest_status
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.words import Line, Message, Url, called
from bot.pipeline.reading.protection import kinds_in
from bot.pipeline.text.language import Lang

LONGEST_VALUE: Final = 200
"""Characters of a value that a message repeats."""

BothLines = Mapping[Lang, Line]
Both = Mapping[Lang, str]

BLANK: Final[Both] = {"en": "…", "fr": "…"}
"""Stands for a value that only people can write."""


def problem(
    code: str,
    field: str,
    value: str = "",
    *,
    lines: tuple[BothLines, ...] | None = None,
    choices: Iterable[Both] = (),
) -> Message:
    """Builds the message of a mistake in a field, with lines to copy and values to choose from."""
    offered = tuple(choices)
    return Message(
        "exchange.problem",
        code=code,
        field=field_name(field),
        value=value[:LONGEST_VALUE],
        limit=limit(field),
        lines=(line_of((field, corrected(code, field, value))),) if lines is None else lines,
        choices={"en": tuple(both["en"] for both in offered), "fr": tuple(both["fr"] for both in offered)},
        statuses={"en": tuple(map(Line, EXCHANGE_STATUSES)), "fr": tuple(map(Line, EXCHANGE_STATUSES.values()))},
    )


def corrected(code: str, field: str, value: str) -> Both:
    """Returns the value to write in a field instead."""
    if field == "status":
        return both(field, nearest_status(value) or "…")
    lang: Lang = "fr" if field.endswith(".fr") else "en"
    plain = typographic(value if value.count('"') % 2 == 0 else value.strip('" '), lang)
    return both(field, plain) if code == "forbidden-character" and len(plain) <= limit(field) else BLANK


def both(field: str, value: str) -> Both:
    """Returns a value in each language."""
    return {"en": value, "fr": EXCHANGE_STATUSES.get(value, value) if field == "status" else value}


def line_of(*values: tuple[str, Both]) -> BothLines:
    """Returns the command `/ore field="value" …` with the fields' names in each language."""
    english = " ".join(f"{field}={_quoted(value['en'])}" for field, value in values)
    french = " ".join(f"{FIELDS.get(field, field)}={_quoted(value['fr'])}" for field, value in values)
    return {"en": Line(f"/ore {english}"), "fr": Line(f"/ore {french}")}


def _quoted(value: str) -> str:
    value = value.replace('"', "″")
    return value if value.isalnum() else f'"{value}"'


def same_code(english: str, french: str) -> Message:
    """Builds the message that the repository has an entry under another name, with the line that takes that name."""
    names = {"en": f'name.en="{english}" name.fr="{french}"', "fr": f'nom.en="{english}" nom.fr="{french}"'}
    line: BothLines = {"en": Line(f"/ore {names['en']}"), "fr": Line(f"/ore {names['fr']}")}
    return problem("repository-taken", "name.en", english, lines=(line,))


def field_name(field: str) -> BothLines:
    """Returns a field's name in each language."""
    french = "dépôt" if field == "repository" else FIELDS.get(field, field)
    return {"en": Line(field), "fr": Line(french)}


def not_ready(
    opportunity: Opportunity,
    problems: Iterable[Message],
    rows: Mapping[str, EntryField],
    choices: Mapping[str, Both],
) -> Message:
    """Asks the client for what the entry lacks, and shows the fields that have a value, with their sources.

    `choices` are categories to choose from, by code.
    """
    table = tuple(
        (field_name(field), both(field, one.value[:LONGEST_VALUE]), Message("exchange.source", source=one.source))
        for field, one in rows.items()
    )
    lines = tuple((words, line_of(("category", both("category", code)))) for code, words in choices.items())
    people = called(*opportunity.clients)
    hint = entry_hints(opportunity)
    return Message("exchange.not-ready", people=people, problems=tuple(problems), rows=table, choices=lines, hints=hint)


def impossible(opportunity: Opportunity, code: str, repository: Url, *details: str) -> Message:
    """Explains why no entry can be proposed until an operator or the Exchange acts.

    `code` is administration, file, checks or address; `details` say where.
    """
    places = tuple(Line(detail[:LONGEST_VALUE]) for detail in details[:5])
    people = called(opportunity.coordinator)
    return Message("exchange.impossible", people=people, code=code, repository=repository, details=places)


def entry_hints(opportunity: Opportunity) -> tuple[Message, ...]:
    """Suggests the repository's own description for the entry, because the statement describes only the request.

    It offers a line for each language: only people can say which language the description is in.
    """
    text = typographic((opportunity.repository_named and opportunity.repository_named.description) or "", "en")
    if "what.en" in opportunity.entry or fault("what.en", text) or kinds_in(text):
        return ()
    lines = {"en": Line(f'/ore what.en="{text}"'), "fr": Line(f'/ore quoi.fr="{text}"')}
    return (Message("exchange.hint-description", lines=lines),)
