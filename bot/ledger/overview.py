"""Questions about all opportunities and deliveries at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, text, union_all

from bot.ledger.tables import inbox, opportunities, pulls, stuck
from bot.ledger.values import ACTIVE, ENDED, PEOPLE, Row, Stats
from bot.pipeline.model.opportunity import PLACES

_RUNNING = (opportunities.c.step.between(PLACES[0], PLACES[-1]), opportunities.c.status == ACTIVE)
_OPEN = opportunities.c.status.not_in(ENDED)
_WAITLISTED = (opportunities.c.waiting_since.is_not(None), _OPEN)
_UNREAD = inbox.c.done_at.is_(None)


def waiting(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Keys with something to do, those first that have waited longest."""
    unread = select(inbox.c.key, func.min(inbox.c.received_at).label("since")).where(_UNREAD)
    unsettled = select(opportunities.c.key, opportunities.c.changed_at).where(opportunities.c.unsettled)
    due = select(opportunities.c.key, opportunities.c.next_due_at).where(opportunities.c.next_due_at <= now)
    watched = select(pulls.c.key, pulls.c.changed_at).where(pulls.c.unsettled)
    todo = union_all(unread.group_by(inbox.c.key), unsettled, due, watched).subquery()
    oldest = func.min(todo.c.since)
    return list(connection.scalars(select(todo.c.key).group_by(todo.c.key).order_by(oldest, todo.c.key).limit(limit)))


def posted(connection: Connection, since: int) -> list[str]:
    """Those at a step or later that are not over."""
    return list(connection.scalars(select(opportunities.c.key).where(_OPEN, opportunities.c.step >= since)))


def running(connection: Connection) -> int:
    """How many places are taken."""
    return _count(connection, *_RUNNING)


def waitlist(connection: Connection) -> list[str]:
    """Who waits for a place, first in, first out."""
    return list(
        connection.scalars(
            select(opportunities.c.key)
            .where(*_WAITLISTED)
            .order_by(opportunities.c.waiting_since, opportunities.c.repository, opportunities.c.number)
        )
    )


def loads(connection: Connection) -> dict[str, int]:
    """How many open opportunities each coordinator has; who has none is absent."""
    rows = connection.execute(
        select(opportunities.c.coordinator, func.count().label("total"))
        .where(_OPEN, opportunities.c.coordinator.is_not(None))
        .group_by(opportunities.c.coordinator)
    )
    return {row.coordinator: row.total for row in rows}


def titles_of(connection: Connection, client: str, besides: str) -> dict[int, str]:
    """Titles by issue number of the opportunities that a person opened, in the repository of the key `besides`."""
    opportunity = opportunities.c
    mine = (
        func.lower(opportunity.client) == client.lower(),
        opportunity.key != besides,
        opportunity.repository == besides.rpartition("#")[0],
    )
    return {
        row.number: row.title for row in connection.execute(select(opportunity.number, opportunity.title).where(*mine))
    }


def still_to_post(connection: Connection, client: str, repository: str) -> list[int]:
    """The issue numbers of a person's opportunities before the end of step 4."""
    opportunity = opportunities.c
    mine = (
        func.lower(opportunity.client) == client.lower(),
        func.lower(opportunity.repository) == repository.lower(),
        opportunity.step < 5,
        _OPEN,
    )
    return list(connection.scalars(select(opportunity.number).where(*mine).order_by(opportunity.number)))


def rows(connection: Connection) -> dict[str, Row]:
    """Every opportunity's row, by repository and number."""
    columns = [opportunities.c[name] for name in Row.__dataclass_fields__]
    found = connection.execute(
        select(opportunities.c.key, *columns).order_by(opportunities.c.repository, opportunities.c.number)
    )
    return {key: Row(*values) for key, *values in found}


def stats(connection: Connection) -> Stats:
    """Counts for monitoring."""
    unread, oldest = connection.execute(select(func.count(), func.min(inbox.c.received_at)).where(_UNREAD)).one()
    given_up = connection.scalar(select(func.count()).where(inbox.c.error.is_not(None), inbox.c.done_at.is_not(None)))
    kinds = connection.execute(select(stuck.c.kind, func.count(), func.min(stuck.c.since)).group_by(stuck.c.kind))
    held = {kind: (count, since) for kind, count, since in kinds}
    return Stats(
        unread=unread,
        oldest_unread=oldest,
        given_up=given_up or 0,
        opportunities=_count(connection),
        running=running(connection),
        waitlisted=_count(connection, *_WAITLISTED),
        unsettled=_count(connection, opportunities.c.unsettled),
        oldest_due=connection.scalar(select(func.min(opportunities.c.next_due_at)).where(_OPEN)),
        stuck={kind: count for kind, (count, _) in held.items()},
        stuck_since=min((since for kind, (_, since) in held.items() if kind != PEOPLE), default=None),
    )


def workers(connection: Connection, alive: float) -> int | None:
    """How many processes gave a sign of life within so many seconds; None where there is only this one."""
    if connection.dialect.name != "postgresql":
        return None
    lately = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :s)")
    count: int = connection.execute(lately, {"s": alive}).scalar_one()
    return count


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(opportunities).where(*conditions)) or 0
