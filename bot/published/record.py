"""One opportunity in short: what lists, the tracker and the measures need, so that nobody reads all the facts for them.

It is derived from the facts and kept beside them; `VERSION` goes up when what is derived changes, and the ledger then
derives it again.
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

RECORD_VERSION = 1
"""Of what is derived: kept with each record."""

Phase = Literal["open", "pipeline", "past"]
"""Open for applications; anywhere else on its way; done or cancelled."""

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
"""What happens to an opportunity and has a date, in the usual order. Of what happened twice it is the last time.

A signal that was taken back has no date, nor has what another run, or the next supplier, has to do again.
"""

OF_A_CONTRACT = ("confirmed", "terms-signed", "delivered")
"""What the next supplier has to do again."""

OF_A_RUN = ("description-approved", "posted", "closed-to-applications", "drawn", *OF_A_CONTRACT)
"""What another run brings anew."""

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
"""The events that are one kind of fact."""

MERGED = {"posting": "posted", "ore": "in-exchange"}
"""The events that are the merge of a pull request of a kind."""

AMENDS = (f.Rescheduled, f.Replied, f.Held, f.Resumed, f.Cancelled, f.IssueGone, f.Terminated)
"""The facts that change what suppliers read on a page that is posted."""

UNDONE: Mapping[type[f.Fact], tuple[str, ...]] = {
    f.ContractDeclined: ("confirmed",),
    f.OfferedAgain: OF_A_CONTRACT,
    f.Reposted: OF_A_RUN,
}
"""What a fact takes the dates from."""


@dataclass(frozen=True)
class Record:
    """Times are aware UTC, dates Eastern calendar days, `price` Canadian dollars before taxes.

    `turn` is for whom it waits (client, coordinator, finance, supplier), None where nobody has to act; as of the last
    thing that happened. `first` are the
    dates that were posted, where they moved since (closing, selection, delivery). `supplier` has the contract;
    `code` is the address of the repository of the work, `posting` that of the pull request that posted it, `entry` that
    of the one on the Exchange. `ended` is why it was cancelled, empty where no reason was written.
    `resembles` are earlier opportunities of the same client that look alike.
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
    """When it came to each step up to its own (of a step that it came to twice, the last time)."""
    events: Mapping[str, datetime] = field(default_factory=dict)
    """By the names of `EVENTS`, those that have a date."""
    updated: datetime | None = None
    """When the latest of its facts happened."""
    published: datetime | None = None
    """When what suppliers read last changed: posted, its dates moved, a question answered, or stopped."""


def make_record(opportunity: Opportunity, history: Sequence[f.Recorded], turn: str | None) -> Record:
    """The record of an opportunity whose facts are `history`; at step 0 of an issue that is none yet."""
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
    """What is written in one language only serves both."""
    return {"en": en or fr or otherwise, "fr": fr or en or otherwise}


def _skills(en: str, fr: str) -> Mapping[Lang, tuple[str, ...]]:
    return {lang: skills(text) for lang, text in _both(en, fr).items()}


def _moved(opportunity: Opportunity) -> Mapping[str, date]:
    """The dates as they were posted that are others by now: only then does an opportunity have dates of its own."""
    posted = statement_of(opportunity.body)
    written = {
        name: getattr(posted, name) for name in ("closing", "selection", "delivery") if name in opportunity.dates
    }
    return {name: day for name, day in written.items() if day and day != opportunity.dates[name]}


def _address(opportunity: Opportunity, kind: str) -> str:
    pull = opportunity.pull(kind)
    return pull.url if pull else ""


def _events(opportunity: Opportunity, history: Sequence[f.Recorded]) -> Mapping[str, datetime]:
    """When each event happened, in the usual order."""
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
            at.pop(name, None)  # a coordinator had it go on
    return {name: at[name] for name in MILESTONES if name in at}


def _published(history: Sequence[f.Recorded]) -> datetime | None:
    """The latest of what this run's suppliers could read anew; None where it is not posted."""
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
