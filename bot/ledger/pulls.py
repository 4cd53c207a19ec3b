"""Statements on the pull requests of the site that the bot watches, whoever opened them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from bot.ledger import stuck
from bot.ledger.codec import decode_state, encode_state
from bot.ledger.errors import StaleVersion
from bot.ledger.tables import inbox, lock, pulls, upsert
from bot.ledger.tables import stuck as why
from bot.ledger.values import Untold, Watched
from bot.pipeline.model.remote import Shown


def load(connection: Connection, key: str) -> Watched:
    """What is known of a pull request; version 0 where nothing is."""
    row = connection.execute(select(pulls).where(pulls.c.key == key)).one_or_none()
    if row is None:
        return Watched(key, stuck=stuck.load(connection, key))
    shown = {name: _shown(name, **thing) for name, thing in row.shown.items()}
    why = stuck.load(connection, key)
    return Watched(key, row.opportunity, row.open, row.seen, shown, row.version, row.unsettled, why)


def _shown(thing: str, *, begun: str | None = None, remote: dict[str, object], **rest: Any) -> Shown:
    started = datetime.fromisoformat(begun) if begun else None
    return Shown(thing, remote=decode_state(thing, remote), begun=started, **rest)


def write(connection: Connection, watched: Watched, now: datetime) -> int:
    """Store what is seen of it, if nobody else did since its version; the new version."""
    values = {
        "opportunity": watched.opportunity,
        "open": watched.open,
        "seen": watched.seen,
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


def show(connection: Connection, key: str, thing: Shown) -> None:
    """Store what the bot shows there, in place of what was stored before."""
    kept = {"digest": thing.digest, "wanted": thing.wanted, "remote": encode_state(thing.remote)}
    begun = {"begun": thing.begun.isoformat()} if thing.begun else {}
    shown = connection.scalar(select(pulls.c.shown).where(pulls.c.key == key).with_for_update()) or {}
    connection.execute(update(pulls).where(pulls.c.key == key).values(shown={**shown, thing.thing: kept | begun}))


def of_opportunity(connection: Connection, key: str) -> list[str]:
    """The keys of the open pull requests that are about an opportunity."""
    return list(connection.scalars(select(pulls.c.key).where(pulls.c.opportunity == key, pulls.c.open)))


def untold(connection: Connection, key: str, since: datetime) -> Untold | None:
    """The first delivery, of those received since then, of which an opportunity has yet to hear by a pull request.

    One that GitHub refuses to show holds nothing up.
    """
    read = list[Untold]()
    about = (pulls.c.opportunity == key, pulls.c.key.not_in(select(why.c.key)))
    for seen in connection.scalars(select(pulls.c.seen).where(*about, pulls.c.unsettled)):
        if isinstance(told := seen.get("told"), dict):
            read.append(Untold(told["first"], datetime.fromisoformat(told["at"])))
    mine = select(pulls.c.key).where(*about, pulls.c.open)
    unread = select(inbox.c.id, inbox.c.received_at).where(inbox.c.key.in_(mine), inbox.c.done_at.is_(None))
    waiting = [*read, *(Untold(*row) for row in connection.execute(unread))]
    return min((one for one in waiting if one.at > since), key=lambda one: one.id, default=None)


def open_in(connection: Connection, repository: str) -> list[str]:
    """The keys of those that are open in a repository, in lower case."""
    return list(connection.scalars(select(pulls.c.key).where(pulls.c.repository == repository, pulls.c.open)))


def wake(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    """Have the sweep take these; a turn under way becomes stale."""
    if keys:
        lock(connection, pulls, keys)
        connection.execute(
            update(pulls)
            .where(pulls.c.key.in_(keys))
            .values(unsettled=True, version=pulls.c.version + 1, changed_at=now)
        )
