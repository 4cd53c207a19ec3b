"""Statements on what was told, and on how far GitHub was looked at for what nobody told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from bot.ledger.tables import inbox, looks, told, upsert
from bot.pipeline.model.delivery import Delivery, ReportedChange


def note(connection: Connection, key: str, heard: Sequence[ReportedChange]) -> None:
    """Each GUID tells one thing, once."""
    if heard:
        rows = [{"key": key, **vars(one)} for one in heard]
        connection.execute(upsert(connection, told).values(rows).on_conflict_do_nothing())


def of(connection: Connection, key: str, what: str | None) -> list[ReportedChange]:
    """What was told about `key`, of one thing or of all, in GitHub's order."""
    columns = [told.c[name] for name in ReportedChange.__dataclass_fields__]
    rows = select(*columns).where(told.c.key == key).order_by(told.c.at)
    return [
        ReportedChange(*row) for row in connection.execute(rows if what is None else rows.where(told.c.what == what))
    ]


def until(connection: Connection, repository: str) -> datetime | None:
    """How far was looked; None where nobody looked yet."""
    return connection.scalar(select(looks.c.until).where(looks.c.repository == repository))


def looked(connection: Connection, repository: str, moment: datetime) -> None:
    """Everything up to that moment of GitHub's was seen."""
    new = upsert(connection, looks).values(repository=repository, until=moment)
    connection.execute(new.on_conflict_do_update(index_elements=["repository"], set_={"until": moment}))


def first(connection: Connection, what: str, now: datetime, within: timedelta) -> bool:
    """Note that it is done now, unless it was within that time; whether it was noted."""
    new = upsert(connection, looks).values(repository=what, until=now)
    free = or_(looks.c.until <= now - within, looks.c.until > now)  # later only where a clock was set back
    noted = new.on_conflict_do_update(index_elements=["repository"], set_={"until": now}, where=free)
    return connection.execute(noted.returning(looks.c.repository)).first() is not None


def body(connection: Connection, guid: str) -> bytes | None:
    """The payload of a delivery."""
    return connection.scalar(select(inbox.c.body).where(inbox.c.guid == guid))


def decided(connection: Connection, after: int, limit: int) -> list[tuple[int, Delivery]]:
    """Deliveries that were decided, with their place in the sequence of all."""
    columns = [inbox.c[name] for name in Delivery.__dataclass_fields__]
    rows = connection.execute(
        select(inbox.c.id, *columns)
        .where(inbox.c.id > after, inbox.c.done_at.is_not(None))
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return [(number, Delivery(*values)) for number, *values in rows]
