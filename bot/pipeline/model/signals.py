"""What reached us, in the pipeline's own terms: the github room makes these from webhooks.

A signal carries what it needs to be decided by itself, because webhooks come late, twice and out of order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.pipeline.model.evidence import Evidence
from bot.pipeline.model.roles import Standing
from bot.pipeline.model.words import Categories


@dataclass(frozen=True)
class Issue:
    """The issue as the payload shows it; `url` is its page."""

    number: int
    url: str
    title: str
    body: str
    author: str
    labels: frozenset[str]
    assignees: frozenset[str]
    closed: bool
    updated_at: datetime


@dataclass(frozen=True)
class IssueOpened:
    """An issue was opened (or first heard of, through any event)."""


@dataclass(frozen=True)
class IssueEdited:
    """Title or body changed; `previous` is the body before, where GitHub tells it."""

    previous: str | None


@dataclass(frozen=True)
class Commented:
    """A person wrote a comment, or edited one: then `previous` is the text before, and the actor whoever edited."""

    comment_id: int
    body: str
    previous: str | None = None


@dataclass(frozen=True)
class ChecklistEdited:
    """A person changed a comment of the bot `author`, normally by ticking boxes. `mark` names it.

    `unseen`: GitHub shows what it says now and not who changed it. It lets nobody do so who may not write:
    https://docs.github.com/en/communities/moderating-comments-and-conversations/managing-disruptive-comments
    """

    comment_id: int
    mark: str
    body: str
    unseen: bool = False
    author: str = ""


@dataclass(frozen=True)
class LabelChanged:
    label: str
    on: bool


@dataclass(frozen=True)
class PullRequestChanged:
    """A pull request of an opportunity, of a kind (`posting`, `ore`, or what it amends): open, merged or closed.

    `author` is the person who opened it, empty for the bot's own; `head` is its last commit. `title` and `body` are
    those of the issue that its files were written from, or of the one that would say what they say, where that is
    known. `stuck`: why GitHub does not let the bot merge it, in GitHub's words.
    """

    kind: str
    number: int
    url: str
    state: str
    head: str = ""
    title: str = ""
    body: str = ""
    author: str = ""
    stuck: str = ""


@dataclass(frozen=True)
class EntryDiscussed:
    """Somebody of the Exchange reviewed the entry's pull request, or wrote there; GitHub says what."""


@dataclass(frozen=True)
class EntryBlocked:
    """What keeps the entry from being proposed, found when its file was written; the fact of that name says more."""

    turn: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class IssueStateChanged:
    """A person closed or reopened the issue."""

    closed: bool


@dataclass(frozen=True)
class IssueRemoved:
    """The issue was deleted or transferred."""


@dataclass(frozen=True)
class TimePassed:
    """A due time of the opportunity has come."""


What = (
    IssueOpened
    | IssueEdited
    | Commented
    | ChecklistEdited
    | LabelChanged
    | PullRequestChanged
    | EntryDiscussed
    | EntryBlocked
    | IssueStateChanged
    | IssueRemoved
    | TimePassed
)


@dataclass(frozen=True)
class Signal:
    """`at` is an aware UTC time: GitHub's own for what people did. `issue` is None where the event had none."""

    what: What
    actor: str
    at: datetime
    delivery: str
    issue: Issue | None = None


@dataclass(frozen=True)
class Repository:
    """A repository as GitHub describes it; looked up when a person names one."""

    url: str
    name: str  # "owner/name", as GitHub spells it
    public: bool
    licence: str | None  # SPDX id, None where GitHub finds none
    licence_url: str | None
    languages: tuple[str, ...]
    homepage: str | None
    description: str | None = None


@dataclass(frozen=True)
class Remark:
    """What a person said on the entry's pull request: a review, or a comment.

    `id` names it, also over edits; `verdict` is approved, changes, dismissed or comment; `text` is Markdown.
    `belongs`: they belong to the Exchange, as far as GitHub shows; anybody may write there.
    """

    id: str
    by: str
    verdict: str
    text: str
    url: str
    belongs: bool = True


@dataclass(frozen=True)
class ExchangePull:
    """The pull request on the Exchange, and what was said there in the order it was said, the bot's own words aside."""

    pull: PullRequestChanged
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What must be looked up before a signal can be decided."""

    logins: frozenset[str] = frozenset()
    repositories: frozenset[str] = frozenset()  # "owner/name"
    deliveries: frozenset[str] = frozenset()  # addresses, as written
    round: int | None = None  # of the beacon
    coordinators: bool = False
    checklist: int | None = None  # the step whose boxes, as GitHub shows them
    entry: int | None = None  # the pull request on the Exchange
    categories: bool = False  # of the Exchange


@dataclass(frozen=True)
class Lookups:
    """The answers to `Needs`. What cannot be seen on GitHub is None; a round not yet out is absent."""

    standings: Mapping[str, Standing] = field(default_factory=dict)
    repositories: Mapping[str, Repository | None] = field(default_factory=dict)
    deliveries: Mapping[str, Evidence | None] = field(default_factory=dict)
    randomness: Mapping[int, str] = field(default_factory=dict)
    coordinators: tuple[str, ...] = ()  # who may be put in charge
    status_url: str = ""  # of the status comment, once it exists
    announced_at: datetime | None = None  # when the public saw the draw's announcement
    ticked: frozenset[str] = frozenset()  # boxes of the checklist asked for
    entry: ExchangePull | None = None  # the pull request on the Exchange, as GitHub shows it
    categories: Categories | None = None  # of the Exchange
