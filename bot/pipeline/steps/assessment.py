"""Step 7, assessment: the supplier works in the open and delivers; the client marks each acceptance criterion.

Only what passes every criterion is accepted, and only what is accepted is paid.
"""

import re
from datetime import date, datetime
from typing import Any

from bot.pipeline.calendar import add_business_days, end_of
from bot.pipeline.commands import RESULT, passes
from bot.pipeline.commands import url as url_in
from bot.pipeline.evidence import Evidence, target_of
from bot.pipeline.facts import (
    Accepted,
    CriterionMarked,
    Delivered,
    DeliveryLapsed,
    EvidenceGathered,
    RepositoryNamed,
    RevisionAsked,
)
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.repositories import named
from bot.pipeline.roles import Role
from bot.pipeline.statement import top_items
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.words import Line, Login, Message, Url, called


def turn(o: Opportunity, at: Moment) -> Role:
    return Role.CLIENT if o.delivered and not (o.revision or o.lapsed) else Role.SUPPLIER


def deadline(o: Opportunity) -> datetime | None:
    """The end of the delivery date, while the supplier works."""
    return end_of(o.statement.delivery) if o.statement.delivery and (o.revision or not o.delivered) else None


def details(o: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "supplier": Login(o.chosen) if o.chosen else None,
        "repository": Url(o.repository_named.url) if o.repository_named else None,
        "delivered": Url(o.delivered.url) if o.delivered else None,
        "evidence": told(o, o.repository_named, o.evidence) if o.evidence else None,
        "criteria": tuple(_criterion(o, number) for number in range(1, o.statement.criteria_count + 1)),
    }


def _criterion(o: Opportunity, number: int) -> dict[str, object]:
    """A criterion as the status comment shows it: its words in each language and its mark."""
    words = {lang: top_items(o.statement.text(lang).criteria) for lang in ("en", "fr")}
    mark = o.marks.get(number)
    return {
        "number": number,
        "words": {lang: items[number - 1] if number <= len(items) else "" for lang, items in words.items()},
        "passed": mark.passed if mark else None,
        "note": mark.note if mark else "",
    }


def contract_taken(o: Opportunity) -> Blockers:
    if not o.chosen:
        return (Message("terminate.nobody"),)
    return () if o.confirmed else (Message("selection.unconfirmed", supplier=Login(o.chosen)),)


step = Step(7, "assessment", turn=turn, deadline=deadline, details=details, requires=contract_taken)

step.track(
    delivered=lambda o: o.delivered is not None,
    passed=lambda o: o.criteria_passed(),
    accepted=lambda o: o.accepted is not None,
)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """The supplier learns that the work may begin, and that the date comes near; the others, that it was missed."""
    delivery = o.statement.delivery
    supplier = Login(o.chosen or "", ping=True)
    told: list[Notice] = []
    if o.step == 7 and deadline(o) and o.reminded("delivery", delivery_reminder(o, at.policy)):
        soon = Message("assessment.due-soon", supplier=supplier, delivery=delivery)
        told.append(Notice(f"due {delivery} {o.chosen}", soon))
    if o.step == 7 and deadline(o) and o.reminded("missed", missed_reminder(o, at.policy)):
        missed = Message(
            "assessment.missed",
            people=called(*o.clients, o.coordinator),
            supplier=Login(o.chosen or ""),
            delivery=delivery,
            later=add_business_days(at.today, 5),
        )
        told.append(Notice(f"missed {delivery} {o.chosen}", missed))
    if not o.repository_named:
        return tuple(told)
    begin = Message(
        "assessment.begin",
        supplier=Login(o.chosen or "", ping=True),
        repository=Url(o.repository_named.url),
        delivery=o.statement.delivery,
    )
    return (Notice(f"begin {o.chosen}", begin), *told)


def delivery_reminder(o: Opportunity, policy: Policy) -> date | None:
    """So many business days before the delivery date, while the supplier works."""
    delivery = o.statement.delivery
    return add_business_days(delivery, -policy.reminders.delivery_days) if deadline(o) and delivery else None


def missed_reminder(o: Opportunity, policy: Policy) -> date | None:
    """The business day after a delivery date that was missed."""
    delivery = o.statement.delivery
    return add_business_days(delivery, 1) if deadline(o) and delivery else None


step.reminder("delivery", delivery_reminder, until=deadline)
step.reminder("missed", missed_reminder)


def undelivered(o: Opportunity, at: Moment) -> Message | None:
    return None if o.delivered else Message("assessment.undelivered")


