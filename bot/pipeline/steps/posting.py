"""Step 4, posting: funds are reserved and the opportunity is posted, in both languages, by a pull request.

The pull request is opened at `/publish`, or by itself once finance sets `funds-reserved`. Its merge, with the
funds reserved, opens the opportunity to suppliers.
"""

from datetime import date

from bot.pipeline.calendar import add_business_days
from bot.pipeline.facts import PublicationAsked, Signalled
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.review import closing_soon, lacking
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, record, refuse
from bot.pipeline.steps.description import unsettled
from bot.pipeline.words import Login, Message, Url, called

INCOMPLETE = "incomplete"
"""What a person's pull request is stuck on that was merged without both posts: to the opportunity it is closed."""


FAILED = "check"
"""What a person's open pull request is stuck on while the check of its posts fails: its author has to act."""


def turn(o: Opportunity, at: Moment) -> Role:
    if unfit(o, at) or (_failing(o) and o.is_client(o.pulls["posting"].author)):
        return Role.CLIENT
    approved = "description-approved" in o.signals
    return Role.COORDINATOR if "funds-reserved" in o.signals or not approved else Role.FINANCE


def _failing(o: Opportunity) -> bool:
    pull = o.pull("posting")
    return pull is not None and pull.state == "open" and pull.stuck == FAILED


def unfit(o: Opportunity, at: Moment) -> Blockers:
    """What the client has to put right before it can be posted.

    Nothing once it is on its way, approved and paid for: dates that come too near then are moved when it opens.
    """
    return lacking(o.statement) if on_its_way(o) else unsettled(o, at)


def on_its_way(o: Opportunity) -> bool:
    pull, may = o.pull("posting"), {"description-approved", "funds-reserved"} <= o.signals.keys()
    return o.merged("posting") or (may and (pull is None or pull.state == "open"))


step = Step(4, "posting", turn=turn, requires=lambda o: lacking(o.statement))

step.track(funds_reserved=lambda o: "funds-reserved" in o.signals, posted=lambda o: o.merged("posting"))


@step.command("publish", "publier", by=(Role.CLIENT, Role.COORDINATOR))
def publish(o: Opportunity, at: Moment, text: str) -> Decision:
    missing = unsettled(o, at)
    if "description-approved" not in o.signals:
        missing += (Message("description.unapproved"),)
    if missing:
        return refuse("publish.refused-incomplete", missing=missing)
    pull = o.pull("posting")
    if pull is None or pull.state in ("closed", "withdrawn"):
        return record(PublicationAsked(), say=Message("publish.done"))
    name = "publish.theirs" if pull.author else "publish.again"
    return record(say=Message(name, pull=Url(pull.url, f"#{pull.number}")))


@step.signal("funds-reserved", by=Role.FINANCE)
def funds_reserved(o: Opportunity, at: Moment) -> Decision:
    # posted already, it can no longer change: dates that have come too near are moved when it opens
    missing = lacking(o.statement) if o.merged("posting") else unsettled(o, at)
    if missing and not o.overriding:
        return refuse("posting.refused-incomplete", missing=missing)
    return record(Signalled("funds-reserved", True), PublicationAsked())


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Finance learns what to reserve; the client, that the dates have come too near; client and coordinator, that the
    pull request was closed, or merged with another text than the issue's."""
    told: list[Notice] = []
    price, reserved = o.statement.price, "funds-reserved" in o.signals
    if o.step == 4 and price and not reserved and "description-approved" in o.signals:
        finance = called(at.policy.teams.finance or o.coordinator)
        reserve = Message("posting.reserve", finance=finance, price=price, total=price.highest_total())
        told.append(Notice(f"reserve {price.dollars}", reserve))
    if o.step == 4 and not o.held and (late := _late(o, at)):
        move = Message("posting.late", clients=called(*o.clients), late=late, reserved=reserved)
        told.append(Notice(f"late {o.statement.closing}", move))
    pull = o.pull("posting")
    if o.step == 4 and pull and pull.state == "closed":
        people = called(*o.clients, o.coordinator)
        link, merged = Url(pull.url, f"#{pull.number}"), pull.stuck == INCOMPLETE
        closed = Message("posting.closed", people=people, pull=link, merged=merged)
        told.append(Notice(f"closed {pull.number}", closed, unique=True))
    if o.as_posted and o.step <= 5:
        differs = Message("posting.as-posted", people=called(*o.clients, o.coordinator), price=price)
        told.append(Notice("as-posted", differs))
    return tuple(told)


def _late(o: Opportunity, at: Moment) -> Blockers:
    """The closing date, where nothing else keeps an approved statement from being posted."""
    soon = closing_soon(o.statement, at.policy, at.today)
    return soon if "description-approved" in o.signals and unfit(o, at) == soon else ()


def too_near(o: Opportunity, policy: Policy) -> date | None:
    """The day from which the closing date leaves suppliers too little time."""
    closing = o.statement.closing
    return add_business_days(closing, 1 - policy.posting.minimum_days) if closing and not on_its_way(o) else None


step.reminder("late", too_near)


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    missing = unfit(o, at)
    if "description-approved" not in o.signals:
        missing += (Message("description.unapproved"),)
    if "funds-reserved" not in o.signals:
        missing += (Message("posting.unfunded" if o.merged("posting") else "posting.no-funds"),)
    pull = o.pull("posting")
    if pull is None or pull.state == "withdrawn":
        return (*missing, Message("posting.no-pull"))
    if pull.state == "merged":
        return missing
    if _failing(o):
        return (
            *missing,
            Message("posting.pull-failing", pull=Url(pull.url, f"#{pull.number}"), author=Login(pull.author)),
        )
    state = "posting.pull-open" if pull.state == "open" else "posting.pull-closed"
    return (*missing, Message(state, pull=Url(pull.url, f"#{pull.number}")))
