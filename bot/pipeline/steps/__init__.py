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
    """The step an opportunity is in. Raises IndexError for an issue that is none."""
    return STEPS[opportunity.step - 1]


def exceptional(opportunity: Opportunity) -> tuple[str, ...]:
    """What is not as usual, by the names that labels and messages have; what weighs most comes first."""
    states = {"on-hold": opportunity.held, "terminated": opportunity.terminated, "disputed": opportunity.dispute}
    return tuple(name for name, so in states.items() if so) if opportunity.going else ()


def state_of(opportunity: Opportunity) -> str:
    """How it stands, in a word that messages have (`status.is-…`)."""
    for name in exceptional(opportunity):
        return name
    if opportunity.running and opportunity.step == 5:
        return "open" if opportunity.open else "closed-to-applications"
    return opportunity.status


def turn_of(opportunity: Opportunity, at: Moment) -> Role | None:
    """Whom the opportunity waits for; None when nobody here can act on it."""
    if not opportunity.running or opportunity.held:
        return None
    return (
        Role.COORDINATOR
        if opportunity.terminated or opportunity.dispute
        else step_of(opportunity).turn(opportunity, at)
    )
