"""Keeps opportunities, their facts and what GitHub shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.ledger import stuck
from bot.ledger.codec import decode, decode_state, encode, encode_state
from bot.ledger.database import Database
from bot.ledger.errors import StaleVersion
from bot.ledger.tables import facts, opportunities, things, upsert, wake_rows
from bot.ledger.values import Loaded, Row
from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.remote import Shown


def history(connection: Connection, key: str) -> tuple[Recorded, ...]:
    """Returns the facts of `key`, in order."""
    recorded = connection.execute(
        select(facts.c.kind, facts.c.data, facts.c.at, facts.c.actor, facts.c.delivery, facts.c.rule)
        .where(facts.c.key == key)
        .order_by(facts.c.seq)
    )
    return tuple(Recorded(decode(kind, data), *rest) for kind, data, *rest in recorded)


def check_version(connection: Connection, key: str, version: int) -> None:
    """Raises StaleVersion unless `version` is the one stored (0: none)."""
    stored = connection.scalar(select(opportunities.c.version).where(opportunities.c.key == key)) or 0
    if stored != version:
        raise StaleVersion(f"{key} is at version {stored}, not {version}")


def write_row(connection: Connection, key: str, version: int, row: Row, *, unsettled: bool, now: datetime) -> int:
    """Stores the row unless another turn did since `version`; returns the new version."""
    values = {**asdict(row), "version": version + 1, "unsettled": unsettled, "changed_at": now}
    if version:
        # The condition is part of the write, so it also holds where several may write at once.
        changed = connection.execute(
            update(opportunities).where(opportunities.c.key == key, opportunities.c.version == version).values(values)
        ).rowcount
        if not changed:
            raise StaleVersion(f"{key} is no longer at version {version}")
        return version + 1
    repository, _, number = key.rpartition("#")
    try:
        connection.execute(insert(opportunities).values(key=key, repository=repository, number=int(number), **values))
    except IntegrityError as error:
        raise StaleVersion(f"{key} exists already") from error
    return 1


def append(connection: Connection, key: str, new: Sequence[Recorded]) -> None:
    """Writes facts after the last one of `key`."""
    if not new:
        return
    last = connection.scalar(select(func.max(facts.c.seq)).where(facts.c.key == key)) or 0
    rows = []
    for seq, recorded in enumerate(new, last + 1):
        kind, data = encode(recorded.fact)
        rows.append(
            {
                "key": key,
                "seq": seq,
                "kind": kind,
                "data": data,
                "at": recorded.at,
                "actor": recorded.actor,
                "delivery": recorded.delivery,
                "rule": recorded.rule,
            }
        )
    connection.execute(insert(facts), rows)


def show(connection: Connection, key: str, new: Sequence[Shown]) -> None:
    """Stores what GitHub shows of each thing, in place of what was stored before."""
    for thing in new:
        values = {name: getattr(thing, name) for name in Shown.__dataclass_fields__}
        values["remote"] = encode_state(thing.remote)
        changes = {name: value for name, value in values.items() if name != "thing"}
        row = upsert(connection, things).values(key=key, **values)
        connection.execute(row.on_conflict_do_update(index_elements=["key", "thing"], set_=changes))


class Opportunities:
    """The part of the ledger that keeps single opportunities."""

    _database: Database

    def load(self, key: str) -> Loaded:
        """Returns all that the ledger knows of `key`, as of one moment; version 0 and empty if nothing."""
        opportunity, columns = opportunities.c, [things.c[name] for name in Shown.__dataclass_fields__]
        state = select(opportunity.version, opportunity.unsettled, opportunity.next_due_at)
        with self._database.reading() as connection:
            reason = stuck.load(connection, key)
            row = connection.execute(state.where(opportunity.key == key)).one_or_none()
            if row is None:
                return Loaded(0, (), {}, False, stuck=reason)
            found = connection.execute(select(*columns).where(things.c.key == key).order_by(things.c.thing))
            states = {
                thing: Shown(thing, digest, wanted, decode_state(thing, remote), begun)
                for thing, digest, wanted, remote, begun in found
            }
            return Loaded(row.version, history(connection, key), states, row.unsettled, row.next_due_at, reason)

    def show(self, key: str, thing: Shown) -> None:
        """Stores what GitHub shows of one thing of a known opportunity; its version stays."""
        with self._database.writing() as connection:
            show(connection, key, [thing])

    def settle(self, key: str, version: int) -> None:
        """Stores that GitHub shows all that `version` wants; does nothing if there is a newer version."""
        which = (opportunities.c.key == key, opportunities.c.version == version)
        with self._database.writing() as connection:
            connection.execute(update(opportunities).where(*which).values(unsettled=False))

    def wake(self, keys: Sequence[str]) -> None:
        """Lets the next sweep take these opportunities; a turn of theirs under way becomes stale."""
        with self._database.writing() as connection:
            wake_rows(connection, opportunities, keys, datetime.now(UTC))
