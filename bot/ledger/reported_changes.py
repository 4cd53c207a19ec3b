"""Keeps what deliveries report, and up to when GitHub was searched for changes that no delivery reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, or_, select

from bot.ledger.database import Database
from bot.ledger.tables import reported_changes, searches, upsert
from bot.pipeline.model.delivery import ReportedChange


def note_changes(connection: Connection, key: str, changes: Sequence[ReportedChange]) -> None:
    """Stores what deliveries report about `key`; each GUID reports one thing, once."""
    if changes:
        rows = [{"key": key, **vars(one)} for one in changes]
        connection.execute(upsert(connection, reported_changes).values(rows).on_conflict_do_nothing())


class ReportedChanges:
    """The part of the ledger that keeps what is reported."""

    _database: Database

    def reported_changes(self, key: str, what: str | None = None) -> list[ReportedChange]:
        """Returns what was reported about `key`, of one thing or of all, in GitHub's order."""
        columns = [reported_changes.c[name] for name in ReportedChange.__dataclass_fields__]
        rows = select(*columns).where(reported_changes.c.key == key).order_by(reported_changes.c.at)
        with self._database.reading() as connection:
            found = connection.execute(rows if what is None else rows.where(reported_changes.c.what == what))
            return [ReportedChange(*row) for row in found]

    def remember(self, changes: Mapping[str, Sequence[ReportedChange]]) -> None:
        """Stores by key the reports of deliveries that were decided before reports were kept."""
        with self._database.writing() as connection:
            for key, reported in changes.items():
                note_changes(connection, key, reported)

    def searched_until(self, repository: str) -> datetime | None:
        """Returns up to when, by GitHub's time, a repository was searched; None if it never was."""
        with self._database.reading() as connection:
            return connection.scalar(select(searches.c.until).where(searches.c.repository == repository.lower()))

    def mark_searched(self, repository: str, until: datetime) -> None:
        """Stores that a repository was searched up to that time and everything found is in the inbox."""
        with self._database.writing() as connection:
            new = upsert(connection, searches).values(repository=repository.lower(), until=until)
            connection.execute(new.on_conflict_do_update(index_elements=["repository"], set_={"until": until}))

    def claim(self, what: str, within: timedelta) -> bool:
        """Notes that this process does `what` now, unless a process with this database did within that time.

        Returns whether it was noted.
        """
        now = datetime.now(UTC)
        free = or_(searches.c.until <= now - within, searches.c.until > now)  # later only where a clock was set back
        with self._database.writing() as connection:
            new = upsert(connection, searches).values(repository=what, until=now)
            noted = new.on_conflict_do_update(index_elements=["repository"], set_={"until": now}, where=free)
            return connection.execute(noted.returning(searches.c.repository)).first() is not None
