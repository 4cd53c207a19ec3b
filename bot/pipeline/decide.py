"""Decides one signal: the facts that it makes true, and the answer. The same input gives the same decision.

`needs` says what to look up first, `decide` decides, `next_look` says when the opportunity needs its next turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.pipeline.calendar import midnight_after
from bot.pipeline.dispatch import handle
from bot.pipeline.dispatch.plain_words import may_be_greeted
from bot.pipeline.dispatch.private_data import flag
from bot.pipeline.dispatch.text import commands_of
from bot.pipeline.model import facts as f
from bot.pipeline.model import signals as s
from bot.pipeline.model.facts import BOT, Recorded
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role, Standing, roles
from bot.pipeline.model.statement import is_form
from bot.pipeline.pending import Deliberation
from bot.pipeline.registry import ASIDE, SIGNALS, STAGE_LABELS, find_command, preview, rehearsed
from bot.pipeline.rules import Answer, Moment, Programme, Timer
from bot.pipeline.steps import step_of
from bot.pipeline.text.addresses import login, repository_of
from bot.pipeline.text.commands import Command
from bot.pipeline.view import STATE_LABELS

__all__ = ["Answer", "Outcome", "decide", "needs", "next_due", "next_look"]

OPPORTUNITY_LABEL = "opportunity"
GUARDED = SIGNALS.keys() | STAGE_LABELS.keys() | STATE_LABELS | {"done"}


@dataclass(frozen=True)
class Outcome:
    """The opportunity after a signal, the new facts, the answer, and a flag on private data in the text."""

    opportunity: Opportunity
    facts: tuple[Recorded, ...] = ()
    answer: Answer | None = None
    flag: Answer | None = None


def needs(opportunity: Opportunity, signal: s.Signal, policy: Policy) -> s.Needs:
    """Returns what to look up on GitHub or the beacon before deciding this signal."""
    wanted = _Wanted(opportunity, policy)
    match signal.what:
        case s.IssueOpened() | s.IssueEdited() | s.Commented() as what:
            commands = commands_of(opportunity, signal, what)
            for command in commands:
                wanted.by_command(signal.actor, command)
            plain = isinstance(what, s.Commented) and what.previous is None and not commands
            if plain and may_be_greeted(opportunity, signal.actor):
                wanted.logins.add(signal.actor.casefold())
        case s.LabelChanged(label):
            if label in GUARDED:
                wanted.logins.add(signal.actor.casefold())
        case s.ChecklistEdited(unseen=unseen):
            wanted.logins.update(set() if unseen else {signal.actor.casefold()})
        case s.PullRequestChanged(author=author):
            wanted.logins.update({author.casefold()} if author else ())
        case s.IssueStateChanged() | s.IssueRemoved() | s.TimePassed() | s.EntryDiscussed() | s.EntryBlocked():
            pass
    entry = opportunity.pull("ore")
    asks = isinstance(signal.what, s.TimePassed | s.EntryDiscussed)
    announced = None if opportunity.drawn else opportunity.announced
    return s.Needs(
        frozenset(wanted.logins),
        frozenset(wanted.repositories),
        deliveries=frozenset(wanted.deliveries),
        round=announced.round if announced and signal.at >= announced.due else None,
        coordinators=not opportunity.exists and is_opportunity(signal),
        checklist=2 if signal.what == s.LabelChanged("eligible", on=True) else None,
        entry=entry.number if asks and entry and entry.state in ("open", "closed") else None,
        categories=wanted.categories,
    )


class _Wanted:
    """Collects the look-ups for the commands of a text: one repository and one delivery at most, each costs calls."""

    def __init__(self, opportunity: Opportunity, policy: Policy) -> None:
        self.opportunity, self.policy = opportunity, policy
        self.logins, self.repositories, self.deliveries = set[str](), set[str](), set[str]()
        self.named, self.categories = 0, False

    def by_command(self, actor: str, command: Command) -> None:
        self.logins.add(actor.casefold())
        rule, _ = find_command(command.name)
        if rule and rule.handler is preview and (inner := rehearsed(command.args)):
            command, rule = inner, find_command(inner.name)[0]
        if not rule or (rule.steps and self.opportunity.step not in rule.steps):
            return
        possible = roles(self.opportunity, actor, Standing()) | {Role.COORDINATOR, Role.FINANCE}
        if not rule.allowed(possible):
            return  # saves look-ups for people who may not use the command
        for what in rule.looks_up:
            self._look_up(what, command)

    def _look_up(self, what: str, command: Command) -> None:
        opportunity, name = self.opportunity, login(command.args)
        repository = repository_of(command.args, self.policy.repository_hosts)
        if what == "work":
            if opportunity.repository_named:
                self.repositories.add(opportunity.repository_named.name.casefold())
            if opportunity.delivered:
                self.deliveries.add(opportunity.delivered.url)
        elif what == "categories":
            self.categories = True
        elif what == "person" and name:
            self.logins.add(name.casefold())
        elif what == "repository" and repository and not self.named:
            self.repositories.add(repository.casefold())
            self.named += 1
        elif what == "delivery" and repository and not self.deliveries:
            self.deliveries.add(command.args.strip())


def decide(
    opportunity: Opportunity,
    signal: s.Signal,
    lookups: s.Lookups,
    programme: Programme,
    policy: Policy,
    clock: datetime,
) -> Outcome:
    """Decides a signal. A refused command records none of its facts.

    `clock` is the time of the decision (aware UTC); `signal.at` is the time of the event.
    """
    labels = signal.issue.labels if signal.issue else frozenset()
    moment = Moment(signal.at, clock, signal.actor, opportunity.lang, policy, lookups, programme, labels)
    deliberation = Deliberation(opportunity, signal, moment)
    if not opportunity.exists and not _open(deliberation):
        return Outcome(opportunity)
    _come_due(deliberation)
    answer, flagged = handle(deliberation), flag(deliberation)
    deliberation.advance()
    return Outcome(deliberation.opportunity, tuple(deliberation.recorded), answer, flagged)


def is_opportunity(signal: s.Signal) -> bool:
    """Tells whether the issue is open, and has the label or the form of an opportunity."""
    issue = signal.issue
    return issue is not None and not issue.closed and (OPPORTUNITY_LABEL in issue.labels or is_form(issue.body))


def _open(deliberation: Deliberation) -> bool:
    """Opens an opportunity at the first signal of its issue, and assigns the coordinator with the fewest.

    Returns False if the issue is not an opportunity. `adopted` means that the first signal was not its opening.
    """
    issue = deliberation.signal.issue
    if issue is None or not is_opportunity(deliberation.signal):
        return False
    adopted = not isinstance(deliberation.signal.what, s.IssueOpened)
    deliberation.add((f.Opened(issue.url, issue.author, issue.title, issue.body, adopted),), "opened", issue.author)
    deliberation.add((f.Entered(1),), "opened", BOT)
    loads = deliberation.moment.programme.loads
    candidates = [c for c in deliberation.moment.lookups.coordinators if c.casefold() != issue.author.casefold()]
    if candidates:
        least = min(candidates, key=lambda login: (loads.get(login.casefold(), 0), login.casefold()))
        deliberation.add((f.Assigned(least),), "least-loaded coordinator", BOT)
    return True


def _timers(opportunity: Opportunity, policy: Policy) -> list[tuple[datetime, Timer]]:
    """Returns the timers that apply now with their due times, the soonest first; none during a hold."""
    if not opportunity.running or opportunity.on_hold:
        return []
    timers = [timer for step in ASIDE for timer in step.timers]
    timers += () if opportunity.terminated else step_of(opportunity).timers
    due = [(at, timer) for timer in timers if (at := timer.due(opportunity, policy))]
    return sorted(due, key=lambda one: one[0])


def next_due(opportunity: Opportunity, policy: Policy) -> datetime | None:
    """Returns the due time of the next timer (aware UTC)."""
    return next((at for at, _ in _timers(opportunity, policy)), None)


def next_look(opportunity: Opportunity, policy: Policy, now: datetime) -> datetime | None:
    """Returns when the opportunity needs a turn without a signal (aware UTC).

    A timer is due, the status comment counts one day less, or the entry's pull request must be read: the Exchange may
    send no webhooks.
    """
    counting = opportunity.running and not opportunity.stopped and step_of(opportunity).deadline(opportunity)
    entry = opportunity.pull("ore")
    looking = opportunity.running and entry is not None and entry.state in ("open", "closed")
    again = now + timedelta(minutes=policy.exchange.look_minutes) if looking else None
    times = (next_due(opportunity, policy), midnight_after(now) if counting else None, again)
    return min((at for at in times if at), default=None)


def _come_due(deliberation: Deliberation) -> None:
    """Records what became due before this signal, in order, so that the closing comes before a late application."""
    while deliberation.opportunity.exists:
        due = [
            timer
            for at, timer in _timers(deliberation.opportunity, deliberation.moment.policy)
            if at <= deliberation.moment.now
        ]
        facts = next(
            (facts for timer in due if (facts := timer.came_due(deliberation.opportunity, deliberation.moment))), ()
        )
        if not facts:
            return
        deliberation.add(facts, "due", BOT)
        deliberation.advance()
