"""One `/ore`, field by field: what is wrong with each, and the whole of it corrected, to be copied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.pipeline.exchange_entry.categories import category
from bot.pipeline.exchange_entry.categories import nearest as nearest_category
from bot.pipeline.exchange_entry.entry import IN_BOTH, fault, parts
from bot.pipeline.exchange_entry.line import fields, nearest, tidy
from bot.pipeline.exchange_entry.words import BLANK, SHOWN, Both, BothLines, both, corrected, line_of, problem
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.words import Categories, Message
from bot.pipeline.reading.protection import kinds_in
from bot.pipeline.text.language import language
from bot.pipeline.text.letters import folded


@dataclass(frozen=True)
class Checked:
    """A field as written: `wrong` is what keeps it from being recorded, `right` what to write for it, if anything."""

    right: tuple[tuple[str, Both], ...]
    wrong: Message | None = None


def check(opportunity: Opportunity, name: str, value: str, codes: Categories | None) -> Checked:
    """`codes` are the Exchange's categories, None where they cannot be read now."""
    found = fields(name)
    private = bool(value) and found != ("contact",) and bool(kinds_in(value))  # the contact alone is somebody's address
    if not found:
        return Checked(_meant(name, "…" if private else value), problem("unknown-field", name, lines=()))
    field, tidied = found[0], tidy(found[0], value)
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
    """The fields that an unknown name may mean; where both languages may be, the value goes to its own."""
    near = nearest(name)
    if len(near) == 1:
        return ((near[0], both(near[0], value)),)
    lang = language(value[:SHOWN]) or ("fr" if folded(name) in map(folded, IN_BOTH.values()) else "en")
    return tuple((one, both(one, value) if one.endswith(lang) else BLANK) for one in near)


def _category(words: str, codes: Categories) -> Checked:
    found = category(words, codes)
    if len(found) == 1:
        return Checked((("category", codes[found[0]]),))
    likely = None if found else nearest_category(words, codes)
    kind = "ambiguous-category" if found else "unknown-category"
    wrong = problem(kind, "category", words, lines=(), choices=[codes[code] for code in found or codes])
    return Checked((("category", codes[likely] if likely else BLANK),), wrong)


def whole(checked: Iterable[Checked]) -> BothLines | None:
    """All of it in one line, corrected; an ellipsis gives way to what is said elsewhere in it."""
    said: dict[str, Both] = {}
    for field, value in (pair for one in checked for pair in one.right):
        if said.get(field, BLANK) is BLANK:
            said[field] = value
    return line_of(*said.items()) if said else None
