"""Step 1, contact: a public servant has a need, and a coordinator meets them.

The coordinator ticks the checklist and sets `client-verified` once the client is known to be an employee of
ESDC or Service Canada.
"""

from bot.pipeline.facts import BoxTicked, Signalled
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Step, record
from bot.pipeline.words import Message

step = Step(1, "contact", turn=lambda o, at: Role.COORDINATOR)

step.checklist("employee", "need-understood", "meeting-held")


@step.signal("client-verified", by=Role.COORDINATOR)
def client_verified(o: Opportunity, at: Moment) -> Decision:
    return record(Signalled("client-verified", True), BoxTicked(1, "employee", True))


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    return () if "client-verified" in o.signals else (Message("contact.unverified"),)
