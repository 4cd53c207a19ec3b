"""Step 2, eligibility: may this need be bought this way, and is there room for it?

A coordinator ticks the checklist, then sets `eligible` or `not-eligible`. With room the opportunity goes on
to its description; without, it joins the waiting list and goes on by itself.
"""

from dataclasses import replace

from rapidfuzz import fuzz, utils

from bot.pipeline.model.facts import BoxTicked, Cancelled, Fact, Resembles, Signalled, Waitlisted
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Message, Url, called
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, record, refuse
from bot.pipeline.step import Step

ALIKE = 80
"""Likeness of two titles, out of 100, from which a notice calls the opportunities similar."""

step = Step(2, "eligibility", turn=lambda opportunity, at: Role.COORDINATOR)

step.checklist("is-code", "within-ceiling", "unclassified", "open-source", "open-repository", "not-split", "clear-end")


@step.signal("eligible", by=Role.COORDINATOR)
def found_eligible(opportunity: Opportunity, at: Moment) -> Decision:
    """Counts the ticks that GitHub shows now: the label's webhook may arrive before those of earlier ticks."""
    shown_ticked = tuple(box for box in step.boxes if box in at.lookups.ticked and not step.is_ticked(opportunity, box))
    ticked = replace(opportunity, ticked=opportunity.ticked | {(2, box) for box in shown_ticked})
    if (boxes := step.unticked(ticked, at)) and not opportunity.overriding:
        return refuse("eligibility.refused-unticked", boxes=boxes)
    found: tuple[Fact, ...] = (*(BoxTicked(2, box, True) for box in shown_ticked), Signalled("eligible", True))
    return record(*found if at.room else (*found, Waitlisted()))


@step.signal("not-eligible", by=Role.COORDINATOR)
def found_ineligible(opportunity: Opportunity, at: Moment) -> Decision:
    return record(Signalled("not-eligible", True), Cancelled(""))


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Points out similar opportunities to the coordinator, and explains to the client why the need is not eligible."""
    if opportunity.resembles and opportunity.step == 2 and opportunity.going:
        coordinator = opportunity.in_charge
        issues = opportunity.url.rpartition("/")[0]
        numbers = tuple(Url(f"{issues}/{number}", f"#{number}") for number in opportunity.resembles)
        return (Notice("similar", Message("eligibility.similar", coordinator=coordinator, numbers=numbers)),)
    if opportunity.status != "cancelled" or "not-eligible" not in opportunity.signals:
        return ()
    clients = called(*opportunity.clients)
    ineligible = Message(
        "eligibility.not-eligible",
        clients=clients,
        boxes=step.unticked(opportunity, at),
        ceiling=at.policy.ceiling_total,
    )
    return (Notice("not-eligible", ineligible),)


@step.enters
def resembling(opportunity: Opportunity, at: Moment) -> tuple[Fact, ...]:
    """Records which of the same client's other opportunities may be parts of one need.

    Several similar needs in a row may be contract splitting (Directive on the Management of Procurement, Treasury
    Board); a coordinator decides.
    """
    alike = (
        number
        for number, title in at.programme.others.items()
        if fuzz.token_set_ratio(opportunity.title, title, processor=utils.default_process) >= ALIKE
    )
    numbers = tuple(sorted(alike))
    return (Resembles(numbers),) if numbers else ()


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    """Requires `eligible`, and a free place in steps 3 to 8 (policy: capacity)."""
    if "eligible" not in opportunity.signals:
        return (*step.unticked(opportunity, at), Message("eligibility.undecided"))
    return () if at.room else (Message("eligibility.no-room", capacity=at.policy.capacity),)
