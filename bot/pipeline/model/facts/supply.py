"""Facts about suppliers, the selection of one, the work, and the entry in the Open Resource Exchange."""

from __future__ import annotations

from datetime import date, datetime

from bot.pipeline.model.evidence import Evidence
from bot.pipeline.model.facts.fact import Fact


class Interested(Fact):
    """A supplier applied; the application counts once it is confirmed."""

    supplier: str


class EligibilityConfirmed(Fact):
    """The supplier gave every confirmation that an application needs."""

    supplier: str


class Greeted(Fact):
    """The bot answered a supplier's plain words, once each: `what` is hello, interest or question."""

    supplier: str
    what: str


class Withdrew(Fact):
    """A supplier withdrew the application."""

    supplier: str


class Asked(Fact):
    """A supplier asked question `number`, counted from 1 in each opportunity."""

    number: int
    supplier: str
    text: str


class Replied(Fact):
    """A person answered question `number`; an empty language still lacks its answer."""

    number: int
    en: str
    fr: str


class ApplicationsClosed(Fact):
    """The closing date has passed, Eastern time."""


class Evaluated(Fact):
    """A client evaluated an application. `criterion` is a number, or None for all of them."""

    supplier: str
    criterion: int | None
    passed: bool
    rationale: str


class DrawAnnounced(Fact):
    """The bot announced a draw: the pool in its published order, and the future round of public randomness."""

    pool: tuple[str, ...]
    round: int
    due: datetime


class Drawn(Fact):
    """The bot drew the suppliers in this order, from this randomness (hexadecimal)."""

    order: tuple[str, ...]
    round: int
    randomness: str


class ContractConfirmed(Fact):
    """The supplier that the draw chose accepted the contract."""

    supplier: str


class ContractDeclined(Fact):
    """The supplier that the draw chose declined the contract."""

    supplier: str


class RepositoryNamed(Fact):
    """The supplier named the public repository of the work; GitHub described it so. `name` is "owner/name"."""

    url: str
    name: str
    licence: str | None  # SPDX id
    licence_url: str | None
    languages: tuple[str, ...]
    homepage: str | None
    description: str | None = None


class Delivered(Fact):
    """The supplier delivered the work at this address."""

    url: str


class EvidenceGathered(Fact):
    """GitHub showed this of the delivered work; None where the bot cannot see it."""

    evidence: Evidence | None


class CriterionMarked(Fact):
    """The client marked a work acceptance criterion."""

    number: int
    passed: bool
    note: str


class RevisionAsked(Fact):
    """The client asked for a revision of the work."""

    text: str


class DeliveryLapsed(Fact):
    """The client could not accept the delivery as it stands: its licence, or it is gone, or it has changed."""

    why: str


class Accepted(Fact):
    """Every criterion passed; `on` is the Eastern date that the entry in the Exchange carries."""

    on: date


class EntryFilled(Fact):
    """The client gave fields of the entry in the Exchange, by name; an empty value takes one back."""

    fields: tuple[tuple[str, str], ...]


class EntryReviewed(Fact):
    """A person wrote, or edited, a review or comment on the entry's pull request `number`.

    `id` names the review or comment. `verdict` is approved, changes, dismissed or comment; it is answer where the
    client or the supplier wrote. `text` is theirs, empty where it seems not to be for the public.
    """

    number: int
    id: str
    by: str
    verdict: str
    text: str
    url: str


class EntryStopped(Fact):
    """The bot cannot propose the entry, or bring it up to date, until `turn` acts: client, coordinator, "" for nobody.

    `fields` are those that the client has to correct.
    """

    turn: str
    fields: tuple[str, ...] = ()
