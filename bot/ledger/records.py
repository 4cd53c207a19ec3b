"""Each opportunity in short, kept beside its facts: written with them, and made anew where the code knows better.

What all records add up to is kept as well (`tallies`): a record takes its old share out of the sums and puts its new
one in, so that ten thousand are counted as quickly as ten.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, or_, select, update

from bot.ledger.opportunities import history
from bot.ledger.tables import facts, lock, opportunities, record_skills, record_words, records, tallies, upsert
from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.words import Lang
from bot.pipeline.reading.commands import folded
from bot.published.measures import shares, year_of
from bot.published.record import VERSION, Record

Derive = Callable[[str, Sequence[Recorded]], Record]
"""From an opportunity's key and facts its record, as of now."""

LANGS: tuple[Lang, ...] = ("en", "fr")

CHANGES, PLACES = "changes", 16
"""The tally of all changes, in so many parts that workers rarely wait for one another."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


def decode(data: str) -> Record:
    return _adapter().validate_json(data)


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[str, ...]:
    """What a text is found by: its words without case or accents."""
    return tuple(sorted(set(re.findall(r"\w+", folded(text)))))


# --- one record ------------------------------------------------------------------------------------------


def write(connection: Connection, new: Mapping[str, Record]) -> None:
    """Store records by key; their opportunities' rows are this transaction's, so that nobody else writes them."""
    columns = (records.c.key, records.c.data, records.c.found_by, records.c.counted, records.c.made_by)
    stored = {row.key: row for row in connection.execute(select(*columns).where(records.c.key.in_(new.keys())))}
    sums: dict[tuple[str, int], list[int]] = {}
    for key in sorted(new):
        record, before = new[key], stored.get(key)
        values = _columns(key, record, _seq(connection, key))
        connection.execute(_CHANGED if before else insert(records), {"which": key, **values} if before else values)
        if before is None or before.found_by != values["found_by"]:
            _find_by(connection, key, record)
        if before and (before.data, before.made_by) == (values["data"], VERSION):
            continue
        for counted, sign in ((before.counted if before else "[]", -1), (values["counted"], 1)):
            _count(sums, counted, sign)
        sums[CHANGES, zlib.crc32(key.encode()) % PLACES] = [1, 0]
    _settle(connection, sums)


_CHANGED = update(records).where(records.c.key == bindparam("which"))


def _columns(key: str, record: Record, seq: int) -> dict[str, Any]:
    return {
        "key": key,
        "repository": key.rpartition("#")[0],
        "number": record.number,
        "phase": record.phase,
        "status": record.status,
        "step": record.step,
        "year": year_of(record),
        "amount": None if record.price is None else int(record.price * 100),
        "closing": record.closing,
        "delivery": record.delivery,
        "updated_at": record.updated or NEVER,
        "posted_at": record.published,
        "data": _adapter().dump_json(record).decode(),
        "found_by": json.dumps([words_of(_text(record)), record.skills["en"], record.skills["fr"]]),
        "counted": json.dumps(_counted(record)),
        "made_by": VERSION,
        "seq": seq,
    }


def _seq(connection: Connection, key: str) -> int:
    return connection.scalar(select(func.max(facts.c.seq)).where(facts.c.key == key)) or 0


def _text(record: Record) -> str:
    """Everything that people look for it by."""
    said = (text for both in (record.title, record.short) for text in both.values())
    skills = (skill for each in record.skills.values() for skill in each)
    return "\n".join((str(record.number), *said, *skills, record.client, record.supplier or ""))


def _find_by(connection: Connection, key: str, record: Record) -> None:
    """The words and skills it is found by, in place of those it was found by before."""
    for table in (record_words, record_skills):
        connection.execute(delete(table).where(table.c.key == key))
    connection.execute(insert(record_words), [{"key": key, "word": word} for word in words_of(_text(record))])
    skills = [
        {"key": key, "lang": lang, "skill": skill, "written": written}
        for lang in LANGS
        for skill, written in _skills(record, lang).items()
    ]
    if skills:
        connection.execute(insert(record_skills), skills)


def _skills(record: Record, lang: Lang) -> dict[str, str]:
    """By how it is compared, each skill as it was written first."""
    return {skill: written for written in reversed(record.skills[lang]) if (skill := " ".join(folded(written).split()))}


# --- what all of them add up to --------------------------------------------------------------------------


def _counted(record: Record) -> list[tuple[str, int, int]]:
    """Its share in the sums: names, parts and numbers."""
    year = year_of(record)
    share = [(f"measure {name}", year, number) for name, number in shares(record).items()]
    share += [(f"skill {lang} {skill}", 0, 0) for lang in LANGS for skill in _skills(record, lang)]
    share += [("year", year, 0), (f"{record.phase} {record.status}", year, 0)]
    return [*share, ("step", record.step, 0)] if record.phase != "past" else share


def _count(sums: dict[tuple[str, int], list[int]], counted: str, sign: int) -> None:
    for name, part, number in json.loads(counted):
        both = sums.setdefault((name, part), [0, 0])
        both[0] += sign
        both[1] += sign * number


def _settle(connection: Connection, sums: Mapping[tuple[str, int], Sequence[int]]) -> None:
    """Change the sums, last in its transaction and always in one order, so that no two wait for each other."""
    moved = sorted((name, part, *both) for (name, part), both in sums.items() if any(both))
    if moved:
        new = upsert(connection, tallies)
        more = {name: tallies.c[name] + new.excluded[name] for name in ("count", "total")}
        rows = [dict(zip(("name", "part", "count", "total"), one, strict=True)) for one in moved]
        connection.execute(new.on_conflict_do_update(index_elements=["name", "part"], set_=more), rows)


def forget(connection: Connection, which: Callable[[Any], ColumnElement[bool]]) -> None:
    """Take out records; `which` chooses them by their table."""
    sums: dict[tuple[str, int], list[int]] = {}
    for key, counted in connection.execute(select(records.c.key, records.c.counted).where(which(records))):
        _count(sums, counted, -1)
        sums[CHANGES, zlib.crc32(key.encode()) % PLACES] = [1, 0]
    for table in (record_words, record_skills, records):
        connection.execute(delete(table).where(which(table)))
    _settle(connection, sums)


# --- made anew -------------------------------------------------------------------------------------------

_LATEST = select(func.max(facts.c.seq)).where(facts.c.key == opportunities.c.key).scalar_subquery()
_OUTDATED = or_(records.c.key.is_(None), records.c.made_by != VERSION, records.c.seq < _LATEST)
_BESIDE = opportunities.outerjoin(records, records.c.key == opportunities.c.key)


def outdated(connection: Connection) -> list[str]:
    """Opportunities without a record, with one that other code made, or with facts that came after it."""
    return list(
        connection.scalars(
            select(opportunities.c.key).select_from(_BESIDE).where(_OUTDATED).order_by(opportunities.c.key)
        )
    )


def derive(connection: Connection, keys: Sequence[str], record: Derive) -> None:
    """Make these records anew, of those that are still outdated once nobody else is at them."""
    lock(connection, opportunities, keys)
    still = select(opportunities.c.key).select_from(_BESIDE).where(_OUTDATED, opportunities.c.key.in_(keys))
    write(connection, {key: record(key, history(connection, key)) for key in connection.scalars(still)})
