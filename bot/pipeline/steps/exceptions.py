"""What does not go by the straight road: holds, disputes, new dates, cancellation, termination, another run.

Each is a coordinator's to decide; a client can cancel before a supplier is selected, and anyone who takes part
can open a dispute. Nothing moves on while a dispute is open; on hold, the clock stands still as well.
"""

import re
from datetime import date

from bot.pipeline.calendar import add_business_days, business_days, eastern_date, is_business_day
from bot.pipeline.commands import login
from bot.pipeline.facts import (
    Assigned,
    Cancelled,
    ClientAdded,
    Disputed,
    Entered,
    Held,
    OfferedAgain,
    OverrideAllowed,
    Reposted,
    Rescheduled,
    Resumed,
    Settled,
    Terminated,
)
from bot.pipeline.opportunity import Opportunity, same
from bot.pipeline.policy import Policy
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.steps import step_of, turn_of
from bot.pipeline.steps.evaluation import failed_to_attract, moved
from bot.pipeline.words import Login, Message, Url

step = Step(0, "exceptions", turn=lambda o, at: None)

ALL_STEPS = tuple(range(1, 10))
COORDINATOR = (Role.COORDINATOR,)


# --- people --------------------------------------------------------------------------------------------------


@step.command(
    "client",
    "client",
    by=COORDINATOR,
    steps=tuple(range(1, 8)),
    even_if=("held", "terminated"),
    example="@login",
    looks_up=("person",),
)
def add_client(o: Opportunity, at: Moment, text: str) -> Decision:
    """Supplier and client are never the same person."""
    name = login(text)
    if not name:
        return misused("client.refused-login")
    if not at.known.standings[name.casefold()].known:
        return refuse("client.refused-unknown", client=Login(name))
    if any(same(name, client) for client in o.clients):
        return record(say=Message("client.again", client=Login(name)))
    if o.application(name) or name.casefold() in o.defaulted:
        return refuse("client.refused-supplier", client=Login(name))
    return record(ClientAdded(name), say=Message("client.done", client=Login(name, ping=True)))


@step.command(
    "assign",
    "assigner",
    by=COORDINATOR,
    steps=ALL_STEPS,
    even_if=("held", "terminated"),
    example="@login",
    looks_up=("person",),
)
def assign(o: Opportunity, at: Moment, text: str) -> Decision:
    name = login(text)
    if not name:
        return misused("assign.refused-login")
    if not at.known.standings[name.casefold()].coordinator:
        return refuse("assign.refused-role", person=Login(name))
    if same(name, o.coordinator):
        return record(say=Message("assign.again", coordinator=Login(name)))
    return record(Assigned(name), say=Message("assign.done", coordinator=Login(name, ping=True)))


# --- new dates -----------------------------------------------------------------------------------------------


def nothing_to_extend(o: Opportunity, at: Moment) -> Message | None:
    if o.step == 5:
        return None if o.open else Message("extend.closed")
    return Message("extend.delivered") if o.delivered and not o.revision else None


@step.command(
    "extend",
    "prolonger",
    by=COORDINATOR,
    steps=(5, 7),
    when=nothing_to_extend,
    example="YYYY-MM-DD to leave time for the questions",
    example_fr="AAAA-MM-JJ pour laisser le temps aux questions",
)
def extend(o: Opportunity, at: Moment, text: str) -> Decision:
    """A later closing date while open, a later delivery date while the supplier works; a reason may follow.

    Where the closing would come after the selection, or that after the delivery, they move along.
    """
    day, reason = dated(text)
    if not day:
        return misused("extend.refused-date")
    before = o.statement.closing if o.step == 5 else o.statement.delivery
    if day < at.today or (before and day <= before):
        return misused("extend.refused-early", before=before, today=at.today)
    if not is_business_day(day):
        return refuse("extend.refused-holiday", day=day, instead=add_business_days(day, 1))
    if o.step == 7:
        supplier = Login(o.chosen or "", ping=True)
        new = Rescheduled(None, None, day, reason)
        return record(new, say=Message("extend.delivery", supplier=supplier, delivery=day, reason=reason))
    new = moved(o, day, reason)
    return record(
        new,
        say=Message(
            "extend.closing",
            suppliers=tuple(Login(a.supplier, ping=True) for a in o.applicants),
            closing=day,
            selection=new.selection,
            delivery=new.delivery,
            reason=reason,
        ),
    )


