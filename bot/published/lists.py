"""Declares questions about all records and the shapes of the answers: the ledger answers, the board shows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from bot.pipeline.model.opportunity import Status
from bot.pipeline.text.language import Lang
from bot.pipeline.text.letters import folded
from bot.published.measures import year_of
from bot.published.record import Record


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[str, ...]:
    """Returns the words of a text without case or accents, in alphabetical order."""
    return tuple(sorted(set(re.findall(r"\w+", folded(text)))))


class ListedRecord:
    """A record in a list, with the words and skills that a search compares: each is found out once."""

    def __init__(self, record: Record) -> None:
        self.record = record

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Returns every word by which the record is found, in alphabetical order."""
        record = self.record
        texts = [text for both in (record.title, record.short) for text in both.values()]
        skills = [skill for each in record.skills.values() for skill in each]
        return words_of("\n".join((str(record.number), *texts, *skills, record.client, record.supplier or "")))

    @cached_property
    def _skills(self) -> dict[Lang, dict[str, str]]:
        return {
            lang: {name: text for text in reversed(skills) if (name := _skill(text))}
            for lang, skills in self.record.skills.items()
        }

    def skills(self, lang: Lang) -> dict[str, str]:
        """Returns its skills as they are compared, and as each was written first."""
        return self._skills.get(lang, {})

    def has_skill(self, name: str) -> bool:
        """Returns whether it wants a skill, in either language."""
        return any(name in skills for skills in self._skills.values())

    def has_word(self, beginning: str) -> bool:
        """Returns whether one of its words begins so."""
        at = bisect_left(self.words, beginning)
        return at < len(self.words) and self.words[at].startswith(beginning)


def _skill(text: str) -> str:
    return " ".join(folded(text).split())


@dataclass(frozen=True)
class Filters:
    """What a search asks for; None and empty exclude nothing. Amounts are Canadian dollars before taxes."""

    skill: str = ""
    status: Status | None = None
    year: int | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    text: str = ""

    def searches(self) -> bool:
        """Returns whether more is asked for than a status and a year."""
        return bool(_skill(self.skill) or words_of(self.text)) or (self.least, self.most) != (None, None)

    def matcher(self) -> Callable[[ListedRecord], bool]:
        """Returns the function that tells whether a record fits."""
        skill, words = _skill(self.skill), words_of(self.text)

        def fits(entry: ListedRecord) -> bool:
            record = entry.record
            return (
                self.status in (None, record.status)
                and (self.year is None or self.year == year_of(record))
                and (self.least is None or (record.price is not None and record.price >= self.least))
                and (self.most is None or (record.price is not None and record.price <= self.most))
                and (not skill or entry.has_skill(skill))
                and all(entry.has_word(word) for word in words)
            )

        return fits


@dataclass(frozen=True)
class Some:
    """Some records, and how many there are in all, or at least how many if there are `more` that were not counted."""

    records: tuple[Record, ...]
    total: int
    more: bool = False


@dataclass(frozen=True)
class Skill:
    """A skill as it is compared and as it was written, and how many opportunities want it."""

    name: str
    written: str
    count: int
