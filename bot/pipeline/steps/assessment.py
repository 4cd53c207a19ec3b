"""Step 7, assessment: the supplier works in the open and delivers; the client marks each acceptance criterion.

Work is accepted only if it passes every criterion, and paid only if it is accepted.
"""

import re
from datetime import date, datetime
from typing import Any

from bot.pipeline.calendar import add_business_days, end_of
from bot.pipeline.model.evidence import Evidence, target_of
from bot.pipeline.model.facts import (
    Accepted,
    CriterionMarked,
    Delivered,
    DeliveryLapsed,
    EvidenceGathered,
    RepositoryNamed,
    RevisionAsked,
)
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.statement import top_items
from bot.pipeline.model.words import Line, Login, Message, Url, called
from bot.pipeline.reading.arguments import read_mark
from bot.pipeline.reading.repositories import named_repository
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, misused, record, refuse
from bot.pipeline.step import Step
from bot.pipeline.text.addresses import url as url_in


def turn(opportunity: Opportunity, at: Moment) -> Role:
    return Role.CLIENT if opportunity.delivered and not (opportunity.revision or opportunity.lapsed) else Role.SUPPLIER


def deadline(opportunity: Opportunity) -> datetime | None:
    """Returns the end of the delivery date, while the supplier works."""
    return (
        end_of(opportunity.statement.delivery)
        if opportunity.statement.delivery and (opportunity.revision or not opportunity.delivered)
        else None
    )


def details(opportunity: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "supplier": Login(opportunity.chosen) if opportunity.chosen else None,
        "repository": Url(opportunity.repository_named.url) if opportunity.repository_named else None,
        "delivered": Url(opportunity.delivered.url) if opportunity.delivered else None,
        "evidence": describe_evidence(opportunity, opportunity.repository_named, opportunity.evidence)
        if opportunity.evidence
        else None,
        "criteria": tuple(
            _criterion(opportunity, number) for number in range(1, opportunity.statement.criteria_count + 1)
        ),
    }


def _criterion(opportunity: Opportunity, number: int) -> dict[str, object]:
    """Returns a criterion for the status comment: its words in each language, and its mark."""
    words = {lang: top_items(opportunity.statement.text(lang).criteria) for lang in ("en", "fr")}
    mark = opportunity.marks.get(number)
    return {
        "number": number,
        "words": {lang: items[number - 1] if number <= len(items) else "" for lang, items in words.items()},
        "passed": mark.passed if mark else None,
        "note": mark.note if mark else "",
    }


def contract_taken(opportunity: Opportunity) -> Blockers:
    if not opportunity.chosen:
        return (Message("terminate.nobody"),)
    return () if opportunity.confirmed else (Message("selection.unconfirmed", supplier=Login(opportunity.chosen)),)


step = Step(7, "assessment", turn=turn, deadline=deadline, details=details, requires=contract_taken)

step.track(
    delivered=lambda opportunity: opportunity.delivered is not None,
    passed=lambda opportunity: opportunity.criteria_passed(),
    accepted=lambda opportunity: opportunity.accepted is not None,
)


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Tells the supplier that the work may begin and that the date is near; tells the others of a missed date."""
    delivery, supplier = opportunity.statement.delivery, opportunity.chosen or ""
    working = opportunity.step == 7 and deadline(opportunity) is not None
    notices: list[Notice] = []
    if opportunity.repository_named:
        repository = Url(opportunity.repository_named.url)
        begin = Message(
            "assessment.begin", supplier=Login(supplier, ping=True), repository=repository, delivery=delivery
        )
        notices.append(Notice(f"begin {opportunity.chosen}", begin))
    if working and opportunity.reminded("delivery", delivery_reminder(opportunity, at.policy)):
        soon = Message("assessment.due-soon", supplier=Login(supplier, ping=True), delivery=delivery)
        notices.append(Notice(f"due {delivery} {opportunity.chosen}", soon))
    if working and opportunity.reminded("missed", missed_reminder(opportunity, at.policy)):
        missed = Message(
            "assessment.missed",
            people=called(*opportunity.clients, opportunity.coordinator),
            supplier=Login(supplier),
            delivery=delivery,
            later=add_business_days(at.today, 5),
        )
        notices.append(Notice(f"missed {delivery} {opportunity.chosen}", missed))
    return tuple(notices)


def delivery_reminder(opportunity: Opportunity, policy: Policy) -> date | None:
    """Returns a day before the delivery date, by policy some business days, while the supplier works."""
    delivery = opportunity.statement.delivery
    return add_business_days(delivery, -policy.reminders.delivery_days) if deadline(opportunity) and delivery else None


def missed_reminder(opportunity: Opportunity, policy: Policy) -> date | None:
    """Returns the business day after a missed delivery date."""
    delivery = opportunity.statement.delivery
    return add_business_days(delivery, 1) if deadline(opportunity) and delivery else None


step.reminder("delivery", delivery_reminder, until=deadline)
step.reminder("missed", missed_reminder)


def undelivered(opportunity: Opportunity, at: Moment) -> Message | None:
    return None if opportunity.delivered else Message("assessment.undelivered")


@step.command(
    "deliver",
    "livrer",
    by=(Role.DRAWN,),
    example="https://github.com/supplier/project/pull/1",
    example_fr="https://github.com/fournisseur/projet/pull/1",
    looks_up=("repository", "delivery"),
)
def deliver(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Accepts a public pull request, commit, branch or repository, and reads the repository again for the Exchange."""
    address, target = url_in(text), target_of(text, at.policy.repository_hosts)
    if not address or not target:
        return misused("deliver.refused-address", hosts=tuple(Line(host) for host in at.policy.repository_hosts))
    found = at.lookups.repositories.get(target.repository.casefold())
    if not found or not found.public:
        return refuse("repo.refused-private", repository=Line(target.repository))
    evidence = at.lookups.deliveries.get(text.strip())
    if evidence is None:
        return refuse("deliver.refused-missing", delivered=Url(address))
    if opportunity.revision and opportunity.evidence and opportunity.evidence.commit == evidence.commit:
        return refuse("deliver.refused-same", delivered=Url(address), commit=Line(evidence.commit[:10]))
    work = named_repository(address, found, at.policy.repository_hosts)
    say = Message(
        "deliver.done",
        clients=called(*opportunity.clients),
        delivered=Url(address),
        criteria=opportunity.statement.criteria_count,
        anew=bool(opportunity.marks),
        evidence=describe_evidence(opportunity, work, evidence),
    )
    return record(work, Delivered(address), EvidenceGathered(evidence), say=say)


