"""Keeps the pull requests of the site that the bot watches, by any author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from bot.ledger import stuck
from bot.ledger.codec import decode_progress, decode_state, encode_progress, encode_state
from bot.ledger.database import Database
from bot.ledger.errors import StaleVersion
from bot.ledger.inbox import mark_done
from bot.ledger.tables import inbox, opportunities, pulls, upsert, wake_rows
from bot.ledger.tables import stuck as why
from bot.ledger.values import Unreported, Watched
from bot.pipeline.model.remote import Shown


def of_opportunity(connection: Connection, key: str) -> list[str]:
    """Returns the keys of the open pull requests that are about an opportunity."""
    return list(connection.scalars(select(pulls.c.key).where(pulls.c.opportunity == key, pulls.c.open)))


class Pulls:
    """The part of the ledger that keeps pull requests."""

    _database: Database

    def watched(self, key: str) -> Watched:
        """Returns what the ledger knows of a pull request; version 0 if nothing."""
        with self._database.reading() as connection:
            row = connection.execute(select(pulls).where(pulls.c.key == key)).one_or_none()
            reason = stuck.load(connection, key)
        if row is None:
            return Watched(key, stuck=reason)
        things = {name: _shown(name, **thing) for name, thing in row.shown.items()}
        return Watched(
            key, row.opportunity, row.open, decode_progress(row.seen), things, row.version, row.unsettled, reason
        )

    def watch(self, watched: Watched, done: Sequence[int] = ()) -> Watched:
        """Stores what GitHub says of a pull request and marks deliveries done; returns it at its new version.

        Raises StaleVersion if another turn stored it since its version.
        """
        now = datetime.now(UTC)
        with self._database.writing() as connection:
            version = _write(connection, watched, now)
            mark_done(connection, watched.key, done, now)
        return replace(watched, version=version)

    def show_on_pull(self, key: str, thing: Shown) -> None:
        """Stores what the bot shows of one thing on a known pull request; its version stays."""
        kept = {"digest": thing.digest, "wanted": thing.wanted, "remote": encode_state(thing.remote)}
        begun = {"begun": thing.begun.isoformat()} if thing.begun else {}
        with self._database.writing() as connection:
            earlier = connection.scalar(select(pulls.c.shown).where(pulls.c.key == key).with_for_update()) or {}
            things = {**earlier, thing.thing: kept | begun}
            connection.execute(update(pulls).where(pulls.c.key == key).values(shown=things))

    def pulls_of(self, key: str) -> list[str]:
        """Returns the keys of the open pull requests that are about an opportunity."""
        with self._database.reading() as connection:
            return of_opportunity(connection, key)

    def unreported(self, key: str, since: datetime) -> Unreported | None:
        """Returns the first delivery since then that a pull request of `key` has yet to report to it.

        A pull request that GitHub refuses to show holds nothing up.
        """
        read = list[Unreported]()
        about = (pulls.c.opportunity == key, pulls.c.key.not_in(select(why.c.key)))
        mine = select(pulls.c.key).where(*about, pulls.c.open)
        unread = select(inbox.c.id, inbox.c.received_at).where(inbox.c.key.in_(mine), inbox.c.done_at.is_(None))
        with self._database.reading() as connection:
            for seen in connection.scalars(select(pulls.c.seen).where(*about, pulls.c.unsettled)):
                if first := decode_progress(seen).unreported:
                    read.append(first)
            waiting = [*read, *(Unreported(*row) for row in connection.execute(unread))]
        return min((one for one in waiting if one.at > since), key=lambda one: one.id, default=None)

    def base_moved(self, repository: str, keys: Sequence[str]) -> list[str]:
        """Wakes these opportunities, and all pull requests open in a repository (lower case); returns their keys."""
        now = datetime.now(UTC)
        in_repository = select(pulls.c.key).where(pulls.c.repository == repository, pulls.c.open)
        with self._database.writing() as connection:
            # Opportunities first, as in `commit`: two writers never wait for each other.
            wake_rows(connection, opportunities, keys, now)
            opened = list(connection.scalars(in_repository))
            wake_rows(connection, pulls, opened, now)
        return [*keys, *opened]


def _shown(thing: str, *, begun: str | None = None, remote: dict[str, object], **rest: Any) -> Shown:
    started = datetime.fromisoformat(begun) if begun else None
    return Shown(thing, remote=decode_state(thing, remote), begun=started, **rest)


def _write(connection: Connection, watched: Watched, now: datetime) -> int:
    """Stores a pull request unless another turn did since its version; returns the new version."""
    values = {
        "opportunity": watched.opportunity,
        "open": watched.open,
        "seen": encode_progress(watched.progress),
        "version": watched.version + 1,
        "unsettled": watched.unsettled,
        "changed_at": now,
    }
    if watched.version:
        stored = update(pulls).where(pulls.c.key == watched.key, pulls.c.version == watched.version).values(values)
        if not connection.execute(stored).rowcount:
            raise StaleVersion(f"{watched.key} is no longer at version {watched.version}")
    else:
        repository = watched.key.rpartition("!")[0]
        new = upsert(connection, pulls).values(key=watched.key, repository=repository, shown={}, **values)
        if not connection.execute(new.on_conflict_do_nothing()).rowcount:
            raise StaleVersion(f"{watched.key} exists already")
    return watched.version + 1
