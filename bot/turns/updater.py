"""Brings GitHub to what the view says: the words, the files, and what to do if GitHub refuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Protocol

import structlog

from bot.catching_up import retries as stuck
from bot.documents.messages import Messages, digest, text_digest
from bot.github.effects.bring import ForkRoute, Reaction, Text, Wanted, bring
from bot.github.effects.pull_changes import as_reported, unreported_changes
from bot.github.effects.wanted import thing_of
from bot.github.effects.ways import ExchangeRoute, NoRoute
from bot.github.reading.webhook import WATCHED, Repositories
from bot.github.transport.client import GitHub
from bot.github.transport.errors import GitHubError, Unfinished, Wait
from bot.ledger import PEOPLE, SHOWING, Delivery, Ledger
from bot.ledger.alone import Alone
from bot.pipeline.model.facts import BOT
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.remote import ADOPTED, PullRequestState, Shown
from bot.pipeline.model.signals import EntryBlocked, Signal
from bot.pipeline.model.words import Message
from bot.pipeline.rules import Moment
from bot.pipeline.view import view
from bot.proposals import DraftBlocked, Drafts
from bot.runtime.clock import Clock
from bot.turns.turn import Turn

TOLD_AFTER = 4
"""The number of tries after which a comment tells people what GitHub refuses. Short outages are over by then."""

NOT_READY, REFUSED = "comment not-ready", "comment refused"
"""The comments that say why the bot cannot show everything: people have to act, or GitHub refuses."""


Hear = Callable[[Turn, Signal], Awaitable[None]]


class Updater(Protocol):
    """Brings GitHub up to date at the end of a turn."""

    async def settle(self, turn: Turn, hear: Hear, wake: Callable[[str], None]) -> None:
        """Makes GitHub show what the opportunity wants."""
        ...

    async def hear_pulls(self, turn: Turn, hear: Hear, wake: Callable[[str], None]) -> None:
        """Gives the opportunity the changes that GitHub shows of its pull requests."""
        ...


class GitHubUpdater:
    """Shows opportunities on GitHub. The changes of pull requests that it finds there go to `hear` as signals."""

    def __init__(
        self,
        *,
        policy: Policy,
        ledger: Ledger,
        github: GitHub,
        drafts: Drafts,
        ways: ExchangeRoute,
        messages: Messages,
        managed: frozenset[str],
        repositories: Repositories,
        clock: Clock,
    ) -> None:
        self._policy, self._ledger, self._github, self._drafts = policy, ledger, github, drafts
        self._ways = ways
        self._messages, self._managed, self._clock = messages, managed, clock
        self._repositories = repositories
        self._proposing = Alone(ledger, "proposing")
        self._limited: dict[str, float] = {}
        self._log = structlog.get_logger("bot.turns.updater")

    async def settle(self, turn: Turn, hear: Hear, wake: Callable[[str], None]) -> None:
        """Brings GitHub up to date, and gives the changes of pull requests that it finds to `hear`.

        It retries what GitHub refuses after growing pauses, and at once if there is something new to show. A refusal
        never delays a decision; only a rate limit delays new effects.
        """
        if monotonic() < self._limited.get(turn.key, 0.0) or stuck.holds(turn.stuck, turn.version):
            return
        try:
            await self._bring(turn, hear, wake)
        except Wait as wait:
            self._limited[turn.key] = monotonic() + wait.seconds
            self._log.warning("changes on GitHub postponed", again_in=round(wait.seconds), error=str(wait))
            stuck.wake_after(wait.seconds, wake, turn.key)
            return
        except (GitHubError, ValueError) as error:
            kind = PEOPLE if isinstance(error, DraftBlocked) else SHOWING
            turn.stuck = await stuck.note_failure(
                self._ledger, turn.key, turn.version, turn.stuck, kind, error, log=self._log, wake=wake
            )
            if isinstance(error, Unfinished) and turn.stuck.tries >= TOLD_AFTER:
                await self._tell_refused(turn, error)
        else:
            if turn.stuck:
                await asyncio.to_thread(self._ledger.release, turn.key)
                turn.stuck = None
        self._limited.pop(turn.key, None)

    async def _tell_refused(self, turn: Turn, error: Unfinished) -> None:
        """Tells the coordinator by a comment, written with the next try, unless GitHub refuses comments."""
        if not any(thing.startswith("comment ") for thing, _ in error.problems):
            said = " ".join(dict.fromkeys(problem.message for _, problem in error.problems))
            told = Message("common.refused", coordinator=turn.opportunity.in_charge, said=said)
            await self._tell(turn, told, REFUSED)

    async def _bring(self, turn: Turn, hear: Hear, wake: Callable[[str], None]) -> None:
        while True:
            version, now = turn.version, self._clock.now()
            wanted, impossible = self._wanted(turn, now)
            wanted, ways, unreached = await self._reach(wanted, turn)
            # one at a time, because each takes the next free number from what is proposed already
            async with self._proposing.inside() if wanted.drafts else contextlib.nullcontext():
                try:
                    await bring(
                        self._github,
                        turn.repository,
                        turn.number,
                        wanted,
                        turn.things,
                        lambda shown: asyncio.to_thread(self._ledger.show, turn.key, shown),
                        now,
                        ways,
                    )
                except GitHubError:
                    await self.hear_pulls(turn, hear, wake)
                    raise
                except ValueError as error:
                    impossible = error
            await self.hear_pulls(turn, hear, wake)
            impossible = impossible or (unreached if isinstance(unreached, DraftBlocked) else None)
            if isinstance(impossible, DraftBlocked):
                told = await self._tell(turn, impossible.message)
                if await self._stop(turn, impossible.entry, now, hear) or told:
                    continue
            if problem := impossible or unreached:
                raise problem
            if await self._stop(turn, EntryBlocked(""), now, hear):
                continue
            if await self._take_back(turn):
                continue
            if turn.version == version:
                await asyncio.to_thread(self._ledger.settle, turn.key, version)
                return

    async def _reach(self, wanted: Wanted, turn: Turn) -> tuple[Wanted, dict[str, ForkRoute], Exception | None]:
        """Returns the fork for pull requests that the App itself cannot open.

        If the fork cannot be reached, it returns the reason and leaves out only these pull requests.
        """
        target = self._ways.target
        if not any(draft.target == target for draft in wanted.drafts):
            return wanted, {}, None
        unreached: Exception
        try:
            way = await self._ways.way()
        except NoRoute as error:
            told = Message("exchange.no-access", coordinator=turn.opportunity.in_charge)
            unreached = DraftBlocked(told, str(error), EntryBlocked("coordinator"))
        except GitHubError as error:
            unreached = error
        else:
            return wanted, {target.lower(): way} if way else {}, None
        others = tuple(draft for draft in wanted.drafts if draft.target != target)
        return replace(wanted, drafts=others), {}, unreached

    async def hear_pulls(self, turn: Turn, hear: Hear, wake: Callable[[str], None]) -> None:
        """Gives the changes of pull requests to `hear`, and marks them as reported in the same transaction.

        A merged posting goes to the turn of the pull request instead: it reads what was posted, which may differ from
        what the bot proposed.
        """
        for shown, change, by, at in unreported_changes(turn.things):
            turn.things[shown.thing] = heard = as_reported(shown)
            if (change.kind, change.state) != ("posting", "merged"):
                turn.kept.append(heard)
                await hear(turn, Signal(change, by, at, "", None))
                continue
            key = self._repositories.pull_key(change.number)
            merged = Delivery(f"{key} merged {at.isoformat()}", WATCHED, key, at, b"{}")
            await asyncio.to_thread(self._ledger.accept, [merged])
            await asyncio.to_thread(self._ledger.show, turn.key, heard)
            wake(key)

    async def _stop(self, turn: Turn, stopped: EntryBlocked | None, now: datetime, hear: Hear) -> bool:
        """Records who has to act on an entry that the bot cannot propose; returns False if that is recorded."""
        known = turn.opportunity.entry_stopped
        before = (known.turn, known.fields) if known else ("", ())
        if stopped is None or before == (stopped.turn, stopped.fields):
            return False
        await hear(turn, Signal(stopped, BOT, now, "", None))
        return True

    async def _take_back(self, turn: Turn) -> bool:
        """Tells people that the problem is solved; returns False if they know."""
        after = {NOT_READY: Message("common.settled"), REFUSED: Message("common.allowed")}
        return any([await self._tell(turn, said, thing) for thing, said in after.items() if thing in turn.things])

    async def _tell(self, turn: Turn, message: Message, thing: str = NOT_READY) -> bool:
        """Tells people in one comment what they must correct; returns False if the comment says so already."""
        text = self._messages.comment(message, turn.opportunity.lang)
        known = turn.things.get(thing) or Shown(thing)
        if known.digest == text_digest(text):
            return False
        turn.things[thing] = replace(known, wanted=text)
        await asyncio.to_thread(self._ledger.show, turn.key, turn.things[thing])
        return True

    def _wanted(self, turn: Turn, now: datetime) -> tuple[Wanted, ValueError | None]:
        """Returns what GitHub should show, in words, and the reason if part of it cannot be written."""
        opportunity = turn.opportunity
        wanted = view(opportunity, Moment(now, now, BOT, "en", self._policy, programme=turn.programme))
        standing = []
        for comment in wanted.comments:
            shown = turn.things.get(f"comment {comment.mark}")
            if comment.once and shown and shown.digest:
                continue
            write = self._messages.checklist if comment.ticks else self._messages.comment
            said = write(comment.message, comment.lead)
            standing.append(Text(comment.mark, said, digest(comment.message, comment.lead), ticks=comment.ticks))
        answers = [
            Text(thing.removeprefix("comment "), shown.wanted, text_digest(shown.wanted), once=True)
            for thing, shown in turn.things.items()
            if thing.startswith("comment ") and shown.wanted
        ]
        drafts, impossible = [], None
        for pull in wanted.pulls:
            shown = turn.things.get(thing_of(pull.kind, pull.run))
            try:
                draft = self._drafts.draft(pull, opportunity, now, shown)
                if shown and shown.digest == ADOPTED:  # it was made of what holds, as far as GitHub shows
                    turn.things[draft.thing] = replace(shown, digest=draft.digest)
                drafts.append(draft)
            except ValueError as error:
                impossible = error
        everything = Wanted(
            labels=wanted.labels,
            managed=self._managed,
            assignees=wanted.assignees,
            unassigned=wanted.unassigned,
            texts=(*standing[:1], *answers, *standing[1:]),
            reactions=tuple(
                Reaction(int(thing.removeprefix("reaction ")), shown.wanted)
                for thing, shown in turn.things.items()
                if thing.startswith("reaction ") and shown.wanted
            ),
            drafts=tuple(drafts),
            look=turn.look,
            superfluous=_superfluous(turn),
            closed=wanted.closed,
        )
        return everything, impossible


def _superfluous(turn: Turn) -> tuple[str, ...]:
    """Lists the bot's postings that are still open although another pull request was merged."""
    merged = turn.opportunity.pull("posting")
    if merged is None or merged.state != "merged":
        return ()
    return tuple(
        thing
        for thing, shown in turn.things.items()
        if thing.startswith("pull posting")
        and shown.state(PullRequestState).state == "open"
        and shown.state(PullRequestState).number != merged.number
    )
