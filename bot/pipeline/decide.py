"""One signal, decided: what it makes true, and what is answered. The same input always decides the same.

outcome = decide(opportunity, signal, known, house, policy)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.pipeline import facts as f
from bot.pipeline import requests
from bot.pipeline import signals as s
from bot.pipeline.book import COMMANDS, SIGNALS, STAGE_LABELS, find, missing, nearest, step_of, takes_text
from bot.pipeline.commands import Command, added, parse
from bot.pipeline.facts import Fact, Recorded
from bot.pipeline.opportunity import Opportunity, apply
from bot.pipeline.policy import Policy
from bot.pipeline.repositories import repository_of
from bot.pipeline.roles import Role
from bot.pipeline.statement import is_form
from bot.pipeline.step import Decision, House, Moment
from bot.pipeline.steps import STEPS
from bot.pipeline.view import boxes_in
from bot.pipeline.words import Lang, Line, Message

BOT = "micro-acquisition"
"""The actor of what happens by itself."""

OPPORTUNITY_LABEL = "opportunity"


@dataclass(frozen=True)
class Answer:
    """What the bot answers to one comment (or label): every command's answer, in the order written.

    `comment_id` is 0 for the issue's own text and None where nothing a person wrote is answered.
    """

    mark: str
    to: str
    lead: Lang
    messages: tuple[Message, ...]
    comment_id: int | None
    refused: bool


@dataclass(frozen=True)
class Outcome:
    """The opportunity afterwards, the facts that made it so, and the answer."""

    opportunity: Opportunity
    facts: tuple[Recorded, ...] = ()
    answer: Answer | None = None


class _Turn:
    """One decision under way: applies each fact at once, so that the next rule sees it."""

    def __init__(self, o: Opportunity, signal: s.Signal, moment: Moment) -> None:
        self.before, self.o, self.signal, self.moment = o, o, signal, moment
        self.recorded: list[Recorded] = []
        self.messages: list[Message] = []
        self.refused = False
        self.lead: Lang | None = None

    def add(self, facts: Iterable[Fact], rule: str, actor: str | None = None) -> None:
        for fact in facts:
            recorded = Recorded(fact, self.moment.now, actor or self.signal.actor, self.signal.delivery, rule)
            self.o = apply(self.o, recorded)
            self.recorded.append(recorded)

    def take(self, decision: Decision, rule: str) -> None:
        self.add(decision.facts, rule)
        if decision.say:
            self.messages.append(decision.say)
        self.refused |= decision.refused
        self.advance()

    def advance(self) -> None:
        """On to the next step for as long as nothing is missing."""
        while self.o.going and not missing(self.o, self.moment):
            step = step_of(self.o)
            onward: Fact = f.Entered(step.number + 1) if step.number < len(STEPS) else f.Finished()
            self.add((onward,), f"leave {step.label}", BOT)


def needs(o: Opportunity, signal: s.Signal, policy: Policy) -> s.Needs:
    """What must be looked up on GitHub (or the beacon) before this signal is decided."""
    logins, repositories = set[str](), set[str]()
    match signal.what:
        case s.TimePassed():
            pass
        case s.IssueOpened() | s.IssueEdited() | s.Commented() as what:
            commands = _commands(o, signal, what)
            if commands:
                logins.add(signal.actor.casefold())
            for command in commands:
                rule, _ = find(command.name)
                repository = repository_of(command.args, policy.repository_hosts)
                # one for a comment, and only when the command can do something with it: look-ups are calls
                if rule and rule.names_repository and rule.in_time(o) and repository and not repositories:
                    repositories.add(repository.casefold())
                if rule and rule.looks_at_work and rule.in_time(o) and o.repository_named:
                    repositories.add(o.repository_named.name.casefold())
        case s.PullRequestChanged() | s.IssueStateChanged():
            pass
        case s.LabelChanged(label):
            if label in SIGNALS or label in STAGE_LABELS:
                logins.add(signal.actor.casefold())
        case s.ChecklistEdited():
            logins.add(signal.actor.casefold())
    announced = o.announced if o.announced and not o.drawn and signal.at >= o.announced.due else None
    return s.Needs(
        frozenset(logins),
        frozenset(repositories),
        round=announced.round if announced else None,
        coordinators=not o.known and _is_opportunity(signal),
    )


def decide(o: Opportunity, signal: s.Signal, known: s.Known, house: House, policy: Policy, clock: datetime) -> Outcome:
    """What a signal makes true. A refusal changes nothing but the answer.

    `clock` is the time of deciding (aware UTC); the signal has the time when it happened.
    """
    labels = signal.issue.labels if signal.issue else frozenset()
    moment = Moment(signal.at, clock, signal.actor, o.lang, policy, known, house, labels)
    turn = _Turn(o, signal, moment)
    if not o.known and not _open(turn):
        return Outcome(o)
    if o.going:
        _come_due(turn)
    answer = _hear(turn)
    turn.advance()
    return Outcome(turn.o, tuple(turn.recorded), answer)


def next_due(o: Opportunity) -> datetime | None:
    """When something happens to the opportunity by itself, as an aware UTC time."""
    return step_of(o).due(o) if o.running else None


def _is_opportunity(signal: s.Signal) -> bool:
    issue = signal.issue
    return issue is not None and not issue.closed and (OPPORTUNITY_LABEL in issue.labels or is_form(issue.body))


def _open(turn: _Turn) -> bool:
    """An issue first heard of becomes an opportunity if it was written as one, whatever the event."""
    issue = turn.signal.issue
    if issue is None or not _is_opportunity(turn.signal):
        return False
    adopted = not isinstance(turn.signal.what, s.IssueOpened)
    turn.add((f.Opened(issue.url, issue.author, issue.title, issue.body, adopted),), "opened", issue.author)
    turn.add((f.Entered(1),), "opened", BOT)
    loads = turn.moment.house.loads
    candidates = [c for c in turn.moment.known.coordinators if c.casefold() != issue.author.casefold()]
    if candidates:
        least = min(candidates, key=lambda login: (loads.get(login.casefold(), 0), login.casefold()))
        turn.add((f.Assigned(least),), "least-loaded coordinator", BOT)
    return True


def _come_due(turn: _Turn) -> None:
    """What time brought about before this signal: the closing comes before a late application."""
    due = next_due(turn.o)
    if due is not None and turn.moment.now >= due:
        facts = step_of(turn.o).came_due(turn.o, turn.moment)
        turn.add(facts, "due", BOT)
        if facts:
            turn.advance()


def _hear(turn: _Turn) -> Answer | None:
    signal = turn.signal
    match signal.what:
        case s.IssueOpened() | s.IssueEdited() | s.Commented() as what:
            commands = _commands(turn.before, signal, what)
            if isinstance(what, s.IssueEdited):
                _describe(turn)
            if isinstance(what, s.IssueOpened) and turn.before.adopted:
                turn.add((f.OpeningHeard(),), "opened")
            return _hear_commands(turn, commands, what)
        case s.ChecklistEdited(mark=mark, body=body):
            _hear_boxes(turn, mark, body)
        case s.LabelChanged(label, on):
            return _hear_label(turn, label, on)
        case s.PullRequestChanged(kind, number, url, state):
            _see_pull(turn, f.PullRequestSeen(kind, number, url, state), signal.what)
        case s.IssueStateChanged() | s.TimePassed():
            pass
    return None


def _see_pull(turn: _Turn, seen: f.PullRequestSeen, what: s.PullRequestChanged) -> None:
    """Merged is for good, and a closed one is open again only by what happened later."""
    before, since = turn.o.pull(seen.kind), turn.o.pull_changes.get(seen.kind)
    if before == seen or (before and before.number == seen.number and before.state == "merged"):
        return
    if before and before.state == "closed" and seen.state == "open" and since and turn.moment.now < since:
        return
    turn.add((seen,), "pull request")
    if (seen.kind, seen.state) == ("posting", "merged") and what.body and what.body != turn.o.body:
        # What holds is what was posted, not what was written in the issue since.
        turn.add((f.Described(what.title, what.body),), "as posted", BOT)
        if "description-approved" not in turn.o.signals:
            turn.add((f.Signalled("description-approved", True),), "as posted", BOT)


def _describe(turn: _Turn) -> None:
    """The statement may change until it is posted; afterwards the posts say what holds.

    What was approved is what was read: a statement that changes then is approved again, and funds are for a price.
    """
    issue, o = turn.signal.issue, turn.o
    if not issue or not o.going or o.step > 4 or o.merged("posting"):
        return
    if (issue.title, issue.body) == (o.title, o.body) or (o.described and issue.updated_at < o.described):
        return
    turn.add((f.Described(issue.title, issue.body),), "edited")
    lapsed = []
    if "description-approved" in o.signals and turn.o.statement != o.statement:
        lapsed.append("description-approved")
    if "funds-reserved" in o.signals and turn.o.statement.price != o.statement.price:
        lapsed.append("funds-reserved")
    if lapsed:
        turn.add((f.Signalled(label, False) for label in lapsed), "edited", BOT)
        turn.messages.append(Message("description.lapsed", labels=tuple(Line(label) for label in lapsed)))
    turn.advance()


def _commands(o: Opportunity, signal: s.Signal, what: s.What) -> list[Command]:
    """The commands to run: all of a new text, of an edited one those that the edit added."""
    if isinstance(what, s.Commented):
        after = parse(what.body, takes_text)
        return after if what.previous is None else added(parse(what.previous, takes_text), after)
    body = signal.issue.body if signal.issue else ""
    if isinstance(what, s.IssueOpened):
        return [] if o.known and not o.adopted else parse(body, takes_text)
    if isinstance(what, s.IssueEdited):
        before = o.body if what.previous is None else what.previous
        return added(parse(before, takes_text), parse(body, takes_text))
    return []


def _hear_commands(turn: _Turn, commands: list[Command], what: s.What) -> Answer | None:
    for command in commands:
        rule, lang = find(command.name)
        if rule is None and (meant := nearest(command.name, COMMANDS)):
            lang = meant[1]
        turn.lead = turn.lead or lang
        turn.moment = replace(turn.moment, lang=lang or turn.lead or turn.o.lang)
        turn.take(requests.run(turn.o, turn.moment, command), str(rule.english if rule else command.name))
    if not turn.messages:
        return None
    comment_id = what.comment_id if isinstance(what, s.Commented) else 0
    return Answer(
        f"reply {comment_id}",
        turn.signal.actor,
        turn.lead or turn.o.lang,
        tuple(turn.messages),
        comment_id,
        turn.refused,
    )


def _hear_boxes(turn: _Turn, mark: str, body: str) -> None:
    """Coordinators tick; what others tick is put back by the redraw of the checklist."""
    kind, _, number = mark.partition(" ")
    if kind != "checklist" or not number.isdigit() or not 1 <= int(number) <= len(STEPS):
        return
    if Role.COORDINATOR not in turn.moment.roles(turn.o):
        return
    step = STEPS[int(number) - 1]
    ticked = boxes_in(body)
    changed = [
        f.BoxTicked(step.number, box, ticked[box])
        for box in step.boxes
        if box in ticked and ticked[box] != ((step.number, box) in turn.o.ticked)
    ]
    turn.add(changed, f"checklist {step.number}")


def _hear_label(turn: _Turn, label: str, on: bool) -> Answer | None:
    since = turn.o.label_changes.get(label)
    if since and turn.moment.now < since:
        return None  # heard late: the label was changed again since
    decision = requests.label(turn.o, turn.moment, label, on)
    if decision is None:
        return None
    turn.take(decision, f"label {label}")
    if not decision.say:
        return None
    return Answer(f"label {label}", turn.signal.actor, turn.o.lang, (decision.say,), None, decision.refused)
