"""Step 3, description: the client writes the statement in both languages, a coordinator approves it.

The bot reads the statement at each edit of the issue and shows what is missing.
"""

from bot.pipeline.model.facts import Fact, PublicationAsked, Signalled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.statement import FIELD_HEADINGS
from bot.pipeline.model.words import Line, Message, called
from bot.pipeline.money import TAX, Money
from bot.pipeline.reading.arguments import read_rate
from bot.pipeline.reading.review import lacking, statement_hints, statement_problems
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, misused, record, refuse
from bot.pipeline.step import Step


def turn(opportunity: Opportunity, at: Moment) -> Role:
    return Role.CLIENT if unsettled(opportunity, at) else Role.COORDINATOR


step = Step(3, "description", turn=turn)

step.track(
    written=lambda opportunity: not lacking(opportunity.statement),
    approved=lambda opportunity: "description-approved" in opportunity.signals,
)


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Explains to the client what to write and where, in the first run only."""
    if opportunity.run > 1:
        return ()
    low, high = at.policy.hourly
    guide = Message(
        "description.guide",
        clients=called(*opportunity.clients),
        headings=tuple(Line(heading) for heading in FIELD_HEADINGS.values()),
        low=Money(low),
        high=Money(high),
        administration=at.policy.administration_hours,
        ceiling=at.policy.ceiling_total,
        days=at.policy.posting.minimum_days,
    )
    return (Notice("guide 3", guide),)


@step.command("check", "vérifier", by=(Role.CLIENT, Role.COORDINATOR), steps=(3, 4))
def check_statement(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    missing, noticed = unsettled(opportunity, at), statement_hints(opportunity.statement, at.policy, at.today)
    if missing:
        return record(say=Message("check.missing", missing=missing, hints=noticed))
    return record(say=Message("check.complete", hints=noticed))


@step.hint
def statement_advice(opportunity: Opportunity, at: Moment) -> Blockers:
    """Returns advice on a complete statement."""
    reviewed = opportunity.statement, at.policy, at.today
    return () if statement_problems(*reviewed) else statement_hints(*reviewed)


@step.command(
    "price",
    "prix",
    by=(Role.CLIENT, Role.COORDINATOR),
    steps=(1, 2, 3, 4),
    example="rate=80 hours=60",
    example_fr="taux=80 heures=60",
)
def compute_price(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Computes the fixed price before taxes: rate times hours, with the hours of administration that policy adds."""
    rate_and_hours = read_rate(text)
    if not rate_and_hours:
        return misused("price.refused-arguments")
    rate, hours = rate_and_hours
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
def approved(opportunity: Opportunity, at: Moment) -> Decision:
    if (missing := unsettled(opportunity, at)) and not opportunity.overriding:
        return refuse("description.refused-incomplete", missing=missing)
    again: tuple[Fact, ...] = (PublicationAsked(),) if "funds-reserved" in opportunity.signals else ()
    return record(Signalled("description-approved", True), *again)


def unsettled(opportunity: Opportunity, at: Moment) -> Blockers:
    """Returns what keeps the statement from being posted; after an approval by override, only what a post must have."""
    if "description-approved" in opportunity.signals and "description-approved" in opportunity.overridden:
        return lacking(opportunity.statement)
    flagged: Blockers = (Message("description.flagged"),) if opportunity.flagged.get(0) else ()
    return (*statement_problems(opportunity.statement, at.policy, at.today), *flagged)


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    missing = unsettled(opportunity, at)
    return missing or (() if "description-approved" in opportunity.signals else (Message("description.unapproved"),))
