"""Step 9, exchange: the entry in the Open Resource Exchange is followed to its merge; then the issue closes."""

import re
from collections.abc import Iterable

from bot.pipeline.calendar import eastern_date
from bot.pipeline.facts import EntryFilled
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.steps.payment import accepted
from bot.pipeline.words import Line, Login, Message, Url

FIELDS = ("category", "tags.en", "tags.fr", "contact", "status", "name.en", "name.fr")
"""What `/ore` can fill in; the rest comes from the statement and the delivered repository."""

STATUSES = ("Alpha", "Beta", "Maintained", "Deprecated", "Retired")
"""What the Exchange's schema allows (`_data/schemaCode.yaml`)."""


def turn(o: Opportunity, at: Moment) -> Role | None:
    """The client's while something is missing; once it is proposed, the Exchange's own people review it."""
    pull = o.pull("ore")
    return None if pull and pull.state == "open" else Role.CLIENT


step = Step(9, "exchange", turn=turn, requires=accepted)

step.track(entered=lambda o: o.merged("ore"))


@step.command(
    "ore",
    "ore",
    by=(Role.CLIENT, Role.COORDINATOR),
    steps=(7, 8, 9),
    example='category=43232400 status=Beta tags.en="policy, cloud"',
    example_fr='category=43232400 status=Beta tags.fr="politique, infonuagique"',
)
def ore(o: Opportunity, at: Moment, text: str) -> Decision:
    pairs = re.findall(r'([\w.]{1,20})=(?:"([^"]*)"|(\S+))', text[:2000])
    given = [(name.casefold(), quoted or bare) for name, quoted, bare in pairs]
    unknown = tuple(Line(name) for name, _ in given if name not in FIELDS)
    if not given or unknown:
        return misused("ore.refused-fields", unknown=unknown, fields=tuple(Line(name) for name in FIELDS))
    if any(name == "status" and value not in STATUSES for name, value in given):
        return misused("ore.refused-status", statuses=tuple(Line(status) for status in STATUSES))
    if o.merged("ore"):
        return refuse("ore.refused-merged")
    return record(EntryFilled(tuple(given)), say=Message("ore.done"))


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """At the end, a summary for everyone, and the survey apart from any bad news."""
    pull = o.pull("ore")
    if o.status != "done":
        return ()
    accepted_on, paid = o.accepted or eastern_date(at.now), o.signals.get("paid")
    summary = Message(
        "exchange.summary",
        supplier=Login(o.chosen or ""),
        price=o.statement.price,
        repository=Url(o.repository_named.url) if o.repository_named else None,
        pull=Url(pull.url, f"#{pull.number}") if pull else None,
        applicants=len(o.applicants),
        opened=eastern_date(o.entered[1]),
        days=(eastern_date(at.now) - eastern_date(o.entered[1])).days,
        paid=eastern_date(paid) if paid else None,
        days_to_pay=(eastern_date(paid) - accepted_on).days if paid else None,
        survey=Url(at.policy.payment.survey) if at.policy.payment.survey else None,
    )
    return (Notice("summary", summary),)


def not_ready(problems: Iterable[tuple[str, str, str]]) -> Message:
    """Why the entry cannot be proposed yet, and what to do: each problem as its code, field and value."""
    told = tuple(
        Message("exchange.problem", code=code, field=Line(field), value=value) for code, field, value in problems
    )
    return Message("exchange.not-ready", problems=told)


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    pull = o.pull("ore")
    if pull is None:
        return (Message("exchange.no-pull"),)
    if pull.state == "merged":
        return ()
    state = "exchange.pull-open" if pull.state == "open" else "exchange.pull-closed"
    return (Message(state, pull=Url(pull.url, f"#{pull.number}")),)
