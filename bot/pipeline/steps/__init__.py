"""The nine steps of the client guide, one file each, in order."""

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
