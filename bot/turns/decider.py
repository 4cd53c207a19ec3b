"""Decides what signals mean for an opportunity: looks up what that needs, and stores all of it in one transaction.

Decisions are exactly-once: facts, answers and "delivery done" commit together.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.documents.messages import Messages
from bot.github.effects.pull_changes import as_closed, written_from
from bot.github.effects.wanted import thing_of
from bot.github.reading.lookups import Look
from bot.github.reading.webhook import ENTRY
from bot.github.transport.client import GitHub
from bot.ledger import Forgotten, Ledger, ReportedChange, Row
from bot.ledger.alone import Alone
from bot.pipeline.decide import Answer, Outcome, decide, is_opportunity, needs, next_due, next_look
from bot.pipeline.model.facts import BOT, Recorded
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.post_facts import count_post_facts
from bot.pipeline.model.remote import (
    AssigneesState,
    CommentState,
    IssueState,
    LabelsState,
    OwnState,
    PullRequestState,
    Shown,
)
from bot.pipeline.model.signals import (
    ChecklistEdited,
    Issue,
    IssueRemoved,
    Lookups,
    PullRequestChanged,
    Signal,
    TimePassed,
)
from bot.pipeline.model.words import Message
from bot.pipeline.rules import Programme
from bot.pipeline.view import boxes_in
from bot.published.recording import record_of
from bot.runtime.beacon import Beacon
from bot.runtime.clock import Clock
from bot.turns.turn import Turn

LATE = timedelta(minutes=15)
"""An answer that took longer comes after an outage of the bot, of GitHub, or of the deliveries between them."""


class Decider:
    """Decides on signals and on the passing of time, one at a time, for the opportunity of a turn."""

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
        wake: Callable[[str], None],
    ) -> None:
        self._policy, self._ledger, self._github, self._look = policy, ledger, github, look
        self._beacon, self._messages, self._clock = beacon, messages, clock
        self._wake = wake
        self._places = Alone(ledger, "places")
        self._log = structlog.get_logger("bot.turns.decider")

    async def hear(
        self,
        turn: Turn,
        signal: Signal | None,
        row_id: int | None = None,
        change: ReportedChange | None = None,
        as_of: datetime | None = None,
    ) -> None:
        """Decides on one signal and stores the result in one transaction.

        `as_of` is the time of the decision by an earlier ledger that was lost.
        """
        done = (row_id,) if row_id is not None else ()
        reported = (change,) if change else ()
        me = await self._github.me() if signal and isinstance(signal.what, ChecklistEdited) else ""
        signal = _about_ours(turn, signal, me) if signal else None
        if signal and await self._is_forgotten(turn, signal):
            raise Forgotten(
                f"issue {turn.number} is under way on GitHub, but this ledger would have it begin anew: correct "
                f"DATABASE_URL, or stop the bot and run `python -m bot rebuild {turn.repository}`"
            )
        if signal is None:
            await self.store(turn, turn.opportunity, (), done, reported, unsettled=turn.unsettled)
            return
        if signal.issue and not _answered(turn, signal):
            self.notice(turn, signal.issue)
        known = await self._look_up(turn, signal)
        # so that two opportunities never take the same last place
        async with self._places.inside() if turn.opportunity.step < 3 else contextlib.nullcontext():
            programme = turn.programme = await self._house(turn)
            now = as_of or self._clock.now()  # in a thread, because texts may be long and others are waiting
            outcome = await asyncio.to_thread(decide, turn.opportunity, signal, known, programme, self._policy, now)
            for answer in (outcome.answer, outcome.flag):
                if answer and not _answered(turn, signal):
                    self._answer(turn, answer, late=now - signal.at > LATE)
            moved = bool(outcome.facts or turn.kept or turn.is_due(self._clock.now()))
            before = turn.opportunity
            unsettled = turn.unsettled or moved
            await self.store(turn, outcome.opportunity, outcome.facts, done, reported, unsettled=unsettled)
        if count_post_facts(outcome.facts):
            for key in await asyncio.to_thread(self._ledger.pulls_of, turn.key):
                self._wake(key)
        self._log_outcome(signal, outcome)
        if before.takes_place and not turn.opportunity.takes_place:
            await self._promote()
        if _in_line(before) != _in_line(turn.opportunity):
            await self._tell_the_line(turn.key)

    async def pass_time(self, turn: Turn) -> None:
        """Decides on what is due by now, and gives an opportunity on the waiting list its place."""
        now = self._clock.now()
        due = next_due(turn.opportunity, self._policy)
        if turn.is_due(now) or (due and (due <= now or turn.due is None)) or _in_line(turn.opportunity):
            await self.hear(turn, Signal(TimePassed(), BOT, now, "", None))

    def notice(self, turn: Turn, issue: Issue) -> None:
        """Stores the issue's state in the payload, unless the ledger holds a newer one."""
        stamp = issue.updated_at.isoformat()
        labels, assignees = tuple(sorted(issue.labels)), tuple(sorted(issue.assignees))
        known = turn.things.get("labels") or Shown("labels")
        of_labels = known.state(LabelsState)
        if of_labels.names != labels and stamp >= (of_labels.at or ""):
            self.keep(turn, replace(known, remote=replace(of_labels, names=labels, at=stamp)))
        known = turn.things.get("assignees") or Shown("assignees")
        of_assignees = known.state(AssigneesState)
        if of_assignees.names != assignees and stamp >= (of_assignees.at or ""):
            self.keep(turn, replace(known, remote=replace(of_assignees, names=assignees, at=stamp)))
        known = turn.things.get("state") or Shown("state")
        of_issue = known.state(IssueState)
        if of_issue.closed != issue.closed and stamp >= (of_issue.at or ""):
            self.keep(turn, replace(known, remote=replace(of_issue, closed=issue.closed, at=stamp)))

    def keep(self, turn: Turn, thing: Shown) -> None:
        turn.things[thing.thing] = thing
        turn.kept.append(thing)

    async def store(
        self,
        turn: Turn,
        opportunity: Opportunity,
        facts: Sequence[Recorded],
        done: Sequence[int],
        reported: Sequence[ReportedChange] = (),
        *,
        unsettled: bool,
    ) -> None:
        row = self._row(opportunity) if opportunity.exists else None
        done = (*done, *turn.adopted) if row else done
        history = (*turn.history, *facts)

        def commit() -> int:
            return self._ledger.commit(
                turn.key,
                version=turn.version,
                facts=facts,
                row=row,
                record=record_of(opportunity, history, self._policy, self._clock.now()) if row else None,
                things=tuple(turn.kept) if row else (),
                done=done,
                reported=reported,
                unsettled=unsettled,
            )

        turn.version, turn.history = await asyncio.to_thread(commit), history
        turn.opportunity, turn.unsettled, turn.due = opportunity, unsettled, row.next_due_at if row else None
        if row or not turn.adopted:
            turn.kept.clear()
        if row:
            turn.adopted.clear()

    async def _is_forgotten(self, turn: Turn, signal: Signal) -> bool:
        """Tells if GitHub shows an opportunity under way that this ledger does not hold: then it is another ledger."""
        if turn.opportunity.exists or "own" in turn.things or not is_opportunity(signal):
            return False
        return await self._look.under_way(turn.number)

    async def _look_up(self, turn: Turn, signal: Signal) -> Lookups:
        wanted = await asyncio.to_thread(needs, turn.opportunity, signal, self._policy)
        known = await self._look.look(wanted)
        status = turn.things.get("comment status")
        if status and (comment := status.state(CommentState).id):
            known = replace(known, status_url=f"#issuecomment-{comment}")
        if announced := turn.opportunity.announced:
            mark = f"draw {announced.round}"
            seen = turn.things.get(f"comment {mark}") or Shown("")
            made = seen.state(CommentState).at if seen.digest else None
            at = datetime.fromisoformat(made) if made else None
            if wanted.round is not None and seen.begun and not seen.digest:
                at = await self._look.published(turn.number, mark, seen.begun)
            known = replace(known, announced_at=at)
        if wanted.checklist and (checklist := turn.things.get(f"comment checklist {wanted.checklist}")):
            body = await self._look.comment(checklist.state(CommentState).id)
            known = replace(known, ticked=frozenset(box for box, ticked in boxes_in(body).items() if ticked))
        if wanted.round is not None and (randomness := await self._beacon.randomness(wanted.round)):
            known = replace(known, randomness={wanted.round: randomness})
        return known

    async def _house(self, turn: Turn) -> Programme:
        opportunity = turn.opportunity
        if opportunity.step > 2:
            return Programme()  # only an assignment and a place in step 3 depend on the others

        def look() -> Programme:
            line = self._ledger.waitlist()
            ahead = line.index(turn.key) if turn.key in line else len(line)
            loads = {login.casefold(): count for login, count in self._ledger.loads().items()}
            others = self._ledger.titles_of(opportunity.clients[0], besides=turn.key) if opportunity.exists else {}
            return Programme(self._ledger.running(), ahead, loads, others)

        return await asyncio.to_thread(look)

    def _row(self, opportunity: Opportunity) -> Row:
        due = next_look(opportunity, self._policy, self._clock.now())
        since = (
            opportunity.waiting_since if _in_line(opportunity) else None
        )  # on hold it keeps its place, and others pass
        return Row(
            opportunity.step,
            opportunity.status,
            opportunity.title,
            opportunity.coordinator,
            since,
            due,
            opportunity.clients[0],
        )

    def _answer(self, turn: Turn, answer: Answer, *, late: bool) -> None:
        """Writes an answer when the bot decides it, and keeps it until GitHub shows it. A late answer says why."""
        if answer.to:
            said = (Message("common.caught-up"), *answer.messages) if late else answer.messages
            body = self._messages.answer(answer.to, said, answer.lead)
        else:
            body = self._messages.comment(answer.messages[0], answer.lead)
        thing = f"comment {answer.mark}"
        known = turn.things.get(thing) or Shown(thing)
        self.keep(turn, replace(known, wanted=body))
        if answer.comment_id is not None:
            reaction = Shown(f"reaction {answer.comment_id}")
            reaction = turn.things.get(reaction.thing) or reaction
            self.keep(turn, replace(reaction, wanted="confused" if answer.refused else "+1"))

    def _log_outcome(self, signal: Signal, outcome: Outcome) -> None:
        """Logs the outcome of a delivery."""
        if isinstance(signal.what, IssueRemoved) and outcome.facts:
            self._log.warning("issue deleted or transferred: its opportunity ends", step=outcome.opportunity.step)
        facts = [type(recorded.fact).__name__ for recorded in outcome.facts]
        answers = [message.name for message in (outcome.answer.messages if outcome.answer else ())]
        if facts or answers:
            step = outcome.opportunity.step
            self._log.info("decided", actor=signal.actor, facts=facts, answers=answers, step=step)
        else:
            self._log.debug("decided without effect", actor=signal.actor)

    async def _promote(self) -> None:
        """Wakes the first opportunity on the waiting list, because a place became free."""
        for key in (await asyncio.to_thread(self._ledger.waitlist))[:1]:
            self._wake(key)

    async def _tell_the_line(self, besides: str) -> None:
        """Wakes the others on the waiting list, whose places changed."""
        line = [key for key in await asyncio.to_thread(self._ledger.waitlist) if key != besides]
        await asyncio.to_thread(self._ledger.wake, line)
        for key in line:
            self._wake(key)


