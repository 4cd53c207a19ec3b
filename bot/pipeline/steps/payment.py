"""Step 8, payment: the invoice is received, approved and paid. The bot moves no money; finance sets the labels.

The entry for the Open Resource Exchange is proposed at the same time.
"""

from bot.pipeline.model.facts import Signalled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Line, Login, Message
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, record, refuse
from bot.pipeline.step import Step

PAPERS = ("invoice-received", "invoice-approved", "paid")


def turn(opportunity: Opportunity, at: Moment) -> Role:
    return Role.FINANCE if "invoice-received" in opportunity.signals else Role.SUPPLIER


def accepted(opportunity: Opportunity) -> Blockers:
    return () if opportunity.accepted else (Message("payment.unaccepted"),)


def details(opportunity: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "supplier": Login(opportunity.chosen or ""),
        "price": opportunity.statement.price,
        "accepted": opportunity.accepted,
        "invoice_to": Line(at.policy.payment.invoice_to),
    }


step = Step(8, "payment", turn=turn, details=details, requires=accepted)

step.track(
    invoice_received=lambda opportunity: "invoice-received" in opportunity.signals,
    invoice_approved=lambda opportunity: "invoice-approved" in opportunity.signals,
    paid=lambda opportunity: "paid" in opportunity.signals,
)


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Explains to the supplier how to be paid."""
    supplier = Login(opportunity.chosen or "", ping=True)
    return (Notice("invoice 8", Message("payment.invoice", **details(opportunity, at) | {"supplier": supplier})),)


@step.signal("invoice-received", by=Role.FINANCE)
def invoice_received(opportunity: Opportunity, at: Moment) -> Decision:
    return record(Signalled("invoice-received", True))


@step.signal("invoice-approved", by=Role.FINANCE)
def invoice_approved(opportunity: Opportunity, at: Moment) -> Decision:
    return _after(opportunity, at, "invoice-approved")


@step.signal("paid", by=Role.FINANCE)
def paid(opportunity: Opportunity, at: Moment) -> Decision:
    return _after(opportunity, at, "paid")


def _after(opportunity: Opportunity, at: Moment, label: str) -> Decision:
    """Requires the labels of the earlier papers; those on the issue count even if their webhooks are late."""
    before = PAPERS[: PAPERS.index(label)]
    missing = tuple(Line(paper) for paper in before if paper not in opportunity.signals and paper not in at.labels)
    if missing and not opportunity.overriding:
        return refuse("payment.refused-order", label=Line(label), missing=missing)
    return record(Signalled(label, True))


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    return tuple(Message(f"payment.{paper}-missing") for paper in PAPERS if paper not in opportunity.signals)
