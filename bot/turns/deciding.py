"""What an opportunity hears is decided: what that takes is looked up, and everything is stored in one transaction.

Decisions are exactly-once: facts, answers and "delivery done" commit together.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.alone import Alone
from bot.beacon import Beacon
from bot.clock import Clock
from bot.documents.messages import Messages
from bot.github.client import GitHub
from bot.github.look import Look
from bot.github.pulls import as_closed, written_from
from bot.github.wanted import thing_of
from bot.github.webhook import ENTRY
from bot.ledger import Forgotten, Ledger, Row, Told
from bot.pipeline.decide import Answer, Outcome, decide, is_opportunity, needs, next_due, next_look
from bot.pipeline.facts import BOT, Recorded
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.shown import Shown
from bot.pipeline.signals import ChecklistEdited, Issue, IssueGone, Known, PullRequestChanged, Signal, TimePassed
from bot.pipeline.step import House
from bot.pipeline.view import boxes_in
from bot.pipeline.words import Message
from bot.records.recording import record_of
from bot.turns.case import Case

LATE = timedelta(minutes=15)
"""An answer that took longer comes after an outage: the bot's, GitHub's, or of the deliveries between them."""


class Deciding:
    """Signals and the passing of time, one at a time, for the opportunity of a case."""

    def __init__(
        self,
        *,
        policy: Policy,
        ledger: Ledger,
        github: GitHub,
        look: Look,
        beacon: Beacon,
        messages: Messages,
        clock: Clock,
    ) -> None:
        self._policy, self._ledger, self._github, self._look = policy, ledger, github, look
        self._beacon, self._messages, self._clock = beacon, messages, clock
        self.wake: Callable[[str], None] = lambda key: None
        self._places = Alone(ledger, "places")
        self._log = structlog.get_logger("bot.turns.deciding")

    async def hear(
        self,
        case: Case,
        signal: Signal | None,
        row_id: int | None = None,
        told: Told | None = None,
        as_of: datetime | None = None,
    ) -> None:
        """One signal: look up what it needs, decide, and store everything in one transaction.

        `as_of` is when it was decided before, by a ledger that was lost.
        """
        done = (row_id,) if row_id is not None else ()
        heard = (told,) if told else ()
        me = await self._github.me() if signal and isinstance(signal.what, ChecklistEdited) else ""
        signal = _about_ours(case, signal, me) if signal else None
        if signal and await self._is_forgotten(case, signal):
            raise Forgotten(
                f"issue {case.number} is under way on GitHub, but this ledger would have it begin anew: correct "
                f"DATABASE_URL, or stop the bot and run `python -m bot rebuild {case.repository}`"
            )
        if signal is None:
            await self.store(case, case.opportunity, (), done, heard, unsettled=case.unsettled)
            return
        if signal.issue and not _answered(case, signal):
            self.notice(case, signal.issue)
        known = await self._look_up(case, signal)
        # so that two opportunities never take the same last place
        async with self._places.inside() if case.opportunity.step < 3 else contextlib.nullcontext():
            house = case.house = await self._house(case)
            now = as_of or self._clock.now()  # in a thread, because texts may be long and others are waiting
            outcome = await asyncio.to_thread(decide, case.opportunity, signal, known, house, self._policy, now)
            for answer in (outcome.answer, outcome.flag):
                if answer and not _answered(case, signal):
                    self._answer(case, answer, late=now - signal.at > LATE)
            moved = bool(outcome.facts or case.kept or case.is_due(self._clock.now()))
            before = case.opportunity
            unsettled = case.unsettled or moved
            await self.store(case, outcome.opportunity, outcome.facts, done, heard, unsettled=unsettled)
        if outcome.facts:
            for key in await asyncio.to_thread(self._ledger.pulls_of, case.key):
                self.wake(key)
        self._log_outcome(signal, outcome)
        if before.takes_place and not case.opportunity.takes_place:
            await self._promote()
        if _in_line(before) != _in_line(case.opportunity):
            await self._tell_the_line(case.key)

    async def pass_time(self, case: Case) -> None:
        """What time brings about by itself, and a place for who waits."""
        now = self._clock.now()
        due = next_due(case.opportunity, self._policy)
        if case.is_due(now) or (due and (due <= now or case.due is None)) or _in_line(case.opportunity):
            await self.hear(case, Signal(TimePassed(), BOT, now, "", None))

    def notice(self, case: Case, issue: Issue) -> None:
        """What the payload shows of the issue, unless something newer was seen."""
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
            self.keep(case, replace(known, remote={**known.remote, **remote, "at": stamp}))

    def keep(self, case: Case, shown: Shown) -> None:
        case.shown[shown.thing] = shown
        case.kept.append(shown)

    async def store(
        self,
        case: Case,
        opportunity: Opportunity,
        facts: Sequence[Recorded],
        done: Sequence[int],
        heard: Sequence[Told] = (),
        *,
        unsettled: bool,
    ) -> None:
        row = self._row(opportunity) if opportunity.known else None
        done = (*done, *case.adopted) if row else done
        history = (*case.history, *facts)

        def commit() -> int:
            return self._ledger.commit(
                case.key,
                version=case.version,
                facts=facts,
                row=row,
                record=record_of(opportunity, history, self._policy, self._clock.now()) if row else None,
                shown=tuple(case.kept) if row else (),
                done=done,
                heard=heard,
                unsettled=unsettled,
            )

        case.version, case.history = await asyncio.to_thread(commit), history
        case.opportunity, case.unsettled, case.due = opportunity, unsettled, row.next_due_at if row else None
        if row or not case.adopted:
            case.kept.clear()
        if row:
            case.adopted.clear()

    async def _is_forgotten(self, case: Case, signal: Signal) -> bool:
        """Whether the ledger is another than the one that led an opportunity to where GitHub shows it."""
        if case.opportunity.known or "own" in case.shown or not is_opportunity(signal):
            return False
        return await self._look.under_way(case.number)

    async def _look_up(self, case: Case, signal: Signal) -> Known:
        wanted = await asyncio.to_thread(needs, case.opportunity, signal, self._policy)
        known = await self._look.look(wanted)
        status = case.shown.get("comment status")
        if status and (comment := status.remote.get("id")):
            known = replace(known, status_url=f"#issuecomment-{comment}")
        if announced := case.opportunity.announced:
            mark = f"draw {announced.round}"
            seen = case.shown.get(f"comment {mark}") or Shown("")
            told = seen.remote.get("at") if seen.digest else None
            at = datetime.fromisoformat(told) if told else None
            if wanted.round is not None and seen.begun and not seen.digest:
                at = await self._look.published(case.number, mark, seen.begun)
            known = replace(known, announced_at=at)
        if wanted.checklist and (checklist := case.shown.get(f"comment checklist {wanted.checklist}")):
            body = await self._look.comment(checklist.remote.get("id"))
            known = replace(known, ticked=frozenset(box for box, ticked in boxes_in(body).items() if ticked))
        if wanted.round is not None and (randomness := await self._beacon.randomness(wanted.round)):
            known = replace(known, randomness={wanted.round: randomness})
        return known

    async def _house(self, case: Case) -> House:
        o = case.opportunity
        if o.step > 2:
            return House()  # only an assignment and a place in step 3 depend on the others

        def look() -> House:
            line = self._ledger.waitlist()
            ahead = line.index(case.key) if case.key in line else len(line)
            loads = {login.casefold(): count for login, count in self._ledger.loads().items()}
            others = self._ledger.titles_of(o.clients[0], besides=case.key) if o.known else {}
            return House(self._ledger.running(), ahead, loads, others)

        return await asyncio.to_thread(look)

    def _row(self, o: Opportunity) -> Row:
        due = next_look(o, self._policy, self._clock.now())
        since = o.waiting_since if _in_line(o) else None  # on hold it keeps its place, and others pass
        return Row(o.step, o.status, o.title, o.coordinator, since, due, o.clients[0])

    def _answer(self, case: Case, answer: Answer, *, late: bool) -> None:
        """An answer is put into words when it is decided, and kept until it is shown. A late one says why."""
        if answer.to:
            said = (Message("common.caught-up"), *answer.messages) if late else answer.messages
            body = self._messages.answer(answer.to, said, answer.lead)
        else:
            body = self._messages.comment(answer.messages[0], answer.lead)
        thing = f"comment {answer.mark}"
        known = case.shown.get(thing) or Shown(thing)
        self.keep(case, replace(known, wanted=body))
        if answer.comment_id is not None:
            reaction = Shown(f"reaction {answer.comment_id}")
            reaction = case.shown.get(reaction.thing) or reaction
            self.keep(case, replace(reaction, wanted="confused" if answer.refused else "+1"))

    def _log_outcome(self, signal: Signal, outcome: Outcome) -> None:
        """What came of a delivery; that nothing did is told to who looks closer."""
        if isinstance(signal.what, IssueGone) and outcome.facts:
            self._log.warning("issue deleted or transferred: its opportunity ends", step=outcome.opportunity.step)
        facts = [type(recorded.fact).__name__ for recorded in outcome.facts]
        answers = [message.name for message in (outcome.answer.messages if outcome.answer else ())]
        log = self._log.info if facts or answers else self._log.debug
        log("decided", actor=signal.actor, facts=facts, answers=answers, step=outcome.opportunity.step)

    async def _promote(self) -> None:
        """A place became free: the first in line gets a turn now, and not only at the next sweep."""
        for key in (await asyncio.to_thread(self._ledger.waitlist))[:1]:
            self.wake(key)

    async def _tell_the_line(self, besides: str) -> None:
        """Someone came into the line or left it: the others' places are shown anew."""
        line = [key for key in await asyncio.to_thread(self._ledger.waitlist) if key != besides]
        await asyncio.to_thread(self._ledger.wake, line)
        for key in line:
            self.wake(key)


