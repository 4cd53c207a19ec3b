"""Answers what the board, the feeds and the files ask about all opportunities.

now = ledger.open_now()
page = ledger.past(1, 20, Filters(skill="python", text="geo"))

All records are kept in memory and read again when the count of changes in the database went up; only those
with a new text are decoded then. Filters and orders are plain Python: see `bot.published.lists`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

from sqlalchemy import select

from bot.ledger.database import Database
from bot.ledger.records import change_count, decode_record
from bot.ledger.tables import records
from bot.pipeline.text.language import Lang
from bot.published.lists import Filters, ListedRecord, Skill, Some
from bot.published.measures import Tally, tallied, year_of
from bot.published.record import Record

EVERYTHING = Filters()

NEVER = datetime.min.replace(tzinfo=UTC)

COUNTED = 60
"""How far beyond a page's beginning the past opportunities that fit a search are counted."""


class Board:
    """The part of the ledger that people's pages read."""

    _database: Database
    _texts: tuple[int, dict[str, tuple[str, ListedRecord]]] = (-1, {})
    """The count of changes at the last reading, and by key each record's stored text and what it says."""

    def _entries(self) -> dict[str, ListedRecord]:
        """Returns every record by key, in the order of repository and number."""
        with self._database.reading() as connection:
            changes = change_count(connection)
            count, known = self._texts
            if changes != count:
                rows = connection.execute(select(records.c.key, records.c.data)).all()
                found = {
                    key: known[key]
                    if key in known and known[key][0] == data
                    else (data, ListedRecord(decode_record(data)))
                    for key, data in sorted(rows, key=lambda row: _place(row.key))
                }
                self._texts = changes, found
                known = found
        return {key: entry for key, (_, entry) in known.items()}

    def _records(self, filters: Filters = EVERYTHING) -> list[Record]:
        fits = filters.matcher()
        return [entry.record for entry in self._entries().values() if fits(entry)]

    def record(self, key: str) -> Record | None:
        """Returns the record of one opportunity; None if there is none of that key."""
        with self._database.reading() as connection:
            data = connection.scalar(select(records.c.data).where(records.c.key == key))
        return decode_record(data) if data else None

    def open_now(self, limit: int = 100, filters: Filters = EVERYTHING) -> tuple[Record, ...]:
        """Returns those open for applications that fit, closing soonest first."""
        found = [record for record in self._records(filters) if record.phase == "open"]
        return tuple(sorted(found, key=lambda record: (record.closing or date.min, record.number))[:limit])

    def pipeline(self, limit: int = 10, filters: Filters = EVERYTHING) -> dict[int, Some]:
        """Returns those under way by step, 1 to 9: the latest change first, and how many there are in the step.

        A search counts no further than `limit`.
        """
        steps: dict[int, list[Record]] = {step: [] for step in range(1, 10)}
        for record in _latest_first(self._records(filters)):
            if record.phase != "past" and record.step in steps:
                steps[record.step].append(record)
        counted = None if filters == EVERYTHING else limit
        return {step: _some(found, 0, limit, counted) for step, found in steps.items()}

    def past(self, page: int = 1, size: int = 20, filters: Filters = EVERYTHING) -> Some:
        """Returns a page (from 1) of those done or cancelled, the latest first, and how many there are on all pages.

        A search for words, a skill or an amount counts no further than `COUNTED` from the page on.
        """
        found = _latest_first([record for record in self._records(filters) if record.phase == "past"])
        skip = (page - 1) * size
        return _some(found, skip, size, skip + COUNTED if filters.searches() else None)

    def skills(self, lang: Lang) -> list[Skill]:
        """Returns every skill that an opportunity wants, in alphabetical order."""
        written, counts = dict[str, str](), Counter[str]()
        for entry in self._entries().values():
            for name, text in entry.skills(lang).items():
                written.setdefault(name, text)
                counts[name] += 1
        return [Skill(name, written[name], counts[name]) for name in sorted(counts)]

    def years(self) -> dict[int, int]:
        """Returns the years in which opportunities came in, the latest first, and how many did."""
        counts = Counter(year_of(record) for record in self._records())
        return {year: counts[year] for year in sorted(counts, reverse=True) if year}

    def measured(self) -> dict[tuple[str, int], Tally]:
        """Returns what the records add up to, by name and year, for `published.measures`."""
        return tallied(self._records())

    def latest_change(self) -> int:
        """Returns a number that goes up with every change of any record."""
        with self._database.reading() as connection:
            return change_count(connection)

    def published(self, limit: int = 50) -> tuple[Record, ...]:
        """Returns those posted or amended last, the latest first."""
        found = [(record.published, record) for record in self._records() if record.published]
        return tuple(record for _, record in sorted(found, key=lambda one: one[0], reverse=True)[:limit])

    def dated(self, since: date, limit: int = 500) -> tuple[Record, ...]:
        """Returns those posted whose work is due on that day or later, soonest first: what a calendar shows."""
        posted = [record for record in self._records() if record.published]
        found = [(each.delivery, each.number, each) for each in posted if each.delivery and each.delivery >= since]
        return tuple(record for *_, record in sorted(found, key=lambda one: one[:2])[:limit])

    def numbered(self, after: tuple[str, int] = ("", 0), limit: int = 100) -> list[tuple[str, Record]]:
        """Returns the next ones after a repository (lower case) and number, in that order, with their keys."""
        return [one for one in self.all_records() if _place(one[0]) > after][:limit]

    def numbered_before(self, before: tuple[str, int], limit: int = 100) -> list[tuple[str, Record]]:
        """Returns the last ones before a repository and number, in that order."""
        return [one for one in self.all_records() if _place(one[0]) < before][-limit:]

    def all_records(self) -> Iterator[tuple[str, Record]]:
        """Yields every record with its key, by repository and number."""
        return ((key, entry.record) for key, entry in self._entries().items())


def _place(key: str) -> tuple[str, int]:
    repository, _, number = key.rpartition("#")
    return repository, int(number)


def _latest_first(found: list[Record]) -> list[Record]:
    return sorted(found, key=lambda record: (record.updated or NEVER, record.number), reverse=True)


def _some(found: list[Record], skip: int, size: int, counted: int | None) -> Some:
    """Returns some of those found, and their count, which says no more than `counted` and that there are more."""
    total = len(found) if counted is None else min(len(found), counted)
    return Some(tuple(found[skip : skip + size]), total, len(found) > total)
