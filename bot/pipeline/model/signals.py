"""Signals: what GitHub reports, in the terms of the pipeline. The GitHub room makes them from webhooks.

A signal carries everything that a decision about it needs, because webhooks come late, twice and out of order.
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
    """The issue in a payload; `url` is its page."""

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
    """A person opened an issue, or another event about an issue reached the bot first."""


@dataclass(frozen=True)
class IssueEdited:
    """A person changed title or body; `previous` is the body before, where GitHub gives it."""

    previous: str | None


@dataclass(frozen=True)
class Commented:
    """A person wrote a comment, or edited one: then `previous` is the text before, and the actor is the editor."""

    comment_id: int
    body: str
    previous: str | None = None


@dataclass(frozen=True)
class ChecklistEdited:
    """A person changed a comment of the bot `author`, usually by ticking boxes. `mark` names the comment.

    `unseen`: GitHub shows the new text without its editor. Only people with write access can edit such a comment:
    https://docs.github.com/en/communities/moderating-comments-and-conversations/managing-disruptive-comments
    """

    comment_id: int
    mark: str
    body: str
    unseen: bool = False
    author: str = ""


@dataclass(frozen=True)
class LabelChanged:
    """A person set a label (`on`) or took it off."""

    label: str
    on: bool


@dataclass(frozen=True)
class PullRequestChanged:
    """A pull request of an opportunity changed. Its kind is `posting`, `ore` or an amendment's.

    `state` is open, merged or closed; `author` is the person who opened it, empty for the bot's own; `head` is its
    last commit. `title` and `body` are those of the issue that its files come from, or those that its files would
    come from, where the bot can tell. `stuck` says in GitHub's words why the bot cannot merge it.
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
    """A person reviewed the entry's pull request or commented on it; the bot reads the words from GitHub."""


@dataclass(frozen=True)
class EntryBlocked:
    """The bot could not write the entry's file; the fact `EntryStopped` explains the fields."""

    turn: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class IssueStateChanged:
    """A person closed or reopened the issue."""

    closed: bool


@dataclass(frozen=True)
class IssueRemoved:
    """A person deleted the issue or transferred it."""


@dataclass(frozen=True)
class TimePassed:
    """A due time of the opportunity arrived."""


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
    """An event with its actor and time. `at` is GitHub's own time, aware UTC; `issue` is None without one."""

    what: What
    actor: str
    at: datetime
    delivery: str
    issue: Issue | None = None


@dataclass(frozen=True)
class Repository:
    """A repository that a person named, as GitHub describes it."""

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
    """A person's review of the entry's pull request, or comment on it.

    `id` stays the same over edits; `verdict` is approved, changes, dismissed or comment; `text` is Markdown.
    `belongs`: the person belongs to the Exchange, as far as GitHub shows; anybody may write there.
    """

    id: str
    by: str
    verdict: str
    text: str
    url: str
    belongs: bool = True


@dataclass(frozen=True)
class ExchangePull:
    """The pull request on the Exchange, and the remarks of people there, the earliest first."""

    pull: PullRequestChanged
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What the bot must read from GitHub before it can decide about a signal."""

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
    """The answers to `Needs`. What the bot cannot see on GitHub is None; a future round is absent."""

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
