"""What the board, the feeds and the files ask: each question costs about the same among ten opportunities or many.

now = ledger.open_now()
page = ledger.past(1, 20, Filters(skill="python", text="geo"))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, literal_column, select

from bot.ledger.database import Database
from bot.ledger.records import CHANGES, decode, words_of
from bot.ledger.tables import record_skills, record_words, records, tallies
from bot.pipeline.model.words import Lang
from bot.pipeline.reading.commands import folded
from bot.published.lists import Filters, Skill, Some
from bot.published.measures import Tally
from bot.published.record import Record

EVERYTHING = Filters()

BEYOND = "\U0010ffff"
"""Comes after every letter: where the words that begin with something end."""

COUNTED = 60
"""How far beyond a page's beginning the past opportunities that fit a search are counted."""

# Written out, because an index of some rows is only used for a condition that says so.
_GOING = records.c.phase != literal_column("'past'")
_PAST, _OPEN = (records.c.phase == literal_column(f"'{phase}'") for phase in ("past", "open"))
_LATEST_FIRST = (records.c.updated_at.desc(), records.c.number.desc())


class Board:
    """The part of the ledger that people's pages read."""

    _database: Database

    def record(self, key: str) -> Record | None:
        """One opportunity in short; None where there is none of that key."""
        with self._database.reading() as connection:
            return next(iter(_read(connection, select(records.c.data).where(records.c.key == key))), None)

    def open_now(self, limit: int = 100, filters: Filters = EVERYTHING) -> tuple[Record, ...]:
        """Those open for applications that fit, closing soonest first."""
        wanted = select(records.c.data).order_by(records.c.closing, records.c.number)
        with self._database.reading() as connection:
            return _read(connection, wanted.where(_OPEN, *_fitting(connection, filters)).limit(limit))

    def pipeline(self, limit: int = 10, filters: Filters = EVERYTHING) -> dict[int, Some]:
        """Those on their way by step, 1 to 9: what changed last first, and how many there are in the step.

        Those that fit a search are counted no further than `limit`.
        """
        with self._database.reading() as connection:
            if filters != EVERYTHING:
                fits = _fitting(connection, filters)
                return {step: _first(_in_step(connection, step, limit + 1, fits), limit) for step in range(1, 10)}
            counts = {step: tally.count for (_, step), tally in _tallies(connection, "step").items()}
            return {step: Some(_in_step(connection, step, limit), counts.get(step, 0)) for step in range(1, 10)}

    def past(self, page: int = 1, size: int = 20, filters: Filters = EVERYTHING) -> Some:
        """A page (from 1) of those done or cancelled, the latest first, and how many there are on all pages.

        Those that fit a search for words, a skill or an amount are counted no further than `COUNTED` from the page on.
        """
        with self._database.reading() as connection:
            return _past(connection, (page - 1) * size, size, filters)

    def skills(self, lang: Lang) -> list[Skill]:
        """Every skill that an opportunity wants, in alphabetical order."""
        begins = f"skill {lang} "
        written = (
            select(record_skills.c.written)
            .where(record_skills.c.lang == lang, record_skills.c.skill == func.substr(tallies.c.name, len(begins) + 1))
            .order_by(record_skills.c.key)
            .limit(1)
            .scalar_subquery()
        )
        wanted = select(tallies.c.name, written, tallies.c.count).where(_begins(tallies.c.name, begins))
        with self._database.reading() as connection:
            rows = connection.execute(wanted.where(tallies.c.count > 0).order_by(tallies.c.name)).all()
        return [Skill(name.removeprefix(begins), text, count) for name, text, count in rows]

    def years(self) -> dict[int, int]:
        """The years in which opportunities came in, the latest first, and how many did."""
        with self._database.reading() as connection:
            found = _tallies(connection, "year")
        return {year: tally.count for (_, year), tally in sorted(found.items(), reverse=True) if tally.count and year}

    def measured(self) -> dict[tuple[str, int], Tally]:
        """What the records add up to, by name and year, as `records.measures` has it."""
        begins = "measure "
        wanted = select(tallies).where(_begins(tallies.c.name, begins), tallies.c.count > 0)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return {(name.removeprefix(begins), year): Tally(count, total) for name, year, count, total in rows}

    def latest_change(self) -> int:
        """A number that goes up with every change of any record: of two pages with the same one, neither is older."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.sum(tallies.c.count)).where(tallies.c.name == CHANGES)) or 0

    def changed_since(self, moment: datetime, limit: int = 100) -> tuple[Record, ...]:
        """Whatever happened to since that moment, the latest first."""
        wanted = select(records.c.data).where(records.c.updated_at >= moment).order_by(*_LATEST_FIRST)
        with self._database.reading() as connection:
            return _read(connection, wanted.limit(limit))

    def published(self, limit: int = 50) -> tuple[Record, ...]:
        """Those posted or amended last, the latest first."""
        wanted = select(records.c.data).where(records.c.posted_at.is_not(None)).order_by(records.c.posted_at.desc())
        with self._database.reading() as connection:
            return _read(connection, wanted.limit(limit))

    def dated(self, since: date, limit: int = 500) -> tuple[Record, ...]:
        """Those posted whose work is due on that day or later, soonest first: what a calendar shows."""
        wanted = select(records.c.data).where(records.c.delivery >= since, records.c.posted_at.is_not(None))
        with self._database.reading() as connection:
            return _read(connection, wanted.order_by(records.c.delivery, records.c.number).limit(limit))

    def numbered(self, after: tuple[str, int] = ("", 0), limit: int = 100) -> list[tuple[str, Record]]:
        """The next ones after a repository (lower case) and number, in that order, with their keys."""
        return self._beyond(after, limit, forward=True)

    def numbered_before(self, before: tuple[str, int], limit: int = 100) -> list[tuple[str, Record]]:
        """Those that come before one, in order."""
        return self._beyond(before, limit, forward=False)[::-1]

    def _beyond(self, place: tuple[str, int], limit: int, *, forward: bool) -> list[tuple[str, Record]]:
        repository, number = records.c.repository, records.c.number
        order = (repository, number) if forward else (repository.desc(), number.desc())
        same, other = (
            (number > place[1], repository > place[0]) if forward else (number < place[1], repository < place[0])
        )
        wanted = select(records.c.key, records.c.data).order_by(*order).limit(limit)
        with self._database.reading() as connection:
            here = connection.execute(wanted.where(repository == place[0], same)).all()
            left = limit - len(here)
            rest = connection.execute(wanted.where(other).limit(left)).all() if left else []
        return [(key, decode(data)) for key, data in [*here, *rest]]

    def all_records(self, size: int = 500) -> Iterator[tuple[str, Record]]:
        """Every one by repository and number with its key, a few hundred at a time."""
        place = ("", 0)
        while some := self.numbered(place, size):
            yield from some
            place = (some[-1][0].rpartition("#")[0], some[-1][1].number)


def _read(connection: Connection, wanted: Select[str]) -> tuple[Record, ...]:
    return tuple(decode(data) for data in connection.scalars(wanted))


def _in_step(
    connection: Connection, step: int, limit: int, fits: Sequence[ColumnElement[bool]] = ()
) -> tuple[Record, ...]:
    wanted = select(records.c.data).where(_GOING, records.c.step == step, *fits).order_by(*_LATEST_FIRST)
    return _read(connection, wanted.limit(limit))


def _first(found: tuple[Record, ...], limit: int) -> Some:
    """Of one more than are shown, those that are, and whether there are more."""
    return Some(found[:limit], min(len(found), limit), len(found) > limit)


def _tallies(connection: Connection, *names: str) -> dict[tuple[str, int], Tally]:
    rows = connection.execute(select(tallies).where(tallies.c.name.in_(names)))
    return {(name, part): Tally(count, total) for name, part, count, total in rows}


def _begins(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """As a range, which an index answers."""
    return and_(column >= text, column < text + BEYOND)


# --- a search --------------------------------------------------------------------------------------------

Finder = tuple[Table, ColumnElement[bool]]
"""A table of keys by words or skills, and which of its rows fit."""


def _past(connection: Connection, skip: int, size: int, filters: Filters) -> Some:
    found, finders = _conditions(filters), _finders(filters)
    if not finders and filters.least is None and filters.most is None:
        wanted = select(records.c.data).where(_PAST, *found).order_by(*_LATEST_FIRST)
        return Some(_read(connection, wanted.limit(size).offset(skip)), _total(connection, filters))
    counted = skip + COUNTED
    rare = _rare(connection, finders, counted)
    found += _found(finders, rare)
    fitting = select(records.c.key, records.c.updated_at, records.c.number).where(_PAST, *found)
    if rare is None:
        fitting = fitting.order_by(*_LATEST_FIRST).limit(counted + 1)
    rows = sorted(connection.execute(fitting), key=lambda row: (row.updated_at, row.number), reverse=True)
    keys = [row.key for row in rows[:counted][skip : skip + size]]
    read = connection.execute(select(records.c.key, records.c.data).where(records.c.key.in_(keys)))
    data = {key: text for key, text in read}  # noqa: C416 - rows are no pairs to the types
    more = len(rows) > counted
    return Some(tuple(decode(data[key]) for key in keys), min(len(rows), counted), more)


def _total(connection: Connection, filters: Filters) -> int:
    """Past ones by status and year, which are kept counted."""
    names = [f"past {status}" for status in (filters.status,) if status] or ["past done", "past cancelled"]
    found = _tallies(connection, *names)
    return sum(tally.count for (_, year), tally in found.items() if filters.year in (None, year))


def _rare(connection: Connection, finders: Sequence[Finder], many: int) -> list[str] | None:
    """The keys that fit all finders, where one of them alone finds no more than `many`; None where each finds many."""
    for table, fits in finders:
        few = list(connection.scalars(select(table.c.key).distinct().where(fits).limit(many + 1)))
        if len(few) <= many:
            break
    else:
        return None
    for other, also in finders:
        if also is not fits:
            few = list(connection.scalars(select(other.c.key).distinct().where(also, other.c.key.in_(few))))
    return few


def _found(finders: Sequence[Finder], rare: list[str] | None) -> list[ColumnElement[bool]]:
    """What says of a record that it fits all finders."""
    if rare is not None:
        return [records.c.key.in_(rare)]
    # enough of them fit each: they are met soon on the way from the first on
    return [select(table.c.key).where(table.c.key == records.c.key, fits).exists() for table, fits in finders]


def _fitting(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    """What says of a record that it fits."""
    finders = _finders(filters)
    rare = _rare(connection, finders, COUNTED) if finders else None
    return [*_conditions(filters), *_found(finders, rare)]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.status:
        found.append(records.c.status == filters.status)
    if filters.year is not None:
        found.append(records.c.year == filters.year)
    if filters.least is not None:
        found.append(records.c.amount >= int(filters.least * 100))
    if filters.most is not None:
        found.append(records.c.amount <= int(filters.most * 100))
    return found


def _finders(filters: Filters) -> list[Finder]:
    found: list[Finder] = []
    if skill := " ".join(folded(filters.skill).split()):
        found.append((record_skills, record_skills.c.skill == skill))
    return found + [(record_words, _begins(record_words.c.word, word)) for word in words_of(filters.text)]
