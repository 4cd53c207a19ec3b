"""Step 9, exchange: the entry in the Open Resource Exchange is followed to its merge; then the issue closes.

`/ore` fills the entry in: `entry.py` knows its fields, `entry_line.py` how people write them.
"""

from collections.abc import Iterable, Iterator

from bot.pipeline.calendar import eastern_date
from bot.pipeline.entry import FIELDS, fault, parts
from bot.pipeline.entry_line import fields, nearest, pairs, tidy
from bot.pipeline.entry_words import SHOWN, hints, line_of, named, problem
from bot.pipeline.facts import EntryFilled
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.protection import find
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.steps.payment import accepted
from bot.pipeline.words import Line, Login, Message, Url, called


def turn(o: Opportunity, at: Moment) -> Role | None:
    """The client's while something is missing or to be changed; else the Exchange's own people review it."""
    pull = o.pull("ore")
    return None if pull and pull.state == "open" and not o.must_change else Role.CLIENT


step = Step(9, "exchange", turn=turn, requires=accepted, tells_since=8)

step.track(entered=lambda o: o.merged("ore"))


@step.command(
    "ore",
    "ore",
    by=(Role.CLIENT, Role.COORDINATOR),
    steps=(7, 8, 9),
    takes_text=True,
    example='category="data management" status=Beta tags.en="policy, cloud"',
    example_fr='catégorie="gestion des données" statut=Bêta étiquettes.fr="politique, infonuagique"',
)
def ore(o: Opportunity, at: Moment, text: str) -> Decision:
    """Nothing of a line with a mistake is recorded: corrected in its comment, the whole of it runs again."""
    said = pairs(text)
    mistakes = tuple(mistake for name, value in said for mistake in _mistakes(o, name, value))
    if not said or mistakes:
        lost = not said or any(not fields(name) and not nearest(name) for name, _ in said)
        listed = {"en": tuple(map(Line, FIELDS)), "fr": tuple(map(Line, FIELDS.values()))}
        return misused("ore.refused", problems=mistakes, fields=listed if lost else {"en": (), "fr": ()})
    if o.merged("ore"):
        return refuse("ore.refused-merged")
    given = {field: tidy(field, value) for name, value in said for field in fields(name)}
    after = {field for field, value in {**o.entry, **given}.items() if value}
    halves = tuple(problem("missing", twin) for field in given if field in after and (twin := _half(field, after)))
    pull = o.pull("ore")
    rows = tuple((named(field), value[:SHOWN]) for field, value in given.items())
    say = Message("ore.done", rows=rows, halves=halves, proposed=pull is not None and pull.state == "open")
    return record(EntryFilled(tuple(given.items())), say=say)


def _mistakes(o: Opportunity, name: str, value: str) -> Iterable[Message]:
    """What is wrong with one field as written, each with what to write instead."""
    found = fields(name)
    if not found:
        yield problem("unknown-field", name, lines=tuple(line_of(field, value) for field in nearest(name)))
    work = o.repository_named
    if value and found == ("licence",) and work and work.licence:
        yield problem("licence-found", "licence", work.licence)
    for field in found[:1]:
        tidied = tidy(field, value)
        wrong = next((code for part in parts(field, tidied) if (code := fault(field, part))), "")
        if value and field != "contact" and find(value):  # the contact alone is somebody's address
            yield problem("private", field)
        elif value and wrong:
            yield problem(wrong, field, value)


def _half(field: str, there: set[str]) -> str:
    """The other language of a field that is only there in both or not at all, where it is not there."""
    name, _, lang = field.rpartition(".")
    twin = f"{name}.{'fr' if lang == 'en' else 'en'}"
    return twin if name in ("how", "homepage", "download", "team") and twin not in there else ""


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """What the Exchange says of the entry, from when it is proposed.

    At the end, a summary for everyone, and the survey apart from bad news.
    """
    pull = o.pull("ore")
    if o.status != "done":
        return (*_said(o), *_closed(o))
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


def _closed(o: Opportunity) -> Iterator[Notice]:
    pull = o.pull("ore")
    if pull and pull.state == "closed":
        people = called(*o.clients, o.coordinator)
        closed = Message("exchange.closed", people=people, pull=Url(pull.url, f"#{pull.number}"))
        yield Notice(f"ore-closed {pull.number}", closed)


def _said(o: Opportunity) -> Iterator[Notice]:
    """Each review and comment once; an approval needs nobody."""
    for remark in o.reviews.values():
        if remark.verdict in ("changes", "comment"):
            said = Message(
                "exchange.said",
                people=called(*o.clients),
                by=Login(remark.by),
                changes=remark.verdict == "changes",
                text=remark.text,
                link=Url(remark.url, f"#{remark.number}"),
            )
            yield Notice(f"ore-said {remark.id}", said)


step.hint(lambda o, at: () if o.merged("ore") else hints(o))


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    pull = o.pull("ore")
    if pull is None:
        return (Message("exchange.no-pull"),)
    if pull.state == "merged":
        return ()
    asked = tuple(
        Message("exchange.changes-asked", by=Login(by), answered=answered) for by, answered in o.changes_asked.items()
    )
    state = "exchange.pull-open" if pull.state == "open" else "exchange.pull-closed"
    return (
        *asked,
        Message(state, pull=Url(pull.url, f"#{pull.number}")),
    )
