"""Statements on the inbox. Deliveries are never removed: done is a time, given up a time with an error."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.ledger.tables import inbox
from bot.ledger.values import GivenUp, Unread
from bot.pipeline.model.delivery import Delivery

MOST = 1000
"""Rows in one statement; SQLite takes 32,766 values in one."""


def accept(connection: Connection, deliveries: Sequence[Delivery]) -> list[bool]:
    """Insert in order, each GUID once for all time; True for those that were new."""
    answers: list[bool] = []
    for start in range(0, len(deliveries), MOST):
        batch = deliveries[start : start + MOST]
        rows = [
            {"guid": one.guid, "event": one.event, "key": one.key, "received_at": one.received_at, "body": one.body}
            for one in batch
        ]
        new = set(connection.scalars(insert(inbox).values(rows).on_conflict_do_nothing().returning(inbox.c.guid)))
        answers += _which(batch, new)
    return answers


def accept_sqlite(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> list[bool]:
    """The same as fast as SQLite can."""
    answers: list[bool] = []
    for start in range(0, len(deliveries), MOST):
        answers += _accept(connection, deliveries[start : start + MOST])
    return answers


def _accept(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> list[bool]:
    # One statement for all, not one a row: at each, the thread lets go of the interpreter and has to wait
    # for it again behind the event loop that is answering requests.
    values: list[object] = []
    for delivery in deliveries:
        received = delivery.received_at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        values += (delivery.guid, delivery.event, delivery.key, received, delivery.body)
    count = connection.execute(_insert(len(deliveries)), values).rowcount
    if count == len(deliveries):
        return [True] * count
    # Ids only grow and nobody else writes now: the highest are those of this statement.
    new = {guid for (guid,) in connection.execute("SELECT guid FROM inbox ORDER BY id DESC LIMIT ?", (count,))}
    return _which(deliveries, new)


def _which(deliveries: Sequence[Delivery], new: set[str]) -> list[bool]:
    answers = []
    for delivery in deliveries:
        answers.append(delivery.guid in new)
        new.discard(delivery.guid)  # twice in one batch: the first counts
    return answers


@cache
def _insert(rows: int) -> str:
    # OR ROLLBACK: what else could fail fails the whole commit, so SQLite need not keep, in a temporary
    # file, what would take back this statement alone; that took a third of the time.
    row = "(?, ?, ?, ?, ?)"
    return " ".join(
        (
            "INSERT OR ROLLBACK INTO inbox (guid, event, key, received_at, body) VALUES",
            ", ".join([row] * rows),
            "ON CONFLICT (guid) DO NOTHING",
        )
    )


def unread(connection: Connection, key: str, limit: int) -> list[Unread]:
    """The next deliveries of `key` to decide, in sequence."""
    columns = [inbox.c[name] for name in Unread.__dataclass_fields__]
    rows = connection.execute(
        select(*columns).where(inbox.c.key == key, inbox.c.done_at.is_(None)).order_by(inbox.c.id).limit(limit)
    )
    return [Unread(*row) for row in rows]


def mark_done(connection: Connection, key: str, ids: Sequence[int], now: datetime) -> None:
    """Decided; an earlier failed try no longer counts as an error."""
    if ids:
        connection.execute(update(inbox).where(inbox.c.key == key, inbox.c.id.in_(ids)).values(done_at=now, error=None))


def mark_failed(connection: Connection, inbox_id: int, error: str, given_up_at: datetime | None) -> None:
    """One more try did not work; with `given_up_at` it was the last."""
    changes = {"tries": inbox.c.tries + 1, "error": error}
    if given_up_at:
        changes["done_at"] = given_up_at
    connection.execute(update(inbox).where(inbox.c.id == inbox_id).values(changes))


def given_up(connection: Connection, limit: int) -> list[GivenUp]:
    """Deliveries that were given up, the latest first."""
    columns = [inbox.c[name] for name in GivenUp.__dataclass_fields__]
    rows = connection.execute(
        select(*columns)
        .where(inbox.c.error.is_not(None), inbox.c.done_at.is_not(None))
        .order_by(inbox.c.id.desc())
        .limit(limit)
    )
    return [GivenUp(*row) for row in rows]
