"""Keeps one row for each key that is stuck, until it continues."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update

from bot.ledger.database import Database
from bot.ledger.tables import stuck, upsert
from bot.ledger.values import PEOPLE, Stuck

_COLUMNS = [stuck.c[name] for name in Stuck.__dataclass_fields__]


def load(connection: Connection, key: str) -> Stuck | None:
    """Returns why a key is stuck; None if it is not."""
    row = connection.execute(select(*_COLUMNS).where(stuck.c.key == key)).one_or_none()
    return Stuck(*row) if row else None


def release(connection: Connection, key: str) -> None:
    """Removes the row of a key, which continues."""
    connection.execute(delete(stuck).where(stuck.c.key == key))


class StuckKeys:
    """The part of the ledger that keeps what is stuck."""

    _database: Database

    def stuck(self) -> list[Stuck]:
        """Returns everything that is stuck, with the reason; the longest stuck comes first."""
        with self._database.reading() as connection:
            found = connection.execute(select(*_COLUMNS).order_by(stuck.c.since, stuck.c.key))
            return [Stuck(*row) for row in found]

    def hold(self, one: Stuck) -> None:
        """Stores why a key is stuck, and when the bot retries it, in place of an earlier reason."""
        values = asdict(one)
        changes = {name: value for name, value in values.items() if name != "key"}
        with self._database.writing() as connection:
            new = upsert(connection, stuck).values(values)
            connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=changes))

    def release(self, key: str) -> None:
        """Removes the row of a key, which continues."""
        with self._database.writing() as connection:
            release(connection, key)

    def hurry(self, key: str | None = None) -> list[str]:
        """Ends the pause of a key, or of everything that GitHub refuses; returns the keys, for the next turns."""
        which = stuck.c.key == key if key else stuck.c.kind != PEOPLE
        with self._database.writing() as connection:
            changed = update(stuck).where(which).values(again_at=datetime.now(UTC)).returning(stuck.c.key)
            return list(connection.scalars(changed))