def _about_ours(turn: Turn, signal: Signal, me: str) -> Signal | None:
    """Returns the signal, None if it is about a pull request or checklist that only looks like the bot's.

    Anyone can use the bot's branch names and marks, so the ledger must hold the number. A checklist also counts if the
    bot, `me`, was interrupted in making it: people may tick it before the bot knows its number. To the bot's pull
    request this adds what its files were written from. The pipeline decides on pull requests of people.
    """
    match signal.what:
        case PullRequestChanged(author=author) if author:
            return signal
        case PullRequestChanged(kind=kind, number=number) as pull:
            known = turn.things.get(thing_of(kind, turn.opportunity.run))
            if known is None or (
                known.state(PullRequestState).number != number and not _just_opened(turn, known, pull)
            ):
                return None
            title, body = written_from(known, pull)
            return replace(signal, what=replace(as_closed(known, pull), title=title, body=body))
        case ChecklistEdited(mark=mark, comment_id=comment_id, author=author):
            known = turn.things.get(f"comment {mark}") or Shown("")
            just_made = (
                known.begun is not None and known.state(CommentState).id is None and author.casefold() == me.casefold()
            )
            return signal if just_made or known.state(CommentState).id == comment_id else None
    return signal


def _just_opened(turn: Turn, thing: Shown, pull: PullRequestChanged) -> bool:
    """Tells if the bot was interrupted in opening this pull request.

    On the site, only the bot's own come without an author. On the Exchange, the bot has not read the author yet.
    """
    before = turn.opportunity.pull(pull.kind)
    unknown = thing.begun is not None and thing.state(PullRequestState).number is None
    newer = before is None or before.number < pull.number
    return unknown and newer and pull.state == "open" and pull.kind != ENTRY


def _answered(turn: Turn, signal: Signal) -> bool:
    """Tells if an earlier ledger answered this signal, so that GitHub already shows the answer."""
    own = turn.things.get("own")
    return own is not None and signal.at <= datetime.fromisoformat(own.state(OwnState).until)


def _in_line(opportunity: Opportunity) -> bool:
    return opportunity.status == "waitlisted" and not opportunity.on_hold
