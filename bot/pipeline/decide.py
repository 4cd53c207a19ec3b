"""One signal, decided: what it makes true, and what is answered. The same input always decides the same.

outcome = decide(opportunity, signal, known, house, policy)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.pipeline import facts as f
from bot.pipeline import signals as s
from bot.pipeline.book import SIGNALS, STAGE_LABELS, find, missing, nearest, step_of, takes_text, usable
from bot.pipeline.commands import Command, added, parse
from bot.pipeline.facts import Fact, Recorded
from bot.pipeline.opportunity import Opportunity, apply
from bot.pipeline.policy import Policy
from bot.pipeline.repositories import repository_of
from bot.pipeline.roles import Role
from bot.pipeline.statement import is_form
from bot.pipeline.step import CommandRule, Decision, House, Moment, record, refuse
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
        self.o, self.signal, self.moment = o, signal, moment
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
        while self.o.known and self.o.status in ("active", "waitlisted") and not missing(self.o, self.moment):
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
                if rule and rule.names_repository and repository:
                    repositories.add(repository.casefold())
        case s.PullRequestChanged() | s.IssueStateChanged():
            pass
        case s.LabelChanged() | s.ChecklistEdited():
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
    moment = Moment(signal.at, clock, signal.actor, "en", policy, known, house, labels)
    turn = _Turn(o, signal, moment)
    if not o.known and not _open(turn):
        return Outcome(o)
    if o.known and turn.o.status in ("active", "waitlisted"):
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
    turn.add((f.Opened(issue.url, issue.author, issue.title, issue.body),), "opened", issue.author)
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
        case s.IssueOpened() | s.Commented() as what:
            return _hear_commands(turn, _commands(turn.o, signal, what), what)
        case s.IssueEdited() as what:
            _describe(turn)
            return _hear_commands(turn, _commands(turn.o, signal, what), what)
        case s.ChecklistEdited(mark=mark, body=body):
            _hear_boxes(turn, mark, body)
        case s.LabelChanged(label, on):
            return _hear_label(turn, label, on)
        case s.PullRequestChanged(kind, number, url, state):
            seen = f.PullRequestSeen(kind, number, url, state)
            before = turn.o.pull(kind)
            # merged is for good, and a late "opened" does not undo it
            if before != seen and not (before and before.number == number and before.state == "merged"):
                turn.add((seen,), "pull request")
        case s.IssueStateChanged() | s.TimePassed():
            pass
    return None


def _describe(turn: _Turn) -> None:
    """The statement may change until it is posted; afterwards the posts say what holds.

    What was approved is what was read: a statement that changes then is approved again, and funds are for a price.
    """
    issue, o = turn.signal.issue, turn.o
    if (
        not issue
        or not o.running
        or o.step > 4
        or o.merged("posting")
        or (issue.title, issue.body) == (o.title, o.body)
    ):
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
        return [] if o.known else parse(body, takes_text)
    if isinstance(what, s.IssueEdited):
        return added(parse(what.previous or o.body, takes_text), parse(body, takes_text))
    return []


def _hear_commands(turn: _Turn, commands: list[Command], what: s.What) -> Answer | None:
    for command in commands:
        rule, lang = find(command.name)
        turn.lead = turn.lead or lang
        turn.moment = replace(turn.moment, lang=lang or turn.lead or "en")
        turn.take(_run(turn.o, turn.moment, command, rule), str(rule.english if rule else command.name))
    if not turn.messages:
        return None
    comment_id = what.comment_id if isinstance(what, s.Commented) else 0
    return Answer(
        f"reply {comment_id}",
        turn.signal.actor,
        turn.lead or "en",
        tuple(turn.messages),
        comment_id,
        turn.refused,
    )


def _run(o: Opportunity, at: Moment, command: Command, rule: CommandRule | None) -> Decision:
    held = at.roles(o)
    if rule is None:
        close = nearest(command.name, usable(o, held))
        if not close:
            return refuse("common.unknown", command=Line(f"/{command.name}"))
        guess, lang = close
        name = guess.english if lang == "en" else guess.french
        return refuse(
            "common.did-you-mean",
            command=Line(f"/{command.name}"),
            line=Line(f"/{name} {command.args}".strip()),
        )
    if not rule.allowed(held):
        others = tuple(Message(f"roles.{role.value}") for role in rule.by)
        mine = tuple(other.lines for other in usable(o, held))
        return refuse("common.not-yours", command=Line(f"/{command.name}"), who=others, usable=mine)
    if not rule.in_time(o):
        steps = tuple(STEPS[number - 1].title for number in rule.steps)
        return refuse(
            "common.not-now",
            command=Line(f"/{command.name}"),
            steps=steps,
            now=step_of(o).title,
            status=Message(f"status.is-{o.status}"),
        )
    if forbids := rule.when(o):
        return refuse("common.not-yet", command=Line(f"/{command.name}"), why=forbids)
    decision = rule.handler(o, at, command.args)
    if decision.example:
        return replace(decision, say=Message("common.with-example", message=decision.say, lines=rule.lines))
    return decision


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
    decision = _label(turn.o, turn.moment, label, on)
    if decision is None:
        return None
    turn.take(decision, f"label {label}")
    if not decision.say:
        return None
    return Answer(f"label {label}", turn.signal.actor, "en", (decision.say,), None, decision.refused)


def _label(o: Opportunity, at: Moment, label: str, on: bool) -> Decision | None:
    """What a label changed by a person decides; None for a label that says nothing."""
    if label in STAGE_LABELS:
        if (STAGE_LABELS[label] == o.step and o.running) == on:
            return None
        return refuse("common.stage-label", label=Line(label), now=step_of(o).title, missing=missing(o, at))
    if label not in SIGNALS:
        return None
    step, rule = SIGNALS[label]
    if on == (label in o.signals):
        return None
    held = at.roles(o)
    if rule.by not in held:
        return refuse("common.label-not-yours", label=Line(label), who=Message(f"roles.{rule.by.value}"), on=on)
    if not o.running or o.step not in rule.steps:
        where = step.title
        return refuse("common.label-not-now", label=Line(label), step=where, now=step_of(o).title, on=on)
    if not on:
        return record(f.Signalled(label, False))
    return rule.handler(o, at)
