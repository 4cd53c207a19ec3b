"""Step 7, assessment: the supplier works in the open and delivers; the client marks each acceptance criterion.

Only what passes every criterion is accepted, and only what is accepted is paid.
"""

import re
from datetime import datetime

from bot.pipeline.calendar import end_of
from bot.pipeline.commands import url as url_in
from bot.pipeline.facts import Accepted, CriterionMarked, Delivered, RevisionAsked
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.repositories import named, repository_of
from bot.pipeline.roles import Role
from bot.pipeline.statement import top_items
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.words import Line, Login, Message, Url


def turn(o: Opportunity, at: Moment) -> Role:
    return Role.CLIENT if o.delivered and not o.revision else Role.SUPPLIER


def deadline(o: Opportunity) -> datetime | None:
    """The end of the delivery date, while the supplier works."""
    return end_of(o.statement.delivery) if o.statement.delivery and (o.revision or not o.delivered) else None


def details(o: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "supplier": Login(o.chosen) if o.chosen else None,
        "repository": Url(o.repository_named.url) if o.repository_named else None,
        "delivered": Url(o.delivered.url) if o.delivered else None,
        "criteria": tuple(_criterion(o, number) for number in range(1, o.statement.criteria_count + 1)),
    }


def _criterion(o: Opportunity, number: int) -> dict[str, object]:
    """A criterion as the status comment shows it: its words in each language and its mark."""
    words = {lang: top_items(o.statement.text(lang).criteria) for lang in ("en", "fr")}
    mark = o.marks.get(number)
    return {
        "number": number,
        "words": {lang: items[number - 1] if number <= len(items) else "" for lang, items in words.items()},
        "passed": mark.passed if mark else None,
    }


step = Step(7, "assessment", turn=turn, deadline=deadline, details=details)

step.track(
    delivered=lambda o: o.delivered is not None,
    passed=lambda o: o.criteria_passed(),
    accepted=lambda o: o.accepted is not None,
)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """The supplier learns that the work may begin, where and until when."""
    if not o.repository_named:
        return ()
    begin = Message(
        "assessment.begin",
        supplier=Login(o.chosen or "", ping=True),
        repository=Url(o.repository_named.url),
        delivery=o.statement.delivery,
    )
    return (Notice(f"begin {o.chosen}", begin),)


def undelivered(o: Opportunity, at: Moment) -> Message | None:
    return None if o.delivered else Message("assessment.undelivered")


@step.command(
    "deliver",
    "livrer",
    by=(Role.DRAWN,),
    example="https://github.com/supplier/project/pull/1",
    example_fr="https://github.com/fournisseur/projet/pull/1",
    names_repository=True,
)
def deliver(o: Opportunity, at: Moment, text: str) -> Decision:
    """A pull request or a repository, public; the repository is looked at afresh for the Exchange."""
    address, name = url_in(text), repository_of(text, at.policy.repository_hosts)
    if not address or not name:
        return misused("deliver.refused-address", hosts=tuple(Line(host) for host in at.policy.repository_hosts))
    found = at.known.repositories.get(name.casefold())
    if not found or not found.public:
        return refuse("repo.refused-private", repository=Line(name))
    clients = tuple(Login(client, ping=True) for client in o.clients)
    return record(
        named(address.split("/")[2], found),
        Delivered(address),
        say=Message(
            "deliver.done",
            clients=clients,
            delivered=Url(address),
            licence=found.licence,
            criteria=o.statement.criteria_count,
        ),
    )


@step.command(
    "criterion",
    "critère",
    by=(Role.CLIENT,),
    when=undelivered,
    takes_text=True,
    example="1 pass",
    example_fr="1 réussi",
)
def criterion(o: Opportunity, at: Moment, text: str) -> Decision:
    match = re.fullmatch(
        r"(\d{1,3})\s+(pass(?:ed)?|fail(?:ed)?|r[ée]ussi|[ée]chec)\b[\s,:]*(.*)",
        text.strip(),
        re.DOTALL | re.IGNORECASE,
    )
    if not match:
        return misused("criterion.refused-arguments")
    number, count = int(match[1]), o.statement.criteria_count
    if not 1 <= number <= count:
        return refuse("criterion.refused-unknown", count=count)
    passed = match[2].casefold()[0] in "pr"
    mark = CriterionMarked(number, passed, match[3].strip())
    left = tuple(n for n in range(1, count + 1) if n != number and not (n in o.marks and o.marks[n].passed))
    return record(mark, say=Message("criterion.done", number=number, passed=passed, left=left))


@step.command(
    "revise",
    "réviser",
    by=(Role.CLIENT,),
    when=undelivered,
    takes_text=True,
    example="criterion 2: the tests do not cover wildcards",
    example_fr="critère 2 : les tests ne couvrent pas les caractères génériques",
)
def revise(o: Opportunity, at: Moment, text: str) -> Decision:
    if not text:
        return misused("revise.refused-empty")
    assert o.chosen is not None
    return record(RevisionAsked(text), say=Message("revise.done", supplier=Login(o.chosen, ping=True)))


@step.command("accept", "accepter", by=(Role.CLIENT,), when=undelivered, looks_at_work=True)
def accept(o: Opportunity, at: Moment, text: str) -> Decision:
    if o.revision:
        return refuse("accept.refused-criteria", missing=(Message("assessment.in-revision"),))
    if not o.criteria_passed():
        return refuse("accept.refused-criteria", missing=_unmarked(o))
    work = o.repository_named
    seen = at.known.repositories.get(work.name.casefold()) if work else None
    if not work or not seen or not seen.licence:
        return refuse("accept.refused-licence", repository=Url(work.url) if work else None)
    return record(
        named(work.url.split("/")[2], seen),
        Accepted(at.today),
        say=Message("accept.done", supplier=Login(o.chosen or "", ping=True)),
    )


def _unmarked(o: Opportunity) -> Blockers:
    """What each criterion still lacks."""
    return tuple(
        Message("assessment.failed" if number in o.marks else "assessment.unmarked", number=number)
        for number in range(1, o.statement.criteria_count + 1)
        if number not in o.marks or not o.marks[number].passed
    )


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    if o.accepted:
        return ()
    if not o.delivered:
        return (Message("assessment.undelivered"),)
    if o.revision:
        return (Message("assessment.in-revision"),)
    return _unmarked(o) or (Message("assessment.unaccepted"),)
