"""Step 4, posting: funds are reserved and the opportunity is posted, in both languages, by a pull request.

The pull request is opened at `/publish`, or by itself once finance sets `funds-reserved`. Its merge, with the
funds reserved, opens the opportunity to suppliers.
"""

from datetime import date

from bot.pipeline.calendar import add_business_days
from bot.pipeline.model.facts import PublicationAsked, Signalled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Login, Message, Url, called
from bot.pipeline.reading.review import closing_soon, lacking
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, record, refuse
from bot.pipeline.step import Step
from bot.pipeline.steps.description import unsettled

INCOMPLETE = "incomplete"
"""What a person's pull request is stuck on that was merged without both posts: to the opportunity it is closed."""


FAILED = "check"
"""What a person's open pull request is stuck on while the check of its posts fails: its author has to act."""


def turn(opportunity: Opportunity, at: Moment) -> Role:
    if unfit(opportunity, at) or (_failing(opportunity) and opportunity.is_client(opportunity.pulls["posting"].author)):
        return Role.CLIENT
    approved = "description-approved" in opportunity.signals
    return Role.COORDINATOR if "funds-reserved" in opportunity.signals or not approved else Role.FINANCE


def _failing(opportunity: Opportunity) -> bool:
    pull = opportunity.pull("posting")
    return pull is not None and pull.state == "open" and pull.stuck == FAILED


def unfit(opportunity: Opportunity, at: Moment) -> Blockers:
    """What the client has to put right before it can be posted.

    Nothing once it is on its way, approved and paid for: dates that come too near then are moved when it opens.
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
    return record(say=Message(name, pull=Url(pull.url, f"#{pull.number}")))


@step.signal("funds-reserved", by=Role.FINANCE)
def funds_reserved(opportunity: Opportunity, at: Moment) -> Decision:
    # posted already, it can no longer change: dates that have come too near are moved when it opens
    missing = lacking(opportunity.statement) if opportunity.merged("posting") else unsettled(opportunity, at)
    if missing and not opportunity.overriding:
        return refuse("posting.refused-incomplete", missing=missing)
    return record(Signalled("funds-reserved", True), PublicationAsked())


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Finance learns what to reserve; the client, that the dates have come too near; client and coordinator, that the
    pull request was closed, or merged with another text than the issue's."""
    told: list[Notice] = []
    price, reserved = opportunity.statement.price, "funds-reserved" in opportunity.signals
    if opportunity.step == 4 and price and not reserved and "description-approved" in opportunity.signals:
        finance = called(at.policy.teams.finance or opportunity.coordinator)
        reserve = Message("posting.reserve", finance=finance, price=price, total=price.highest_total())
        told.append(Notice(f"reserve {price.dollars}", reserve))
    if opportunity.step == 4 and not opportunity.held and (late := _late(opportunity, at)):
        move = Message("posting.late", clients=called(*opportunity.clients), late=late, reserved=reserved)
        told.append(Notice(f"late {opportunity.statement.closing}", move))
    pull = opportunity.pull("posting")
    if opportunity.step == 4 and pull and pull.state == "closed":
        people = called(*opportunity.clients, opportunity.coordinator)
        link, merged = Url(pull.url, f"#{pull.number}"), pull.stuck == INCOMPLETE
        closed = Message("posting.closed", people=people, pull=link, merged=merged)
        told.append(Notice(f"closed {pull.number}", closed, unique=True))
    if opportunity.as_posted and opportunity.step <= 5:
        differs = Message(
            "posting.as-posted", people=called(*opportunity.clients, opportunity.coordinator), price=price
        )
        told.append(Notice("as-posted", differs))
    return tuple(told)


def _late(opportunity: Opportunity, at: Moment) -> Blockers:
    """The closing date, where nothing else keeps an approved statement from being posted."""
    soon = closing_soon(opportunity.statement, at.policy, at.today)
    return soon if "description-approved" in opportunity.signals and unfit(opportunity, at) == soon else ()


def too_near(opportunity: Opportunity, policy: Policy) -> date | None:
    """The day from which the closing date leaves suppliers too little time."""
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
            Message("posting.pull-failing", pull=Url(pull.url, f"#{pull.number}"), author=Login(pull.author)),
        )
    state = "posting.pull-open" if pull.state == "open" else "posting.pull-closed"
    return (*missing, Message(state, pull=Url(pull.url, f"#{pull.number}")))
