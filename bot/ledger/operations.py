"""Questions of people who look after the bot. Each reads what waits, or the latest rows: never all there ever was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, text

from bot.ledger.tables import inbox
from bot.ledger.values import AGES, Queue, Received, Waiting

_UNREAD = inbox.c.done_at.is_(None)
MOST_WORKERS = 50


def queue(connection: Connection, now: datetime, limit: int) -> Queue:
    """What waits to be decided, by age."""
    younger = [func.count().filter(inbox.c.received_at > now - age) for age in AGES]
    *counts, total = connection.execute(select(*younger, func.count()).where(_UNREAD)).one()
    ages = tuple(upper - lower for lower, upper in zip([0, *counts], [*counts, total], strict=True))
    since = func.min(inbox.c.received_at)
    waiting = select(inbox.c.key, func.count(), since).where(_UNREAD).group_by(inbox.c.key)
    oldest = connection.execute(waiting.order_by(since, inbox.c.key).limit(limit))
    return Queue(ages, tuple(Waiting(*row) for row in oldest))


def recent(connection: Connection, limit: int) -> list[Received]:
    """The last deliveries that were stored, the latest first."""
    columns = [inbox.c[name] for name in Received.__dataclass_fields__]
    return [Received(*row) for row in connection.execute(select(*columns).order_by(inbox.c.id.desc()).limit(limit))]


def heartbeats(connection: Connection) -> list[float] | None:
    """Seconds since each process that gives turns gave a sign of life; None where there is only this one."""
    if connection.dialect.name != "postgresql":
        return None
    ages = "SELECT extract(epoch FROM now() - last_heartbeat)::float FROM procrastinate_workers ORDER BY 1 LIMIT :most"
    return list(connection.scalars(text(ages), {"most": MOST_WORKERS}))
