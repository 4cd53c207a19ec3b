"""Step 2, eligibility: may this need be bought this way, and is there room for it?

A coordinator ticks the checklist, then sets `eligible` or `not-eligible`. With room the opportunity goes on
to its description; without, it waits in line and goes on by itself.
"""

from bot.pipeline.facts import Cancelled, Fact, Signalled, Waitlisted
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, record, refuse
from bot.pipeline.words import Login, Message

step = Step(2, "eligibility", turn=lambda o, at: Role.COORDINATOR)

step.checklist("is-code", "within-ceiling", "unclassified", "open-source", "open-repository", "not-split", "clear-end")


@step.signal("eligible", by=Role.COORDINATOR)
def found_eligible(o: Opportunity, at: Moment) -> Decision:
    if boxes := step.unticked(o, at):
        return refuse("eligibility.refused-unticked", boxes=boxes)
    found: tuple[Fact, ...] = (Signalled("eligible", True),)
    return record(*found if at.room else (*found, Waitlisted()))


@step.signal("not-eligible", by=Role.COORDINATOR)
def found_ineligible(o: Opportunity, at: Moment) -> Decision:
    return record(Signalled("not-eligible", True), Cancelled("not-eligible"))


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """The client learns why not, and how else to buy."""
    if o.ended != "not-eligible":
        return ()
    clients = tuple(Login(client, ping=True) for client in o.clients)
    ineligible = Message(
        "eligibility.not-eligible", clients=clients, boxes=step.unticked(o, at), ceiling=at.policy.ceiling_total
    )
    return (Notice("not-eligible", ineligible),)


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    """Eligible, and one of the places in steps 3 to 8 is free (policy: capacity)."""
    if "eligible" not in o.signals:
        return (*step.unticked(o, at), Message("eligibility.undecided"))
    return () if at.room else (Message("eligibility.no-room", capacity=at.policy.capacity),)
