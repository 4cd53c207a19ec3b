"""An opportunity's turn: read what reached it, decide, store, and bring GitHub up to date.

Decisions are exactly-once: facts, answers and "delivery done" commit together. Effects are level-triggered:
they make the difference between what GitHub was last seen to show and what the view says, again if need be.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.alone import Alone
from bot.beacon import Beacon
from bot.case import Case
from bot.checking import Checking
from bot.clock import Clock
from bot.documents.messages import Messages
from bot.engine import Again, Lease
from bot.github.channel import before_writing
from bot.github.client import GitHub
from bot.github.errors import GitHubError, Wait
from bot.github.look import Look
from bot.github.pulls import written_from
from bot.github.wanted import thing_of
from bot.github.webhook import House as Repositories
from bot.github.webhook import read
from bot.ledger import Delivery, Ledger, LedgerError, Row, StaleVersion, Unread
from bot.pipeline.decide import Answer, Outcome, decide, needs, next_due, next_look
from bot.pipeline.facts import BOT, Recorded
from bot.pipeline.opportunity import Opportunity, fold
from bot.pipeline.policy import Policy
from bot.pipeline.shown import Shown
from bot.pipeline.signals import ChecklistEdited, Known, PullRequestChanged, Signal, TimePassed
from bot.pipeline.step import House
from bot.pipeline.view import boxes_in
from bot.showing import Showing

READ_AT_ONCE = 100
"""How many deliveries one turn decides before GitHub is brought up to date."""

TRIES = 5
"""How often a delivery that cannot be decided is tried before it is set aside, visible, for a person."""

STALE = "it changed meanwhile, by another process or by news of it: taken up again by itself, nothing is to be done"
"""Why a turn is given again, for the people who read the log."""

PEOPLE_EVENTS = frozenset({"member", "membership", "organization", "team", "team_add", "repository"})
"""Events after which who is a coordinator is looked up afresh."""


class Desk:
    """Gives turns. Implements the engine's `Work`."""

    def __init__(
        self,
        *,
        policy: Policy,
        ledger: Ledger,
        github: GitHub,
        look: Look,
        beacon: Beacon,
        messages: Messages,
        showing: Showing,
        checking: Checking,
        repositories: Repositories,
        clock: Clock,
    ) -> None:
        self.policy, self.ledger, self.github, self.look = policy, ledger, github, look
        self.beacon, self.messages, self.showing, self.clock = beacon, messages, showing, clock
        self.checking, self.repositories = checking, repositories
        self.wake: Callable[[str], None] = lambda key: None
        self._places = Alone(ledger, "places")
        self._log = structlog.get_logger("bot.turn")

    async def waiting(self) -> Sequence[str]:
        """Keys with something to do, and who is first in line for a free place."""

        def look() -> list[str]:
            free = max(0, self.policy.capacity - self.ledger.running())
            return [*self.ledger.waiting(self.clock.now()), *self.ledger.waitlist()[:free]]

        return await asyncio.to_thread(look)

    async def turn(self, key: str, lease: Lease) -> None:
        """Everything there is to do for one key. Raises Again where it must go on later."""
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
                raise Again(wait.seconds, wait.reason) from wait
            except StaleVersion as error:
                raise Again(0, STALE) from error

    async def _pass_over(self, key: str) -> None:
        """Deliveries that are about no opportunity; those about people or installations empty what is remembered."""
        rows = await asyncio.to_thread(self.ledger.unread, key, READ_AT_ONCE)
        for row in rows:
            if row.event in PEOPLE_EVENTS:
                self.look.forget()
            if row.event.startswith("installation"):
                self.github.forget()
            self._log.debug("passed over", delivery=row.guid, github_event=row.event)
        done = tuple(row.id for row in rows)
        await asyncio.to_thread(self.ledger.commit, key, version=0, facts=(), row=None, done=done, unsettled=False)
        if len(rows) == READ_AT_ONCE:
            self.wake(key)

    async def _base_moved(self, key: str) -> None:
        """The base branch of a repository moved, or its checks are asked for: what is proposed there is looked at."""
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
            self.wake(each)

    async def _opportunity(self, key: str, repository: str, number: int) -> None:
        loaded, rows = await asyncio.to_thread(lambda: (self.ledger.load(key), self.ledger.unread(key, READ_AT_ONCE)))
        opportunity = fold(repository, number, loaded.history)
        case = Case(key, repository, number, opportunity, loaded.version, loaded.shown, loaded.unsettled, loaded.due)
        case.look = loaded.unsettled or case.is_due(self.clock.now())
        for row in rows:
            await self._read(case, row)
        if len(rows) == READ_AT_ONCE:
            self.wake(key)  # for the rest; what comes meanwhile wakes it anyway
        await self._pass_time(case)
        if case.unsettled and case.opportunity.known:
            await self.showing.settle(case, self._hear, self.wake)

    async def _read(self, case: Case, row: Unread) -> None:
        with structlog.contextvars.bound_contextvars(delivery=row.guid):
            try:
                signal = read(row.event, json.loads(row.body), row.guid, self.repositories, row.received_at)
                await self._hear(case, signal, row.id)
            except (GitHubError, LedgerError, StaleVersion, Again):
                raise  # not the delivery's fault: it stays unread until it can be decided
            except Exception as error:
                give_up = row.tries + 1 >= TRIES
                await asyncio.to_thread(self.ledger.failed, row.id, repr(error), give_up)
                self._log.error("not decided", github_event=row.event, given_up=give_up, error=repr(error))
                if not give_up:
                    raise

    async def _hear(self, case: Case, signal: Signal | None, row_id: int | None = None) -> None:
        """One signal: look up what it needs, decide, and store everything in one transaction."""
        done = (row_id,) if row_id is not None else ()
        signal = _about_ours(case, signal) if signal else None
        if signal is None:
            await self._store(case, case.opportunity, (), done, unsettled=case.unsettled)
            return
        self._notice(case, signal)
        known = await self._look_up(case, signal)
        # so that two opportunities never take the same last place
        async with self._places.inside() if case.opportunity.step < 3 else contextlib.nullcontext():
            house = case.house = await self._house(case)
            now = self.clock.now()  # in a thread, because texts may be long and others are waiting
            outcome = await asyncio.to_thread(decide, case.opportunity, signal, known, house, self.policy, now)
            for answer in (outcome.answer, outcome.flag):
                if answer:
                    self._answer(case, answer)
            moved = bool(outcome.facts or case.kept or case.is_due(self.clock.now()))
            before = case.opportunity
            await self._store(case, outcome.opportunity, outcome.facts, done, unsettled=case.unsettled or moved)
        if outcome.facts:
            for key in await asyncio.to_thread(self.ledger.pulls_of, case.key):
                self.wake(key)
        self._log_outcome(signal, outcome)
        if before.takes_place and not case.opportunity.takes_place:
            await self._promote()
        if _in_line(before) != _in_line(case.opportunity):
            await self._tell_the_line(case.key)

    def _log_outcome(self, signal: Signal, outcome: Outcome) -> None:
        """What came of a delivery; that nothing did is told to who looks closer."""
        facts = [type(recorded.fact).__name__ for recorded in outcome.facts]
        answers = [message.name for message in (outcome.answer.messages if outcome.answer else ())]
        log = self._log.info if facts or answers else self._log.debug
        log("decided", actor=signal.actor, facts=facts, answers=answers, step=outcome.opportunity.step)

    async def _store(
        self,
        case: Case,
        opportunity: Opportunity,
        facts: Sequence[Recorded],
        done: Sequence[int],
        *,
        unsettled: bool,
    ) -> None:
        row = self._row(opportunity) if opportunity.known else None
        case.version = await asyncio.to_thread(
            self.ledger.commit,
            case.key,
            version=case.version,
            facts=facts,
            row=row,
            shown=tuple(case.kept) if row else (),
            done=done,
            unsettled=unsettled,
        )
        case.opportunity, case.unsettled, case.due = opportunity, unsettled, row.next_due_at if row else None
        case.kept.clear()

    def _row(self, o: Opportunity) -> Row:
        due = next_look(o, self.policy, self.clock.now())
        since = o.waiting_since if _in_line(o) else None  # on hold it keeps its place, and others pass
        return Row(o.step, o.status, o.title, o.coordinator, since, due, o.clients[0])

    async def _look_up(self, case: Case, signal: Signal) -> Known:
        wanted = await asyncio.to_thread(needs, case.opportunity, signal, self.policy)
        known = await self.look.look(wanted)
        status = case.shown.get("comment status")
        if status and (comment := status.remote.get("id")):
            known = replace(known, status_url=f"#issuecomment-{comment}")
        if announced := case.opportunity.announced:
            seen = case.shown.get(f"comment draw {announced.round}")
            at = seen.remote.get("at") if seen and seen.digest else None
            known = replace(known, announced_at=datetime.fromisoformat(at) if at else None)
        if wanted.checklist and (checklist := case.shown.get(f"comment checklist {wanted.checklist}")):
            body = await self.look.comment(checklist.remote.get("id"))
            known = replace(known, ticked=frozenset(box for box, ticked in boxes_in(body).items() if ticked))
        if wanted.round is not None and (randomness := await self.beacon.randomness(wanted.round)):
            known = replace(known, randomness={wanted.round: randomness})
        return known

    async def _house(self, case: Case) -> House:
        o = case.opportunity
        if o.step > 2:
            return House()  # only an assignment and a place in step 3 depend on the others

        def look() -> House:
            line = self.ledger.waitlist()
            ahead = line.index(case.key) if case.key in line else len(line)
            loads = {login.casefold(): count for login, count in self.ledger.loads().items()}
            others = self.ledger.titles_of(o.clients[0], besides=case.key) if o.known else {}
            return House(self.ledger.running(), ahead, loads, others)

        return await asyncio.to_thread(look)

    async def _promote(self) -> None:
        """A place became free: the first in line gets a turn now, and not only at the next sweep."""
        for key in (await asyncio.to_thread(self.ledger.waitlist))[:1]:
            self.wake(key)

    async def _tell_the_line(self, besides: str) -> None:
        """Someone came into the line or left it: the others' places are shown anew."""
        line = [key for key in await asyncio.to_thread(self.ledger.waitlist) if key != besides]
        await asyncio.to_thread(self.ledger.wake, line)
        for key in line:
            self.wake(key)

    async def _pass_time(self, case: Case) -> None:
        """What time brings about by itself, and a place for who waits."""
        now = self.clock.now()
        due = next_due(case.opportunity, self.policy)
        if case.is_due(now) or (due and (due <= now or case.due is None)) or _in_line(case.opportunity):
            await self._hear(case, Signal(TimePassed(), BOT, now, "", None))

    def _notice(self, case: Case, signal: Signal) -> None:
        """What the payload shows of the issue, unless something newer was seen."""
        issue = signal.issue
        if issue is None:
            return
        seen: dict[str, dict[str, Any]] = {
            "labels": {"names": sorted(issue.labels)},
            "assignees": {"names": sorted(issue.assignees)},
            "state": {"closed": issue.closed},
        }
        for thing, remote in seen.items():
            known = case.shown.get(thing) or Shown(thing)
            at = known.remote.get("at", "")
            stamp = issue.updated_at.isoformat()
            if stamp < at or all(known.remote.get(name) == value for name, value in remote.items()):
                continue
            self._keep(case, replace(known, remote={**known.remote, **remote, "at": stamp}))

    def _keep(self, case: Case, shown: Shown) -> None:
        case.shown[shown.thing] = shown
        case.kept.append(shown)

    def _answer(self, case: Case, answer: Answer) -> None:
        """An answer is put into words when it is decided, and kept until it is shown."""
        if answer.to:
            body = self.messages.answer(answer.to, answer.messages, answer.lead)
        else:
            body = self.messages.comment(answer.messages[0], answer.lead)
        thing = f"comment {answer.mark}"
        known = case.shown.get(thing) or Shown(thing)
        self._keep(case, replace(known, wanted=body))
        if answer.comment_id is not None:
            reaction = Shown(f"reaction {answer.comment_id}")
            reaction = case.shown.get(reaction.thing) or reaction
            self._keep(case, replace(reaction, wanted="confused" if answer.refused else "+1"))


def _about_ours(case: Case, signal: Signal) -> Signal | None:
    """Anyone can use the bot's branch names and marks: a pull request or a checklist counts if it is known as its own.

    What a pull request was written from is added here, because the ledger knows it. A person's own is for the pipeline.
    """
    match signal.what:
        case PullRequestChanged(author=author) if author:
            return signal
        case PullRequestChanged(kind=kind, number=number) as pull:
            known = case.shown.get(thing_of(kind, case.opportunity.run))
            if known is None or known.remote.get("number") != number:
                return None
            title, body = written_from(known, pull)
            return replace(signal, what=replace(pull, title=title, body=body))
        case ChecklistEdited(mark=mark, comment_id=comment_id):
            known = case.shown.get(f"comment {mark}")
            return signal if known and known.remote.get("id") == comment_id else None
    return signal


def _in_line(o: Opportunity) -> bool:
    return o.status == "waitlisted" and not o.held
