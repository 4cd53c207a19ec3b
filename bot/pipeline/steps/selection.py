"""Step 6, selection: a draw that anyone can recompute selects a passing supplier, who confirms the contract.

`/draw` announces the pool in its published order and a future round of public randomness. When that round is
published, the draw completes without a command (RFC 3797).
"""

from datetime import datetime, timedelta

from bot.pipeline.calendar import end_of
from bot.pipeline.draw import record as draw_record
from bot.pipeline.draw import rfc3797
from bot.pipeline.model.facts import ContractConfirmed, ContractDeclined, DrawAnnounced, Drawn, Fact, Signalled
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Role
from bot.pipeline.model.words import Line, Login, Message, Url, called
from bot.pipeline.reading.repositories import named_repository
from bot.pipeline.rules import Blockers, Decision, Moment, Notice, misused, record, refuse
from bot.pipeline.step import Step
from bot.pipeline.text.addresses import repository_of
from bot.pipeline.text.addresses import url as url_in


def turn(opportunity: Opportunity, at: Moment) -> Role | None:
    if opportunity.announced and not opportunity.drawn:
        return None  # waits for the beacon
    if opportunity.chosen and opportunity.confirmed and "terms-signed" in opportunity.signals:
        return Role.SUPPLIER  # has to name the repository
    return Role.COORDINATOR if opportunity.chosen is None or opportunity.confirmed else Role.SUPPLIER


def due(opportunity: Opportunity, policy: Policy) -> datetime | None:
    return opportunity.announced.due if opportunity.announced and not opportunity.drawn else None


def deadline(opportunity: Opportunity) -> datetime | None:
    """Returns the time of the announced draw, else the end of the statement's selection date."""
    selection = opportunity.statement.selection
    drawing = opportunity.announced.due if opportunity.announced and not opportunity.drawn else None
    return drawing or (end_of(selection) if selection and not opportunity.drawn else None)


def details(opportunity: Opportunity, at: Moment) -> dict[str, object]:
    return {
        "pool": tuple(Login(supplier) for supplier in opportunity.passing),
        "announced": opportunity.announced,
        "drawn": opportunity.drawn is not None,
        "chosen": Login(opportunity.chosen) if opportunity.chosen else None,
        "confirmed": opportunity.confirmed,
        "repository": Url(opportunity.repository_named.url) if opportunity.repository_named else None,
    }


def someone_passed(opportunity: Opportunity) -> Blockers:
    return () if opportunity.passing else (Message("selection.nobody-left"),)


step = Step(6, "selection", turn=turn, deadline=deadline, details=details, requires=someone_passed)

step.track(
    drawn=lambda opportunity: opportunity.drawn is not None,
    confirmed=lambda opportunity: opportunity.confirmed,
    signed=lambda opportunity: "terms-signed" in opportunity.signals,
    repository=lambda opportunity: opportunity.repository_named is not None,
)


def not_drawn(opportunity: Opportunity, at: Moment) -> Message | None:
    return None if opportunity.chosen else Message("selection.undrawn")


def not_to_draw(opportunity: Opportunity, at: Moment) -> Message | None:
    if opportunity.chosen:
        return Message("selection.drawn", supplier=Login(opportunity.chosen))
    return None if opportunity.passing and not opportunity.drawn else Message("selection.nobody-left")


def no_new_repository(opportunity: Opportunity, at: Moment) -> Message | None:
    """Refuses another repository after a delivery, which is assessed where it is; a new delivery may name another."""
    if opportunity.delivered:
        return Message("selection.delivered", repository=Url(opportunity.delivered.url))
    return not_drawn(opportunity, at)


def announce(pool: tuple[str, ...], at: Moment) -> DrawAnnounced:
    """Announces the pool, and the first round of the beacon that is far enough in the future."""
    lead, beacon = timedelta(minutes=at.policy.beacon.lead_minutes), at.policy.beacon
    return DrawAnnounced(pool, *rfc3797.round_after(at.clock + lead, beacon.genesis, beacon.period))


