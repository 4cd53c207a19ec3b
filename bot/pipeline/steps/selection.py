"""Step 6, selection: one passing supplier is drawn in a way anyone can recompute, and takes the contract.

`/draw` first announces the pool in its published order and a round of public randomness that does not exist
yet; when that round is out, the draw completes by itself (RFC 3797).
"""

from datetime import datetime, timedelta

from bot.pipeline import draw as rfc3797
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
from bot.pipeline.repositories import named, repository_of
from bot.pipeline.roles import Role
from bot.pipeline.step import Blockers, Decision, Moment, Notice, Step, misused, record, refuse
from bot.pipeline.words import Line, Login, Message, Url


def turn(o: Opportunity, at: Moment) -> Role | None:
    if o.announced and not o.drawn:
        return None  # the beacon's
    return Role.COORDINATOR if o.chosen is None or o.confirmed else Role.SUPPLIER


def due(o: Opportunity) -> datetime | None:
    return o.announced.due if o.announced and not o.drawn else None


def deadline(o: Opportunity) -> datetime | None:
    """The draw once it is announced, else the selection date of the statement."""
    selection = o.statement.selection
    return due(o) or (end_of(selection) if selection else None)


def details(o: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "pool": tuple(Login(supplier) for supplier in o.passing),
        "announced": o.announced,
        "chosen": Login(o.chosen) if o.chosen else None,
        "confirmed": o.confirmed,
        "repository": Url(o.repository_named.url) if o.repository_named else None,
    }


step = Step(6, "selection", turn=turn, deadline=deadline, details=details)

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
    return None if o.passing else Message("selection.nobody-left")


def no_new_repository(o: Opportunity, at: Moment) -> Message | None:
    """What was delivered is assessed where it was delivered; after that, a new delivery says where."""
    if o.delivered:
        return Message("selection.delivered", repository=Url(o.delivered.url))
    return not_drawn(o, at)


@step.command("draw", "tirage", by=(Role.COORDINATOR,), when=not_to_draw)
def draw(o: Opportunity, at: Moment, text: str) -> Decision:
    if not o.announced:
        pool = o.passing
        lead = timedelta(minutes=at.policy.beacon.lead_minutes)
        number, due = rfc3797.round_after(at.clock + lead, at.policy.beacon.genesis, at.policy.beacon.period)
        return record(
            DrawAnnounced(pool, number, due),
            say=Message(
                "draw.announced",
                pool=tuple(Login(s) for s in pool),
                round=number,
                due=due,
                beacon=Url(f"{at.policy.beacon.url}/{number}"),
            ),
        )
    return refuse("draw.refused-early", round=o.announced.round, due=o.announced.due)


def complete(o: Opportunity, at: Moment) -> tuple[Fact, ...]:
    """The draw, if its round is out."""
    announced = o.announced
    randomness = at.known.randomness.get(announced.round) if announced else None
    if not announced or o.drawn or not randomness:
        return ()
    places = rfc3797.order(announced.pool, rfc3797.beacon_key(randomness))
    return (Drawn(places, announced.round, randomness),)


step.timer(due, complete)


@step.tells
def notices(o: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Each supplier whose turn it is learns it, with everything needed to recompute the draw."""
    if not o.drawn or not o.announced or not o.chosen:
        return ()
    return (
        Notice(
            f"drawn {o.chosen}",
            Message(
                "selection.drawn-notice",
                supplier=Login(o.chosen, ping=True),
                price=o.statement.price,
                delivery=o.statement.delivery,
                pool=tuple(Login(s) for s in o.announced.pool),
                places=tuple(Login(s) for s in o.drawn.order),
                round=o.drawn.round,
                randomness=Line(o.drawn.randomness),
                key=Line(rfc3797.beacon_key(o.drawn.randomness)),
                beacon=Url(f"{at.policy.beacon.url}/{o.drawn.round}"),
            ),
        ),
    )


@step.command("confirm", "confirmer", by=(Role.DRAWN,), when=not_drawn)
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
    names_repository=True,
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
    repository = named(address.split("/")[2], found)
    return record(repository, say=Message("repo.done", repository=Url(repository.url), licence=found.licence))


@step.signal("terms-signed", by=Role.COORDINATOR)
def terms_signed(o: Opportunity, at: Moment) -> Decision:
    if not o.confirmed:
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
