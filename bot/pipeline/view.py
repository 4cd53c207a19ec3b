"""Describes what GitHub should show of an opportunity: labels, people, comments, pull requests, open or closed.

The GitHub room compares it with GitHub and makes the changes, again after any failure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.pipeline.calendar import business_days, eastern_date
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.page import AMENDMENTS, Page, amendment_name, amendments, what_of
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message, Url, link_to
from bot.pipeline.reading.review import lacking
from bot.pipeline.registry import ASIDE, missing, offered, usable
from bot.pipeline.rules import CommandRule, Moment, Notice
from bot.pipeline.step import Step
from bot.pipeline.steps import STEPS, exceptional, state_of, step_of, turn_of
from bot.pipeline.steps.evaluation import closing_reminder
from bot.pipeline.text.language import Lang


@dataclass(frozen=True)
class Comment:
    """A comment that stays in the thread: `mark` identifies it, `lead` is its first language.

    `once`: the bot writes it once and never rewrites it; `ticks`: its boxes belong to people.
    """

    mark: str
    message: Message
    lead: Lang = "en"
    once: bool = False
    ticks: bool = False


@dataclass(frozen=True)
class Pull:
    """A pull request that should be open: on the Exchange (`ore`), or on the Micro-Acquisition site, `posting` or an
    amendment of its `page`.

    `run` distinguishes the pull requests of a repost; `again` counts the requests for another one after a close.
    """

    kind: str
    title: str
    body: Message
    run: int = 1
    again: int = 0
    page: Page | None = None


@dataclass(frozen=True)
class GitHubView:
    """The issue as GitHub should show it.

    `closed` is GitHub's reason for the close, None while the issue is open; `unassigned` are former coordinators.
    """

    labels: frozenset[str]
    assignees: frozenset[str]
    unassigned: frozenset[str]
    comments: tuple[Comment, ...]
    pulls: tuple[Pull, ...]
    closed: str | None


def view(opportunity: Opportunity, at: Moment) -> GitHubView:
    """Returns what GitHub should show at that moment."""
    return GitHubView(
        labels=labels_of(opportunity, at),
        assignees=frozenset({opportunity.coordinator} if opportunity.coordinator and opportunity.running else ()),
        unassigned=opportunity.former,
        comments=(
            _status(opportunity, at),
            *_checklists(opportunity, at),
            *_questions(opportunity),
            *_notices(opportunity, at),
        ),
        pulls=_pulls(opportunity, at),
        closed={"done": "completed", "cancelled": "not_planned"}.get(opportunity.status),
    )


WAITING_ROLES = (Role.CLIENT, Role.COORDINATOR, Role.FINANCE, Role.SUPPLIER)
STATE_LABELS = frozenset(
    {
        "waitlisted",
        "open",
        "closed-to-applications",
        "on-hold",
        "disputed",
        "cancelled",
        "terminated",
        *(f"waiting: {role.value}" for role in WAITING_ROLES),
    }
)


def labels_of(opportunity: Opportunity, at: Moment) -> frozenset[str]:
    """Returns the labels for the state of the opportunity, with those that the bot leaves as a person set them."""
    labels = set(opportunity.signals)
    if opportunity.going:
        labels.add(step_of(opportunity).label)
    if opportunity.status != "active":
        labels.add(opportunity.status)
    if opportunity.running and opportunity.step == 5:
        labels.add("open" if opportunity.open else "closed-to-applications")
    labels.update(exceptional(opportunity))
    if turn := turn_of(opportunity, at):
        labels.add(f"waiting: {turn.value}")
    labels.update(name for name, on in opportunity.left.items() if on)
    return frozenset(labels - {name for name, on in opportunity.left.items() if not on})


def _pulls(opportunity: Opportunity, at: Moment) -> tuple[Pull, ...]:
    wanted = []
    english, french = opportunity.statement.en.title, opportunity.statement.fr.title
    approved = "description-approved" in opportunity.signals and not lacking(opportunity.statement)
    theirs = (
        (pull := opportunity.pull("posting")) is not None and bool(pull.author) and pull.state in ("open", "merged")
    )
    if (
        opportunity.publication_asked
        and opportunity.running
        and opportunity.step == 4
        and approved
        and not opportunity.on_hold
        and not theirs
    ):
        body = Message("posting.pull-body", opportunity=link_to(opportunity))
        again = opportunity.asked_again.get("posting", 0)
        wanted.append(
            Pull("posting", f"Opportunity {opportunity.number}: {english} / {french}", body, opportunity.run, again)
        )
    for kind, page in amendments(opportunity).items():
        body = Message("page.pull-body", opportunity=link_to(opportunity), what=what_of(kind, page))
        title = f"Opportunity {opportunity.number}: {_AMENDED[amendment_name(kind, page)]}"
        wanted.append(Pull(kind, title, body, page=page))
    if opportunity.accepted and opportunity.running and not opportunity.merged("ore"):
        link = Url(opportunity.url, f"{opportunity.repository}#{opportunity.number}")
        names = {"en": opportunity.entry.get("name.en", english), "fr": opportunity.entry.get("name.fr", french)}
        title = f"Add {names['en']} ({at.policy.exchange.administration_name})"
        body = Message("exchange.pull-body", opportunity=link, names=names)
        wanted.append(Pull("ore", title, body, again=opportunity.asked_again.get("ore", 0)))
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
"""The subject of an amendment, for the title of its pull request."""


def _notices(opportunity: Opportunity, at: Moment) -> tuple[Comment, ...]:
    """Returns the notices to people, in the order of the steps; after an end only those of the first step."""
    over = opportunity.terminated or opportunity.status == "cancelled"
    steps = (STEPS[1],) if over else STEPS
    notices = [notice for step in steps if step.may_notify(opportunity) for notice in step.notices(opportunity, at)]
    notices += [notice for step in ASIDE for notice in step.notices(opportunity, at)]
    return tuple(Comment(_of(notice, opportunity), notice.message, opportunity.lang, once=True) for notice in notices)


def _of(notice: Notice, opportunity: Opportunity) -> str:
    return notice.mark if notice.unique else in_run(notice.mark, opportunity)


def _questions(opportunity: Opportunity) -> tuple[Comment, ...]:
    """Returns the comment with every question and its answer."""
    if not opportunity.questions:
        return ()
    asked = tuple(
        (Login(question.supplier), question.number, question.text, {"en": question.en, "fr": question.fr})
        for question in opportunity.questions
    )
    return (
        Comment(in_run("questions", opportunity), Message("evaluation.questions", questions=asked), opportunity.lang),
    )


def in_run(mark: str, opportunity: Opportunity) -> str:
    """Returns the mark of a comment that each run has separately."""
    return mark if opportunity.run == 1 else f"{mark} run-{opportunity.run}"


def _checklists(opportunity: Opportunity, at: Moment) -> tuple[Comment, ...]:
    return tuple(
        _checklist(step, opportunity, at) for step in STEPS if step.boxes and step.number in opportunity.entered
    )


def _checklist(step: Step, opportunity: Opportunity, at: Moment) -> Comment:
    boxes = tuple((name, step.box(name, at.policy), step.is_ticked(opportunity, name)) for name in step.boxes)
    client = Login(opportunity.clients[0], ping=True)
    message = Message(
        step.intro, boxes=boxes, number=step.number, name=step.title, client=client, ceiling=at.policy.ceiling_total
    )
    return Comment(f"checklist {step.number}", message, opportunity.lang, ticks=True)


_BOX = re.compile(r"^[ \t]*[-*] \[(?P<tick>[ xX])\] .*<!-- box (?P<name>[\w-]+) -->\s*$", re.MULTILINE)


def boxes_in(body: str) -> dict[str, bool]:
    """Reads the boxes of a checklist comment by name, and whether each has a tick."""
    return {match["name"]: match["tick"] != " " for match in _BOX.finditer(body)}


def _status(opportunity: Opportunity, at: Moment) -> Comment:
    step = step_of(opportunity)
    turn = turn_of(opportunity, at)
    deadline = step.deadline(opportunity) if opportunity.running and not opportunity.stopped else None
    pages = amendments(opportunity)
    message = Message(
        "status.body",
        number=opportunity.step,
        name=step.title,
        state=Message(f"status.is-{state_of(opportunity)}"),
        turn=Message(f"status.turn-{turn.value}") if turn else None,
        deadline=deadline,
        overdue=deadline is not None and at.now > deadline,
        left=business_days(eastern_date(at.now), eastern_date(deadline)) if deadline else None,
        soon=opportunity.open and opportunity.reminded("closing", closing_reminder(opportunity, at.policy)),
        missing=missing(opportunity, at),
        details=Message(f"{step.name}.status", **step.details(opportunity, at)),
        hints=step.hints(opportunity, at) if opportunity.running and not opportunity.stopped else (),
        commands=tuple((*rule.lines, rule.help) for rule in _offered(opportunity, at, turn)),
        place=at.programme.ahead + 1 if opportunity.status == "waitlisted" and not opportunity.on_hold else None,
        reason=opportunity.on_hold.reason
        if opportunity.on_hold
        else opportunity.dispute.text
        if opportunity.dispute
        else opportunity.ended,
        pulls=tuple(
            (
                Message(f"status.pull-{amendment_name(pull.kind, pages.get(pull.kind))}"),
                link_to(pull),
                Message(f"status.pull-{'asked' if pull.kind == 'ore' and opportunity.must_change else pull.state}"),
            )
            for pull in opportunity.pulls.values()
            if pull.kind != "page"
            if pull.state == "open" or (pull.kind not in AMENDMENTS and pull.state != "withdrawn")
        ),
        steps=tuple((other.title, _progress(opportunity, other)) for other in STEPS),
        coordinator=Login(opportunity.coordinator) if opportunity.coordinator else None,
    )
    return Comment("status", message, opportunity.lang)


def _offered(opportunity: Opportunity, at: Moment, turn: Role | None) -> list[CommandRule]:
    """Returns the commands of the role that should act; of the exceptions only the necessary ones."""
    if turn is None:
        return []
    if opportunity.dispute or opportunity.terminated:
        ways = ("resolve", "next", "repost", "cancel")
        return [rule for rule in usable(opportunity, at, {turn}) if rule.english in ways]
    return offered(
        opportunity, at, {turn} | ({Role.DRAWN} if turn is Role.SUPPLIER and opportunity.step > 5 else set())
    )


def _progress(opportunity: Opportunity, step: Step) -> str:
    if step.number < opportunity.step or opportunity.status == "done":
        return "done"
    return "now" if step.number == opportunity.step else "ahead"
