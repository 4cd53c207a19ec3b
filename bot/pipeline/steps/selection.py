"""Step 6, selection: one passing supplier is drawn in a way anyone can recompute, and takes the contract.

`/draw` first announces the pool in its published order and a round of public randomness that does not exist
yet; when that round is out, the draw completes by itself (RFC 3797).
"""

from datetime import datetime, timedelta

from bot.pipeline import draw as rfc3797
from bot.pipeline import draw_record
from bot.pipeline.addresses import repository_of
from bot.pipeline.calendar import end_of
from bot.pipeline.commands import url as url_in
from bot.pipeline.facts import (
    ContractConfirmed,
    ContractDeclined,
    DrawAnnounced,
    Drawn,
    Fact,
    Signalled,
)
from bot.pipeline.opportunity import Opportunity
from bot.pipeline.policy import Policy
from bot.pipeline.repositories import named
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.words import Line, Login, Message, Url, called


def turn(o: Opportunity, at: Moment) -> Role | None:
    if o.announced and not o.drawn:
        return None  # the beacon's
    if o.chosen and o.confirmed and "terms-signed" in o.signals:
        return Role.SUPPLIER  # who names the repository
    return Role.COORDINATOR if o.chosen is None or o.confirmed else Role.SUPPLIER


def due(o: Opportunity, policy: Policy) -> datetime | None:
    return o.announced.due if o.announced and not o.drawn else None


def deadline(o: Opportunity) -> datetime | None:
    """The draw once it is announced, else the selection date of the statement."""
    selection = o.statement.selection
    drawing = o.announced.due if o.announced and not o.drawn else None
    return drawing or (end_of(selection) if selection and not o.drawn else None)


def details(o: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "pool": tuple(Login(supplier) for supplier in o.passing),
        "announced": o.announced,
        "drawn": o.drawn is not None,
        "chosen": Login(o.chosen) if o.chosen else None,
        "confirmed": o.confirmed,
        "repository": Url(o.repository_named.url) if o.repository_named else None,
    }


def someone_passed(o: Opportunity) -> Blockers:
    return () if o.passing else (Message("selection.nobody-left"),)


step = Step(6, "selection", turn=turn, deadline=deadline, details=details, requires=someone_passed)

step.track(
    drawn=lambda o: o.drawn is not None,
    confirmed=lambda o: o.confirmed,
    signed=lambda o: "terms-signed" in o.signals,
    repository=lambda o: o.repository_named is not None,
)


def not_drawn(o: Opportunity, at: Moment) -> Message | None:
    return None if o.chosen else Message("selection.undrawn")


def not_to_draw(o: Opportunity, at: Moment) -> Message | None:
    if o.chosen:
        return Message("selection.drawn", supplier=Login(o.chosen))
    return None if o.passing and not o.drawn else Message("selection.nobody-left")


def no_new_repository(o: Opportunity, at: Moment) -> Message | None:
    """What was delivered is assessed where it was delivered; after that, a new delivery says where."""
    if o.delivered:
        return Message("selection.delivered", repository=Url(o.delivered.url))
    return not_drawn(o, at)


def announce(pool: tuple[str, ...], at: Moment) -> DrawAnnounced:
    """The pool, and the first round of the beacon that lies far enough ahead."""
    lead, beacon = timedelta(minutes=at.policy.beacon.lead_minutes), at.policy.beacon
    return DrawAnnounced(pool, *rfc3797.round_after(at.clock + lead, beacon.genesis, beacon.period))


@step.command("draw", "tirage", by=(Role.COORDINATOR,), moves_on=True, when=not_to_draw)
def draw(o: Opportunity, at: Moment, text: str) -> Decision:
    if not o.announced:
        announced = announce(o.passing, at)
        return record(announced, say=Message("draw.done", due=announced.due))
    return refuse("draw.refused-early", round=o.announced.round, due=o.announced.due)


def complete(o: Opportunity, at: Moment) -> tuple[Fact, ...]:
    """The draw, if its round is out; announced too late for the public (an outage), it is announced anew."""
    announced = o.announced
    if not announced or o.drawn:
        return ()
    if at.known.announced_at is None or at.known.announced_at >= announced.due:
        return (announce(announced.pool, at),)
    randomness = at.known.randomness.get(announced.round)
    if not randomness:
        return ()
    places = rfc3797.order(announced.pool, rfc3797.beacon_key(randomness))
    return (Drawn(places, announced.round, randomness),)


