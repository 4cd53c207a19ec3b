"""The state of an opportunity, as `fold` derives it from its facts."""

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
"""The steps whose opportunities take up the places that the policy calls capacity."""

Status = Literal["active", "waitlisted", "cancelled", "done"]


@dataclass(frozen=True)
class Application:
    """A supplier's wish to do the work, with its results by criterion (None for all of them)."""

    supplier: str
    confirmed: bool = False
    withdrawn: bool = False
    results: Mapping[int | None, f.Evaluated] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Returns whether the supplier confirmed the application and did not withdraw it."""
        return self.confirmed and not self.withdrawn

    def passed(self, criteria: int) -> bool | None:
        """Returns whether it passed them all; None while one lacks a result. A result for all counts for each."""
        results = [self.results.get(number, self.results.get(None)) for number in range(1, criteria + 1)]
        if any(result is not None and not result.passed for result in results):
            return False
        return None if any(result is None for result in results) else True


@dataclass(frozen=True)
class Question:
    """A supplier's question, and its answer in both languages."""

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
    """One small purchase. Times are aware UTC; dates are Eastern calendar days; step 0 is an issue that is none."""

    repository: str
    number: int
    url: str = ""
    step: int = 0
    status: Status = "active"
    title: str = ""
    body: str = ""
    described: datetime | None = None
    """The time of the issue's text that title and body hold."""
    adopted: bool = False
    lang: Lang = "en"
    """The client's language, as the issue showed it at its opening."""
    clients: tuple[str, ...] = ()
    coordinator: str | None = None
    entered: Mapping[int, datetime] = field(default_factory=dict)
    waiting_since: datetime | None = None
    ended: str = ""
    """The reason for its cancellation."""
    gone: bool = False
    """Its issue no longer exists: that ended the opportunity, unless it had ended before."""
    run: int = 1
    """The number of its posting: a repost begins the next run."""
    former: frozenset[str] = frozenset()
    """Coordinators who were in charge before."""
    resembles: tuple[int, ...] = ()
    last_moved: datetime | None = None
    """The time of the last fact, other than reminders and what the bot finds in texts."""
    on_hold: f.Held | None = None
    on_hold_since: datetime | None = None
    dispute: f.Disputed | None = None
    terminated: f.Terminated | None = None
    defaulted: frozenset[str] = frozenset()
    """Suppliers with a terminated contract, in lower case: they cannot apply again."""
    dates: Mapping[str, date] = field(default_factory=dict)
    """Closing, selection and delivery dates that replace the statement's."""
    as_posted: bool = False
    """The post differs from the issue's text."""
    posted_late: bool = False
    """Dates moved because its posting came later than planned."""
    explained: frozenset[tuple[str, bool]] = frozenset()
    """Labels that a person set, or took off, by hand, and that the bot put back and explained in this step."""
    left: Mapping[str, bool] = field(default_factory=dict)
    """Labels that the bot leaves as a person set them, and whether they are on."""
    overriding: str = ""
    """The reason for which the next guarded label may pass without its conditions, for one day."""
    overriding_until: datetime | None = None
    overridden: frozenset[str] = frozenset()
    """Signals that passed without their conditions."""
    reminders: Mapping[tuple[str, date], bool] = field(default_factory=dict)
    """Reminders that came due, by what and day; True for those that came in time to help."""
    greeted: frozenset[tuple[str, str]] = frozenset()
    flagged: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The kinds of private information that a text seems to hold, by comment; empty where it no longer does."""
    ticked: frozenset[tuple[int, str]] = frozenset()
    signals: Mapping[str, datetime] = field(default_factory=dict)
    label_changes: Mapping[str, datetime] = field(default_factory=dict)
    """The time of each signal label's last change, so that the bot ignores a webhook that comes late."""
    publication_asked: bool = False
    pulls: Mapping[str, f.PullRequestSeen] = field(default_factory=dict)
    pull_changes: Mapping[str, datetime] = field(default_factory=dict)
    asked_again: Mapping[str, int] = field(default_factory=dict)
    """By kind of pull request, the number of requests for another one after a close without a merge."""
    applications: Mapping[str, Application] = field(default_factory=dict)
    """By login in lower case, in the order of their arrival."""
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
    """Why the client could not accept the delivery as it stands; empty after the next delivery."""
    accepted: date | None = None
    entry: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[str, f.EntryReviewed] = field(default_factory=dict)
    """Reviews of the entry and comments on it in the Exchange, by their ids, the earliest first."""
    answered: frozenset[str] = frozenset()
    """The reviews that precede the last correction of the entry, or the last answer in the Exchange."""
    entry_stopped: f.EntryStopped | None = None

    @property
    def exists(self) -> bool:
        """Returns whether the issue is an opportunity."""
        return self.step > 0

    @property
    def going(self) -> bool:
        """Returns whether it is running, or waits for a place."""
        return self.exists and self.status in ("active", "waitlisted")

    @property
    def running(self) -> bool:
        return self.exists and self.status == "active"

    @property
    def stopped(self) -> bool:
        """Returns whether a hold or a termination suspends the ordinary work of its step."""
        return self.on_hold is not None or self.terminated is not None

    @property
    def statement(self) -> Statement:
        """Returns the statement of the issue, with the dates that count now."""
        written = statement_of(self.body)
        if not self.dates:
            return written
        closing, selection, delivery = (
            self.dates.get(name, getattr(written, name)) for name in ("closing", "selection", "delivery")
        )
        return replace(written, closing=closing, selection=selection, delivery=delivery)

    @property
    def open(self) -> bool:
        """Returns whether suppliers may apply."""
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
        """Returns whether it has one of the places that the policy calls capacity."""
        return self.running and self.step in PLACES

    @property
    def passing(self) -> tuple[str, ...]:
        """Returns the suppliers who passed every criterion, in the order that the draw publishes."""
        criteria = self.statement.evaluation_count
        passed = (application.supplier for application in self.applicants if application.passed(criteria))
        return tuple(sorted(passed, key=str.casefold))

    @property
    def chosen(self) -> str | None:
        """Returns the first supplier of the draw who has not declined, withdrawn or defaulted."""
        for supplier in self.drawn.order if self.drawn else ():
            application = self.application(supplier)
            out = supplier in self.declined or supplier.casefold() in self.defaulted
            if application and application.counts and not out:
                return supplier
        return None

    @property
    def in_charge(self) -> Login | None:
        """Returns the coordinator, as a login that GitHub notifies."""
        return Login(self.coordinator, ping=True) if self.coordinator else None

    @property
    def taking_part(self) -> tuple[str, ...]:
        """Returns the supplier with the contract, or else the applicants who did not decline."""
        if self.chosen and self.confirmed:
            return (self.chosen,)
        return tuple(one.supplier for one in self.applicants if one.supplier not in self.declined)

    def reminded(self, what: str, day: date | None) -> bool:
        """Returns whether that reminder came due in time to help."""
        return day is not None and self.reminders.get((what, day), False)

    def pull(self, kind: str) -> f.PullRequestSeen | None:
        return self.pulls.get(kind)

    def merged(self, kind: str) -> bool:
        pull = self.pulls.get(kind)
        return pull is not None and pull.state == "merged"

    @property
    def changes_asked(self) -> Mapping[str, bool]:
        """Returns the reviewers whose last verdict on the entry's open pull request asks for changes.

        The value says whether a correction or an answer followed.
        """
        pull = self.pull("ore")
        if pull is None or pull.state != "open":
            return {}
        verdicts = {
            review.by: review
            for review in self.reviews.values()
            if review.number == pull.number and review.verdict not in ("comment", "answer")
        }
        return {by: review.id in self.answered for by, review in verdicts.items() if review.verdict == "changes"}

    @property
    def must_change(self) -> bool:
        """Returns whether a reviewer of the Exchange still waits for changes to the entry."""
        return not all(self.changes_asked.values())

    def criteria_passed(self) -> bool:
        """Returns whether every work acceptance criterion has the mark that it passed."""
        numbers = range(1, self.statement.criteria_count + 1)
        return len(numbers) > 0 and all(number in self.marks and self.marks[number].passed for number in numbers)


def same(one: str | None, other: str | None) -> bool:
    """Compares two logins without regard to case, as GitHub does."""
    return one is not None and other is not None and one.casefold() == other.casefold()
