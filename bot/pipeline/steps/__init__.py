"""The nine steps of the client guide, one file each, in order."""

from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.rules import Moment
from bot.pipeline.step import Step
from bot.pipeline.steps import (
    assessment,
    contact,
    description,
    eligibility,
    evaluation,
    exchange,
    payment,
    posting,
    selection,
)

STEPS: tuple[Step, ...] = (
    contact.step,
    eligibility.step,
    description.step,
    posting.step,
    evaluation.step,
    selection.step,
    assessment.step,
    payment.step,
    exchange.step,
)


def step_of(opportunity: Opportunity) -> Step:
    """Returns the step of an opportunity. Raises IndexError for an issue that is not an opportunity."""
    return STEPS[opportunity.step - 1]


def exceptional(opportunity: Opportunity) -> tuple[str, ...]:
    """Returns the exceptional states, by the names of their labels and messages, the most important first."""
    states = {"on-hold": opportunity.on_hold, "terminated": opportunity.terminated, "disputed": opportunity.dispute}
    return tuple(name for name, so in states.items() if so) if opportunity.going else ()


def state_of(opportunity: Opportunity) -> str:
    """Returns the state of an opportunity, by the name of its message (`status.is-…`)."""
    for name in exceptional(opportunity):
        return name
    if opportunity.running and opportunity.step == 5:
        return "open" if opportunity.open else "closed-to-applications"
    return opportunity.status


def turn_of(opportunity: Opportunity, at: Moment) -> Role | None:
    """Returns the role that the opportunity waits for, or None if it waits for no person here."""
    if not opportunity.running or opportunity.on_hold:
        return None
    return (
        Role.COORDINATOR
        if opportunity.terminated or opportunity.dispute
        else step_of(opportunity).turn(opportunity, at)
    )