@step.command(
    "deliver",
    "livrer",
    by=(Role.DRAWN,),
    example="https://github.com/supplier/project/pull/1",
    example_fr="https://github.com/fournisseur/projet/pull/1",
    looks_up=("repository", "delivery"),
)
def deliver(o: Opportunity, at: Moment, text: str) -> Decision:
    """A pull request, commit, branch or repository, public; the repository is looked at afresh for the Exchange."""
    address, target = url_in(text), target_of(text, at.policy.repository_hosts)
    if not address or not target:
        return misused("deliver.refused-address", hosts=tuple(Line(host) for host in at.policy.repository_hosts))
    found = at.known.repositories.get(target.repository.casefold())
    if not found or not found.public:
        return refuse("repo.refused-private", repository=Line(target.repository))
    evidence = at.known.deliveries.get(text.strip())
    if evidence is None:
        return refuse("deliver.refused-missing", delivered=Url(address))
    if o.revision and o.evidence and o.evidence.commit == evidence.commit:
        return refuse("deliver.refused-same", delivered=Url(address), commit=Line(evidence.commit[:10]))
    work = named(address, found, at.policy.repository_hosts)
    say = Message(
        "deliver.done",
        clients=called(*o.clients),
        delivered=Url(address),
        criteria=o.statement.criteria_count,
        anew=bool(o.marks),
        evidence=told(o, work, evidence),
    )
    return record(work, Delivered(address), EvidenceGathered(evidence), say=say)


LICENCES = re.compile(r"\b(?:MIT|Apache|[AL]?GPL|BSD|MPL|ISC)\b")
"""Licences that a criterion may name."""


def told(o: Opportunity, work: RepositoryNamed | None, evidence: Evidence) -> Message:
    """The evidence in words. The licence is held against those that the English and French criteria name."""
    criteria = f"{o.statement.en.criteria}\n{o.statement.fr.criteria}"
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
def criterion(o: Opportunity, at: Moment, text: str) -> Decision:
    match = re.fullmatch(
        rf"(?P<n>\d{{1,3}})[\s:,]+{RESULT}[\s,:]*(?P<note>.*)",
        text.strip(),
        re.DOTALL | re.IGNORECASE,
    )
    if not match:
        return misused("criterion.refused-arguments")
    number, count = int(match["n"]), o.statement.criteria_count
    if not 1 <= number <= count:
        return refuse("criterion.refused-unknown", count=count)
    passed = passes(match["result"])
    mark = CriterionMarked(number, passed, match["note"].strip())
    left = tuple(n for n in range(1, count + 1) if n != number and not (n in o.marks and o.marks[n].passed))
    return record(mark, say=Message("criterion.done", number=number, passed=passed, left=left))


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
def revise(o: Opportunity, at: Moment, text: str) -> Decision:
    assert o.chosen is not None
    return record(RevisionAsked(text), say=Message("revise.done", supplier=Login(o.chosen, ping=True)))


@step.command("accept", "accepter", by=(Role.CLIENT,), moves_on=True, when=undelivered, looks_up=("work",))
def accept(o: Opportunity, at: Moment, text: str) -> Decision:
    if o.revision:
        return refuse("accept.refused-criteria", missing=(Message("assessment.in-revision"),))
    if not o.criteria_passed():
        return refuse("accept.refused-criteria", missing=_unmarked(o))
    work = o.repository_named
    seen = at.known.repositories.get(work.name.casefold()) if work else None
    if not work or not seen or not seen.licence:
        return _lapsed(o, "licence", repository=Url(work.url) if work else None)
    delivered = Url(o.delivered.url) if o.delivered else None
    evidence = at.known.deliveries.get(delivered.href) if delivered else None
    if evidence is None:
        return _lapsed(o, "gone", delivered=delivered)
    if o.evidence and evidence.commit != o.evidence.commit:
        changed = {"before": Line(o.evidence.commit[:10]), "now": Line(evidence.commit[:10])}
        return _lapsed(o, "changed", **changed, delivered=delivered)
    return record(
        named(work.url, seen, at.policy.repository_hosts),
        EvidenceGathered(evidence),
        Accepted(at.today),
        say=Message("accept.done", supplier=Login(o.chosen or "", ping=True)),
    )


def _lapsed(o: Opportunity, why: str, **args: Any) -> Decision:
    """Refused, and the supplier's turn."""
    say = Message(f"accept.refused-{why}", supplier=Login(o.chosen or "", ping=True), **args)
    return Decision((DeliveryLapsed(why),) if o.lapsed != why else (), say, refused=True)


def _unmarked(o: Opportunity) -> Blockers:
    """What each criterion still lacks."""
    return tuple(
        Message("assessment.failed" if number in o.marks else "assessment.unmarked", number=number)
        for number in range(1, o.statement.criteria_count + 1)
        if number not in o.marks or not o.marks[number].passed
    )


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    if o.accepted:
        return ()
    if not o.delivered:
        return (Message("assessment.undelivered"),)
    if o.revision:
        return (Message("assessment.in-revision"),)
    if o.lapsed:
        return (Message("assessment.lapsed", why=o.lapsed),)
    return _unmarked(o) or (Message("assessment.unaccepted"),)
