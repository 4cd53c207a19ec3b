"""Step 3, description: the client writes the statement in both languages, a coordinator approves it.

The bot reads the statement at each edit of the issue and shows what is missing.
"""

import re
from decimal import Decimal, InvalidOperation

from bot.pipeline.facts import Fact, PublicationAsked, Signalled
from bot.pipeline.money import TAX, Money
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.review import hints, lacking, problems
from bot.pipeline.roles import Role
from bot.pipeline.statement import HEADINGS
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.words import Line, Message, called


def turn(o: Opportunity, at: Moment) -> Role:
    return Role.CLIENT if unsettled(o, at) else Role.COORDINATOR


step = Step(3, "description", turn=turn)

step.track(
    written=lambda o: not lacking(o.statement),
    approved=lambda o: "description-approved" in o.signals,
)

CLIENT_OR_COORDINATOR = (Role.CLIENT, Role.COORDINATOR)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """The client learns what to write, where, and what helps; in another run they know."""
    if o.run > 1:
        return ()
    low, high = at.policy.hourly
    guide = Message(
        "description.guide",
        clients=called(*o.clients),
        headings=tuple(Line(heading) for heading in HEADINGS.values()),
        low=Money(low),
        high=Money(high),
        administration=at.policy.administration_hours,
        ceiling=at.policy.ceiling_total,
        days=at.policy.posting.minimum_days,
    )
    return (Notice("guide 3", guide),)


@step.command("check", "vérifier", by=CLIENT_OR_COORDINATOR, steps=(3, 4))
def check(o: Opportunity, at: Moment, text: str) -> Decision:
    missing, noticed = unsettled(o, at), hints(o.statement, at.policy, at.today)
    if missing:
        return record(say=Message("check.missing", missing=missing, hints=noticed))
    return record(say=Message("check.complete", hints=noticed))


@step.hint
def worth_a_look(o: Opportunity, at: Moment) -> Blockers:
    """What makes a statement better, once it is complete."""
    return () if problems(o.statement, at.policy, at.today) else hints(o.statement, at.policy, at.today)


@step.command(
    "price",
    "prix",
    by=CLIENT_OR_COORDINATOR,
    steps=(1, 2, 3, 4),
    example="rate=80 hours=60",
    example_fr="taux=80 heures=60",
)
def price(o: Opportunity, at: Moment, text: str) -> Decision:
    """Fixed price = rate x (hours + hours for administration), before taxes."""
    given = dict(re.findall(r"(\w{1,20})\s*=\s*(\S{1,20})", text[:200].casefold()))
    try:
        rate = Decimal((given.get("rate") or given["taux"]).strip("$").replace(",", "."))
        hours = Decimal((given.get("hours") or given["heures"]).replace(",", "."))
        sensible = 0 < rate < 10_000 and 0 < hours < 10_000
    except (KeyError, InvalidOperation):
        return misused("price.refused-arguments")
    if not sensible:
        return misused("price.refused-arguments")
    fixed = Money(rate * (hours + at.policy.administration_hours))
    totals = tuple((Message(f"province.{code}"), fixed.with_tax(tax)) for code, tax in TAX.items())
    low, high = at.policy.hourly
    return record(
        say=Message(
            "price.done",
            price=fixed,
            administration=at.policy.administration_hours,
            totals=totals,
            ceiling=at.policy.ceiling_total,
            over=fixed.highest_total() > at.policy.ceiling_total,
            low=Money(low),
            high=Money(high),
            unusual=not low <= rate <= high,
        )
    )


@step.signal("description-approved", by=Role.COORDINATOR, steps=(3, 4))
def approved(o: Opportunity, at: Moment) -> Decision:
    if (missing := unsettled(o, at)) and not o.overriding:
        return refuse("description.refused-incomplete", missing=missing)
    again: tuple[Fact, ...] = (PublicationAsked(),) if "funds-reserved" in o.signals else ()
    return record(Signalled("description-approved", True), *again)


def unsettled(o: Opportunity, at: Moment) -> Blockers:
    """What keeps the statement from being posted; approved by override, only what cannot be posted at all."""
    if "description-approved" in o.signals and "description-approved" in o.overridden:
        return lacking(o.statement)
    flagged: Blockers = (Message("description.flagged"),) if o.flagged.get(0) else ()
    return (*problems(o.statement, at.policy, at.today), *flagged)


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    missing = unsettled(o, at)
    return missing or (() if "description-approved" in o.signals else (Message("description.unapproved"),))
