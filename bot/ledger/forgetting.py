"""Removes a whole repository from the ledger, so that it can be rebuilt from GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, text

from bot.ledger import records
from bot.ledger.tables import facts, inbox, opportunities, pulls, reported_changes, searches, stuck, things
from bot.ledger.tables import records as stored_records


def forget(connection: Connection, repository: str) -> None:
    """Removes the deliveries, facts, records, pull requests and stuck keys of a repository (lower case)."""
    with _facts_may_go(connection):
        for table in (facts, things, opportunities, pulls, reported_changes, stuck, inbox):
            connection.execute(delete(table).where(_of(table, repository)))
    connection.execute(delete(searches).where(searches.c.repository == repository))
    records.forget_records(connection, _of(stored_records, repository))


def _of(table: Table, repository: str) -> ColumnElement[bool]:
    return or_(*(table.c.key.startswith(repository + sign, autoescape=True) for sign in "#!"))


@contextmanager
def _facts_may_go(connection: Connection) -> Iterator[None]:
    """Lifts the triggers that forbid changes of facts, and restores them before the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE facts DISABLE TRIGGER facts_no_change"))
        yield
        connection.execute(text("ALTER TABLE facts ENABLE TRIGGER facts_no_change"))
        return
    name = "facts_no_delete"
    trigger = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
    connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    connection.exec_driver_sql(str(trigger))
