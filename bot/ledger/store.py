"""The ledger itself, and the transactions that touch more than one part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from bot.ledger import forgetting, inbox, opportunities, pulls, records, reported_changes, stuck, tables
from bot.ledger.board import Board
from bot.ledger.opening import open_database
from bot.ledger.overview import Overview
from bot.ledger.upgrading import check_tables, upgrade_tables
from bot.ledger.values import Row
from bot.pipeline.model.delivery import ReportedChange
from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.post_facts import count_post_facts
from bot.pipeline.model.remote import Shown
from bot.published.record import Record

DERIVED_AT_ONCE = 20
"""Records that one transaction derives again: other writers wait for it."""


class Ledger(
    inbox.Inbox,
    reported_changes.ReportedChanges,
    opportunities.Opportunities,
    pulls.Pulls,
    stuck.StuckKeys,
    Overview,
    Board,
):
    """Keeps deliveries, opportunities and their facts at `url`.

    Each method is one transaction. Any thread may call; each call waits for the disk. Raises LedgerError where the
    database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    @property
    def libpq(self) -> str | None:
        """Returns the address of the PostgreSQL database, as libpq takes it; None where it is a SQLite file."""
        return self._database.libpq

    def upgrade(self) -> None:
        """Makes or upgrades the tables."""
        upgrade_tables(self._database)

    def alone(self, what: str) -> AbstractContextManager[None]:
        """Keeps every other process and thread out of a section of that name; blocks until it is free."""
        return self._database.alone(what)

    def in_use(self) -> bool:
        """Returns whether a bot is at work with this database, in another process. Ask before anything else."""
        return self._database.in_use()

    def ping(self) -> None:
        """Raises LedgerError unless the database answers and has this code's tables."""
        check_tables(self._database)

    def check(self) -> None:
        """Raises LedgerError unless the database answers, has this code's tables and takes changes."""
        self.ping()
        with self._database.writing() as connection:
            stuck.release(connection, "")  # changes no row, but only a writer may do it

    def back_up(self, file: Path, progress: Callable[[float], None] = lambda done: None) -> None:
        """Copies the database into a new file while it is in use; calls `progress` with the part done, up to 1."""
        self._database.back_up(file, progress)

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    def commit(
        self,
        key: str,
        *,
        version: int,
        facts: Sequence[Recorded],
        row: Row | None,
        record: Record | None = None,
        things: Sequence[Shown] = (),
        done: Sequence[int] = (),
        reported: Sequence[ReportedChange] = (),
        unsettled: bool,
    ) -> int:
        """Writes what a turn decided, all of it or nothing; returns the new version.

        Raises StaleVersion if the stored version is not `version` (0: unknown so far). Without a `row`, `key` is no
        opportunity: only its deliveries `done` are marked, and the version stays. New facts that posts
        depend on wake the open pull requests about it. `record` is what the board knows from then on.
        """
        if row is None and (facts or things):
            raise ValueError(f"{key}: facts and things need an opportunity's row")
        now = datetime.now(UTC)
        with self._database.writing() as connection:
            if row is None:
                opportunities.check_version(connection, key, version)
            else:
                version = opportunities.write_row(connection, key, version, row, unsettled=unsettled, now=now)
                opportunities.append(connection, key, facts)
                opportunities.show(connection, key, things)
                if count_post_facts(facts):
                    tables.wake_rows(connection, tables.pulls, pulls.of_opportunity(connection, key), now)
            inbox.mark_done(connection, key, done, now)
            reported_changes.note_changes(connection, key, reported)
            if row and record:
                records.write(connection, {key: record})
        return version

    def derive(self, record: records.Derive, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
        """Derives every record again that is missing, lacks facts or was made by other code; returns how many.

        Calls `progress` with the number done and the number of all.
        """
        with self._database.reading() as connection:
            keys = records.outdated(connection)
        for start in range(0, len(keys), DERIVED_AT_ONCE):
            with self._database.writing() as connection:
                records.derive(connection, keys[start : start + DERIVED_AT_ONCE], record)
            progress(min(start + DERIVED_AT_ONCE, len(keys)), len(keys))
        return len(keys)

    def forget(self, repository: str) -> None:
        """Removes everything of a repository, so that it can be rebuilt; the bot must be stopped."""
        with self._database.writing() as connection:
            forgetting.forget(connection, repository.lower())
