"""Declares the tables as the code uses them; `migrations/` makes them, and a test compares the two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC: SQLite has no time zones, and texts in one zone sort as times do."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Converts a time for the database: in UTC, without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Converts a time from the database: aware again."""
        return None if value is None else value.replace(tzinfo=UTC)


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Returns an insert that can state, in this database's way, what happens on a conflict."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def lock(connection: Connection, table: Table, keys: Sequence[str]) -> None:
    """Locks rows in the order of their keys, so that two writers of many rows never wait for each other."""
    connection.execute(select(table.c.key).where(table.c.key.in_(keys)).order_by(table.c.key).with_for_update())


def wake_rows(connection: Connection, table: Table, keys: Sequence[str], now: datetime) -> None:
    """Lets the next sweep take these opportunities or pull requests.

    The version goes up too: a turn under way, which may have read an older state, can then neither commit
    its decision nor settle the row and so undo the wake.
    """
    if keys:
        lock(connection, table, keys)
        row = update(table).where(table.c.key.in_(keys))
        connection.execute(row.values(unsettled=True, version=table.c.version + 1, changed_at=now))


def _where(condition: str) -> dict[str, Any]:
    """Returns the options of an index of some rows only."""
    return {f"{dialect}_where": text(condition) for dialect in ("sqlite", "postgresql")}


metadata = MetaData()

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("guid", Text, nullable=False, unique=True),
    Column("event", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("done_at", UtcTime),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    # By id first: accepting then writes at the end of one page rather than all over the index.
    Index("inbox_unread", "id", "key", **_where("done_at IS NULL")),
    Index("inbox_failed", "id", **_where("error IS NOT NULL")),
    sqlite_autoincrement=True,
)

reported_changes = Table(
    "told",
    metadata,
    Column("guid", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("digest", Text, nullable=False),
    Column("before", Text, nullable=False),
    Index("told_of", "key", "what"),
)

searches = Table(
    "looks",
    metadata,
    Column("repository", Text, primary_key=True),
    Column("until", UtcTime, nullable=False),
)

opportunities = Table(
    "opportunities",
    metadata,
    Column("key", Text, primary_key=True),
    Column("repository", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("coordinator", Text),
    Column("waiting_since", UtcTime),
    Column("next_due_at", UtcTime),
    Column("client", Text),
    Column("unsettled", Boolean, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Index("opportunities_due", "next_due_at"),
)

facts = Table(
    "facts",
    metadata,
    Column("key", Text, ForeignKey("opportunities.key"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("rule", Text, nullable=False),
)

pulls = Table(
    "pulls",
    metadata,
    Column("key", Text, primary_key=True),
    Column("repository", Text, nullable=False),
    Column("opportunity", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("unsettled", Boolean, nullable=False),
    Column("seen", JSON, nullable=False),
    Column("shown", JSON, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Index("pulls_opportunity", "opportunity", **_where("open")),
    Index("pulls_open", "repository", **_where("open")),
    Index("pulls_unsettled", "changed_at", **_where("unsettled")),
)

stuck = Table(
    "stuck",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("again_at", UtcTime, nullable=False),
)

things = Table(
    "shown",
    metadata,
    Column("key", Text, ForeignKey("opportunities.key"), primary_key=True),
    Column("thing", Text, primary_key=True),
    Column("digest", Text),
    Column("wanted", Text),
    Column("remote", JSON, nullable=False),
    Column("begun", UtcTime),
)

records = Table(
    "records",
    metadata,
    Column("key", Text, primary_key=True),
    Column("data", Text, nullable=False),
    Column("made_by", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
)

record_changes = Table(
    "record_changes",
    metadata,
    Column("count", BigInteger, primary_key=True, autoincrement=False),
)
