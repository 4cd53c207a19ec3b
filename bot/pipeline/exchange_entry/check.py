"""Checks the fields of one `/ore`, and writes the whole line corrected, to copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.pipeline.exchange_entry.categories import category, nearest_category
from bot.pipeline.exchange_entry.entry import IN_BOTH, fault, parts
from bot.pipeline.exchange_entry.line import fields, nearest_field, tidy_value
from bot.pipeline.exchange_entry.words import BLANK, LONGEST_VALUE, Both, BothLines, both, corrected, line_of, problem
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.words import Categories, Message
from bot.pipeline.reading.protection import kinds_in
from bot.pipeline.text.language import language
from bot.pipeline.text.letters import folded


@dataclass(frozen=True)
class Checked:
    """The check of one field: `wrong` is the mistake, `right` has the fields and values to write instead."""

    right: tuple[tuple[str, Both], ...]
    wrong: Message | None = None


def check_field(opportunity: Opportunity, name: str, value: str, codes: Categories | None) -> Checked:
    """Checks one field. `codes` are the Exchange's categories, None while they cannot be read."""
    found = fields(name)
    private = bool(value) and found != ("contact",) and bool(kinds_in(value))  # the contact is an address
    if not found:
        return Checked(_meant(name, "…" if private else value), problem("unknown-field", name, lines=()))
    field, tidied = found[0], tidy_value(found[0], value)
    work = opportunity.repository_named
    if value and field == "licence" and work and work.licence:
        return Checked((), problem("licence-found", field, work.licence, lines=()))
    if private:
        return Checked(tuple((one, BLANK) for one in found), problem("private", field, lines=()))
    if field == "category" and value and codes:
        return _category(tidied, codes)
    wrong = next((code for part in parts(field, tidied) if (code := fault(field, part))), "") if value else ""
    if wrong:
        right = tuple((one, corrected(wrong, one, value)) for one in found)
        return Checked(right, problem(wrong, field, value, lines=()))
    return Checked(tuple((one, both(one, tidied)) for one in found))


def _meant(name: str, value: str) -> tuple[tuple[str, Both], ...]:
    """Returns the fields that an unknown name may mean; the value goes to the field of its own language."""
    near = nearest_field(name)
    if len(near) == 1:
        return ((near[0], both(near[0], value)),)
    lang = language(value[:LONGEST_VALUE]) or ("fr" if folded(name) in map(folded, IN_BOTH.values()) else "en")
    return tuple((one, both(one, value) if one.endswith(lang) else BLANK) for one in near)


def _category(words: str, codes: Categories) -> Checked:
    found = category(words, codes)
    if len(found) == 1:
        return Checked((("category", codes[found[0]]),))
    likely = None if found else nearest_category(words, codes)
    kind = "ambiguous-category" if found else "unknown-category"
    wrong = problem(kind, "category", words, lines=(), choices=[codes[code] for code in found or codes])
    return Checked((("category", codes[likely] if likely else BLANK),), wrong)


def corrected_line(checked: Iterable[Checked]) -> BothLines | None:
    """Returns the corrected command in both languages; a value replaces an ellipsis for the same field."""
    values: dict[str, Both] = {}
    for field, value in (pair for one in checked for pair in one.right):
        if values.get(field, BLANK) is BLANK:
            values[field] = value
    return line_of(*values.items()) if values else None
