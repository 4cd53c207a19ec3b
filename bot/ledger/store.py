"""The ledger itself: each method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

from bot.ledger import inbox, opportunities, overview, pulls
from bot.ledger.database import open_database
from bot.ledger.upgrading import check_tables, upgrade_tables
from bot.ledger.values import GivenUp, Loaded, Row, Stats, Unread, Watched
from bot.pipeline.facts import Recorded
from bot.pipeline.inbox import Delivery
from bot.pipeline.shown import Shown


class Ledger:
    """Deliveries, opportunities and their facts at `url`. Any thread may call; each call waits for the disk.

    Raises LedgerError where the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    @property
    def libpq(self) -> str | None:
        """The address of the PostgreSQL behind it, as libpq takes it; None where it is a SQLite file."""
        return self._database.libpq

    def upgrade(self) -> None:
        """Make or upgrade the tables."""
        upgrade_tables(self._database)

    def alone(self, what: str) -> AbstractContextManager[None]:
        """Nobody else of all who use this database is inside one of the same name; blocks until that is so."""
        return self._database.alone(what)

    def ping(self) -> None:
        """Raise LedgerError unless the database answers and has this code's tables."""
        check_tables(self._database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # --- deliveries --------------------------------------------------------------------------------------

    def accept(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Store in one durable commit, in order. True: new; False: its GUID was stored before."""
        return self._database.accept(deliveries)

    def unread(self, key: str, limit: int = 100) -> list[Unread]:
        """The next deliveries of `key` to decide, in sequence."""
        with self._database.reading() as connection:
            return inbox.unread(connection, key, limit)

    def failed(self, inbox_id: int, error: str, give_up: bool) -> None:
        """A try at deciding a delivery failed; given up, it counts as done and stays in `given_up`."""
        with self._database.writing() as connection:
            inbox.mark_failed(connection, inbox_id, error, _now() if give_up else None)

    def given_up(self, limit: int = 100) -> list[GivenUp]:
        """Deliveries that were given up, the latest first."""
        with self._database.reading() as connection:
            return inbox.given_up(connection, limit)

    # --- one opportunity ---------------------------------------------------------------------------------

    def load(self, key: str) -> Loaded:
        """All that is known of `key`, as of one moment; version 0 and empty where nothing is."""
        with self._database.reading() as connection:
            return opportunities.load(connection, key)

    def commit(
        self,
        key: str,
        *,
        version: int,
        facts: Sequence[Recorded],
        row: Row | None,
        shown: Sequence[Shown] = (),
        done: Sequence[int] = (),
        unsettled: bool,
    ) -> int:
        """Write what a turn decided, all of it or nothing; the new version.

        Raises StaleVersion if the stored version is not `version` (0: unknown so far). Without a `row`,
        `key` is no opportunity: only its deliveries `done` are marked, and the version stays. New facts wake the open
        pull requests that are about it.
        """
        if row is None and (facts or shown):
            raise ValueError(f"{key}: facts and shown things need an opportunity's row")
        now = _now()
        with self._database.writing() as connection:
            if row is None:
                opportunities.check_version(connection, key, version)
            else:
                version = opportunities.write_row(connection, key, version, row, unsettled=unsettled, now=now)
                opportunities.append(connection, key, facts)
                opportunities.show(connection, key, shown)
                pulls.wake(connection, pulls.of_opportunity(connection, key) if facts else (), now)
            inbox.mark_done(connection, key, done, now)
        return version

    def show(self, key: str, shown: Shown) -> None:
        """Store what GitHub shows of one thing of a known opportunity; its version stays."""
        with self._database.writing() as connection:
            opportunities.show(connection, key, [shown])

    def settle(self, key: str, version: int) -> None:
        """GitHub shows all that `version` wants; nothing happens if there is a newer one."""
        with self._database.writing() as connection:
            opportunities.settle(connection, key, version)

    def wake(self, keys: Sequence[str]) -> None:
        """Have the next sweep take these opportunities; a turn of theirs under way becomes stale."""
        with self._database.writing() as connection:
            opportunities.wake(connection, keys, _now())

    # --- pull requests of the site -----------------------------------------------------------------------

    def watched(self, key: str) -> Watched:
        """What is known of a pull request."""
        with self._database.reading() as connection:
            return pulls.load(connection, key)

    def watch(self, watched: Watched, done: Sequence[int] = ()) -> Watched:
        """Store what is seen of it, with the deliveries that told; it at its new version.

        Raises StaleVersion as `commit` does.
        """
        now = _now()
        with self._database.writing() as connection:
            version = pulls.write(connection, watched, now)
            inbox.mark_done(connection, watched.key, done, now)
        return replace(watched, version=version)

    def show_on_pull(self, key: str, shown: Shown) -> None:
        """Store what the bot shows of one thing on a known pull request; its version stays."""
        with self._database.writing() as connection:
            pulls.show(connection, key, shown)

    def pulls_of(self, key: str) -> list[str]:
        """The keys of the open pull requests that are about an opportunity."""
        with self._database.reading() as connection:
            return pulls.of_opportunity(connection, key)

    def base_moved(self, repository: str, keys: Sequence[str]) -> list[str]:
        """Wake these opportunities, and all pull requests open in a repository (lower case); who was woken."""
        now = _now()
        with self._database.writing() as connection:
            opened = pulls.open_in(connection, repository)
            pulls.wake(connection, opened, now)
            opportunities.wake(connection, keys, now)
        return [*keys, *opened]

    # --- all of them -------------------------------------------------------------------------------------

    def waiting(self, now: datetime, limit: int = 1000) -> list[str]:
        """Keys with unread deliveries, effects to finish, or due at `now`; who waited longest first."""
        with self._database.reading() as connection:
            return overview.waiting(connection, now, limit)

    def posted(self, since: int) -> list[str]:
        """Keys of the opportunities that are not over and at this step or a later one."""
        with self._database.reading() as connection:
            return overview.posted(connection, since)

    def running(self) -> int:
        """How many opportunities take up a place: active, in steps 3 to 8."""
        with self._database.reading() as connection:
            return overview.running(connection)

    def waitlist(self) -> list[str]:
        """Keys of those that wait for a place, first in, first out."""
        with self._database.reading() as connection:
            return overview.waitlist(connection)

    def loads(self) -> dict[str, int]:
        """Open opportunities per coordinator who has any."""
        with self._database.reading() as connection:
            return overview.loads(connection)

    def titles_of(self, client: str, *, besides: str) -> dict[int, str]:
        """Titles by issue number of the opportunities that a person opened, all but one, in its repository."""
        with self._database.reading() as connection:
            return overview.titles_of(connection, client, besides)

    def still_to_post(self, client: str, repository: str) -> list[int]:
        """The issue numbers of the opportunities that a person opened and that are not posted yet."""
        with self._database.reading() as connection:
            return overview.still_to_post(connection, client, repository)

    def keys(self) -> list[str]:
        """Every opportunity, by repository and number."""
        return list(self.rows())

    def rows(self) -> dict[str, Row]:
        """Every opportunity's row, by repository and number."""
        with self._database.reading() as connection:
            return overview.rows(connection)

    def stats(self) -> Stats:
        """Counts for `/metrics`."""
        with self._database.reading() as connection:
            return overview.stats(connection)


def _now() -> datetime:
    return datetime.now(UTC)
