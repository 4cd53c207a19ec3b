"""Runs the turn of an opportunity: reads its deliveries, decides on them, and brings GitHub up to date.

Decisions are exactly-once (`decider`). Effects are level-triggered (`updater`): they write the difference between the
stored state of GitHub and what the view says, as often as needed.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.catching_up import retries as stuck
from bot.catching_up.reported import is_reported, reported_by, text_in
from bot.engine import Again, Lease, error_fields
from bot.github.reading.lookups import Look
from bot.github.reading.webhook import OWN, WATCHED, Repositories, read_issue, read_signal
from bot.github.transport.channel import before_writing
from bot.github.transport.client import GitHub
from bot.github.transport.errors import GitHubError, Refused, Wait
from bot.ledger import DECIDING, PEOPLE, READ_AT_ONCE, Delivery, Forgotten, Ledger, LedgerError, StaleVersion, Unread
from bot.ledger.codec import decode_state
from bot.pipeline.model.delivery import RESYNC
from bot.pipeline.model.facts import BOT
from bot.pipeline.model.fold import fold
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.remote import ADOPTED, CommentState, OwnState, PullRequestState, Shown
from bot.pipeline.model.signals import IssueRemoved, Signal
from bot.runtime.clock import Clock
from bot.site_pulls import Checking
from bot.turns.decider import Decider
from bot.turns.turn import Turn
from bot.turns.updater import Updater

GONE_AFTER, GONE_TRIES = timedelta(days=1), 10
"""How long, and how often, GitHub refuses to show something before the bot asks if the issue still exists."""

LOOKED_AT, LOOKED_AT_LAST = 0.3, 10.0
"""Seconds in which the turn of a pull request is likely to end, and the longest pause between checks for that."""

LONGEST_PULL_WAIT = timedelta(minutes=15)
"""How long an opportunity waits for the turn of its pull request, unless GitHub refuses to show that."""

MOST_DECISIONS = 5
"""How often the bot tries to decide a delivery before it sets it aside, visibly, for a person."""

STALE = "another process or a new delivery changed it meanwhile: the turn runs again by itself"
"""Why a turn runs again, for the people who read the log."""

PEOPLE_EVENTS = frozenset({"member", "membership", "organization", "team", "team_add", "repository"})
"""Events after which the bot reads the coordinators from GitHub again."""

LET_IN = ("installation", "repository")
"""The start of the names of events after which GitHub may allow what it refused before."""


class TurnRunner:
    """Runs turns. Implements the engine's `EngineWork`."""

    def __init__(
        self,
        *,
        policy: Policy,
        ledger: Ledger,
        github: GitHub,
        look: Look,
        deciding: Decider,
        updater: Updater,
        checking: Checking,
        repositories: Repositories,
        clock: Clock,
        wake: Callable[[str], None],
    ) -> None:
        self.policy, self.ledger, self.github, self.look = policy, ledger, github, look
        self._updater, self.checking, self.repositories, self.clock = updater, checking, repositories, clock
        self._deciding = deciding
        self._wake = wake
        self.turns: Counter[str] = Counter()
        """The number of turns by result."""
        self._log = structlog.get_logger("bot.turns.runner")

    async def waiting(self) -> Sequence[str]:
        """Lists the keys with something to do, and the first on the waiting list if places are free."""

        def look() -> list[str]:
            free = max(0, self.policy.capacity - self.ledger.running())
            return [*self.ledger.waiting(self.clock.now()), *self.ledger.waitlist()[:free]]

        return await asyncio.to_thread(look)

    async def turn(self, key: str, lease: Lease) -> None:
        """Does everything there is to do for one key. Raises Again if it must continue later."""
        before_writing.set(lease)
        repository, _, number = key.rpartition("!" if "!" in key else "#")
        with structlog.contextvars.bound_contextvars(repository=repository, issue=number):
            try:
                if "!" in key:
                    await self.checking.turn(key)
                elif key.endswith("@"):
                    await self._base_moved(key)
                elif number.isdigit():
                    await self._opportunity(key, repository, int(number))
                else:
                    await self._pass_over(key)
            except Wait as wait:
                self.turns["limited"] += 1
                raise Again(wait.seconds, wait.reason) from wait
            except StaleVersion as error:
                self.turns["stale"] += 1
                raise Again(0, STALE) from error
            except (Refused, Forgotten) as error:
                self.turns["refused"] += 1
                await self._stuck(key, error)
            except Again:
                self.turns["again"] += 1
                raise
            except Exception:
                self.turns["failed"] += 1
                raise
            else:
                self.turns["done"] += 1

    async def _stuck(self, key: str, error: Refused | Forgotten) -> None:
        """Notes that nothing can be decided now. The deliveries stay unread until the next try."""
        known = (await asyncio.to_thread(self.ledger.load, key)).stuck
        await stuck.note_failure(self.ledger, key, 0, known, DECIDING, error, log=self._log, wake=self._wake)

    async def _pass_over(self, key: str) -> None:
        """Marks deliveries about no opportunity as done. Those about people or installations empty the caches."""
        rows = await asyncio.to_thread(self.ledger.unread, key, READ_AT_ONCE)
        for row in rows:
            if row.event in PEOPLE_EVENTS:
                self.look.forget()
            if row.event.startswith("installation"):
                self.github.forget()
            if row.event.startswith(LET_IN):
                await self._hurry()
            self._log.debug("delivery ignored", delivery=row.guid, github_event=row.event)
        done = tuple(row.id for row in rows)
        await asyncio.to_thread(self.ledger.commit, key, version=0, facts=(), row=None, done=done, unsettled=False)
        if len(rows) == READ_AT_ONCE:
            self._wake(key)

    async def _hurry(self) -> None:
        """Wakes what GitHub refused before, because it may allow that now."""
        for key in await asyncio.to_thread(self.ledger.hurry):
            self._wake(key)

    async def _base_moved(self, key: str) -> None:
        """Wakes the pull requests of a repository: its base branch moved, or somebody asked for its checks."""
        repository = key.removesuffix("@")
        ours = await asyncio.to_thread(self.ledger.unread, key, READ_AT_ONCE)
        since = 8 if repository == self.repositories.exchange.lower() else 4
        keys = await asyncio.to_thread(self.ledger.posted, since)
        woken = await asyncio.to_thread(self.ledger.base_moved, repository, keys)
        again = [
            Delivery(f"{row.guid} {each}", row.event, each, row.received_at, row.body)
            for row in ours
            if row.event == "check_suite"
            for each in woken
            if "!" in each
        ]
        await asyncio.to_thread(self.ledger.accept, again)
        done = tuple(row.id for row in ours)
        await asyncio.to_thread(self.ledger.commit, key, version=0, facts=(), row=None, done=done, unsettled=False)
        for each in woken:
            self._wake(each)

    async def _opportunity(self, key: str, repository: str, number: int) -> None:
        loaded, rows, waiting = await asyncio.to_thread(lambda: (self.ledger.load(key), *self._unread(key)))
        opportunity = fold(repository, number, loaded.history)
        known = (loaded.version, loaded.things, loaded.unsettled, loaded.due)
        turn = Turn(key, repository, number, opportunity, loaded.history, *known)
        turn.look = loaded.unsettled or turn.is_due(self.clock.now())
        turn.stuck = loaded.stuck
        if turn.stuck and turn.stuck.kind == DECIDING and stuck.holds(turn.stuck):
            return
        await self._miss(turn)
        await self._updater.hear_pulls(
            turn, self._deciding.hear, self._wake
        )  # before the deliveries about what people did then
        for row in rows:
            await self._read(turn, row)
        if len(rows) == READ_AT_ONCE:
            self._wake(key)  # for the rest
            if any(row.guid.startswith(RESYNC) for row in rows):
                return  # first decide on all that the resync found
        if turn.adopted:  # of an issue that is no opportunity
            await asyncio.to_thread(
                self.ledger.commit, key, version=0, facts=(), row=None, done=tuple(turn.adopted), unsettled=False
            )
        await self._deciding.pass_time(turn)
        if turn.opportunity.gone:
            await self._let_go(turn)
        elif turn.unsettled and turn.opportunity.exists:
            await self._updater.settle(turn, self._deciding.hear, self._wake)
        elif turn.stuck:
            await asyncio.to_thread(self.ledger.release, key)
        if waiting:
            raise Again(waiting, "first is heard what became of its pull request")

    async def _miss(self, turn: Turn) -> None:
        """Asks GitHub if the issue is gone, after it refused often enough: the webhook may be lost."""
        held = turn.stuck
        if turn.opportunity.gone or held is None or held.kind == PEOPLE or held.tries < GONE_TRIES:
            return
        if datetime.now(UTC) - held.since >= GONE_AFTER and await self.look.gone(turn.number):
            await self._deciding.hear(turn, Signal(IssueRemoved(), BOT, self.clock.now(), "", None))

    async def _let_go(self, turn: Turn) -> None:
        """Ends the work on an issue that is gone; the ledger keeps its facts."""
        if turn.stuck:
            await asyncio.to_thread(self.ledger.release, turn.key)
        if turn.unsettled:
            await asyncio.to_thread(self.ledger.settle, turn.key, turn.version)

    def _unread(self, key: str) -> tuple[list[Unread], float]:
        """Returns the deliveries to decide in the order of their events, and the seconds that the rest has to wait.

        The turn of a pull request reads a merge before the opportunity gets it. Later deliveries must not come first,
        so they wait. The pause grows with the time since the merge.
        """
        rows, now = self.ledger.unread(key, READ_AT_ONCE), self.clock.now()
        first = self.ledger.unreported(key, now - LONGEST_PULL_WAIT) if rows else None
        ready = [row for row in rows if first is None or row.id < first.id or row.event == WATCHED]
        if first is None or len(ready) == len(rows):
            return self._in_order(ready), 0.0
        return self._in_order(ready), min(max(LOOKED_AT, (now - first.at).total_seconds() / 4), LOOKED_AT_LAST)

    def _in_order(self, rows: list[Unread]) -> list[Unread]:
        """Sorts deliveries by the time of their events: they may be late, repeated, or made by a resync.

        The bot's own earlier work comes first. A delivery without a time stays behind the one that it came after.
        """
        if len(rows) == 1:
            return rows
        at, times = datetime.min.replace(tzinfo=UTC), list[datetime]()
        for row in rows:
            at = datetime.min.replace(tzinfo=UTC) if _adopts(row) else self._at(row) or at
            times.append(at)
        return [row for _, row in sorted(zip(times, rows, strict=True), key=lambda one: one[0])]

    def _at(self, row: Unread) -> datetime | None:
        """Returns the time of the event; None if the delivery holds none."""
        try:
            signal = read_signal(row.event, json.loads(row.body), row.guid, self.repositories, row.received_at)
        except Exception:  # the log has it when the bot decides it
            return None
        return signal.at if signal else None

    async def _read(self, turn: Turn, row: Unread) -> None:
        with structlog.contextvars.bound_contextvars(delivery=row.guid):
            try:
                payload = json.loads(row.body)
                if turn.stuck and payload.get("action") == "unlocked":
                    turn.stuck = replace(turn.stuck, again_at=row.received_at)
                if adopted := payload.get("adopted"):
                    await self._adopt(turn, row.id, adopted)
                    return
                if row.guid.startswith(RESYNC):
                    payload = await asyncio.to_thread(self._upon_what_was_heard, turn.key, row, payload)
                as_of = payload.get("as_of") or (row.event == OWN and payload.get("at"))
                signal = read_signal(row.event, payload, row.guid, self.repositories, row.received_at)
                told = reported_by(row.event, payload, row.guid) if signal else None
                if told and is_reported(
                    told, await asyncio.to_thread(self.ledger.reported_changes, turn.key, told.what)
                ):
                    self._log.info("already recorded from another delivery", what=told.what)
                    signal = told = None
                await self._deciding.hear(turn, signal, row.id, told, datetime.fromisoformat(as_of) if as_of else None)
            except (GitHubError, LedgerError, StaleVersion, Again):
                raise  # not the fault of the delivery, which stays unread
            except Exception as error:
                give_up = row.tries + 1 >= MOST_DECISIONS
                why = error_fields(error)
                await asyncio.to_thread(self.ledger.failed, row.id, why["error"], give_up)
                self._log.error("delivery not decided", github_event=row.event, given_up=give_up, **why)
                if not give_up:
                    raise

    def _upon_what_was_heard(self, key: str, row: Unread, payload: dict[str, Any]) -> dict[str, Any]:
        """Returns what a resync found, as an edit of the text that the ledger holds by now."""
        told = reported_by(row.event, payload, row.guid)
        notes = self.ledger.reported_changes(key, told.what) if told and told.digest else []
        if not told or not notes:
            return payload
        before = text_in(told.what, json.loads(self.ledger.body(notes[-1].guid) or b"{}"))
        return {**payload, "action": "edited", "changes": {"body": {"from": before}}}

    async def _adopt(self, turn: Turn, row_id: int, own: Mapping[str, Any]) -> None:
        """Stores the bot's own earlier work, found on GitHub, so that it does not write that again."""
        for one in [*own["comments"], *reversed(own["pulls"])]:
            known = turn.things.get(one["thing"])
            if known is None or (known.state(CommentState).id or known.state(PullRequestState).number) is None:
                self._deciding.keep(turn, Shown(one["thing"], ADOPTED, None, decode_state(one["thing"], one["remote"])))
        self._deciding.notice(turn, read_issue(own["issue"], self.clock.now()))
        self._deciding.keep(turn, Shown("own", ADOPTED, None, OwnState(own["until"])))
        turn.adopted.append(row_id)
        if turn.opportunity.exists:
            await self._deciding.store(turn, turn.opportunity, (), (), unsettled=True)


def _adopts(row: Unread) -> bool:
    return row.event == OWN and "adopted" in json.loads(row.body)
