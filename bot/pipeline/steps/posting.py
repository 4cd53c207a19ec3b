"""Step 4, posting: funds are reserved and the opportunity is posted, in both languages, by a pull request.

The pull request is opened at `/publish`, or by itself once finance sets `funds-reserved`. Its merge, with the
funds reserved, opens the opportunity to suppliers.
"""

from bot.pipeline.facts import PublicationAsked, Signalled
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.review import lacking
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, record, refuse
from bot.pipeline.steps.description import unsettled
from bot.pipeline.words import Message, Url, called

INCOMPLETE = "incomplete"
"""What a person's pull request is stuck on that was merged without both posts: to the opportunity it is closed."""


def turn(o: Opportunity, at: Moment) -> Role:
    approved = "description-approved" in o.signals
    return Role.COORDINATOR if "funds-reserved" in o.signals or not approved else Role.FINANCE


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
    """Finance learns what to reserve; client and coordinator, that the pull request was closed, or merged with another
    text than the issue's."""
    told: list[Notice] = []
    price, reserved = o.statement.price, "funds-reserved" in o.signals
    if o.step == 4 and price and not reserved and "description-approved" in o.signals:
        finance = called(at.policy.teams.finance or o.coordinator)
        reserve = Message("posting.reserve", finance=finance, price=price, total=price.highest_total())
        told.append(Notice(f"reserve {price.dollars}", reserve))
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


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    missing = lacking(o.statement)
    if "description-approved" not in o.signals:
        missing += (Message("description.unapproved"),)
    if "funds-reserved" not in o.signals:
        missing += (Message("posting.unfunded" if o.merged("posting") else "posting.no-funds"),)
    pull = o.pull("posting")
    if pull is None or pull.state == "withdrawn":
        return (*missing, Message("posting.no-pull"))
    if pull.state == "merged":
        return missing
    state = "posting.pull-open" if pull.state == "open" else "posting.pull-closed"
    return (*missing, Message(state, pull=Url(pull.url, f"#{pull.number}")))