def _about_ours(case: Case, signal: Signal, me: str) -> Signal | None:
    """Anyone can use the bot's branch names and marks: a pull request or a checklist counts if it is known as its own.

    So does a checklist that the bot, `me`, was interrupted in making: people may tick it before it knows its number.
    What a pull request was written from is added here, because the ledger knows it. A person's own is for the pipeline.
    """
    match signal.what:
        case PullRequestChanged(author=author) if author:
            return signal
        case PullRequestChanged(kind=kind, number=number) as pull:
            known = case.shown.get(thing_of(kind, case.opportunity.run))
            if known is None or (known.remote.get("number") != number and not _just_opened(case, known, pull)):
                return None
            title, body = written_from(known, pull)
            return replace(signal, what=replace(as_closed(known, pull), title=title, body=body))
        case ChecklistEdited(mark=mark, comment_id=comment_id, author=author):
            known = case.shown.get(f"comment {mark}") or Shown("")
            just_made = known.begun is not None and "id" not in known.remote and author.casefold() == me.casefold()
            return signal if just_made or known.remote.get("id") == comment_id else None
    return signal


def _just_opened(case: Case, known: Shown, pull: PullRequestChanged) -> bool:
    """Whether it is the one that the bot was interrupted in opening, which may be for nothing by now.

    On the site only the bot's own come without an author; on the Exchange nobody has looked who opened it.
    """
    before = case.opportunity.pull(pull.kind)
    unknown = known.begun is not None and known.remote.get("number") is None
    newer = before is None or before.number < pull.number
    return unknown and newer and pull.state == "open" and pull.kind != ENTRY


def _answered(case: Case, signal: Signal) -> bool:
    """Whether the bot was at work then, so that what it answered stands on GitHub."""
    own = case.shown.get("own")
    return own is not None and signal.at <= datetime.fromisoformat(own.remote["until"])


def _in_line(o: Opportunity) -> bool:
    return o.status == "waitlisted" and not o.held
