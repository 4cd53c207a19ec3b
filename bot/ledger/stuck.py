"""Statements on what is stuck: one row for each key that cannot go on, until it does."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from bot.ledger.tables import stuck, upsert
from bot.ledger.values import PEOPLE, Stuck

_COLUMNS = [stuck.c[name] for name in Stuck.__dataclass_fields__]


def load(connection: Connection, key: str) -> Stuck | None:
    """Why a key cannot go on; None where it can."""
    row = connection.execute(select(*_COLUMNS).where(stuck.c.key == key)).one_or_none()
    return Stuck(*row) if row else None


def listed(connection: Connection) -> list[Stuck]:
    """All of it, what is stuck longest first."""
    return [Stuck(*row) for row in connection.execute(select(*_COLUMNS).order_by(stuck.c.since, stuck.c.key))]


def hold(connection: Connection, one: Stuck) -> None:
    """Store it in place of what was stored before."""
    values = asdict(one)
    changes = {name: value for name, value in values.items() if name != "key"}
    new = upsert(connection, stuck).values(values)
    connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=changes))


def release(connection: Connection, key: str) -> None:
    """It goes on."""
    connection.execute(delete(stuck).where(stuck.c.key == key))


def hurry(connection: Connection, key: str | None, now: datetime) -> list[str]:
    """Let the next turn try it, or all that GitHub refuses; the keys."""
    which = stuck.c.key == key if key else stuck.c.kind != PEOPLE
    return list(connection.scalars(update(stuck).where(which).values(again_at=now).returning(stuck.c.key)))