def dated(text: str) -> tuple[date | None, str]:
    """A date as `YYYY-MM-DD` at the start of a text, and what follows it."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})\b[\s:,]*(.*)", text, re.DOTALL)
    try:
        return (date.fromisoformat(match[1]), match[2].strip()) if match else (None, text)
    except ValueError:
        return None, text


# --- the clock -----------------------------------------------------------------------------------------------


@step.command(
    "hold",
    "suspendre",
    by=COORDINATOR,
    steps=ALL_STEPS,
    even_if=("terminated",),
    takes_text=True,
    example="the budget is being reviewed",
    example_fr="le budget est en révision",
)
def hold(o: Opportunity, at: Moment, text: str) -> Decision:
    if not text:
        return misused("hold.refused-reason")
    return record(Held(text), say=Message("hold.done"))


@step.command(
    "resume",
    "reprendre",
    by=COORDINATOR,
    steps=ALL_STEPS,
    even_if=("held", "terminated"),
    when=lambda o, at: None if o.held else Message("resume.running"),
)
def resume(o: Opportunity, at: Moment, text: str) -> Decision:
    """Dates still ahead when the clock was stopped move by as many business days as it stood still."""
    new = _after_hold(o, at)
    facts = (Resumed(), new) if new else (Resumed(),)
    say = Message(
        "resume.done",
        suppliers=tuple(Login(supplier, ping=True) for supplier in _suppliers(o)) if new else (),
        closing=new.closing if new else None,
        selection=new.selection if new else None,
        delivery=new.delivery if new else None,
    )
    return record(*facts, say=say)


def _suppliers(o: Opportunity) -> tuple[str, ...]:
    """Those who still have a part in it: whoever has the contract, else everyone who applied."""
    if o.chosen and o.confirmed:
        return (o.chosen,)
    return tuple(application.supplier for application in o.applicants if application.supplier not in o.declined)


def _after_hold(o: Opportunity, at: Moment) -> Rescheduled | None:
    posted, working = 5 <= o.step <= 7, o.step == 7 and o.delivered and not o.revision
    if not o.held_since or not posted or working:
        return None
    statement = o.statement
    closing = statement.closing if o.open else None
    selection = statement.selection if o.step < 7 else None
    first = closing or selection or statement.delivery
    days = business_days(eastern_date(o.held_since), at.today)
    while first and add_business_days(first, days) < at.today:
        days += 1
    if not days:
        return None
    closing, selection, delivery = (
        day and add_business_days(day, days) for day in (closing, selection, statement.delivery)
    )
    return Rescheduled(closing, selection, delivery, "")


# --- disputes ------------------------------------------------------------------------------------------------


@step.command(
    "dispute",
    "différend",
    by=(Role.CLIENT, Role.APPLICANT),
    steps=(5, 6, 7, 8),
    even_if=("terminated",),
    takes_text=True,
    example="the criterion asks for something that was not posted",
    example_fr="le critère demande une chose qui n’a pas été publiée",
)
def dispute(o: Opportunity, at: Moment, text: str) -> Decision:
    if not text:
        return misused("dispute.refused-empty")
    if o.dispute:
        return refuse("dispute.refused-open", by=Login(o.dispute.by))
    coordinator = Login(o.coordinator, ping=True) if o.coordinator else None
    return record(Disputed(at.actor, text), say=Message("dispute.done", coordinator=coordinator))


@step.command(
    "resolve",
    "régler",
    by=COORDINATOR,
    steps=(5, 6, 7, 8),
    even_if=("held", "terminated"),
    when=lambda o, at: None if o.dispute else Message("resolve.none"),
    takes_text=True,
    example="both agree that criterion 2 is met",
    example_fr="les deux parties conviennent que le critère 2 est satisfait",
)
def resolve(o: Opportunity, at: Moment, text: str) -> Decision:
    if not text:
        return misused("resolve.refused-empty")
    by = o.dispute.by if o.dispute else ""
    return record(Settled(text), say=Message("resolve.done", by=Login(by, ping=True)))


# --- ending --------------------------------------------------------------------------------------------------


@step.command(
    "cancel",
    "annuler",
    by=(Role.CLIENT, Role.COORDINATOR),
    steps=tuple(range(1, 8)),
    steps_of={Role.CLIENT: tuple(range(1, 6))},
    even_if=("held", "terminated"),
    takes_text=True,
    example="the need has gone away",
    example_fr="le besoin n’existe plus",
)
def cancel(o: Opportunity, at: Moment, text: str) -> Decision:
    if not text:
        return misused("cancel.refused-reason")
    return record(Cancelled(text), say=Message("cancel.done"))


@step.command(
    "terminate",
    "résilier",
    by=COORDINATOR,
    steps=(6, 7),
    when=lambda o, at: None if o.chosen else Message("terminate.nobody"),
    takes_text=True,
    example="nothing was delivered",
    example_fr="rien n’a été livré",
)
def terminate(o: Opportunity, at: Moment, text: str) -> Decision:
    if not text:
        return misused("terminate.refused-reason")
    assert o.chosen is not None
    people = (Login(o.chosen, ping=True), *(Login(client, ping=True) for client in o.clients))
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
    clients = tuple(Login(client, ping=True) for client in o.clients)
    barred = o.terminated.supplier if o.terminated else None
    suppliers = tuple(Login(supplier, ping=True) for supplier in _suppliers(o) if not same(supplier, barred))
    say = Message("repost.done", clients=clients, suppliers=suppliers, barred=Login(barred) if barred else None)
    return record(Reposted(), Entered(3), say=say)


@step.command(
    "override",
    "déroger",
    by=COORDINATOR,
    steps=ALL_STEPS,
    takes_text=True,
    example="finance has confirmed the reservation by phone",
    example_fr="les finances ont confirmé la réservation par téléphone",
)
def override(o: Opportunity, at: Moment, text: str) -> Decision:
    """The next guarded label that a coordinator or finance sets moves through, recorded with this reason."""
    if not text:
        return misused("override.refused-reason")
    return record(OverrideAllowed(text), say=Message("override.done"))


# --- what follows from it ------------------------------------------------------------------------------------


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
    """Everyone who takes part learns that it was cancelled; whoever's turn it is, that nothing was heard."""
    if o.status == "cancelled" and "not-eligible" not in o.signals:
        return (Notice("cancelled", _cancelled(o)),)
    day, turn = silent_until(o, at.policy), turn_of(o, at)
    if not o.reminded("silence", day) or not turn:
        return ()
    turns = {Role.CLIENT: o.clients, Role.SUPPLIER: (o.chosen,), Role.FINANCE: (at.policy.teams.finance,)}
    people = (*turns.get(turn, ()), o.coordinator)
    silence = Message(
        "exceptions.silence",
        people=tuple(Login(person, ping=True) for person in dict.fromkeys(people) if person),
        days=at.policy.reminders.silence_days,
        missing=in_the_way(o) or step_of(o).blockers(o, at),
    )
    return (Notice(f"silence {day}", silence),)


def _cancelled(o: Opportunity) -> Message:
    people = (*o.clients, *(a.supplier for a in o.applicants), *([o.coordinator] if o.coordinator else []))
    pull = o.pull("posting")
    return Message(
        "exceptions.cancelled",
        people=tuple(Login(person, ping=True) for person in dict.fromkeys(people)),
        reason=o.ended,
        pull=Url(pull.url, f"#{pull.number}") if pull and pull.state == "open" else None,
        posted=o.merged("posting"),
    )
