"""The nine steps of the client guide, one file each, in order."""

from bot.pipeline.opportunity import Opportunity
from bot.pipeline.roles import Role
from bot.pipeline.step import Moment, Step
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


def step_of(o: Opportunity) -> Step:
    """The step an opportunity is in. Raises IndexError for an issue that is none."""
    return STEPS[o.step - 1]


def exceptional(o: Opportunity) -> tuple[str, ...]:
    """What is not as usual, by the names that labels and messages have; what weighs most comes first."""
    states = {"on-hold": o.held, "terminated": o.terminated, "disputed": o.dispute}
    return tuple(name for name, so in states.items() if so) if o.going else ()


def state_of(o: Opportunity) -> str:
    """How it stands, in a word that messages have (`status.is-…`)."""
    for name in exceptional(o):
        return name
    if o.running and o.step == 5:
        return "open" if o.open else "closed-to-applications"
    return o.status


def turn_of(o: Opportunity, at: Moment) -> Role | None:
    """Whom the opportunity waits for; None when nobody here can act on it."""
    if not o.running or o.held:
        return None
    return Role.COORDINATOR if o.terminated or o.dispute else step_of(o).turn(o, at)
