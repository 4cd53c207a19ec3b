"""Statements on records: each opportunity in short, written with its facts.

A record that is missing, older than its facts or made by another version of the code is derived from the facts again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from bot.ledger.opportunities import history
from bot.ledger.tables import facts, lock, opportunities, record_changes, records, upsert
from bot.pipeline.model.facts import Recorded
from bot.published.record import RECORD_VERSION, Record

Derive = Callable[[str, Sequence[Recorded]], Record]
"""Makes a record from an opportunity's key and facts, as of now."""


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


def decode_record(data: str) -> Record:
    """Returns the record that is stored as this text."""
    return _adapter().validate_json(data)


def write(connection: Connection, new: Mapping[str, Record]) -> None:
    """Stores records by key. The transaction holds their opportunities' rows, so that no other one writes them."""
    stored = {row.key: row for row in connection.execute(select(records).where(records.c.key.in_(new.keys())))}
    changes = 0
    for key in sorted(new):
        seq = connection.scalar(select(func.max(facts.c.seq)).where(facts.c.key == key)) or 0
        values = {"data": _adapter().dump_json(new[key]).decode(), "made_by": RECORD_VERSION, "seq": seq}
        row = upsert(connection, records).values(key=key, **values)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=values))
        before = stored.get(key)
        changes += before is None or (before.data, before.made_by) != (values["data"], RECORD_VERSION)
    _count(connection, changes)


def forget_records(connection: Connection, which: ColumnElement[bool]) -> None:
    """Removes the records that a condition chooses."""
    _count(connection, connection.execute(delete(records).where(which)).rowcount)


def change_count(connection: Connection) -> int:
    """Returns a number that goes up with every change of any record."""
    return connection.scalar(select(record_changes.c.count)) or 0


def _count(connection: Connection, changes: int) -> None:
    """Counts changes, last in a transaction: others that write records wait for its end."""
    if changes:
        connection.execute(update(record_changes).values(count=record_changes.c.count + changes))


_LATEST = select(func.max(facts.c.seq)).where(facts.c.key == opportunities.c.key).scalar_subquery()
_OUTDATED = or_(records.c.key.is_(None), records.c.made_by != RECORD_VERSION, records.c.seq < _LATEST)
_BESIDE = opportunities.outerjoin(records, records.c.key == opportunities.c.key)


def outdated(connection: Connection) -> list[str]:
    """Returns the keys of opportunities without a record, or with one that other code made or that lacks facts."""
    keys = select(opportunities.c.key).select_from(_BESIDE).where(_OUTDATED).order_by(opportunities.c.key)
    return list(connection.scalars(keys))


def derive(connection: Connection, keys: Sequence[str], record: Derive) -> None:
    """Derives those of these records again that are still outdated once their rows are locked."""
    lock(connection, opportunities, keys)
    still = select(opportunities.c.key).select_from(_BESIDE).where(_OUTDATED, opportunities.c.key.in_(keys))
    write(connection, {key: record(key, history(connection, key)) for key in connection.scalars(still)})
