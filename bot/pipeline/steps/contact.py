"""Step 1, contact: a public servant has a need, and a coordinator meets them.

The coordinator ticks the checklist, checks that the client is an employee of ESDC or Service Canada, and sets
`client-verified`.
"""

from bot.pipeline.model.facts import BoxTicked, Signalled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Message
from bot.pipeline.rules import Blockers, Decision, Moment, record
from bot.pipeline.step import Step

step = Step(1, "contact", turn=lambda opportunity, at: Role.COORDINATOR)

step.checklist("employee", "need-understood", "meeting-held")


@step.signal("client-verified", by=Role.COORDINATOR)
def client_verified(opportunity: Opportunity, at: Moment) -> Decision:
    return record(Signalled("client-verified", True), BoxTicked(1, "employee", True))


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    return () if "client-verified" in opportunity.signals else (Message("contact.unverified"),)
