"""Keeps one row for each key that is blocked, until it goes on."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update

from bot.ledger.database import Database
from bot.ledger.tables import stuck, upsert
from bot.ledger.values import PEOPLE, Stuck

_COLUMNS = [stuck.c[name] for name in Stuck.__dataclass_fields__]


def load(connection: Connection, key: str) -> Stuck | None:
    """Returns why a key is blocked; None where it is not."""
    row = connection.execute(select(*_COLUMNS).where(stuck.c.key == key)).one_or_none()
    return Stuck(*row) if row else None


def release(connection: Connection, key: str) -> None:
    """Removes what blocks a key."""
    connection.execute(delete(stuck).where(stuck.c.key == key))


class StuckKeys:
    """The part of the ledger that keeps what is blocked."""

    _database: Database

    def stuck(self) -> list[Stuck]:
        """Returns everything that is blocked, with the reason; what is blocked longest comes first."""
        with self._database.reading() as connection:
            found = connection.execute(select(*_COLUMNS).order_by(stuck.c.since, stuck.c.key))
            return [Stuck(*row) for row in found]

    def hold(self, one: Stuck) -> None:
        """Stores why a key is blocked, and when it is tried again, in place of an earlier reason."""
        values = asdict(one)
        changes = {name: value for name, value in values.items() if name != "key"}
        with self._database.writing() as connection:
            new = upsert(connection, stuck).values(values)
            connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=changes))

    def release(self, key: str) -> None:
        """Removes what blocks a key."""
        with self._database.writing() as connection:
            release(connection, key)

    def hurry(self, key: str | None = None) -> list[str]:
        """Lets the next turn try a key at once, or everything that GitHub refuses; returns the keys."""
        which = stuck.c.key == key if key else stuck.c.kind != PEOPLE
        with self._database.writing() as connection:
            changed = update(stuck).where(which).values(again_at=datetime.now(UTC)).returning(stuck.c.key)
            return list(connection.scalars(changed))
