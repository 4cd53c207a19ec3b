"""What ends an opportunity, a contract or a run: cancellation, termination, the next supplier, another run."""

from bot.pipeline.calendar import add_business_days, is_business_day
from bot.pipeline.facts import Cancelled, Entered, OfferedAgain, Reposted, Rescheduled, Terminated
from bot.pipeline.opportunity import Opportunity, same
from bot.pipeline.roles import Role
from bot.pipeline.step import Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.steps.clock import dated
from bot.pipeline.steps.evaluation import failed_to_attract
from bot.pipeline.words import Login, Message, Url, called

step = Step(0, "ending", turn=lambda o, at: None)

COORDINATOR = (Role.COORDINATOR,)


@step.command(
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
def cancel(o: Opportunity, at: Moment, text: str) -> Decision:
    return record(Cancelled(text), say=Message("cancel.done"))


@step.command(
    "terminate",
    "résilier",
    by=COORDINATOR,
    steps=(6, 7),
    when=lambda o, at: None if o.chosen else Message("terminate.nobody"),
    takes_text=True,
    empty=Message("terminate.refused-reason"),
    example="nothing was delivered",
    example_fr="rien n’a été livré",
)
def terminate(o: Opportunity, at: Moment, text: str) -> Decision:
    assert o.chosen is not None
    people = called(o.chosen, *o.clients)
    left = following(o)
    say = Message("terminate.done", people=people, reason=text, following=Login(left) if left else None)
    return record(Terminated(o.chosen, text), say=say)


def following(o: Opportunity) -> str | None:
    """Who comes after the one whose turn it is in the draw."""
    places = o.drawn.order if o.drawn else ()
    later = places[places.index(o.chosen) + 1 :] if o.chosen in places else ()
    for supplier in later:
        application = o.application(supplier)
        if application and application.counts and supplier not in o.declined:
            return supplier
    return None


def nobody_to_offer(o: Opportunity, at: Moment) -> Message | None:
    if not o.terminated:
        return Message("next.running")
    return None if o.chosen else Message("next.nobody")


@step.command(
    "next",
    "suivant",
    by=COORDINATOR,
    steps=(6, 7),
    even_if=("terminated",),
    moves_on=True,
    when=nobody_to_offer,
    example="YYYY-MM-DD",
    example_fr="AAAA-MM-JJ",
)
def offer_next(o: Opportunity, at: Moment, text: str) -> Decision:
    """The contract goes to the next passing supplier; a new delivery date where the old one is past, or wanted."""
    day, _ = dated(text)
    if text and not day:
        return misused("next.refused-date")
    delivery = day or o.statement.delivery
    if not delivery or delivery <= at.today:
        return misused("next.refused-past", delivery=delivery)
    if not is_business_day(delivery):
        return refuse("extend.refused-holiday", day=delivery, instead=add_business_days(delivery, 1))
    assert o.chosen is not None
    dates = (Rescheduled(None, None, day, ""),) if day else ()
    return record(OfferedAgain(), *dates, Entered(6), say=Message("next.done", supplier=Login(o.chosen)))


def not_to_repost(o: Opportunity, at: Moment) -> Message | None:
    left = o.step == 6 and not o.chosen and (o.drawn is not None or not o.passing)
    return None if o.terminated or failed_to_attract(o) or left else Message("repost.running")


@step.command(
    "repost",
    "réafficher",
    by=COORDINATOR,
    steps=(5, 6, 7),
    even_if=("terminated",),
    moves_on=True,
    when=not_to_repost,
)
def repost(o: Opportunity, at: Moment, text: str) -> Decision:
    """Run again: back to the description, for new dates and a new approval; who defaulted cannot apply again."""
    clients = called(*o.clients)
    barred = o.terminated.supplier if o.terminated else None
    suppliers = called(*(supplier for supplier in o.taking_part if not same(supplier, barred)))
    say = Message("repost.done", clients=clients, suppliers=suppliers, barred=Login(barred) if barred else None)
    return record(Reposted(), Entered(3), say=say)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Everyone who takes part learns that it was cancelled."""
    if o.status != "cancelled" or "not-eligible" in o.signals:
        return ()
    pull, reserved = o.pull("posting"), "funds-reserved" in o.signals
    finance = at.policy.teams.finance if reserved else None
    cancelled = Message(
        "exceptions.cancelled",
        people=called(*o.clients, *(a.supplier for a in o.applicants), o.coordinator, finance),
        funds=reserved,
        reason=o.ended,
        pull=Url(pull.url, f"#{pull.number}") if pull and pull.state == "open" else None,
        posted=o.merged("posting"),
    )
    return (Notice("cancelled", cancelled),)
