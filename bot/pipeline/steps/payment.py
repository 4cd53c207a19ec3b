"""Step 8, payment: the invoice comes in, is approved and paid. Money is never moved here: finance says it was.

The entry for the Open Resource Exchange is on its way at the same time.
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
    """The supplier learns how to be paid."""
    return (
        Notice(
            "invoice 8",
            Message(
                "payment.invoice", **details(opportunity, at) | {"supplier": Login(opportunity.chosen or "", ping=True)}
            ),
        ),
    )


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
    """A paper comes after the ones before it; their labels may be there before we hear of them."""
    before = PAPERS[: PAPERS.index(label)]
    missing = tuple(Line(paper) for paper in before if paper not in opportunity.signals and paper not in at.labels)
    if missing and not opportunity.overriding:
        return refuse("payment.refused-order", label=Line(label), missing=missing)
    return record(Signalled(label, True))


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    return tuple(Message(f"payment.{paper}-missing") for paper in PAPERS if paper not in opportunity.signals)