LICENCES = re.compile(r"\b(?:MIT|Apache|[AL]?GPL|BSD|MPL|ISC)\b")
"""Licences that a criterion may name."""


def describe_evidence(opportunity: Opportunity, work: RepositoryNamed | None, evidence: Evidence) -> Message:
    """Describes the evidence, and the licences that the criteria name if the work has another."""
    criteria = f"{opportunity.statement.en.criteria}\n{opportunity.statement.fr.criteria}"
    asked = tuple(dict.fromkeys(LICENCES.findall(criteria)))
    licence = work.licence if work else None
    fits = not asked or (licence is not None and any(licence.startswith(name) for name in asked))
    return Message(
        "assessment.evidence",
        licence=licence,
        asked=tuple(Line(name) for name in asked) if not fits else (),
        commit=Line(evidence.commit[:10]),
        pull=Message(f"assessment.pull-{evidence.pull_state}") if evidence.pull_state else None,
        passed=evidence.checks_passed,
        failed=evidence.checks_failed,
        pending=evidence.checks_pending,
        names=tuple(Line(name) for name in evidence.failed),
        approvals=evidence.approvals,
        objections=evidence.changes_requested,
    )


@step.command(
    "criterion",
    "critère",
    by=(Role.CLIENT,),
    when=undelivered,
    takes_text=True,
    example="1 pass",
    example_fr="1 réussi",
)
def criterion(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    result, count = read_mark(text), opportunity.statement.criteria_count
    if not result or result.criterion is None:
        return misused("criterion.refused-arguments")
    number = result.criterion
    if not 1 <= number <= count:
        return refuse("criterion.refused-unknown", count=count)
    mark = CriterionMarked(number, result.passed, result.reason)
    left = tuple(
        n for n in range(1, count + 1) if n != number and not (n in opportunity.marks and opportunity.marks[n].passed)
    )
    return record(mark, say=Message("criterion.done", number=number, passed=result.passed, left=left))


@step.command(
    "revise",
    "réviser",
    by=(Role.CLIENT,),
    when=undelivered,
    takes_text=True,
    empty=Message("revise.refused-empty"),
    example="criterion 2: the tests do not cover wildcards",
    example_fr="critère 2 : les tests ne couvrent pas les caractères génériques",
)
def revise(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    assert opportunity.chosen is not None
    return record(RevisionAsked(text), say=Message("revise.done", supplier=Login(opportunity.chosen, ping=True)))


@step.command("accept", "accepter", by=(Role.CLIENT,), moves_on=True, when=undelivered, looks_up=("work",))
def accept_work(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    if opportunity.revision:
        return refuse("accept.refused-criteria", missing=(Message("assessment.in-revision"),))
    if not opportunity.criteria_passed():
        return refuse("accept.refused-criteria", missing=_unmarked(opportunity))
    work = opportunity.repository_named
    found = at.lookups.repositories.get(work.name.casefold()) if work else None
    if not work or not found or not found.licence:
        return _lapsed(opportunity, "licence", repository=Url(work.url) if work else None)
    delivered = Url(opportunity.delivered.url) if opportunity.delivered else None
    evidence = at.lookups.deliveries.get(delivered.href) if delivered else None
    if evidence is None:
        return _lapsed(opportunity, "gone", delivered=delivered)
    if opportunity.evidence and evidence.commit != opportunity.evidence.commit:
        changed = {"before": Line(opportunity.evidence.commit[:10]), "now": Line(evidence.commit[:10])}
        return _lapsed(opportunity, "changed", **changed, delivered=delivered)
    return record(
        named_repository(work.url, found, at.policy.repository_hosts),
        EvidenceGathered(evidence),
        Accepted(at.today),
        say=Message("accept.done", supplier=Login(opportunity.chosen or "", ping=True)),
    )


def _lapsed(opportunity: Opportunity, why: str, **args: Any) -> Decision:
    """Refuses to accept the delivery; the supplier has the next turn."""
    say = Message(f"accept.refused-{why}", supplier=Login(opportunity.chosen or "", ping=True), **args)
    return Decision((DeliveryLapsed(why),) if opportunity.lapsed != why else (), say, refused=True)


def _unmarked(opportunity: Opportunity) -> Blockers:
    """Returns what each criterion still lacks, a sentence each."""
    return tuple(
        Message("assessment.failed" if number in opportunity.marks else "assessment.unmarked", number=number)
        for number in range(1, opportunity.statement.criteria_count + 1)
        if number not in opportunity.marks or not opportunity.marks[number].passed
    )


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    if opportunity.accepted:
        return ()
    if not opportunity.delivered:
        return (Message("assessment.undelivered"),)
    if opportunity.revision:
        return (Message("assessment.in-revision"),)
    if opportunity.lapsed:
        return (Message("assessment.lapsed", why=opportunity.lapsed),)
    return _unmarked(opportunity) or (Message("assessment.unaccepted"),)
