"""An opportunity's turn: read what reached it, decide, store, and bring GitHub up to date.

Decisions are exactly-once: facts, answers and "delivery done" commit together. Effects are level-triggered:
they make the difference between what GitHub was last seen to show and what the view says, again if need be.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot import stuck
from bot.alone import Alone
from bot.beacon import Beacon
from bot.case import Case
from bot.checking import Checking
from bot.clock import Clock
from bot.documents.messages import Messages
from bot.engine import Again, Lease
from bot.github.channel import before_writing
from bot.github.client import GitHub
from bot.github.errors import GitHubError, Refused, Wait
from bot.github.look import Look
from bot.github.pulls import as_closed, written_from
from bot.github.telling import is_known, said, told_by
from bot.github.wanted import thing_of
from bot.github.webhook import ENTRY, OWN, WATCHED, read, read_issue
from bot.github.webhook import House as Repositories
from bot.ledger import DECIDING, PEOPLE, Delivery, Forgotten, Ledger, LedgerError, Row, StaleVersion, Told, Unread
from bot.pipeline.decide import Answer, Outcome, decide, is_opportunity, needs, next_due, next_look
from bot.pipeline.facts import BOT, Recorded
from bot.pipeline.inbox import RESYNC
from bot.pipeline.opportunity import Opportunity, fold
from bot.pipeline.policy import Policy
from bot.pipeline.shown import ADOPTED, Shown
from bot.pipeline.signals import ChecklistEdited, Issue, IssueGone, Known, PullRequestChanged, Signal, TimePassed
from bot.pipeline.step import House
from bot.pipeline.view import boxes_in
from bot.pipeline.words import Message
from bot.recording import record_of
from bot.showing import Showing

READ_AT_ONCE = 100
"""How many deliveries one turn decides before GitHub is brought up to date."""

LATE = timedelta(minutes=15)
"""An answer that took longer comes after an outage: the bot's, GitHub's, or of the deliveries between them."""

GONE_AFTER, GONE_TRIES = timedelta(days=1), 10
"""How long, and how often, GitHub refuses what is to be shown before it is asked whether the issue is still there."""

LOOKED_AT, LOOKED_AT_LAST = 0.3, 10.0
"""Seconds in which a pull request is likely to have been looked at, and between questions where that takes long."""

PATIENCE = timedelta(minutes=15)
"""How long an opportunity waits for that, unless GitHub refuses to show the pull request."""

TRIES = 5
"""How often a delivery that cannot be decided is tried before it is set aside, visible, for a person."""

STALE = "it changed meanwhile, by another process or by news of it: taken up again by itself, nothing is to be done"
"""Why a turn is given again, for the people who read the log."""

PEOPLE_EVENTS = frozenset({"member", "membership", "organization", "team", "team_add", "repository"})
"""Events after which who is a coordinator is looked up afresh."""

LET_IN = ("installation", "repository")
"""What events begin with after which GitHub may let the bot do what it refused before."""


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
        self.turns: Counter[str] = Counter()
        """How turns ended."""
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
        """Nothing can be decided as it is: the deliveries stay unread, and wait for the next try."""
        known = (await asyncio.to_thread(self.ledger.load, key)).stuck
        await stuck.note(self.ledger, key, 0, known, DECIDING, error, log=self._log.warning, wake=self.wake)

    async def _pass_over(self, key: str) -> None:
        """Deliveries that are about no opportunity; those about people or installations empty what is remembered."""
        rows = await asyncio.to_thread(self.ledger.unread, key, READ_AT_ONCE)
        for row in rows:
            if row.event in PEOPLE_EVENTS:
                self.look.forget()
            if row.event.startswith("installation"):
                self.github.forget()
            if row.event.startswith(LET_IN):
                await self._hurry()
            self._log.debug("passed over", delivery=row.guid, github_event=row.event)
        done = tuple(row.id for row in rows)
        await asyncio.to_thread(self.ledger.commit, key, version=0, facts=(), row=None, done=done, unsettled=False)
        if len(rows) == READ_AT_ONCE:
            self.wake(key)

    async def _hurry(self) -> None:
        """What GitHub refused before may go through now."""
        for key in await asyncio.to_thread(self.ledger.hurry):
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
        loaded, rows, waiting = await asyncio.to_thread(lambda: (self.ledger.load(key), *self._unread(key)))
        opportunity = fold(repository, number, loaded.history)
        known = (loaded.version, loaded.shown, loaded.unsettled, loaded.due)
        case = Case(key, repository, number, opportunity, loaded.history, *known)
        case.look = loaded.unsettled or case.is_due(self.clock.now())
        case.stuck = loaded.stuck
        if case.stuck and case.stuck.kind == DECIDING and stuck.holds(case.stuck):
            return
        await self._miss(case)
        await self.showing.hear_pulls(case, self._hear, self.wake)  # before what people did about it
        for row in rows:
            await self._read(case, row)
        if len(rows) == READ_AT_ONCE:
            self.wake(key)  # for the rest; what comes meanwhile wakes it anyway
            if any(row.guid.startswith(RESYNC) for row in rows):
                return  # what is found is told to its end before anything is shown
        if case.adopted:  # of an issue that is no opportunity
            await asyncio.to_thread(
                self.ledger.commit, key, version=0, facts=(), row=None, done=tuple(case.adopted), unsettled=False
            )
        await self._pass_time(case)
        if case.opportunity.gone:
            await self._let_go(case)
        elif case.unsettled and case.opportunity.known:
            await self.showing.settle(case, self._hear, self.wake)
        elif case.stuck:
            await asyncio.to_thread(self.ledger.release, key)
        if waiting:
            raise Again(waiting, "first is heard what became of its pull request")

    async def _miss(self, case: Case) -> None:
        """Whether the issue is gone: of what is refused again and again, GitHub is asked, since no webhook may tell."""
        held = case.stuck
        if case.opportunity.gone or held is None or held.kind == PEOPLE or held.tries < GONE_TRIES:
            return
        if datetime.now(UTC) - held.since >= GONE_AFTER and await self.look.gone(case.number):
            await self._hear(case, Signal(IssueGone(), BOT, self.clock.now(), "", None))

    async def _let_go(self, case: Case) -> None:
        """Nothing can be shown any more; the ledger keeps all that happened."""
        if case.stuck:
            await asyncio.to_thread(self.ledger.release, case.key)
        if case.unsettled:
            await asyncio.to_thread(self.ledger.settle, case.key, case.version)

    def _unread(self, key: str) -> tuple[list[Unread], float]:
        """What there is to decide, in the order in which it happened; for how many seconds the rest waits, if any.

        A merge is looked at before the opportunity hears of it: what came after it must not be decided before it. It
        is asked for again after a while that grows with the time that this has taken.
        """
        rows, now = self.ledger.unread(key, READ_AT_ONCE), self.clock.now()
        first = self.ledger.untold(key, now - PATIENCE) if rows else None
        ready = [row for row in rows if first is None or row.id < first.id or row.event == WATCHED]
        if first is None or len(ready) == len(rows):
            return self._in_order(ready), 0.0
        return self._in_order(ready), min(max(LOOKED_AT, (now - first.at).total_seconds() / 4), LOOKED_AT_LAST)

    def _in_order(self, rows: list[Unread]) -> list[Unread]:
        """As it happened, and not as it was told: deliveries are late, are made again, or were found by looking.

        First is what of the bot's own work is adopted. What has no time of its own stays behind what it came after.
        """
        if len(rows) == 1:
            return rows
        at, times = datetime.min.replace(tzinfo=UTC), list[datetime]()
        for row in rows:
            at = datetime.min.replace(tzinfo=UTC) if _adopts(row) else self._at(row) or at
            times.append(at)
        return [row for _, row in sorted(zip(times, rows, strict=True), key=lambda one: one[0])]

    def _at(self, row: Unread) -> datetime | None:
        """When it happened; None where that cannot be told."""
        try:
            signal = read(row.event, json.loads(row.body), row.guid, self.repositories, row.received_at)
        except Exception:  # it will be logged when it is decided
            return None
        return signal.at if signal else None

    async def _read(self, case: Case, row: Unread) -> None:
        with structlog.contextvars.bound_contextvars(delivery=row.guid):
            try:
                payload = json.loads(row.body)
                if case.stuck and payload.get("action") == "unlocked":
                    case.stuck = replace(case.stuck, again_at=row.received_at)
                if adopted := payload.get("adopted"):
                    await self._adopt(case, row.id, adopted)
                    return
                if row.guid.startswith(RESYNC):
                    payload = await asyncio.to_thread(self._upon_what_was_heard, case.key, row, payload)
                as_of = payload.get("as_of") or (row.event == OWN and payload.get("at"))
                signal = read(row.event, payload, row.guid, self.repositories, row.received_at)
                told = told_by(row.event, payload, row.guid) if signal else None
                if told and is_known(told, await asyncio.to_thread(self.ledger.told, case.key, told.what)):
                    self._log.info("known already, from another delivery", what=told.what)
                    signal = told = None
                await self._hear(case, signal, row.id, told, datetime.fromisoformat(as_of) if as_of else None)
            except (GitHubError, LedgerError, StaleVersion, Again):
                raise  # not the delivery's fault: it stays unread until it can be decided
            except Exception as error:
                give_up = row.tries + 1 >= TRIES
                await asyncio.to_thread(self.ledger.failed, row.id, repr(error), give_up)
                self._log.error("not decided", github_event=row.event, given_up=give_up, error=repr(error))
                if not give_up:
                    raise

    def _upon_what_was_heard(self, key: str, row: Unread, payload: dict[str, Any]) -> dict[str, Any]:
        """What a look found, as an edit of what was heard of it: that may have been in the inbox when it was found."""
        told = told_by(row.event, payload, row.guid)
        notes = self.ledger.told(key, told.what) if told and told.digest else []
        if not told or not notes:
            return payload
        before = said(told.what, json.loads(self.ledger.body(notes[-1].guid) or b"{}"))
        return {**payload, "action": "edited", "changes": {"body": {"from": before}}}

    async def _adopt(self, case: Case, row_id: int, own: Mapping[str, Any]) -> None:
        """The bot's own work, found on GitHub: it is shown already, whatever is decided from now on."""
        for one in [*own["comments"], *reversed(own["pulls"])]:
            known = case.shown.get(one["thing"])
            if known is None or known.remote.get("id", known.remote.get("number")) is None:
                self._keep(case, Shown(one["thing"], ADOPTED, None, one["remote"]))
        self._notice(case, read_issue(own["issue"], self.clock.now()))
        self._keep(case, Shown("own", ADOPTED, None, {"until": own["until"]}))
        case.adopted.append(row_id)
        if case.opportunity.known:
            await self._store(case, case.opportunity, (), (), unsettled=True)

    async def _hear(
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
        me = await self.github.me() if signal and isinstance(signal.what, ChecklistEdited) else ""
        signal = _about_ours(case, signal, me) if signal else None
        if signal and await self._is_forgotten(case, signal):
            raise Forgotten(
                f"issue {case.number} is under way on GitHub, but this ledger would have it begin anew: correct "
                f"DATABASE_URL, or stop the bot and run `python -m bot rebuild {case.repository}`"
            )
        if signal is None:
            await self._store(case, case.opportunity, (), done, heard, unsettled=case.unsettled)
            return
        if signal.issue and not _answered(case, signal):
            self._notice(case, signal.issue)
        known = await self._look_up(case, signal)
        # so that two opportunities never take the same last place
        async with self._places.inside() if case.opportunity.step < 3 else contextlib.nullcontext():
            house = case.house = await self._house(case)
            now = as_of or self.clock.now()  # in a thread, because texts may be long and others are waiting
            outcome = await asyncio.to_thread(decide, case.opportunity, signal, known, house, self.policy, now)
            for answer in (outcome.answer, outcome.flag):
                if answer and not _answered(case, signal):
                    self._answer(case, answer, late=now - signal.at > LATE)
            moved = bool(outcome.facts or case.kept or case.is_due(self.clock.now()))
            before = case.opportunity
            unsettled = case.unsettled or moved
            await self._store(case, outcome.opportunity, outcome.facts, done, heard, unsettled=unsettled)
        if outcome.facts:
            for key in await asyncio.to_thread(self.ledger.pulls_of, case.key):
                self.wake(key)
        self._log_outcome(signal, outcome)
        if before.takes_place and not case.opportunity.takes_place:
            await self._promote()
        if _in_line(before) != _in_line(case.opportunity):
            await self._tell_the_line(case.key)

    async def _is_forgotten(self, case: Case, signal: Signal) -> bool:
        """Whether the ledger is another than the one that led an opportunity to where GitHub shows it."""
        if case.opportunity.known or "own" in case.shown or not is_opportunity(signal):
            return False
        return await self.look.under_way(case.number)

    def _log_outcome(self, signal: Signal, outcome: Outcome) -> None:
        """What came of a delivery; that nothing did is told to who looks closer."""
        if isinstance(signal.what, IssueGone) and outcome.facts:
            self._log.warning("issue deleted or transferred: its opportunity ends", step=outcome.opportunity.step)
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
        heard: Sequence[Told] = (),
        *,
        unsettled: bool,
    ) -> None:
        row = self._row(opportunity) if opportunity.known else None
        done = (*done, *case.adopted) if row else done
        history = (*case.history, *facts)

        def commit() -> int:
            return self.ledger.commit(
                case.key,
                version=case.version,
                facts=facts,
                row=row,
                record=record_of(opportunity, history, self.policy, self.clock.now()) if row else None,
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
            mark = f"draw {announced.round}"
            seen = case.shown.get(f"comment {mark}") or Shown("")
            told = seen.remote.get("at") if seen.digest else None
            at = datetime.fromisoformat(told) if told else None
            if wanted.round is not None and seen.begun and not seen.digest:
                at = await self.look.published(case.number, mark, seen.begun)
            known = replace(known, announced_at=at)
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

    def _notice(self, case: Case, issue: Issue) -> None:
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
            self._keep(case, replace(known, remote={**known.remote, **remote, "at": stamp}))

    def _keep(self, case: Case, shown: Shown) -> None:
        case.shown[shown.thing] = shown
        case.kept.append(shown)

    def _answer(self, case: Case, answer: Answer, *, late: bool) -> None:
        """An answer is put into words when it is decided, and kept until it is shown. A late one says why."""
        if answer.to:
            said = (Message("common.caught-up"), *answer.messages) if late else answer.messages
            body = self.messages.answer(answer.to, said, answer.lead)
        else:
            body = self.messages.comment(answer.messages[0], answer.lead)
        thing = f"comment {answer.mark}"
        known = case.shown.get(thing) or Shown(thing)
        self._keep(case, replace(known, wanted=body))
        if answer.comment_id is not None:
            reaction = Shown(f"reaction {answer.comment_id}")
            reaction = case.shown.get(reaction.thing) or reaction
            self._keep(case, replace(reaction, wanted="confused" if answer.refused else "+1"))


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


def _adopts(row: Unread) -> bool:
    return row.event == OWN and "adopted" in json.loads(row.body)


def _answered(case: Case, signal: Signal) -> bool:
    """Whether the bot was at work then, so that what it answered stands on GitHub."""
    own = case.shown.get("own")
    return own is not None and signal.at <= datetime.fromisoformat(own.remote["until"])


def _in_line(o: Opportunity) -> bool:
    return o.status == "waitlisted" and not o.held
