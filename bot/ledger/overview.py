"""Answers questions about all opportunities and deliveries at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, text, union_all

from bot.ledger.database import Database
from bot.ledger.tables import inbox, opportunities, pulls, stuck
from bot.ledger.values import ACTIVE, ENDED, PEOPLE, Row, Stats
from bot.pipeline.model.opportunity import PLACES

MOST_WORKERS = 50

_OPPORTUNITY = opportunities.c
_RUNNING = (_OPPORTUNITY.step.between(PLACES[0], PLACES[-1]), _OPPORTUNITY.status == ACTIVE)
_OPEN = _OPPORTUNITY.status.not_in(ENDED)
_WAITLISTED = (_OPPORTUNITY.waiting_since.is_not(None), _OPEN)
_UNREAD = inbox.c.done_at.is_(None)


class Overview:
    """The part of the ledger that looks at all opportunities."""

    _database: Database

    def waiting(self, now: datetime, limit: int = 1000) -> list[str]:
        """Returns keys with unread deliveries, effects to finish, or due at `now`; the longest wait comes first."""
        unread = select(inbox.c.key, func.min(inbox.c.received_at).label("since")).where(_UNREAD)
        unsettled = select(_OPPORTUNITY.key, _OPPORTUNITY.changed_at).where(_OPPORTUNITY.unsettled)
        due = select(_OPPORTUNITY.key, _OPPORTUNITY.next_due_at).where(_OPPORTUNITY.next_due_at <= now)
        watched = select(pulls.c.key, pulls.c.changed_at).where(pulls.c.unsettled)
        todo = union_all(unread.group_by(inbox.c.key), unsettled, due, watched).subquery()
        oldest = func.min(todo.c.since)
        return self._all(select(todo.c.key).group_by(todo.c.key).order_by(oldest, todo.c.key).limit(limit))

    def posted(self, since: int) -> list[str]:
        """Returns keys of the opportunities that are not over and at this step or a later one."""
        return self._all(select(_OPPORTUNITY.key).where(_OPEN, _OPPORTUNITY.step >= since))

    def running(self) -> int:
        """Returns how many opportunities take up a place: active, in steps 3 to 8."""
        with self._database.reading() as connection:
            return _count(connection, *_RUNNING)

    def waitlist(self) -> list[str]:
        """Returns keys of those that wait for a place, first in, first out."""
        order = (_OPPORTUNITY.waiting_since, _OPPORTUNITY.repository, _OPPORTUNITY.number)
        return self._all(select(_OPPORTUNITY.key).where(*_WAITLISTED).order_by(*order))

    def loads(self) -> dict[str, int]:
        """Returns the number of open opportunities of each coordinator that has any."""
        wanted = select(_OPPORTUNITY.coordinator, func.count()).where(_OPEN, _OPPORTUNITY.coordinator.is_not(None))
        with self._database.reading() as connection:
            found = connection.execute(wanted.group_by(_OPPORTUNITY.coordinator))
            return {str(coordinator): total for coordinator, total in found}

    def titles_of(self, client: str, *, besides: str) -> dict[int, str]:
        """Returns titles by issue number of a person's opportunities in the repository of the key `besides`.

        The one of that key itself is left out.
        """
        mine = (
            func.lower(_OPPORTUNITY.client) == client.lower(),
            _OPPORTUNITY.key != besides,
            _OPPORTUNITY.repository == besides.rpartition("#")[0],
        )
        with self._database.reading() as connection:
            found = connection.execute(select(_OPPORTUNITY.number, _OPPORTUNITY.title).where(*mine))
            return {row.number: row.title for row in found}

    def still_to_post(self, client: str, repository: str) -> list[int]:
        """Returns the issue numbers of a person's opportunities before the end of step 4."""
        mine = (
            func.lower(_OPPORTUNITY.client) == client.lower(),
            func.lower(_OPPORTUNITY.repository) == repository.lower(),
            _OPPORTUNITY.step < 5,
            _OPEN,
        )
        return self._all(select(_OPPORTUNITY.number).where(*mine).order_by(_OPPORTUNITY.number))

    def keys(self) -> list[str]:
        """Returns every opportunity's key, by repository and number."""
        return list(self.rows())

    def rows(self) -> dict[str, Row]:
        """Returns every opportunity's row, by repository and number."""
        columns = [_OPPORTUNITY[name] for name in Row.__dataclass_fields__]
        wanted = select(_OPPORTUNITY.key, *columns).order_by(_OPPORTUNITY.repository, _OPPORTUNITY.number)
        with self._database.reading() as connection:
            return {key: Row(*values) for key, *values in connection.execute(wanted)}

    def workers(self, alive: float = 30.0) -> int | None:
        """Returns how many processes that run turns gave a sign of life within so many seconds.

        None where there can be only one.
        """
        with self._database.reading() as connection:
            return workers(connection, alive)

    def heartbeats(self) -> list[float] | None:
        """Returns the seconds since each process that runs turns gave a sign of life; None where it can be only one."""
        ages = "SELECT extract(epoch FROM now() - last_heartbeat)::float FROM procrastinate_workers ORDER BY 1 LIMIT :n"
        with self._database.reading() as connection:
            if connection.dialect.name != "postgresql":
                return None
            return list(connection.scalars(text(ages), {"n": MOST_WORKERS}))

    def stats(self) -> Stats:
        """Returns counts for `/metrics`."""
        failed = (inbox.c.error.is_not(None), inbox.c.done_at.is_not(None))
        by_kind = select(stuck.c.kind, func.count(), func.min(stuck.c.since)).group_by(stuck.c.kind)
        with self._database.reading() as connection:
            wait = connection.execute(select(func.count(), func.min(inbox.c.received_at)).where(_UNREAD)).one()
            kinds = {kind: (count, since) for kind, count, since in connection.execute(by_kind)}
            return Stats(
                unread=wait[0],
                oldest_unread=wait[1],
                given_up=connection.scalar(select(func.count()).where(*failed)) or 0,
                opportunities=_count(connection),
                running=_count(connection, *_RUNNING),
                waitlisted=_count(connection, *_WAITLISTED),
                unsettled=_count(connection, _OPPORTUNITY.unsettled),
                oldest_due=connection.scalar(select(func.min(_OPPORTUNITY.next_due_at)).where(_OPEN)),
                stuck={kind: count for kind, (count, _) in kinds.items()},
                stuck_since=min((since for kind, (_, since) in kinds.items() if kind != PEOPLE), default=None),
            )

    def _all(self, wanted: Select[Any]) -> list[Any]:
        with self._database.reading() as connection:
            return list(connection.scalars(wanted))


def workers(connection: Connection, alive: float) -> int | None:
    """Counts processes that gave a sign of life within so many seconds; None where there can be only one."""
    if connection.dialect.name != "postgresql":
        return None
    lately = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :s)")
    count: int = connection.execute(lately, {"s": alive}).scalar_one()
    return count


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(opportunities).where(*conditions)) or 0
