"""What GitHub should show of an opportunity: labels, people, comments, pull requests, open or closed.

It says what is shown, not how to get there: the github room makes the difference, again after any trouble.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.pipeline.book import ASIDE, missing, offered, usable
from bot.pipeline.calendar import business_days, eastern_date
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.page import AMENDMENTS, Page, amendments, name_of, what_of
from bot.pipeline.review import lacking
from bot.pipeline.roles import Role
from bot.pipeline.step import CommandRule, Moment, Notice, Step
from bot.pipeline.steps import STEPS, exceptional, state_of, step_of, turn_of
from bot.pipeline.steps.evaluation import closing_reminder
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
    """A pull request that should be open: on the Exchange (`ore`), or on the Micro-Acquisition site: `posting`, or an
    amendment, with what the page should say then.

    `run` tells the pull requests of an opportunity that is posted again apart; `again` is how often people asked for
    another one after a closed one.
    """

    kind: str
    title: str
    body: Message
    run: int = 1
    again: int = 0
    page: Page | None = None


@dataclass(frozen=True)
class View:
    """`closed` is GitHub's reason for closing, None while the issue is open; `unassigned` are in charge no more."""

    labels: frozenset[str]
    assignees: frozenset[str]
    unassigned: frozenset[str]
    comments: tuple[Comment, ...]
    pulls: tuple[Pull, ...]
    closed: str | None


def view(o: Opportunity, at: Moment) -> View:
    """What GitHub should show now. Of the moment the time, the policy and, in line, the house count."""
    return View(
        labels=labels_of(o, at),
        assignees=frozenset({o.coordinator} if o.coordinator and o.running else ()),
        unassigned=o.former,
        comments=(_status(o, at), *_checklists(o, at), *_questions(o), *_notices(o, at)),
        pulls=_pulls(o, at),
        closed={"done": "completed", "cancelled": "not_planned"}.get(o.status),
    )


TURNS = (Role.CLIENT, Role.COORDINATOR, Role.FINANCE, Role.SUPPLIER)
STATE_LABELS = frozenset(
    {
        "waitlisted",
        "open",
        "closed-to-applications",
        "on-hold",
        "disputed",
        "cancelled",
        "terminated",
        *(f"waiting: {role.value}" for role in TURNS),
    }
)


def labels_of(o: Opportunity, at: Moment) -> frozenset[str]:
    """The labels that say how the opportunity stands, with those that people insisted on."""
    labels = set(o.signals)
    if o.going:
        labels.add(step_of(o).label)
    if o.status != "active":
        labels.add(o.status)
    if o.running and o.step == 5:
        labels.add("open" if o.open else "closed-to-applications")
    labels.update(exceptional(o))
    if turn := turn_of(o, at):
        labels.add(f"waiting: {turn.value}")
    labels.update(name for name, on in o.left.items() if on)
    return frozenset(labels - {name for name, on in o.left.items() if not on})


def _pulls(o: Opportunity, at: Moment) -> tuple[Pull, ...]:
    wanted = []
    english, french = o.statement.en.title, o.statement.fr.title
    approved = "description-approved" in o.signals and not lacking(o.statement)
    theirs = (pull := o.pull("posting")) is not None and bool(pull.author) and pull.state in ("open", "merged")
    if o.publication_asked and o.running and o.step == 4 and approved and not o.held and not theirs:
        body = Message("posting.pull-body", opportunity=Url(o.url, f"#{o.number}"))
        again = o.asked_again.get("posting", 0)
        wanted.append(Pull("posting", f"Opportunity {o.number}: {english} / {french}", body, o.run, again))
    for kind, page in amendments(o).items():
        body = Message("page.pull-body", opportunity=Url(o.url, f"#{o.number}"), what=what_of(kind, page))
        wanted.append(Pull(kind, f"Opportunity {o.number}: {_AMENDED[name_of(kind, page)]}", body, page=page))
    if o.accepted and o.running and not o.merged("ore"):
        link = Url(o.url, f"{o.repository}#{o.number}")
        names = {"en": o.entry.get("name.en", english), "fr": o.entry.get("name.fr", french)}
        title = f"Add {names['en']} ({at.policy.exchange.administration_name})"
        body = Message("exchange.pull-body", opportunity=link, names=names)
        wanted.append(Pull("ore", title, body, again=o.asked_again.get("ore", 0)))
    return tuple(wanted)


_AMENDED = {
    "extension": "new dates / nouvelles dates",
    "questions": "questions and answers / questions et réponses",
    "winner": "selected supplier / fournisseur retenu",
    "no-winner": "no selected supplier any more / plus de fournisseur retenu",
    "work": "delivered work / travail livré",
    "notice": "notice / avis",
    "no-notice": "no notice any more / plus d’avis",
}
"""What an amendment is about, as the title of its pull request says."""