@step.command("draw", "tirage", by=(Role.COORDINATOR,), moves_on=True, when=not_to_draw)
def draw(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    if not opportunity.announced:
        announced = announce(opportunity.passing, at)
        return record(announced, say=Message("draw.done", due=announced.due))
    return refuse("draw.refused-early", round=opportunity.announced.round, due=opportunity.announced.due)


def complete(opportunity: Opportunity, at: Moment) -> tuple[Fact, ...]:
    """Completes the draw once its round is published.

    If an outage delayed the public announcement beyond the round, the draw is announced again with a later round.
    """
    announced = opportunity.announced
    if not announced or opportunity.drawn:
        return ()
    if at.lookups.announced_at is None or at.lookups.announced_at >= announced.due:
        return (announce(announced.pool, at),)
    randomness = at.lookups.randomness.get(announced.round)
    if not randomness:
        return ()
    places = rfc3797.order(announced.pool, rfc3797.beacon_key(randomness))
    return (Drawn(places, announced.round, randomness),)


step.timer(due, complete)


@step.notifies
def notices(opportunity: Opportunity, at: Moment) -> tuple[Notice, ...]:
    """Announces the draw, then tells each selected supplier, with all data to recompute the draw."""
    if not opportunity.announced:
        return ()
    beacon, number = at.policy.beacon.url, opportunity.announced.round
    record_of = draw_record.announcement(
        opportunity.repository,
        opportunity.number,
        opportunity.announced.pool,
        beacon,
        number,
        opportunity.announced.due,
    )
    announced = Message(
        "draw.announced",
        suppliers=called(*opportunity.announced.pool),
        round=number,
        due=opportunity.announced.due,
        beacon=Url(f"{beacon}/{number}"),
        record=Line(record_of),
    )
    announcement = Notice(f"draw {number}", announced, unique=True)
    if not opportunity.drawn:
        return (announcement,) if at.now < opportunity.announced.due else ()  # a late announcement proves nothing
    if not opportunity.chosen:
        left = Message("selection.nobody-left-notice", people=called(opportunity.coordinator, *opportunity.clients))
        return (announcement, *((Notice("nobody-left", left),) if opportunity.step == 6 else ()))
    return (
        announcement,
        Notice(
            f"drawn {number} {opportunity.chosen}",
            Message(
                "selection.drawn-notice",
                supplier=Login(opportunity.chosen, ping=True),
                price=opportunity.statement.price,
                delivery=opportunity.statement.delivery,
                first=opportunity.chosen == opportunity.drawn.order[0],
                record=Line(draw_record.result(record_of, opportunity.drawn.randomness, opportunity.drawn.order)),
                verify=Line(f".venv/bin/python -m bot verify-draw {opportunity.repository}#{opportunity.number}"),
            ),
            unique=True,
        ),
    )


@step.command("confirm", "confirmer", by=(Role.DRAWN,), moves_on=True, when=not_drawn)
def confirm(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    if opportunity.confirmed:
        return record(say=Message("confirm.again"))
    return record(
        ContractConfirmed(at.actor),
        say=Message("confirm.done", price=opportunity.statement.price, delivery=opportunity.statement.delivery),
    )


@step.command("decline", "décliner", by=(Role.DRAWN,), when=not_drawn)
def decline(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    if opportunity.confirmed:
        return refuse("decline.refused-confirmed")
    chosen = opportunity.chosen
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
def repo(opportunity: Opportunity, at: Moment, text: str) -> Decision:
    """Records the repository of the work, which must be public."""
    address = url_in(text)
    name = repository_of(text, at.policy.repository_hosts)
    if not address or not name:
        return misused("repo.refused-address", hosts=tuple(Line(host) for host in at.policy.repository_hosts))
    found = at.lookups.repositories.get(name.casefold())
    if not found or not found.public:
        return refuse("repo.refused-private", repository=Line(name))
    repository = named_repository(address, found, at.policy.repository_hosts)
    return record(repository, say=Message("repo.done", repository=Url(repository.url), licence=found.licence))


@step.signal("terms-signed", by=Role.COORDINATOR)
def terms_signed(opportunity: Opportunity, at: Moment) -> Decision:
    if not opportunity.confirmed and not opportunity.overriding:
        return refuse("selection.refused-unconfirmed")
    return record(Signalled("terms-signed", True))


@step.leave
def blockers(opportunity: Opportunity, at: Moment) -> Blockers:
    if not opportunity.passing:
        return (Message("selection.nobody-left"),)
    if not opportunity.announced:
        return (Message("selection.undrawn"),)
    if not opportunity.drawn:
        return (Message("selection.draw-due", round=opportunity.announced.round, due=opportunity.announced.due),)
    if not opportunity.chosen:
        return (Message("selection.nobody-left"),)
    missing: Blockers = ()
    if not opportunity.confirmed:
        missing += (Message("selection.unconfirmed", supplier=Login(opportunity.chosen)),)
    if "terms-signed" not in opportunity.signals:
        missing += (Message("selection.unsigned"),)
    if not opportunity.repository_named:
        missing += (Message("selection.no-repository"),)
    return missing
