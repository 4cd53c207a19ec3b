"""Commands that end an opportunity, a contract or a run: cancel, terminate, offer to the next supplier, repost."""

from bot.pipeline.calendar import add_business_days, is_business_day
from bot.pipeline.model.facts import Cancelled, Entered, OfferedAgain, Reposted, Rescheduled, Terminated
from bot.pipeline.model.opportunity import Opportunity, same
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message, called, link_to
from bot.pipeline.reading.arguments import read_date
from bot.pipeline.rules import Decision, Moment, Notice, misused, record, refuse
from bot.pipeline.step import Declarations
from bot.pipeline.steps.evaluation import failed_to_attract

aside = Declarations()


@aside.command(
    "cancel",
    "annuler",
    by=(Role.CLIENT, Role.COORDINATOR),
    steps=tuple(range(1, 8)),
    steps_of={Role.CLIENT: tuple(range(1, 6))},
    even_if=("held", "terminated"),
    takes_text=True,
    empty=Message("cancel.refused-reason"),
    example="the need has gone away",
    example_fr="le besoin n’existe plus",
)
def cancel(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    return record(Cancelled(text), say=Message("cancel.done"))


@aside.command(
    "terminate",
    "résilier",
    by=(Role.COORDINATOR,),
    steps=(6, 7),
    when=lambda opportunity, at: None if opportunity.chosen else Message("terminate.nobody"),
    takes_text=True,
    empty=Message("terminate.refused-reason"),
    example="nothing was delivered",
    example_fr="rien n’a été livré",
)
def terminate(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    assert opportunity.chosen is not None
    people = called(opportunity.chosen, *opportunity.clients)
    left = following(opportunity)
    say = Message("terminate.done", people=people, reason=text, following=Login(left) if left else None)
    return record(Terminated(opportunity.chosen, text), say=say)


def following(opportunity: Opportunity) -> str | None:
    """Returns the supplier who follows the chosen one in the order of the draw, if any is left."""
    places = opportunity.drawn.order if opportunity.drawn else ()
    later = places[places.index(opportunity.chosen) + 1 :] if opportunity.chosen in places else ()
    for supplier in later:
        application = opportunity.application(supplier)
        if application and application.counts and supplier not in opportunity.declined:
            return supplier
    return None


def nobody_to_offer(opportunity: Opportunity, at: Moment) -> Message | None:
    if not opportunity.terminated:
        return Message("next.running")
    return None if opportunity.chosen else Message("next.nobody")


@aside.command(
    "next",
    "suivant",
    by=(Role.COORDINATOR,),
    steps=(6, 7),
    even_if=("terminated",),
    moves_on=True,
    when=nobody_to_offer,
    example="YYYY-MM-DD",
    example_fr="AAAA-MM-JJ",
)
def offer_next(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Offers the contract to the next passing supplier, with a new delivery date if one is given.

    A date is required if the old one has passed.
    """
    day, _ = read_date(text)
    if text and not day:
        return misused("next.refused-date")
    delivery = day or opportunity.statement.delivery
    if not delivery or delivery <= at.today:
        return misused("next.refused-past", delivery=delivery)
    if not is_business_day(delivery):
        return refuse("extend.refused-holiday", day=delivery, instead=add_business_days(delivery, 1))
    assert opportunity.chosen is not None
    dates = (Rescheduled(None, None, day, ""),) if day else ()
    return record(OfferedAgain(), *dates, Entered(6), say=Message("next.done", supplier=Login(opportunity.chosen)))


def not_to_repost(opportunity: Opportunity, at: Moment) -> Message | None:
    left = (
        opportunity.step == 6 and not opportunity.chosen and (opportunity.drawn is not None or not opportunity.passing)
    )
    return None if opportunity.terminated or failed_to_attract(opportunity) or left else Message("repost.running")


@aside.command(
    "repost",
    "réafficher",
    by=(Role.COORDINATOR,),
    steps=(5, 6, 7),
    even_if=("terminated",),
    moves_on=True,
    when=not_to_repost,
)
def repost(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Starts another run at the description, for new dates and a new approval.

    The supplier of a terminated contract cannot apply again.
    """
    clients = called(*opportunity.clients)
    barred = opportunity.terminated.supplier if opportunity.terminated else None
    suppliers = called(*(supplier for supplier in opportunity.taking_part if not same(supplier, barred)))
    say = Message("repost.done", clients=clients, suppliers=suppliers, barred=Login(barred) if barred else None)
    return record(Reposted(), Entered(3), say=say)


@aside.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Tells everyone who takes part that the opportunity was cancelled."""
    if opportunity.status != "cancelled" or "not-eligible" in opportunity.signals:
        return ()
    pull, reserved = opportunity.pull("posting"), "funds-reserved" in opportunity.signals
    finance = at.policy.teams.finance if reserved else None
    cancelled = Message(
        "exceptions.cancelled",
        people=called(
            *opportunity.clients, *(a.supplier for a in opportunity.applicants), opportunity.coordinator, finance
        ),
        funds=reserved,
        reason=opportunity.ended,
        pull=link_to(pull) if pull and pull.state == "open" else None,
        posted=opportunity.merged("posting"),
    )
    return (Notice("cancelled", cancelled),)
