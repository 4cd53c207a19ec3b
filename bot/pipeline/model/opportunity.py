"""An opportunity is the fold of its facts: what we know of it now.

opportunity = fold("canada-ca/micro-acquisition", 12, history)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from bot.pipeline.model import facts as f
from bot.pipeline.model.evidence import Evidence
from bot.pipeline.model.statement import Statement, statement_of
from bot.pipeline.model.words import Login
from bot.pipeline.text.language import Lang

PLACES = range(3, 9)
"""The steps whose opportunities take up the places that policy calls capacity."""

Status = Literal["active", "waitlisted", "cancelled", "done"]


@dataclass(frozen=True)
class Application:
    """A supplier's interest. It counts when confirmed and not withdrawn."""

    supplier: str
    confirmed: bool = False
    withdrawn: bool = False
    results: Mapping[int | None, f.Evaluated] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        return self.confirmed and not self.withdrawn

    def passed(self, criteria: int) -> bool | None:
        """Passed all of so many criteria; None while one has no result. A result for all stands for each."""
        results = [self.results.get(number, self.results.get(None)) for number in range(1, criteria + 1)]
        if any(result is not None and not result.passed for result in results):
            return False
        return None if any(result is None for result in results) else True


@dataclass(frozen=True)
class Question:
    number: int
    supplier: str
    text: str
    en: str = ""
    fr: str = ""

    @property
    def answered(self) -> bool:
        return bool(self.en and self.fr)


