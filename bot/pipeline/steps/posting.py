"""Step 4, posting: finance reserves funds, and a pull request posts the opportunity in both languages.

The bot opens the pull request at `/publish`, or once finance sets `funds-reserved`. Its merge, with the funds
reserved, opens the opportunity to suppliers.
"""

from datetime import date

from bot.pipeline.calendar import add_business_days
from bot.pipeline.model.facts import PublicationAsked, Signalled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message, called, link_to
from bot.pipeline.reading.review import closing_soon, lacking
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, record, refuse
from bot.pipeline.step import Step
from bot.pipeline.steps.description import unsettled

INCOMPLETE = "incomplete"
"""`stuck` of a person's pull request that was merged without both posts; the opportunity treats it as closed."""

FAILED = "check"
"""`stuck` of a person's open pull request while the check of its posts fails; its author has to act."""


def turn(opportunity: Opportunity, at: Moment) -> Role:
    if unfit(opportunity, at) or (_failing(opportunity) and opportunity.is_client(opportunity.pulls["posting"].author)):
        return Role.CLIENT
    approved = "description-approved" in opportunity.signals
    return Role.COORDINATOR if "funds-reserved" in opportunity.signals or not approved else Role.FINANCE


def _failing(opportunity: Opportunity) -> bool:
    pull = opportunity.pull("posting")
    return pull is not None and pull.state == "open" and pull.stuck == FAILED


def unfit(opportunity: Opportunity, at: Moment) -> Blockers:
    """Returns what the client has to correct before the statement can be posted.

    Once it is approved and funded, close dates no longer matter: they are moved when step 5 begins.
    """
    return lacking(opportunity.statement) if on_its_way(opportunity) else unsettled(opportunity, at)


def on_its_way(opportunity: Opportunity) -> bool:
    pull, may = opportunity.pull("posting"), {"description-approved", "funds-reserved"} <= opportunity.signals.keys()
    return opportunity.merged("posting") or (may and (pull is None or pull.state == "open"))


step = Step(4, "posting", turn=turn, requires=lambda opportunity: lacking(opportunity.statement))

step.track(
    funds_reserved=lambda opportunity: "funds-reserved" in opportunity.signals,
    posted=lambda opportunity: opportunity.merged("posting"),
)


@step.command("publish", "publier", by=(Role.CLIENT, Role.COORDINATOR))
def publish(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    missing = unsettled(opportunity, at)
    if "description-approved" not in opportunity.signals:
        missing += (Message("description.unapproved"),)
    if missing:
        return refuse("publish.refused-incomplete", missing=missing)
    pull = opportunity.pull("posting")
    if pull is None or pull.state in ("closed", "withdrawn"):
        return record(PublicationAsked(), say=Message("publish.done"))
    name = "publish.theirs" if pull.author else "publish.again"
    return record(say=Message(name, pull=link_to(pull)))


@step.signal("funds-reserved", by=Role.FINANCE)
def funds_reserved(opportunity: Opportunity, at: Moment) -> Decision:
    # A posted statement can no longer change; dates that are too close are moved when step 5 begins.
    missing = lacking(opportunity.statement) if opportunity.merged("posting") else unsettled(opportunity, at)
    if missing and not opportunity.overriding:
        return refuse("posting.refused-incomplete", missing=missing)
    return record(Signalled("funds-reserved", True), PublicationAsked())


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Asks finance to reserve funds, warns the client of close dates, and reports what became of the pull request.

    That is: it was closed, or merged with a text other than the issue's.
    """
    notices: list[Notice] = []
    price, reserved = opportunity.statement.price, "funds-reserved" in opportunity.signals
    if opportunity.step == 4 and price and not reserved and "description-approved" in opportunity.signals:
        finance = called(at.policy.teams.finance or opportunity.coordinator)
        reserve = Message("posting.reserve", finance=finance, price=price, total=price.highest_total())
        notices.append(Notice(f"reserve {price.dollars}", reserve))
    if opportunity.step == 4 and not opportunity.on_hold and (late := _late(opportunity, at)):
        move = Message("posting.late", clients=called(*opportunity.clients), late=late, reserved=reserved)
        notices.append(Notice(f"late {opportunity.statement.closing}", move))
    pull = opportunity.pull("posting")
    if opportunity.step == 4 and pull and pull.state == "closed":
        people = called(*opportunity.clients, opportunity.coordinator)
        link, merged = link_to(pull), pull.stuck == INCOMPLETE
        closed = Message("posting.closed", people=people, pull=link, merged=merged)
        notices.append(Notice(f"closed {pull.number}", closed, unique=True))
    if opportunity.as_posted and opportunity.step <= 5:
        differs = Message(
            "posting.as-posted", people=called(*opportunity.clients, opportunity.coordinator), price=price
        )
        notices.append(Notice("as-posted", differs))
    return tuple(notices)


def _late(opportunity: Opportunity, at: Moment) -> Blockers:
    """Returns the close closing date, if nothing else keeps an approved statement from being posted."""
    soon = closing_soon(opportunity.statement, at.policy, at.today)
    return soon if "description-approved" in opportunity.signals and unfit(opportunity, at) == soon else ()


def too_near(opportunity: Opportunity, policy: Policy) -> date | None:
    """Returns the day from which the closing date leaves suppliers too little time."""
    closing = opportunity.statement.closing
    return (
        add_business_days(closing, 1 - policy.posting.minimum_days) if closing and not on_its_way(opportunity) else None
    )


step.reminder("late", too_near)


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    missing = unfit(opportunity, at)
    if "description-approved" not in opportunity.signals:
        missing += (Message("description.unapproved"),)
    if "funds-reserved" not in opportunity.signals:
        missing += (Message("posting.unfunded" if opportunity.merged("posting") else "posting.no-funds"),)
    pull = opportunity.pull("posting")
    if pull is None or pull.state == "withdrawn":
        return (*missing, Message("posting.no-pull"))
    if pull.state == "merged":
        return missing
    if _failing(opportunity):
        return (
            *missing,
            Message("posting.pull-failing", pull=link_to(pull), author=Login(pull.author)),
        )
    state = "posting.pull-open" if pull.state == "open" else "posting.pull-closed"
    return (*missing, Message(state, pull=link_to(pull)))
