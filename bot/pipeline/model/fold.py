"""Derives an opportunity from its facts.

opportunity = fold("canada-ca/micro-acquisition", 12, history)

Each function below applies the facts about one subject, and returns None for every other fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.pipeline.model import facts as f
from bot.pipeline.model.opportunity import Application, Opportunity, Question
from bot.pipeline.model.statement import Statement
from bot.pipeline.text.language import Lang, language

_T = TypeVar("_T")
ONE_DAY = timedelta(days=1)


def fold(repository: str, number: int, history: Iterable[f.Recorded]) -> Opportunity:
    """Returns the opportunity after all its facts."""
    opportunity = Opportunity(repository, number)
    for recorded in history:
        opportunity = apply(opportunity, recorded)
    return opportunity


def apply(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity:
    """Returns the opportunity after one more fact."""
    if not isinstance(recorded.fact, f.Reminded | f.Flagged | f.EntryStopped):
        opportunity = replace(opportunity, last_moved=max(recorded.at, opportunity.last_moved or recorded.at))
    for subject in _SUBJECTS:
        if changed := subject(opportunity, recorded):
            return changed
    raise TypeError(f"no subject applies this fact: {recorded.fact!r}")


def _course(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity | None:
    """Applies where the opportunity is: its issue, its step, its end."""
    at = recorded.at
    match recorded.fact:
        case f.Opened(url, author, title, body, adopted):
            opened = replace(
                opportunity, url=url, title=title, body=body, clients=(author,), adopted=adopted, described=at
            )
            return replace(opened, lang=_language(opened.statement, title))
        case f.OpeningHeard():
            return replace(opportunity, adopted=False)
        case f.Described(title, body):
            described = max(at, opportunity.described or at)
            by_bot = recorded.actor == f.BOT
            return replace(opportunity, title=title, body=body, described=described, as_posted=by_bot)
        case f.Entered(step):
            entered = {**opportunity.entered, step: at}
            opportunity = replace(opportunity, step=step, status="active", waiting_since=None, entered=entered)
            return replace(opportunity, explained=frozenset(), left={}, overriding="")
        case f.Waitlisted():
            return replace(opportunity, status="waitlisted", waiting_since=at)
        case f.Finished():
            return replace(opportunity, status="done")
        case f.Cancelled(reason):
            return replace(opportunity, status="cancelled", ended=reason)
        case f.IssueGone():
            return replace(opportunity, status="cancelled" if opportunity.going else opportunity.status, gone=True)
    return None


def _people(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity | None:
    """Applies the people in charge, what they write, and what the bot reminds them of."""
    match recorded.fact:
        case f.Assigned(coordinator):
            former = opportunity.former | ({opportunity.coordinator} if opportunity.coordinator else set())
            return replace(opportunity, coordinator=coordinator, former=former - {coordinator})
        case f.ClientAdded(client):
            return replace(opportunity, clients=(*opportunity.clients, client))
        case f.Resembles(numbers):
            return replace(opportunity, resembles=numbers)
        case f.Spoke():
            return opportunity
        case f.Flagged(comment, kinds):
            return replace(opportunity, flagged={**opportunity.flagged, comment: kinds})
        case f.Reminded(what, day, useful):
            return replace(opportunity, reminders={**opportunity.reminders, (what, day): useful})
    return None


def _signals(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity | None:
    """Applies boxes and labels, also those that a person sets against the rules."""
    match recorded.fact:
        case f.BoxTicked(step, box, ticked):
            boxes = opportunity.ticked | {(step, box)} if ticked else opportunity.ticked - {(step, box)}
            return replace(opportunity, ticked=boxes)
        case f.Signalled(label, on):
            return _signalled(opportunity, label, on, recorded.at)
        case f.LabelExplained(label, on):
            return replace(opportunity, explained=opportunity.explained | {(label, on)})
        case f.LabelLeft(label, on):
            return replace(opportunity, left={**opportunity.left, label: on})
        case f.LabelFreed(label):
            return replace(opportunity, left=_without(opportunity.left, label))
        case f.OverrideAllowed(reason):
            return replace(opportunity, overriding=reason, overriding_until=recorded.at + ONE_DAY)
        case f.Overridden(label):
            return replace(opportunity, overriding="", overridden=opportunity.overridden | {label})
    return None


def _signalled(opportunity: Opportunity, label: str, on: bool, at: datetime) -> Opportunity:
    """Applies a signal label; without the label `eligible` an opportunity leaves the line of those that wait."""
    changes = {**opportunity.label_changes, label: at}
    signals = _without(opportunity.signals, label)
    opportunity = replace(opportunity, overriding="", label_changes=changes)
    if on:
        return replace(opportunity, signals={**signals, label: at})
    if label == "eligible":
        opportunity = replace(opportunity, status="active", waiting_since=None)
    return replace(opportunity, signals=signals, overridden=opportunity.overridden - {label})


def _exceptions(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity | None:
    """Applies holds, new dates, disputes and terminations."""
    match recorded.fact:
        case f.Held() as hold:
            return replace(opportunity, on_hold=hold, on_hold_since=recorded.at)
        case f.Resumed():
            return replace(opportunity, on_hold=None, on_hold_since=None)
        case f.Rescheduled(closing, selection, delivery):
            days = {"closing": closing, "selection": selection, "delivery": delivery}
            dates = {**opportunity.dates, **{name: day for name, day in days.items() if day}}
            late = opportunity.posted_late or recorded.actor == f.BOT
            return replace(opportunity, dates=dates, posted_late=late)
        case f.Disputed() as dispute:
            return replace(opportunity, dispute=dispute)
        case f.Settled():
            return replace(opportunity, dispute=None)
        case f.Terminated(supplier) as terminated:
            defaulted = opportunity.defaulted | {supplier.casefold()}
            return replace(opportunity, terminated=terminated, confirmed=False, defaulted=defaulted)
        case f.OfferedAgain():
            return _without_contract(replace(opportunity, terminated=None))
        case f.Reposted():
            return _next_run(opportunity)
    return None


def _next_run(opportunity: Opportunity) -> Opportunity:
    """Begins again at the description, as if nobody had applied."""
    opportunity = replace(
        _without_contract(opportunity),
        run=opportunity.run + 1,
        terminated=None,
        pulls=_without(opportunity.pulls, "posting"),
        publication_asked=False,
        posted_late=False,
        overridden=frozenset(),
        dates={},
        applications={},
        questions=(),
        applications_closed=False,
    )
    signals = _without(opportunity.signals, "description-approved")
    declined, greeted = frozenset[str](), frozenset[tuple[str, str]]()
    return replace(opportunity, signals=signals, announced=None, drawn=None, declined=declined, greeted=greeted)


def _without_contract(opportunity: Opportunity) -> Opportunity:
    """Takes away the contract, and everything done under it."""
    signals = _without(opportunity.signals, "terms-signed")
    opportunity = replace(opportunity, confirmed=False, signals=signals, repository_named=None, reminders={})
    return _delivered(opportunity, None)


def _applications(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity | None:
    """Applies what suppliers say before the draw, and the answers they get."""
    match recorded.fact:
        case f.Interested(supplier):
            return _application(opportunity, supplier, withdrawn=False)
        case f.EligibilityConfirmed(supplier):
            return _application(opportunity, supplier, confirmed=True)
        case f.Withdrew(supplier):
            return _application(opportunity, supplier, withdrawn=True)
        case f.Evaluated(supplier, criterion) as result:
            application = opportunity.application(supplier)
            earlier = application.results if application and criterion is not None else {}
            return _application(opportunity, supplier, results={**earlier, criterion: result})
        case f.Greeted(supplier, what):
            return replace(opportunity, greeted=opportunity.greeted | {(supplier.casefold(), what)})
        case f.Asked(number, supplier, text):
            return replace(opportunity, questions=(*opportunity.questions, Question(number, supplier, text)))
        case f.Replied(number, en, fr):
            questions = tuple(
                replace(question, en=en or question.en, fr=fr or question.fr) if question.number == number else question
                for question in opportunity.questions
            )
            return replace(opportunity, questions=questions)
        case f.ApplicationsClosed():
            return replace(opportunity, applications_closed=True)
    return None


def _application(opportunity: Opportunity, supplier: str, **changes: Any) -> Opportunity:
    """Changes the application of a supplier, or adds one."""
    application = replace(opportunity.application(supplier) or Application(supplier), **changes)
    return replace(opportunity, applications={**opportunity.applications, supplier.casefold(): application})


def _contract(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity | None:
    """Applies the draw, the contract and the work under it."""
    match recorded.fact:
        case f.DrawAnnounced() as announced:
            return replace(opportunity, announced=announced)
        case f.Drawn() as drawn:
            return replace(opportunity, drawn=drawn)
        case f.ContractConfirmed():
            return replace(opportunity, confirmed=True)
        case f.ContractDeclined(supplier):
            return replace(opportunity, declined=opportunity.declined | {supplier}, confirmed=False)
        case f.RepositoryNamed() as named:
            return replace(opportunity, repository_named=named)
        case f.Delivered() as delivered:
            return _delivered(opportunity, delivered)
        case f.EvidenceGathered(evidence):
            return replace(opportunity, evidence=evidence)
        case f.CriterionMarked(number) as mark:
            return replace(opportunity, marks={**opportunity.marks, number: mark})
        case f.RevisionAsked(text):
            return replace(opportunity, revision=text)
        case f.DeliveryLapsed(why):
            return replace(opportunity, lapsed=why)
        case f.Accepted(on):
            return replace(opportunity, accepted=on)
    return None


def _delivered(opportunity: Opportunity, delivered: f.Delivered | None) -> Opportunity:
    """Replaces the delivery, and forgets the marks of the one before."""
    return replace(opportunity, delivered=delivered, revision="", lapsed="", marks={}, evidence=None)


def _published(opportunity: Opportunity, recorded: f.Recorded) -> Opportunity | None:
    """Applies pull requests, and the entry in the Exchange."""
    match recorded.fact:
        case f.PublicationAsked():
            return replace(opportunity, publication_asked=True, asked_again=_asked_again(opportunity, "posting"))
        case f.PullRequestSeen() as pull:
            changes = {**opportunity.pull_changes, pull.kind: recorded.at}
            return replace(opportunity, pulls={**opportunity.pulls, pull.kind: pull}, pull_changes=changes)
        case f.EntryReviewed(id=remark) as reviewed:
            reviews = {**opportunity.reviews, remark: reviewed}
            answered = frozenset(reviews) if reviewed.verdict == "answer" else opportunity.answered - {remark}
            return replace(opportunity, reviews=reviews, answered=answered)
        case f.EntryStopped(turn) as stopped:
            return replace(opportunity, entry_stopped=stopped if turn else None)
        case f.EntryFilled(fields):
            entry = {name: value for name, value in {**opportunity.entry, **dict(fields)}.items() if value}
            opportunity = replace(opportunity, entry=entry, answered=frozenset(opportunity.reviews))
            return replace(opportunity, asked_again=_asked_again(opportunity, "ore"))
    return None


def _asked_again(opportunity: Opportunity, kind: str) -> Mapping[str, int]:
    """Counts one more request for a pull request of that kind, where one closed without a merge."""
    pull = opportunity.pull(kind)
    if pull is None or pull.state not in ("closed", "withdrawn"):
        return opportunity.asked_again
    return {**opportunity.asked_again, kind: opportunity.asked_again.get(kind, 0) + 1}


def _language(statement: Statement, title: str) -> Lang:
    """Returns the client's language: of the one title that is written, else of the need in the client's words."""
    if bool(statement.en.title) != bool(statement.fr.title):
        return "en" if statement.en.title else "fr"
    return language(f"{title}. {statement.need}") or "en"


def _without(values: Mapping[str, _T], name: str) -> Mapping[str, _T]:
    return {key: value for key, value in values.items() if key != name}


_SUBJECTS: tuple[Callable[[Opportunity, f.Recorded], Opportunity | None], ...] = (
    _course,
    _people,
    _signals,
    _exceptions,
    _applications,
    _contract,
    _published,
)
