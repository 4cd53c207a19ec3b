"""Disputes and overrides, the reminder of silence, and what keeps an opportunity in any step.

The client and applicants can open a dispute; the opportunity stays in its step until a coordinator settles it.
"""

from datetime import date

from bot.pipeline.calendar import add_business_days, eastern_date
from bot.pipeline.model.facts import Disputed, OverrideAllowed, Settled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message, called
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, record, refuse
from bot.pipeline.step import Declarations
from bot.pipeline.steps import step_of, turn_of

aside = Declarations()


@aside.command(
    "dispute",
    "différend",
    by=(Role.CLIENT, Role.APPLICANT),
    steps=(5, 6, 7, 8),
    even_if=("terminated",),
    takes_text=True,
    empty=Message("dispute.refused-empty"),
    example="the criterion asks for something that was not posted",
    example_fr="le critère demande une chose qui n’a pas été publiée",
)
def dispute(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    if opportunity.dispute:
        return refuse("dispute.refused-open", by=Login(opportunity.dispute.by))
    coordinator = opportunity.in_charge
    return record(Disputed(at.actor, text), say=Message("dispute.done", coordinator=coordinator))


@aside.command(
    "resolve",
    "régler",
    by=(Role.COORDINATOR,),
    steps=(5, 6, 7, 8),
    even_if=("held", "terminated"),
    when=lambda opportunity, at: None if opportunity.dispute else Message("resolve.none"),
    takes_text=True,
    empty=Message("resolve.refused-empty"),
    example="both agree that criterion 2 is met",
    example_fr="les deux parties conviennent que le critère 2 est satisfait",
)
def resolve(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    by = opportunity.dispute.by if opportunity.dispute else ""
    return record(Settled(text), say=Message("resolve.done", by=Login(by, ping=True)))


@aside.command(
    "override",
    "déroger",
    by=(Role.COORDINATOR,),
    takes_text=True,
    empty=Message("override.refused-reason"),
    example="finance has confirmed the reservation by phone",
    example_fr="les finances ont confirmé la réservation par téléphone",
)
def override(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Allows the next guarded label of a coordinator or finance, and records it with this reason."""
    return record(OverrideAllowed(text), say=Message("override.done"))


def in_the_way(opportunity: Opportunity) -> Blockers:
    """Returns blockers that do not depend on the step: a hold, a dispute, a terminated contract."""
    if opportunity.on_hold:
        return (Message("exceptions.on-hold"),)
    disputed: Blockers = (Message("exceptions.disputed"),) if opportunity.dispute else ()
    if opportunity.terminated:
        return (
            *disputed,
            Message("exceptions.what-next", following=Login(opportunity.chosen) if opportunity.chosen else None),
        )
    return disputed


def silent_until(opportunity: Opportunity, policy: Policy) -> date | None:
    """Returns the day from which silence is too long, or None while applications are open or the clock is stopped."""
    if not opportunity.running or opportunity.on_hold or opportunity.open or opportunity.last_moved is None:
        return None
    return add_business_days(eastern_date(opportunity.last_moved), policy.reminders.silence_days)


aside.reminder("silence", silent_until)


@aside.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Reminds the people whose turn it is after a long silence."""
    day, turn = silent_until(opportunity, at.policy), turn_of(opportunity, at)
    if not opportunity.reminded("silence", day) or not turn:
        return ()
    turns = {
        Role.CLIENT: opportunity.clients,
        Role.SUPPLIER: (opportunity.chosen,),
        Role.FINANCE: (at.policy.teams.finance,),
    }
    silence = Message(
        "exceptions.silence",
        people=called(*turns.get(turn, ()), opportunity.coordinator),
        days=at.policy.reminders.silence_days,
        missing=in_the_way(opportunity) or step_of(opportunity).blockers(opportunity, at),
    )
    return (Notice(f"silence {day}", silence),)