def _notices(o: Opportunity, at: Moment) -> tuple[Comment, ...]:
    """What someone had to be told, in the order of the steps; of what went before an end, nothing is told any more."""
    over = o.terminated or o.status == "cancelled"
    steps = (STEPS[1],) if over else STEPS
    told = [notice for step in steps if step.has_to_tell(o) for notice in step.notices(o, at)]
    told += [notice for step in ASIDE for notice in step.notices(o, at)]
    return tuple(Comment(_of(notice, o), notice.message, o.lang, once=True) for notice in told)


def _of(notice: Notice, o: Opportunity) -> str:
    return notice.mark if notice.unique else in_run(notice.mark, o)


def _questions(o: Opportunity) -> tuple[Comment, ...]:
    """Every question with its answer, in one place, for all."""
    if not o.questions:
        return ()
    asked = tuple((Login(q.supplier), q.number, q.text, {"en": q.en, "fr": q.fr}) for q in o.questions)
    return (Comment(in_run("questions", o), Message("evaluation.questions", questions=asked), o.lang),)


def in_run(mark: str, o: Opportunity) -> str:
    """The mark of a comment that each run has its own of."""
    return mark if o.run == 1 else f"{mark} run-{o.run}"


def _checklists(o: Opportunity, at: Moment) -> tuple[Comment, ...]:
    return tuple(_checklist(step, o, at) for step in STEPS if step.boxes and step.number in o.entered)


def _checklist(step: Step, o: Opportunity, at: Moment) -> Comment:
    boxes = tuple((name, step.box(name, at.policy), step.is_ticked(o, name)) for name in step.boxes)
    client = Login(o.clients[0], ping=True)
    message = Message(
        step.intro, boxes=boxes, number=step.number, name=step.title, client=client, ceiling=at.policy.ceiling_total
    )
    return Comment(f"checklist {step.number}", message, o.lang, ticks=True)


_BOX = re.compile(r"^[ \t]*[-*] \[(?P<tick>[ xX])\] .*<!-- box (?P<name>[\w-]+) -->\s*$", re.MULTILINE)


def boxes_in(body: str) -> dict[str, bool]:
    """The boxes of a checklist comment by name, and whether each is ticked."""
    return {match["name"]: match["tick"] != " " for match in _BOX.finditer(body)}


def _status(o: Opportunity, at: Moment) -> Comment:
    step = step_of(o)
    turn = turn_of(o, at)
    deadline = step.deadline(o) if o.running and not o.stopped else None
    pages = amendments(o)
    message = Message(
        "status.body",
        number=o.step,
        name=step.title,
        state=Message(f"status.is-{state_of(o)}"),
        turn=Message(f"status.turn-{turn.value}") if turn else None,
        deadline=deadline,
        overdue=deadline is not None and at.now > deadline,
        left=business_days(eastern_date(at.now), eastern_date(deadline)) if deadline else None,
        soon=o.open and o.reminded("closing", closing_reminder(o, at.policy)),
        missing=missing(o, at),
        details=Message(f"{step.name}.status", **step.details(o, at)),
        hints=step.hints(o, at) if o.running and not o.stopped else (),
        commands=tuple((*rule.lines, rule.help) for rule in _offered(o, at, turn)),
        place=at.house.ahead + 1 if o.status == "waitlisted" and not o.held else None,
        reason=o.held.reason if o.held else o.dispute.text if o.dispute else o.ended,
        pulls=tuple(
            (
                Message(f"status.pull-{name_of(pull.kind, pages.get(pull.kind))}"),
                Url(pull.url, f"#{pull.number}"),
                Message(f"status.pull-{'asked' if pull.kind == 'ore' and o.must_change else pull.state}"),
            )
            for pull in o.pulls.values()
            if pull.kind != "page"
            if pull.state == "open" or (pull.kind not in AMENDMENTS and pull.state != "withdrawn")
        ),
        steps=tuple((other.title, _progress(o, other)) for other in STEPS),
        coordinator=Login(o.coordinator) if o.coordinator else None,
    )
    return Comment("status", message, o.lang)


def _offered(o: Opportunity, at: Moment, turn: Role | None) -> list[CommandRule]:
    """What those whose turn it is may write now; exceptions are named where they are needed."""
    if turn is None:
        return []
    if o.dispute or o.terminated:
        ways = ("resolve", "next", "repost", "cancel")
        return [rule for rule in usable(o, at, {turn}) if rule.english in ways]
    return offered(o, at, {turn} | ({Role.DRAWN} if turn is Role.SUPPLIER and o.step > 5 else set()))


def _progress(o: Opportunity, step: Step) -> str:
    if step.number < o.step or o.status == "done":
        return "done"
    return "now" if step.number == o.step else "ahead"
