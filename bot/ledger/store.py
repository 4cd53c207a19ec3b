"""The ledger itself: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.ledger import forgetting, inbox, operations, opportunities, overview, pulls, records, stuck, told
from bot.ledger.board import Board
from bot.ledger.opening import open_database
from bot.ledger.upgrading import check_tables, upgrade_tables
from bot.ledger.values import GivenUp, Loaded, Queue, Received, Row, Stats, Stuck, Unread, Untold, Watched
from bot.pipeline.model.delivery import Delivery, ReportedChange
from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.remote import Shown
from bot.published.record import Record

DERIVED_AT_ONCE = 20
"""Records that are made anew in one transaction: others who write wait for it."""


class Ledger(Board):
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

    def check(self) -> None:
        """Raise LedgerError unless the database answers, has this code's tables and takes changes."""
        self.ping()
        with self._database.writing() as connection:
            stuck.release(connection, "")  # of nothing, but only who may write may say so

    def back_up(self, file: Path, progress: Callable[[float], None] = lambda done: None) -> None:
        """Copy all of it into a new file while it is in use; `progress` hears how much of it is done, up to 1."""
        self._database.back_up(file, progress)

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

    # --- what was told, and what had to be looked for ----------------------------------------------------

    def told(self, key: str, what: str | None = None) -> list[ReportedChange]:
        """What was told about `key`, of one thing or of all, in GitHub's order."""
        with self._database.reading() as connection:
            return told.of(connection, key, what)

    def remember(self, heard: Mapping[str, Sequence[ReportedChange]]) -> None:
        """Note by key what deliveries told that were decided before such notes were taken."""
        with self._database.writing() as connection:
            for key, notes in heard.items():
                told.note(connection, key, notes)

    def decided(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Delivery]]:
        """Deliveries that were decided, with their place in the sequence of all."""
        with self._database.reading() as connection:
            return told.decided(connection, after, limit)

    def body(self, guid: str) -> bytes | None:
        """The payload of a delivery, decided or not."""
        with self._database.reading() as connection:
            return told.body(connection, guid)

    def looked_until(self, repository: str) -> datetime | None:
        """Up to when, by GitHub's time, everything in a repository was looked at; None where nobody looked yet."""
        with self._database.reading() as connection:
            return told.until(connection, repository.lower())

    def looked(self, repository: str, until: datetime) -> None:
        """Everything up to that time was seen, and is in the inbox."""
        with self._database.writing() as connection:
            told.looked(connection, repository.lower(), until)

    def first(self, what: str, within: timedelta) -> bool:
        """Whether nobody of all who use this database did `what` within that time; from now on somebody has."""
        with self._database.writing() as connection:
            return told.first(connection, what, _now(), within)

    def in_use(self) -> bool:
        """Whether a bot is at work with this database, in another process. Ask before anything else."""
        return self._database.in_use()

    def forget(self, repository: str) -> None:
        """Take everything of a repository out, to make it anew; nothing else may be at it."""
        with self._database.writing() as connection:
            forgetting.forget(connection, repository.lower())

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
        record: Record | None = None,
        shown: Sequence[Shown] = (),
        done: Sequence[int] = (),
        heard: Sequence[ReportedChange] = (),
        unsettled: bool,
    ) -> int:
        """Write what a turn decided, all of it or nothing; the new version.

        Raises StaleVersion if the stored version is not `version` (0: unknown so far). Without a `row`,
        `key` is no opportunity: only its deliveries `done` are marked, and the version stays. New facts wake the open
        pull requests that are about it. `record` is what the board knows from then on.
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
            told.note(connection, key, heard)
            if row and record:
                records.write(connection, {key: record})
        return version

    def show(self, key: str, shown: Shown) -> None:
        """Store what GitHub shows of one thing of a known opportunity; its version stays."""
        with self._database.writing() as connection:
            opportunities.show(connection, key, [shown])

    def derive(self, record: records.Derive, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
        """Make every record anew that is missing, or that older code or no code made after its last fact; how many.

        `progress` hears how many are done, of how many.
        """
        with self._database.reading() as connection:
            keys = records.outdated(connection)
        for start in range(0, len(keys), DERIVED_AT_ONCE):
            with self._database.writing() as connection:
                records.derive(connection, keys[start : start + DERIVED_AT_ONCE], record)
            progress(min(start + DERIVED_AT_ONCE, len(keys)), len(keys))
        return len(keys)

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

    def untold(self, key: str, since: datetime) -> Untold | None:
        """The first delivery since then of which `key` has yet to hear by one of its pull requests."""
        with self._database.reading() as connection:
            return pulls.untold(connection, key, since)

    def base_moved(self, repository: str, keys: Sequence[str]) -> list[str]:
        """Wake these opportunities, and all pull requests open in a repository (lower case); who was woken."""
        now = _now()
        with self._database.writing() as connection:
            opportunities.wake(connection, keys, now)  # first, as in `commit`: nobody waits for each other
            opened = pulls.open_in(connection, repository)
            pulls.wake(connection, opened, now)
        return [*keys, *opened]

    # --- what cannot go on -------------------------------------------------------------------------------

    def stuck(self) -> list[Stuck]:
        """Everything that cannot go on, with the reason; what is stuck longest first."""
        with self._database.reading() as connection:
            return stuck.listed(connection)

    def hold(self, one: Stuck) -> None:
        """Store why a key cannot go on, and when it is tried again."""
        with self._database.writing() as connection:
            stuck.hold(connection, one)

    def release(self, key: str) -> None:
        """A key goes on."""
        with self._database.writing() as connection:
            stuck.release(connection, key)

    def hurry(self, key: str | None = None) -> list[str]:
        """Let the next turn try a key at once, or everything that GitHub refuses; the keys."""
        with self._database.writing() as connection:
            return stuck.hurry(connection, key, _now())

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

    def workers(self, alive: float = 30.0) -> int | None:
        """How many processes that give turns gave a sign of life within so many seconds; None where one is all."""
        with self._database.reading() as connection:
            return overview.workers(connection, alive)

    def heartbeats(self) -> list[float] | None:
        """Seconds since each process that gives turns gave a sign of life; None where one is all."""
        with self._database.reading() as connection:
            return operations.heartbeats(connection)

    def queue(self, now: datetime, limit: int = 20) -> Queue:
        """What waits to be decided, by age."""
        with self._database.reading() as connection:
            return operations.queue(connection, now, limit)

    def recent(self, limit: int = 30) -> list[Received]:
        """The last deliveries that were stored, the latest first."""
        with self._database.reading() as connection:
            return operations.recent(connection, limit)

    def stats(self) -> Stats:
        """Counts for `/metrics`."""
        with self._database.reading() as connection:
            return overview.stats(connection)


def _now() -> datetime:
    return datetime.now(UTC)
