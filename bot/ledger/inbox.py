"""Keeps deliveries in the inbox for ever: one that is done has a time; one that was set aside also has an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from bot.ledger.database import Database
from bot.ledger.tables import inbox, upsert
from bot.ledger.values import AGES, GivenUp, Queue, Received, Unread, Waiting
from bot.pipeline.model.delivery import Delivery

_UNREAD = inbox.c.done_at.is_(None)


def mark_done(connection: Connection, key: str, ids: Sequence[int], now: datetime) -> None:
    """Marks deliveries as decided; an earlier failed try no longer counts as an error."""
    if ids:
        connection.execute(update(inbox).where(inbox.c.key == key, inbox.c.id.in_(ids)).values(done_at=now, error=None))


class Inbox:
    """The part of the ledger that keeps deliveries."""

    _database: Database

    def accept(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Stores deliveries in one durable commit, in order; True for those whose GUID is new."""
        if not deliveries:
            return []
        with self._database.writing() as connection:
            new = upsert(connection, inbox).on_conflict_do_nothing().returning(inbox.c.guid)
            guids = set(connection.scalars(new, [vars(one) for one in deliveries]))
        answers = []
        for delivery in deliveries:
            answers.append(delivery.guid in guids)
            guids.discard(delivery.guid)  # twice in one batch: the first counts
        return answers

    def unread(self, key: str, limit: int = 100) -> list[Unread]:
        """Returns the next deliveries of `key` to decide, in sequence."""
        wanted = _columns(Unread).where(inbox.c.key == key, _UNREAD).order_by(inbox.c.id).limit(limit)
        with self._database.reading() as connection:
            return [Unread(*row) for row in connection.execute(wanted)]

    def failed(self, inbox_id: int, error: str, give_up: bool) -> None:
        """Counts a failed try at a delivery. `give_up` sets it aside: it counts as done, and `given_up` lists it."""
        changes = {"tries": inbox.c.tries + 1, "error": error}
        if give_up:
            changes["done_at"] = datetime.now(UTC)
        with self._database.writing() as connection:
            connection.execute(update(inbox).where(inbox.c.id == inbox_id).values(changes))

    def given_up(self, limit: int = 100) -> list[GivenUp]:
        """Returns the deliveries that were set aside, the latest first."""
        wanted = _columns(GivenUp).where(inbox.c.error.is_not(None), inbox.c.done_at.is_not(None))
        with self._database.reading() as connection:
            return [GivenUp(*row) for row in connection.execute(wanted.order_by(inbox.c.id.desc()).limit(limit))]

    def decided(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Delivery]]:
        """Returns deliveries that were decided, with their place in the sequence of all."""
        wanted = _columns(Delivery).add_columns(inbox.c.id).where(inbox.c.id > after, inbox.c.done_at.is_not(None))
        with self._database.reading() as connection:
            found = connection.execute(wanted.order_by(inbox.c.id).limit(limit))
            return [(number, Delivery(*values)) for *values, number in found]

    def body(self, guid: str) -> bytes | None:
        """Returns the payload of a delivery, decided or not."""
        with self._database.reading() as connection:
            return connection.scalar(select(inbox.c.body).where(inbox.c.guid == guid))

    def recent(self, limit: int = 30) -> list[Received]:
        """Returns the deliveries that were stored last, the latest first."""
        with self._database.reading() as connection:
            found = connection.execute(_columns(Received).order_by(inbox.c.id.desc()).limit(limit))
            return [Received(*row) for row in found]

    def queue(self, now: datetime, limit: int = 20) -> Queue:
        """Returns what waits to be decided, by age."""
        younger = [func.count().filter(inbox.c.received_at > now - age) for age in AGES]
        since = func.min(inbox.c.received_at)
        waiting = select(inbox.c.key, func.count(), since).where(_UNREAD).group_by(inbox.c.key)
        with self._database.reading() as connection:
            *counts, total = connection.execute(select(*younger, func.count()).where(_UNREAD)).one()
            oldest = connection.execute(waiting.order_by(since, inbox.c.key).limit(limit))
            ages = tuple(upper - lower for lower, upper in zip([0, *counts], [*counts, total], strict=True))
            return Queue(ages, tuple(Waiting(*row) for row in oldest))


def _columns(kind: type) -> Select[Any]:
    return select(*(inbox.c[field.name] for field in fields(kind)))
