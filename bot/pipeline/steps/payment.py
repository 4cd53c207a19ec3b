"""Step 8, payment: the invoice comes in, is approved and paid. Money is never moved here: finance says it was.

The entry for the Open Resource Exchange is on its way at the same time.
"""

from bot.pipeline.facts import Signalled
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, record, refuse
from bot.pipeline.words import Line, Login, Message

PAPERS = ("invoice-received", "invoice-approved", "paid")


def turn(o: Opportunity, at: Moment) -> Role:
    return Role.FINANCE if "invoice-received" in o.signals else Role.SUPPLIER


def accepted(o: Opportunity) -> Blockers:
    return () if o.accepted else (Message("payment.unaccepted"),)


def details(o: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "supplier": Login(o.chosen or ""),
        "price": o.statement.price,
        "accepted": o.accepted,
        "invoice_to": Line(at.policy.payment.invoice_to),
    }


step = Step(8, "payment", turn=turn, details=details, requires=accepted)

step.track(
    invoice_received=lambda o: "invoice-received" in o.signals,
    invoice_approved=lambda o: "invoice-approved" in o.signals,
    paid=lambda o: "paid" in o.signals,
)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """The supplier learns how to be paid."""
    return (
        Notice(
            "invoice 8", Message("payment.invoice", **details(o, at) | {"supplier": Login(o.chosen or "", ping=True)})
        ),
    )


@step.signal("invoice-received", by=Role.FINANCE)
def invoice_received(o: Opportunity, at: Moment) -> Decision:
    return record(Signalled("invoice-received", True))


@step.signal("invoice-approved", by=Role.FINANCE)
def invoice_approved(o: Opportunity, at: Moment) -> Decision:
    return _after(o, at, "invoice-approved")


@step.signal("paid", by=Role.FINANCE)
def paid(o: Opportunity, at: Moment) -> Decision:
    return _after(o, at, "paid")


def _after(o: Opportunity, at: Moment, label: str) -> Decision:
    """A paper comes after the ones before it; their labels may be there before we hear of them."""
    before = PAPERS[: PAPERS.index(label)]
    missing = tuple(Line(paper) for paper in before if paper not in o.signals and paper not in at.labels)
    if missing and not o.overriding:
        return refuse("payment.refused-order", label=Line(label), missing=missing)
    return record(Signalled(label, True))


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    return tuple(Message(f"payment.{paper}-missing") for paper in PAPERS if paper not in o.signals)
