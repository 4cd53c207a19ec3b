"""What stands in the way on any step: a hold, an ended contract, an open dispute; too much silence; the override.

Anyone who takes part can open a dispute; nothing moves on until a coordinator settles it.
"""

from datetime import date

from bot.pipeline.calendar import add_business_days, eastern_date
from bot.pipeline.facts import Disputed, OverrideAllowed, Settled
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, record, refuse
from bot.pipeline.steps import step_of, turn_of
from bot.pipeline.words import Login, Message, called

step = Step(0, "exceptions", turn=lambda o, at: None)

COORDINATOR = (Role.COORDINATOR,)


@step.command(
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
def dispute(o: Opportunity, at: Moment, text: str) -> Decision:
    if o.dispute:
        return refuse("dispute.refused-open", by=Login(o.dispute.by))
    coordinator = o.in_charge
    return record(Disputed(at.actor, text), say=Message("dispute.done", coordinator=coordinator))


@step.command(
    "resolve",
    "régler",
    by=COORDINATOR,
    steps=(5, 6, 7, 8),
    even_if=("held", "terminated"),
    when=lambda o, at: None if o.dispute else Message("resolve.none"),
    takes_text=True,
    empty=Message("resolve.refused-empty"),
    example="both agree that criterion 2 is met",
    example_fr="les deux parties conviennent que le critère 2 est satisfait",
)
def resolve(o: Opportunity, at: Moment, text: str) -> Decision:
    by = o.dispute.by if o.dispute else ""
    return record(Settled(text), say=Message("resolve.done", by=Login(by, ping=True)))


@step.command(
    "override",
    "déroger",
    by=COORDINATOR,
    takes_text=True,
    empty=Message("override.refused-reason"),
    example="finance has confirmed the reservation by phone",
    example_fr="les finances ont confirmé la réservation par téléphone",
)
def override(o: Opportunity, at: Moment, text: str) -> Decision:
    """The next guarded label that a coordinator or finance sets moves through, recorded with this reason."""
    return record(OverrideAllowed(text), say=Message("override.done"))


def in_the_way(o: Opportunity) -> Blockers:
    """What keeps an opportunity from moving on that is no matter of its step."""
    if o.held:
        return (Message("exceptions.on-hold"),)
    disputed: Blockers = (Message("exceptions.disputed"),) if o.dispute else ()
    if o.terminated:
        return (*disputed, Message("exceptions.what-next", following=Login(o.chosen) if o.chosen else None))
    return disputed


def silent_until(o: Opportunity, policy: Policy) -> date | None:
    """The day from which silence is too long; none while suppliers may apply or nobody here has to act."""
    if not o.running or o.held or o.open or o.last_moved is None:
        return None
    return add_business_days(eastern_date(o.last_moved), policy.reminders.silence_days)


step.reminder("silence", silent_until)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Whoever's turn it is learns that nothing was heard."""
    day, turn = silent_until(o, at.policy), turn_of(o, at)
    if not o.reminded("silence", day) or not turn:
        return ()
    turns = {Role.CLIENT: o.clients, Role.SUPPLIER: (o.chosen,), Role.FINANCE: (at.policy.teams.finance,)}
    silence = Message(
        "exceptions.silence",
        people=called(*turns.get(turn, ()), o.coordinator),
        days=at.policy.reminders.silence_days,
        missing=in_the_way(o) or step_of(o).blockers(o, at),
    )
    return (Notice(f"silence {day}", silence),)