step.timer(due, complete)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """The draw is announced; then each supplier whose turn it is learns it, with all that recomputes the draw."""
    if not o.announced:
        return ()
    beacon, number = at.policy.beacon.url, o.announced.round
    record_of = draw_record.announcement(o.repository, o.number, o.announced.pool, beacon, number, o.announced.due)
    announced = Message(
        "draw.announced",
        suppliers=called(*o.announced.pool),
        round=number,
        due=o.announced.due,
        beacon=Url(f"{beacon}/{number}"),
        record=Line(record_of),
    )
    told = Notice(f"draw {number}", announced, unique=True)
    if not o.drawn:
        return (told,) if at.now < o.announced.due else ()  # too late, it would prove nothing
    if not o.chosen:
        left = Message("selection.nobody-left-notice", people=called(o.coordinator, *o.clients))
        return (told, *((Notice("nobody-left", left),) if o.step == 6 else ()))
    return (
        told,
        Notice(
            f"drawn {number} {o.chosen}",
            Message(
                "selection.drawn-notice",
                supplier=Login(o.chosen, ping=True),
                price=o.statement.price,
                delivery=o.statement.delivery,
                first=o.chosen == o.drawn.order[0],
                record=Line(draw_record.result(record_of, o.drawn.randomness, o.drawn.order)),
                verify=Line(f".venv/bin/python -m bot verify-draw {o.repository}#{o.number}"),
            ),
            unique=True,
        ),
    )


@step.command("confirm", "confirmer", by=(Role.DRAWN,), moves_on=True, when=not_drawn)
def confirm(o: Opportunity, at: Moment, text: str) -> Decision:
    if o.confirmed:
        return record(say=Message("confirm.again"))
    return record(
        ContractConfirmed(at.actor),
        say=Message("confirm.done", price=o.statement.price, delivery=o.statement.delivery),
    )


@step.command("decline", "décliner", by=(Role.DRAWN,), when=not_drawn)
def decline(o: Opportunity, at: Moment, text: str) -> Decision:
    if o.confirmed:
        return refuse("decline.refused-confirmed")
    chosen = o.chosen
    assert chosen is not None
    return record(ContractDeclined(chosen), say=Message("decline.done"))


@step.command(
    "repo",
    "dépôt",
    by=(Role.DRAWN, Role.CLIENT, Role.COORDINATOR),
    steps=(6, 7),
    when=no_new_repository,
    example="https://github.com/supplier/project",
    example_fr="https://github.com/fournisseur/projet",
    looks_up=("repository",),
)
def repo(o: Opportunity, at: Moment, text: str) -> Decision:
    """The open repository for the work; it must be public."""
    address = url_in(text)
    name = repository_of(text, at.policy.repository_hosts)
    if not address or not name:
        return misused("repo.refused-address", hosts=tuple(Line(host) for host in at.policy.repository_hosts))
    found = at.known.repositories.get(name.casefold())
    if not found or not found.public:
        return refuse("repo.refused-private", repository=Line(name))
    repository = named(address, found, at.policy.repository_hosts)
    return record(repository, say=Message("repo.done", repository=Url(repository.url), licence=found.licence))


@step.signal("terms-signed", by=Role.COORDINATOR)
def terms_signed(o: Opportunity, at: Moment) -> Decision:
    if not o.confirmed and not o.overriding:
        return refuse("selection.refused-unconfirmed")
    return record(Signalled("terms-signed", True))


@step.leave
def blockers(o: Opportunity, at: Moment) -> Blockers:
    if not o.passing:
        return (Message("selection.nobody-left"),)
    if not o.announced:
        return (Message("selection.undrawn"),)
    if not o.drawn:
        return (Message("selection.draw-due", round=o.announced.round, due=o.announced.due),)
    if not o.chosen:
        return (Message("selection.nobody-left"),)
    missing: Blockers = ()
    if not o.confirmed:
        missing += (Message("selection.unconfirmed", supplier=Login(o.chosen)),)
    if "terms-signed" not in o.signals:
        missing += (Message("selection.unsigned"),)
    if not o.repository_named:
        missing += (Message("selection.no-repository"),)
    return missing
