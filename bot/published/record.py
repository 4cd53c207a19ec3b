"""Summarizes one opportunity for lists, the tracker and the measures, so that they need not read all its facts.

The ledger derives a record from the facts and stores it beside them. When the derivation changes, raise
`RECORD_VERSION`: the ledger then derives every record again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from bot.pipeline.model import facts as f
from bot.pipeline.model.opportunity import Opportunity, Status
from bot.pipeline.model.statement import statement_of
from bot.pipeline.reading.review import skills
from bot.pipeline.text.language import Lang

RECORD_VERSION = 2
"""The version of the derivation, stored with each record."""

Phase = Literal["open", "pipeline", "past"]
"""Open for applications; in any other step; done or cancelled."""

MILESTONES = (
    "opened",
    "client-verified",
    "eligible",
    "description-approved",
    "funds-reserved",
    "posted",
    "closed-to-applications",
    "drawn",
    "confirmed",
    "terms-signed",
    "delivered",
    "accepted",
    "invoice-received",
    "invoice-approved",
    "paid",
    "in-exchange",
    "done",
    "cancelled",
    "terminated",
)
"""The milestones with a date, in their usual order. A milestone that was reached twice has its last date.

A signal that was withdrawn has no date, and neither has a milestone that another run, or the next supplier, repeats.
"""

OF_A_CONTRACT = ("confirmed", "terms-signed", "delivered")
"""The milestones that the next supplier repeats."""

OF_A_RUN = ("description-approved", "posted", "closed-to-applications", "drawn", *OF_A_CONTRACT)
"""The milestones that another run repeats."""

MOMENTS: Mapping[type[f.Fact], str] = {
    f.Opened: "opened",
    f.ApplicationsClosed: "closed-to-applications",
    f.Drawn: "drawn",
    f.ContractConfirmed: "confirmed",
    f.Delivered: "delivered",
    f.Accepted: "accepted",
    f.Finished: "done",
    f.Cancelled: "cancelled",
    f.IssueGone: "cancelled",
    f.Terminated: "terminated",
}
"""The milestones that one kind of fact reaches."""

MERGED = {"posting": "posted", "ore": "in-exchange"}
"""The milestones that the merge of a pull request reaches, by its kind."""

AMENDS = (f.Rescheduled, f.Replied, f.Held, f.Resumed, f.Cancelled, f.IssueGone, f.Terminated)
"""The facts that change a posted page."""

UNDONE: Mapping[type[f.Fact], tuple[str, ...]] = {
    f.ContractDeclined: ("confirmed",),
    f.OfferedAgain: OF_A_CONTRACT,
    f.Reposted: OF_A_RUN,
}
"""The milestones whose dates a fact removes."""


@dataclass(frozen=True)
class Record:
    """Times are aware UTC, dates Eastern calendar days, `price` Canadian dollars before taxes.

    `turn` is the role that acts next (client, coordinator, finance, supplier) after the last fact; None if nobody does.
    `first` are the posted dates of those that moved later (closing, selection, delivery). `supplier` has the contract.
    `code` is the address of the repository of the work, `posting` that of the pull request that posted the opportunity,
    `entry` that of the pull request on the Exchange. `ended` is the reason for a cancellation; empty without one.
    `resembles` are similar earlier opportunities of the same client.
    """

    repository: str
    number: int
    url: str
    phase: Phase
    status: Status
    step: int
    turn: str | None
    title: Mapping[Lang, str]
    short: Mapping[Lang, str]
    skills: Mapping[Lang, tuple[str, ...]]
    client: str
    coordinator: str | None
    price: Decimal | None
    closing: date | None
    selection: date | None
    delivery: date | None
    first: Mapping[str, date] = field(default_factory=dict)
    run: int = 1
    on_hold: bool = False
    disputed: bool = False
    resembles: tuple[int, ...] = ()
    questions: int = 0
    answered: int = 0
    applicants: int = 0
    passed: int = 0
    supplier: str | None = None
    code: str = ""
    posting: str = ""
    entry: str = ""
    ended: str = ""
    entered: Mapping[int, datetime] = field(default_factory=dict)
    """The time when each step up to the current one began; the last time, if it began twice."""
    events: Mapping[str, datetime] = field(default_factory=dict)
    """The dates of the milestones, by the names in `MILESTONES`."""
    updated: datetime | None = None
    """The time of the latest fact."""
    published: datetime | None = None
    """The time when the posted page last changed: posted, dates moved, a question answered, or stopped."""


def make_record(opportunity: Opportunity, history: Sequence[f.Recorded], turn: str | None) -> Record:
    """Returns the record of an opportunity with the facts `history`; step 0 if the issue is not one yet."""
    statement = opportunity.statement
    return Record(
        repository=opportunity.repository,
        number=opportunity.number,
        url=opportunity.url,
        phase="open" if opportunity.open else "pipeline" if opportunity.status in ("active", "waitlisted") else "past",
        status=opportunity.status,
        step=opportunity.step,
        turn=turn,
        title=_both(statement.en.title, statement.fr.title, opportunity.title),
        short=_both(statement.en.short, statement.fr.short),
        skills=_skills(statement.en.skills, statement.fr.skills),
        client=opportunity.clients[0] if opportunity.clients else "",
        coordinator=opportunity.coordinator,
        price=statement.price.dollars if statement.price else None,
        closing=statement.closing,
        selection=statement.selection,
        delivery=statement.delivery,
        first=_moved(opportunity),
        run=opportunity.run,
        on_hold=opportunity.on_hold is not None,
        disputed=opportunity.dispute is not None,
        resembles=opportunity.resembles,
        questions=len(opportunity.questions),
        answered=sum(question.answered for question in opportunity.questions),
        applicants=len(opportunity.applicants),
        passed=len(opportunity.passing),
        supplier=opportunity.chosen if opportunity.confirmed else None,
        code=opportunity.repository_named.url if opportunity.repository_named else "",
        posting=_address(opportunity, "posting"),
        entry=_address(opportunity, "ore"),
        ended=opportunity.ended if opportunity.status == "cancelled" else "",
        entered={step: at for step, at in sorted(opportunity.entered.items()) if step <= opportunity.step},
        events=_events(opportunity, history),
        updated=max((recorded.at for recorded in history), default=None),
        published=_published(history),
    )


def _both(en: str, fr: str, otherwise: str = "") -> Mapping[Lang, str]:
    """Returns a text in both languages; one language stands in for the other if only one is written."""
    return {"en": en or fr or otherwise, "fr": fr or en or otherwise}


def _skills(en: str, fr: str) -> Mapping[Lang, tuple[str, ...]]:
    return {lang: skills(text) for lang, text in _both(en, fr).items()}


def _moved(opportunity: Opportunity) -> Mapping[str, date]:
    """Returns the posted dates of those that moved later."""
    posted = statement_of(opportunity.body)
    written = {
        name: getattr(posted, name) for name in ("closing", "selection", "delivery") if name in opportunity.dates
    }
    return {name: day for name, day in written.items() if day and day != opportunity.dates[name]}


def _address(opportunity: Opportunity, kind: str) -> str:
    pull = opportunity.pull(kind)
    return pull.url if pull else ""


def _events(opportunity: Opportunity, history: Sequence[f.Recorded]) -> Mapping[str, datetime]:
    """Returns the time of each milestone, in their usual order."""
    at: dict[str, datetime] = {}
    for recorded in history:
        fact = recorded.fact
        for name in UNDONE.get(type(fact), ()):
            at.pop(name, None)
        if event := MOMENTS.get(type(fact)):
            at[event] = recorded.at
        for kind, merged in MERGED.items():
            if _is_merged(fact, kind):
                at.setdefault(merged, recorded.at)
    at |= opportunity.signals
    for name in ("done", "cancelled"):
        if opportunity.status != name:
            at.pop(name, None)  # a coordinator reopened it
    return {name: at[name] for name in MILESTONES if name in at}


def _published(history: Sequence[f.Recorded]) -> datetime | None:
    """Returns the time of the last change of this run's posted page; None if it is not posted."""
    last: datetime | None = None
    for recorded in history:
        fact = recorded.fact
        if isinstance(fact, f.Reposted):
            last = None
        elif _is_merged(fact, "posting"):
            last = last or recorded.at
        elif last and isinstance(fact, AMENDS):
            last = max(last, recorded.at)
    return last


def _is_merged(fact: f.Fact, kind: str) -> bool:
    return isinstance(fact, f.PullRequestSeen) and fact.kind == kind and fact.state == "merged"
