"""What happened to an opportunity. The ledger stores these, append-only; everything else is derived.

A fact is in the past tense and holds only what was decided or observed, never a view of it:

    Recorded(Evaluated("supplier-2", None, True, "ten years of PowerShell"), at=..., actor="client", ...)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from bot.pipeline.model.evidence import Evidence

BOT = "micro-acquisition"
"""The actor of what happens by itself."""

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
    """It ends here without a payment. `reason` is in a person's words, empty where the label says why."""

    reason: str


@dataclass(frozen=True)
class IssueGone:
    """Its issue was deleted, or transferred to another repository: nothing of it can be shown, or heard, any more."""


@dataclass(frozen=True)
class Assigned:
    """The coordinator in charge."""

    coordinator: str


@dataclass(frozen=True)
class ClientAdded:
    """One more person who acts as the client."""

    client: str


@dataclass(frozen=True)
class Resembles:
    """Earlier opportunities of the same client that look alike: a coordinator decides if a contract was split."""

    numbers: tuple[int, ...]


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


@dataclass(frozen=True)
class LabelExplained:
    """A label that a person set, or took off, by hand was put back and explained."""

    label: str
    on: bool


@dataclass(frozen=True)
class LabelLeft:
    """The same once more: the label is left as the person wants it, and moves nothing."""

    label: str
    on: bool


@dataclass(frozen=True)
class LabelFreed:
    """A label that was left as a person wanted it says again what is so."""

    label: str


@dataclass(frozen=True)
class OverrideAllowed:
    """A coordinator gave the reason for which the next guarded label may move through."""

    reason: str


@dataclass(frozen=True)
class Overridden:
    """A guarded label moved through for that reason."""

    label: str
    reason: str


@dataclass(frozen=True)
class Spoke:
    """A person wrote something that is no command; noted once a day, to know silence from work."""


@dataclass(frozen=True)
class Flagged:
    """A text seems to hold personal or protected information of these kinds; none any more where there are none.

    `comment_id` is 0 for the issue's own text. What was found is never kept.
    """

    comment_id: int
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Reminded:
    """A reminder came due for that Eastern day; one that came too late to help (an outage) is not `useful`."""

    what: str
    day: date
    useful: bool


@dataclass(frozen=True)
class Held:
    """The clock is stopped."""

    reason: str


@dataclass(frozen=True)
class Resumed:
    """The clock runs again."""


@dataclass(frozen=True)
class Rescheduled:
    """New dates, those that changed; all are Eastern calendar days."""

    closing: date | None
    selection: date | None
    delivery: date | None
    reason: str


@dataclass(frozen=True)
class Disputed:
    """Someone disagrees; nothing moves on until a coordinator settles it."""

    by: str
    text: str


@dataclass(frozen=True)
class Settled:
    """How the dispute was settled."""

    text: str


@dataclass(frozen=True)
class Terminated:
    """The contract with a supplier is ended without payment."""

    supplier: str
    reason: str


@dataclass(frozen=True)
class OfferedAgain:
    """After a termination, the contract is offered to the next supplier of the draw."""


@dataclass(frozen=True)
class Reposted:
    """It runs again from its description on, without the suppliers who defaulted."""


# --- posting ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicationAsked:
    """The pull request that posts the opportunity is wanted, with the statement as it stands."""


@dataclass(frozen=True)
class PullRequestSeen:
    """A pull request of the opportunity, as GitHub last showed it.

    `kind` is `posting`, `ore` or one of `page.AMENDMENTS`; `state` is open, merged, closed, or withdrawn: closed by
    the bot because there is nothing left to amend, or about another opportunity by now. `author` is empty for the
    bot's own; `stuck` is why GitHub does not let the bot merge it, or what a person's lacked.
    """

    kind: str
    number: int
    url: str
    state: str
    author: str = ""
    stuck: str = ""


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
class Greeted:
    """A supplier's plain words were answered, once each: `what` is hello, interest or question."""

    supplier: str
    what: str


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
    description: str | None = None


@dataclass(frozen=True)
class Delivered:
    url: str


@dataclass(frozen=True)
class EvidenceGathered:
    """What GitHub shows of the delivered work; None where it cannot be seen."""

    evidence: Evidence | None


@dataclass(frozen=True)
class CriterionMarked:
    number: int
    passed: bool
    note: str


@dataclass(frozen=True)
class RevisionAsked:
    text: str


@dataclass(frozen=True)
class DeliveryLapsed:
    """What was delivered could not be accepted as it stands: licence, gone, or changed since."""

    why: str


@dataclass(frozen=True)
class Accepted:
    """Every criterion passed; `on` is the Eastern date that the entry in the Exchange carries."""

    on: date


@dataclass(frozen=True)
class EntryFilled:
    """Fields of the entry in the Exchange that the client gave, by name; an empty value takes one back."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EntryReviewed:
    """Somebody of the Exchange said something about the entry's pull request `number`, or said it in other words.

    `id` names the review or comment; `verdict` is approved, changes, dismissed or comment, or answer where the client
    or the supplier wrote there. `text` is theirs, empty where it seems not to be for the public.
    """

    number: int
    id: str
    by: str
    verdict: str
    text: str
    url: str


@dataclass(frozen=True)
class EntryStopped:
    """The entry cannot be proposed, or brought up to date, until `turn` acts: client, coordinator, or "" for nobody.

    `fields` are those that the client has to put right.
    """

    turn: str
    fields: tuple[str, ...] = ()


Fact = (
    Opened
    | OpeningHeard
    | Described
    | Entered
    | Waitlisted
    | Finished
    | Cancelled
    | IssueGone
    | Assigned
    | ClientAdded
    | Resembles
    | LabelExplained
    | LabelLeft
    | LabelFreed
    | OverrideAllowed
    | Overridden
    | Spoke
    | Flagged
    | Reminded
    | Held
    | Resumed
    | Rescheduled
    | Disputed
    | Settled
    | Terminated
    | OfferedAgain
    | Reposted
    | BoxTicked
    | Signalled
    | PublicationAsked
    | PullRequestSeen
    | Interested
    | EligibilityConfirmed
    | Greeted
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
    | EvidenceGathered
    | CriterionMarked
    | RevisionAsked
    | DeliveryLapsed
    | Accepted
    | EntryFilled
    | EntryReviewed
    | EntryStopped
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
