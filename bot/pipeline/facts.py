"""What happened to an opportunity. The ledger stores these, append-only; everything else is derived.

A fact is in the past tense and holds only what was decided or observed, never a view of it:

    Recorded(Evaluated("supplier-2", None, True, "ten years of PowerShell"), at=..., actor="client", ...)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

# --- opening and steps -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """An issue became an opportunity. `body` is the issue's Markdown, `author` the first client, `url` its page.

    `adopted`: it was first heard of through another event than its opening, whose commands are still to be run.
    """

    url: str
    author: str
    title: str
    body: str
    adopted: bool = False


@dataclass(frozen=True)
class OpeningHeard:
    """The opening of an adopted issue was heard of, late, and its commands were run."""


@dataclass(frozen=True)
class Described:
    """The issue's title or body was edited while the statement could still change."""

    title: str
    body: str


@dataclass(frozen=True)
class Entered:
    """The opportunity came to a step, 1 to 9."""

    step: int


@dataclass(frozen=True)
class Waitlisted:
    """Eligible, but as many opportunities as the policy allows are running in steps 3 to 8."""


@dataclass(frozen=True)
class Finished:
    """Paid, and its code is in the Open Resource Exchange."""


@dataclass(frozen=True)
class Cancelled:
    """It ends here without a contract. `reason` is a code (`not-eligible`) or a person's words."""

    reason: str


@dataclass(frozen=True)
class Assigned:
    """The coordinator in charge."""

    coordinator: str


@dataclass(frozen=True)
class BoxTicked:
    """A box of a step's checklist, by its name in the step's file."""

    step: int
    box: str
    ticked: bool


@dataclass(frozen=True)
class Signalled:
    """A coordinator or finance set a signal label (`on`) or took it back."""

    label: str
    on: bool


# --- posting ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicationAsked:
    """The pull request that posts the opportunity is wanted, with the statement as it stands."""


@dataclass(frozen=True)
class PullRequestSeen:
    """One of the bot's pull requests, as GitHub last showed it. `kind` is `posting` or `ore`."""

    kind: str
    number: int
    url: str
    state: str  # open, merged or closed


# --- applications ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Interested:
    """A supplier applied; counts once confirmed."""

    supplier: str


@dataclass(frozen=True)
class EligibilityConfirmed:
    """The supplier gave every confirmation that an application needs."""

    supplier: str


@dataclass(frozen=True)
class Withdrew:
    supplier: str


@dataclass(frozen=True)
class Asked:
    """Question `number`, counted from 1 in each opportunity."""

    number: int
    supplier: str
    text: str


@dataclass(frozen=True)
class Replied:
    """The answer to question `number`; an empty language still has to be written."""

    number: int
    en: str
    fr: str


@dataclass(frozen=True)
class ApplicationsClosed:
    """The closing date has passed, Eastern time."""


@dataclass(frozen=True)
class Evaluated:
    """One result, with its rationale. `criterion` is its number, or None for all of them."""

    supplier: str
    criterion: int | None
    passed: bool
    rationale: str


# --- selection -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawAnnounced:
    """The pool in its published order, and the public randomness that will decide: a future round."""

    pool: tuple[str, ...]
    round: int
    due: datetime


@dataclass(frozen=True)
class Drawn:
    """Every place of the draw, first first, and the randomness (hexadecimal) it was computed from."""

    order: tuple[str, ...]
    round: int
    randomness: str


@dataclass(frozen=True)
class ContractConfirmed:
    supplier: str


@dataclass(frozen=True)
class ContractDeclined:
    supplier: str


# --- work, acceptance, payment, exchange -----------------------------------------------------------------


@dataclass(frozen=True)
class RepositoryNamed:
    """Where the work happens, in the open, with what GitHub says of it. `name` is "owner/name"."""

    url: str
    name: str
    licence: str | None  # SPDX id
    licence_url: str | None
    languages: tuple[str, ...]
    homepage: str | None


@dataclass(frozen=True)
class Delivered:
    url: str


@dataclass(frozen=True)
class CriterionMarked:
    number: int
    passed: bool
    note: str


@dataclass(frozen=True)
class RevisionAsked:
    text: str


@dataclass(frozen=True)
class Accepted:
    """Every criterion passed; `on` is the Eastern date that the entry in the Exchange carries."""

    on: date


@dataclass(frozen=True)
class EntryFilled:
    """Fields of the entry in the Exchange that the client gave, by name."""

    fields: tuple[tuple[str, str], ...]


Fact = (
    Opened
    | OpeningHeard
    | Described
    | Entered
    | Waitlisted
    | Finished
    | Cancelled
    | Assigned
    | BoxTicked
    | Signalled
    | PublicationAsked
    | PullRequestSeen
    | Interested
    | EligibilityConfirmed
    | Withdrew
    | Asked
    | Replied
    | ApplicationsClosed
    | Evaluated
    | DrawAnnounced
    | Drawn
    | ContractConfirmed
    | ContractDeclined
    | RepositoryNamed
    | Delivered
    | CriterionMarked
    | RevisionAsked
    | Accepted
    | EntryFilled
)

KINDS: dict[str, type[Fact]] = {kind.__name__: kind for kind in get_args(Fact)}
"""Every kind of fact by its name: the name is what the ledger stores, so it never changes."""


@dataclass(frozen=True)
class Recorded:
    """A fact with who, when and why: one line of the ledger.

    `at` is an aware UTC time; `actor` a login, or `micro-acquisition` for the bot itself;
    `delivery` the webhook that caused it; `rule` the command, label or condition that decided it.
    """

    fact: Fact
    at: datetime
    actor: str
    delivery: str
    rule: str