@dataclass(frozen=True)
class Opportunity:
    """Times are aware UTC; dates are Eastern calendar days; step 0 is an issue that is no opportunity."""

    repository: str
    number: int
    url: str = ""
    step: int = 0
    status: Status = "active"
    title: str = ""
    body: str = ""
    described: datetime | None = None
    """As of when title and body are known."""
    adopted: bool = False
    lang: Lang = "en"
    """The client's language, as far as the issue told when it was opened."""
    clients: tuple[str, ...] = ()
    coordinator: str | None = None
    entered: Mapping[int, datetime] = field(default_factory=dict)
    waiting_since: datetime | None = None
    ended: str = ""
    """Why it was cancelled."""
    gone: bool = False
    """Its issue is no longer there: it ended with that, unless it had ended before."""
    run: int = 1
    """How often it was posted or is to be: a repost begins the next run."""
    former: frozenset[str] = frozenset()
    """Coordinators who were in charge before."""
    resembles: tuple[int, ...] = ()
    last_moved: datetime | None = None
    """When anything last happened, reminders aside."""
    on_hold: f.Held | None = None
    on_hold_since: datetime | None = None
    dispute: f.Disputed | None = None
    terminated: f.Terminated | None = None
    defaulted: frozenset[str] = frozenset()
    """Suppliers whose contract was terminated, in lower case: they cannot apply again."""
    dates: Mapping[str, date] = field(default_factory=dict)
    """Closing, selection and delivery dates that are no longer the statement's."""
    as_posted: bool = False
    """What was posted is not what the issue says."""
    posted_late: bool = False
    """Dates moved because it was posted later than planned."""
    explained: frozenset[tuple[str, bool]] = frozenset()
    """Labels set or taken off by hand that were put back and explained in this step."""
    left: Mapping[str, bool] = field(default_factory=dict)
    """Labels that are left as a person set them, and whether they are on."""
    overriding: str = ""
    """The reason for which the next guarded label may move through, until a day has passed."""
    overriding_until: datetime | None = None
    overridden: frozenset[str] = frozenset()
    """Signals that moved through without their conditions."""
    reminders: Mapping[tuple[str, date], bool] = field(default_factory=dict)
    """Reminders that came due, by what and day; those that came in time to help are True."""
    greeted: frozenset[tuple[str, str]] = frozenset()
    flagged: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """By comment, what kinds of information it seems to hold, or held."""
    ticked: frozenset[tuple[int, str]] = frozenset()
    signals: Mapping[str, datetime] = field(default_factory=dict)
    label_changes: Mapping[str, datetime] = field(default_factory=dict)
    """When each signal label was last set or taken back, to pass over what comes late."""
    publication_asked: bool = False
    pulls: Mapping[str, f.PullRequestSeen] = field(default_factory=dict)
    pull_changes: Mapping[str, datetime] = field(default_factory=dict)
    asked_again: Mapping[str, int] = field(default_factory=dict)
    """By kind of pull request, how often one was asked for again after it had been closed without a merge."""
    applications: Mapping[str, Application] = field(default_factory=dict)
    """By login in lower case, in the order they came."""
    questions: tuple[Question, ...] = ()
    applications_closed: bool = False
    announced: f.DrawAnnounced | None = None
    drawn: f.Drawn | None = None
    declined: frozenset[str] = frozenset()
    confirmed: bool = False
    repository_named: f.RepositoryNamed | None = None
    delivered: f.Delivered | None = None
    evidence: Evidence | None = None
    marks: Mapping[int, f.CriterionMarked] = field(default_factory=dict)
    revision: str = ""
    lapsed: str = ""
    """Why the delivery could not be accepted as it stands, until it is delivered again."""
    accepted: date | None = None
    entry: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[str, f.EntryReviewed] = field(default_factory=dict)
    """What was said of the entry on the Exchange, by the review or comment, in the order it was said."""
    answered: frozenset[str] = frozenset()
    """The reviews that were there when the entry was last corrected, or last answered on the Exchange."""
    entry_stopped: f.EntryStopped | None = None

    @property
    def exists(self) -> bool:
        return self.step > 0

    @property
    def going(self) -> bool:
        """Running, or waiting in line for a place."""
        return self.exists and self.status in ("active", "waitlisted")

    @property
    def running(self) -> bool:
        return self.exists and self.status == "active"

    @property
    def stopped(self) -> bool:
        """On hold, or ended by a termination: what usually happens in its step does not."""
        return self.on_hold is not None or self.terminated is not None

    @property
    def statement(self) -> Statement:
        """As written, with the dates that hold now."""
        written = statement_of(self.body)
        if not self.dates:
            return written
        closing, selection, delivery = (
            self.dates.get(name, getattr(written, name)) for name in ("closing", "selection", "delivery")
        )
        return replace(written, closing=closing, selection=selection, delivery=delivery)

    @property
    def open(self) -> bool:
        """Open for applications."""
        return self.running and self.step == 5 and not self.applications_closed

    @property
    def applicants(self) -> tuple[Application, ...]:
        return tuple(application for application in self.applications.values() if application.counts)

    def application(self, login: str) -> Application | None:
        return self.applications.get(login.casefold())

    def is_client(self, login: str) -> bool:
        return any(same(login, client) for client in self.clients)

    @property
    def takes_place(self) -> bool:
        """Whether it has one of the places that policy calls capacity."""
        return self.running and self.step in PLACES

    @property
    def passing(self) -> tuple[str, ...]:
        """The suppliers who passed every criterion, in the order that is published for the draw."""
        criteria = self.statement.evaluation_count
        passed = (application.supplier for application in self.applicants if application.passed(criteria))
        return tuple(sorted(passed, key=str.casefold))

    @property
    def chosen(self) -> str | None:
        """The supplier whose turn it is in the draw: the first who has not declined or withdrawn."""
        for supplier in self.drawn.order if self.drawn else ():
            application = self.application(supplier)
            out = supplier in self.declined or supplier.casefold() in self.defaulted
            if application and application.counts and not out:
                return supplier
        return None

    @property
    def in_charge(self) -> Login | None:
        """The coordinator, to be addressed."""
        return Login(self.coordinator, ping=True) if self.coordinator else None

    @property
    def taking_part(self) -> tuple[str, ...]:
        """The suppliers for whom it goes on: whoever has the contract, else who applied and did not decline."""
        if self.chosen and self.confirmed:
            return (self.chosen,)
        return tuple(a.supplier for a in self.applicants if a.supplier not in self.declined)

    def reminded(self, what: str, day: date | None) -> bool:
        """Whether that reminder came due in time to help."""
        return day is not None and self.reminders.get((what, day), False)

    def pull(self, kind: str) -> f.PullRequestSeen | None:
        return self.pulls.get(kind)

    def merged(self, kind: str) -> bool:
        pull = self.pulls.get(kind)
        return pull is not None and pull.state == "merged"

    @property
    def changes_asked(self) -> Mapping[str, bool]:
        """Whose last verdict on the entry's open pull request is that it must change, and whether that was answered."""
        pull = self.pull("ore")
        said = [r for r in self.reviews.values() if pull and pull.state == "open" and r.number == pull.number]
        last = {r.by: r for r in said if r.verdict not in ("comment", "answer")}
        return {by: r.id in self.answered for by, r in last.items() if r.verdict == "changes"}

    @property
    def must_change(self) -> bool:
        """Somebody of the Exchange asks for changes to the entry and was not answered yet."""
        return not all(self.changes_asked.values())

    def criteria_passed(self) -> bool:
        """Every work acceptance criterion was marked, and passed."""
        numbers = range(1, self.statement.criteria_count + 1)
        return len(numbers) > 0 and all(number in self.marks and self.marks[number].passed for number in numbers)


def same(one: str | None, other: str | None) -> bool:
    """Logins are compared without regard to case, as GitHub does."""
    return one is not None and other is not None and one.casefold() == other.casefold()
