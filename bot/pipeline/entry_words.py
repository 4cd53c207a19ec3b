"""The entry in the Open Resource Exchange in words: what is wrong with it, what is known of it, what is asked.

Every problem comes with the line that puts it right, in the language of who reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.pipeline.entry import FIELDS, STATUSES, Known, fault, limit, typographic
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.protection import find
from bot.pipeline.words import Lang, Line, Message, Url, called

SHOWN: Final = 200
"""Characters of a value that are shown again."""

BothLines = Mapping[Lang, Line]


def problem(
    code: str,
    field: str,
    value: str = "",
    *,
    lines: tuple[BothLines, ...] | None = None,
) -> Message:
    """What is wrong with a field, and the lines to copy that put it right."""
    return Message(
        "exchange.problem",
        code=code,
        field=named(field),
        value=value[:SHOWN],
        limit=limit(field),
        lines=(_corrected(code, field, value),) if lines is None else lines,
        statuses={"en": tuple(map(Line, STATUSES)), "fr": tuple(map(Line, STATUSES.values()))},
    )


def _corrected(code: str, field: str, value: str) -> BothLines:
    """The line that puts a field right; an ellipsis stands where only people know, and is never taken for a value."""
    lang: Lang = "fr" if field.endswith(".fr") else "en"
    plain = typographic(value if value.count('"') % 2 == 0 else value.strip('" '), lang)
    corrected = plain if code == "forbidden-character" and len(plain) <= limit(field) else "…"
    return line_of(field, "Beta" if field == "status" else "MIT" if field == "licence" else corrected)


def line_of(field: str, value: str) -> BothLines:
    """`/ore field="value"`, with the field's name in each language."""
    value = value.replace('"', "″")[:SHOWN]
    quoted = value if value.isalnum() else f'"{value}"'
    french = STATUSES.get(value, value) if field == "status" else quoted
    return {"en": Line(f"/ore {field}={quoted}"), "fr": Line(f"/ore {FIELDS.get(field, field)}={french}")}


def same_code(english: str, french: str) -> Message:
    """The repository is in the Exchange under another name: the line that takes that one."""
    said = {"en": f'name.en="{english}" name.fr="{french}"', "fr": f'nom.en="{english}" nom.fr="{french}"'}
    line: BothLines = {"en": Line(f"/ore {said['en']}"), "fr": Line(f"/ore {said['fr']}")}
    return problem("repository-taken", "name.en", english, lines=(line,))


def named(field: str) -> BothLines:
    french = "dépôt" if field == "repository" else FIELDS.get(field, field)
    return {"en": Line(field), "fr": Line(french)}


def not_ready(
    o: Opportunity,
    problems: Iterable[Message],
    rows: Mapping[str, Known],
    choices: Mapping[str, Mapping[Lang, str]],
) -> Message:
    """What the client is asked for before the entry can be proposed, and what is known already, from where.

    `choices` are the categories that one must be taken of, by their codes, in words.
    """
    table = tuple(
        (named(field), one.value[:SHOWN], Message("exchange.source", source=one.source)) for field, one in rows.items()
    )
    lines = tuple((words, line_of("category", code)) for code, words in choices.items())
    people = called(*o.clients)
    hint = hints(o)
    return Message("exchange.not-ready", people=people, problems=tuple(problems), rows=table, choices=lines, hints=hint)


def impossible(o: Opportunity, code: str, repository: Url, *details: str) -> Message:
    """Why no entry can be proposed until an operator, or the Exchange, puts something right.

    `code`: administration, file, checks or address; `details` say where.
    """
    told = tuple(Line(detail[:SHOWN]) for detail in details[:5])
    people = called(o.coordinator)
    return Message("exchange.impossible", people=people, code=code, repository=repository, details=told)


def hints(o: Opportunity) -> tuple[Message, ...]:
    """The statement says what was asked for; the repository's own description may say better what the code does.

    It is in one language, and only people can tell which.
    """
    text = typographic((o.repository_named and o.repository_named.description) or "", "en")
    if "what.en" in o.entry or fault("what.en", text) or find(text):
        return ()
    lines = {"en": Line(f'/ore what.en="{text}"'), "fr": Line(f'/ore quoi.fr="{text}"')}
    return (Message("exchange.hint-description", lines=lines),)
