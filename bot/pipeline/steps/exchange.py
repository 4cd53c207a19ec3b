"""Step 9, exchange: the entry in the Open Resource Exchange is reviewed and merged; then the issue closes.

`/ore` fills the entry in. In `bot/pipeline/exchange_entry/`, `entry.py` has its fields, `line.py` reads the command,
and `check.py` finds the mistakes in it.
"""

from collections.abc import Iterator, Mapping

from bot.pipeline.calendar import eastern_date
from bot.pipeline.exchange_entry.check import check_field, corrected_line
from bot.pipeline.exchange_entry.entry import FIELDS
from bot.pipeline.exchange_entry.line import fields, nearest_field, pairs, tidy_value
from bot.pipeline.exchange_entry.words import entry_hints, field_name, problem
from bot.pipeline.model.facts import EntryFilled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Line, Login, Message, Url, called, link_to
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, misused, record, refuse
from bot.pipeline.step import Step
from bot.pipeline.steps.payment import accepted
from bot.pipeline.text.language import Lang


def turn(opportunity: Opportunity, at: Moment) -> Role | None:
    """Returns the client while something is missing or must change; None while the Exchange's people review.

    If the entry cannot be proposed, the fact `EntryStopped` says whose turn it is.
    """
    if opportunity.entry_stopped and not opportunity.merged("ore"):
        return Role(opportunity.entry_stopped.turn)
    pull = opportunity.pull("ore")
    return None if pull and pull.state == "open" and not opportunity.must_change else Role.CLIENT


step = Step(9, "exchange", turn=turn, requires=accepted, notifies_since=8)

step.track(entered=lambda opportunity: opportunity.merged("ore"))


@step.command(
    "ore",
    "ore",
    by=(Role.CLIENT, Role.COORDINATOR),
    steps=(7, 8, 9),
    takes_text=True,
    looks_up=("categories",),
    example='category="data management" status=Beta tags.en="policy, cloud"',
    example_fr='catégorie="gestion des données" statut=Bêta étiquettes.fr="politique, infonuagique"',
)
def ore(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Records the fields of a line without mistakes; otherwise records nothing and offers the whole line corrected."""
    written = pairs(text)
    checked = tuple(check_field(opportunity, name, value, at.lookups.categories) for name, value in written)
    mistakes = tuple(one.wrong for one in checked if one.wrong)
    if not written:
        return misused("ore.empty", fields=_LISTED)
    if mistakes:
        lost = any(not fields(name) and not nearest_field(name) for name, _ in written)
        line = corrected_line(checked)
        return refuse("ore.refused", problems=mistakes, line=line, fields=_LISTED if lost else None)
    if opportunity.merged("ore"):
        return refuse("ore.refused-merged")
    given = {field: tidy_value(field, value) for name, value in written for field in fields(name)}
    after = {field for field, value in {**opportunity.entry, **given}.items() if value}
    halves = tuple(problem("missing", twin) for field in given if field in after and (twin := _half(field, after)))
    fields_now = dict(pair for one in checked for pair in one.right)
    rows = tuple((field_name(field), value) for field, value in fields_now.items())
    pull = opportunity.pull("ore")
    follows = "open" if pull and pull.state == "open" else "accepted" if opportunity.accepted else "later"
    return record(EntryFilled(tuple(given.items())), say=Message("ore.done", rows=rows, halves=halves, pull=follows))


_LISTED: Mapping[Lang, tuple[Line, ...]] = {"en": tuple(map(Line, FIELDS)), "fr": tuple(map(Line, FIELDS.values()))}


def _half(field: str, there: set[str]) -> str:
    """Returns the missing other language of a field that needs both or neither, else an empty string."""
    name, _, lang = field.rpartition(".")
    twin = f"{name}.{'fr' if lang == 'en' else 'en'}"
    return twin if name in ("how", "homepage", "download", "team") and twin not in there else ""


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Reports reviews and the closing of the entry's pull request, and at the end posts a summary and the survey."""
    pull = opportunity.pull("ore")
    if opportunity.status != "done":
        return (*_remarks(opportunity), *_closed(opportunity))
    accepted_on, paid = opportunity.accepted or eastern_date(at.now), opportunity.signals.get("paid")
    summary = Message(
        "exchange.summary",
        supplier=Login(opportunity.chosen or ""),
        price=opportunity.statement.price,
        repository=Url(opportunity.repository_named.url) if opportunity.repository_named else None,
        pull=link_to(pull) if pull else None,
        applicants=len(opportunity.applicants),
        opened=eastern_date(opportunity.entered[1]),
        days=(eastern_date(at.now) - eastern_date(opportunity.entered[1])).days,
        paid=eastern_date(paid) if paid else None,
        days_to_pay=(eastern_date(paid) - accepted_on).days if paid else None,
        survey=Url(at.policy.payment.survey) if at.policy.payment.survey else None,
    )
    return (Notice("summary", summary),)


def _closed(opportunity: Opportunity) -> Iterator[Notice]:
    pull = opportunity.pull("ore")
    if pull and pull.state == "closed":
        people = called(*opportunity.clients, opportunity.coordinator)
        closed = Message("exchange.closed", people=people, pull=link_to(pull))
        yield Notice(f"ore-closed {pull.number}", closed)


def _remarks(opportunity: Opportunity) -> Iterator[Notice]:
    """Reports each request for changes and each comment once; an approval asks for nothing."""
    for remark in opportunity.reviews.values():
        if remark.verdict in ("changes", "comment"):
            words = Message(
                "exchange.said",
                people=called(*opportunity.clients),
                by=Login(remark.by),
                changes=remark.verdict == "changes",
                text=remark.text,
                link=link_to(remark),
            )
            yield Notice(f"ore-said {remark.id}", words)


step.hint(lambda opportunity, at: () if opportunity.merged("ore") else entry_hints(opportunity))


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    pull = opportunity.pull("ore")
    if pull and pull.state == "merged":
        return ()
    lacking: Blockers = ()
    if stopped := opportunity.entry_stopped:
        fields_lacking = tuple(map(field_name, stopped.fields))
        lacking = (Message("exchange.stopped", turn=stopped.turn, fields=fields_lacking),)
    if pull is None:
        return lacking or (Message("exchange.no-pull"),)
    asked = tuple(
        Message("exchange.changes-asked", by=Login(by), answered=answered)
        for by, answered in opportunity.changes_asked.items()
    )
    state = "exchange.pull-open" if pull.state == "open" else "exchange.pull-closed"
    return (
        *lacking,
        *asked,
        Message(state, pull=link_to(pull)),
    )
