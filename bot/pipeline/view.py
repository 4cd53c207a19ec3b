"""What GitHub should show of an opportunity: labels, people, comments, pull requests, open or closed.

It says what is shown, not how to get there: the github room makes the difference, again after any trouble.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.pipeline.book import missing, step_of, usable
from bot.pipeline.calendar import business_days, eastern_date
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.review import lacking
from bot.pipeline.roles import Role
from bot.pipeline.step import Moment, Notice, Step
from bot.pipeline.steps import STEPS
from bot.pipeline.words import Lang, Login, Message, Url


@dataclass(frozen=True)
class Comment:
    """A standing comment: `mark` finds it again, `lead` is the language that comes first.

    `once`: said when it became true and not rewritten since; `ticks`: its boxes belong to people.
    """

    mark: str
    message: Message
    lead: Lang = "en"
    once: bool = False
    ticks: bool = False


@dataclass(frozen=True)
class Pull:
    """A pull request that should be open: `posting` on the Micro-Acquisition site, `ore` on the Exchange."""

    kind: str
    title: str
    body: Message


@dataclass(frozen=True)
class View:
    """`closed` is GitHub's reason for closing, None while the issue is open."""

    labels: frozenset[str]
    assignees: frozenset[str]
    comments: tuple[Comment, ...]
    pulls: tuple[Pull, ...]
    closed: str | None


def view(o: Opportunity, at: Moment) -> View:
    """What GitHub should show now. Of the moment only the time and the policy count."""
    return View(
        labels=frozenset(_labels(o, at)),
        assignees=frozenset({o.coordinator} if o.coordinator and o.running else ()),
        comments=(_status(o, at), *_checklists(o, at), *_notices(o, at)),
        pulls=_pulls(o, at),
        closed={"done": "completed", "cancelled": "not_planned"}.get(o.status),
    )


def turn_of(o: Opportunity, at: Moment) -> Role | None:
    """Whom the opportunity waits for; None when nobody can act on it."""
    return step_of(o).turn(o, at) if o.running else None


def _labels(o: Opportunity, at: Moment) -> set[str]:
    labels = set(o.signals)
    if o.going:
        labels.add(step_of(o).label)
    if o.status != "active":
        labels.add(o.status)
    if o.running and o.step == 5:
        labels.add("open" if o.open else "closed-to-applications")
    if turn := turn_of(o, at):
        labels.add(f"waiting: {turn.value}")
    return labels


def _pulls(o: Opportunity, at: Moment) -> tuple[Pull, ...]:
    wanted = []
    english, french = o.statement.en.title, o.statement.fr.title
    approved = "description-approved" in o.signals and not lacking(o.statement)
    if o.publication_asked and o.running and o.step == 4 and approved:
        body = Message("posting.pull-body", opportunity=Url(o.url, f"#{o.number}"))
        wanted.append(Pull("posting", f"Opportunity {o.number}: {english} / {french}", body))
    if o.accepted and o.running and not o.merged("ore"):
        link = Url(o.url, f"{o.repository}#{o.number}")
        names = {"en": o.entry.get("name.en", english), "fr": o.entry.get("name.fr", french)}
        title = f"Add {names['en']} ({at.policy.exchange.administration_name})"
        wanted.append(Pull("ore", title, Message("exchange.pull-body", opportunity=link, names=names)))
    return tuple(wanted)


def _notices(o: Opportunity, at: Moment) -> tuple[Comment, ...]:
    """What someone had to be told, in the order of the steps."""
    told: list[Notice] = [notice for step in STEPS if step.number in o.entered for notice in step.notices(o, at)]
    return tuple(Comment(notice.mark, notice.message, o.lang, once=True) for notice in told)


def _checklists(o: Opportunity, at: Moment) -> tuple[Comment, ...]:
    return tuple(_checklist(step, o, at) for step in STEPS if step.boxes and step.number in o.entered)


def _checklist(step: Step, o: Opportunity, at: Moment) -> Comment:
    boxes = tuple((name, step.box(name, at.policy), step.is_ticked(o, name)) for name in step.boxes)
    client = Login(o.clients[0], ping=True)
    message = Message(
        step.intro, boxes=boxes, number=step.number, name=step.title, client=client, ceiling=at.policy.ceiling_total
    )
    return Comment(f"checklist {step.number}", message, o.lang, ticks=True)


_BOX = re.compile(r"^\s*[-*] \[(?P<tick>[ xX])\] .*<!-- box (?P<name>[\w-]+) -->\s*$", re.MULTILINE)


def boxes_in(body: str) -> dict[str, bool]:
    """The boxes of a checklist comment by name, and whether each is ticked."""
    return {match["name"]: match["tick"] != " " for match in _BOX.finditer(body)}


def _status(o: Opportunity, at: Moment) -> Comment:
    step = step_of(o)
    turn = turn_of(o, at)
    deadline: datetime | None = step.deadline(o) if o.running else None
    held = {turn} | ({Role.DRAWN} if turn is Role.SUPPLIER and o.step > 5 else set()) if turn else set()
    rules = [rule for rule in usable(o, at, held) if rule.by] if turn else []
    message = Message(
        "status.body",
        number=o.step,
        name=step.title,
        state=Message(f"status.is-{_state(o)}"),
        turn=Message(f"status.turn-{turn.value}") if turn else None,
        deadline=deadline,
        left=business_days(eastern_date(at.now), eastern_date(deadline)) if deadline else None,
        missing=missing(o, at),
        details=Message(f"{step.name}.status", **step.details(o, at)),
        commands=tuple((*rule.lines, rule.help) for rule in rules),
        pulls=tuple(
            (
                Message(f"status.pull-{pull.kind}"),
                Url(pull.url, f"#{pull.number}"),
                Message(f"status.pull-{pull.state}"),
            )
            for pull in o.pulls.values()
        ),
        steps=tuple((other.title, _progress(o, other)) for other in STEPS),
        coordinator=Login(o.coordinator) if o.coordinator else None,
    )
    return Comment("status", message, o.lang)


def _state(o: Opportunity) -> str:
    if o.running and o.step == 5:
        return "open" if o.open else "closed-to-applications"
    return o.status


def _progress(o: Opportunity, step: Step) -> str:
    if step.number < o.step or o.status == "done":
        return "done"
    return "now" if step.number == o.step else "ahead"
