"""Declares the values that go into the ledger and come out of it. All times are aware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.remote import Shown

ACTIVE = "active"
"""The status of an opportunity that takes up one of the places in steps 3 to 8."""

ENDED = ("done", "cancelled")

READ_AT_ONCE = 100
"""The most deliveries that one turn reads at once."""

"""The statuses of an opportunity that nobody works on any more."""


@dataclass(frozen=True)
class Unread:
    """A stored delivery that still has to be decided. `id` is its place in the sequence of all."""

    id: int
    guid: str
    event: str
    key: str
    received_at: datetime
    body: bytes
    tries: int


@dataclass(frozen=True)
class Unreported:
    """A delivery about a pull request that its opportunity has not read yet: its place, and when it came."""

    id: int
    at: datetime


@dataclass(frozen=True)
class Row:
    """An opportunity in short, so that other opportunities and the sweeps need not read its facts.

    `waiting_since` is set while it is on the waitlist; `next_due_at` is the next time at which it has work to do even
    if nobody acts; `client` is the login of the person that opened it.
    """

    step: int
    status: str
    title: str
    coordinator: str | None = None
    waiting_since: datetime | None = None
    next_due_at: datetime | None = None
    client: str | None = None


DECIDING, SHOWING, PEOPLE = "deciding", "showing", "people"
"""Kinds of blocks: GitHub refuses to show what a decision needs, or refuses a change; or people must act first."""


@dataclass(frozen=True)
class Stuck:
    """Why a key is stuck at `version`, and when the bot retries it; a newer version may be shown at once."""

    key: str
    kind: str
    reason: str
    tries: int
    version: int
    since: datetime
    again_at: datetime


@dataclass(frozen=True)
class Loaded:
    """All that the ledger holds of one opportunity; version 0 and empty if it holds nothing."""

    version: int
    history: tuple[Recorded, ...]
    things: dict[str, Shown]
    unsettled: bool
    due: datetime | None = None
    stuck: Stuck | None = None


@dataclass(frozen=True)
class PullProgress:
    """How far the bot got with a pull request of the site.

    `unreported` is the first delivery that the bot has not answered yet, `sender` the login of the last one's sender.
    `rebuilt`: a resync found the pull request, so that the bot may have written there what this ledger does not hold.
    `check_request` is the delivery by which a person asked for another run of the check. `judged` is a digest of what
    the verdict depended on, `offered` of what the opportunity was offered. `lookups` counts how often GitHub was asked
    in vain if the pull request can be merged. `updated_at` is the time of its last change that the bot read.
    """

    unreported: Unreported | None = None
    sender: str = ""
    rebuilt: bool = False
    check_request: str = ""
    judged: str = ""
    offered: str = ""
    lookups: int = 0
    updated_at: str = ""


@dataclass(frozen=True)
class Watched:
    """A pull request of the site, by any author; version 0 if the ledger does not hold it yet.

    `opportunity` is the key of the opportunity it is about, empty if unknown; `things` is what the bot wrote there.
    """

    key: str
    opportunity: str = ""
    open: bool = True
    progress: PullProgress = PullProgress()
    things: dict[str, Shown] = field(default_factory=dict)
    version: int = 0
    unsettled: bool = False
    stuck: Stuck | None = None


@dataclass(frozen=True)
class GivenUp:
    """A delivery that could not be decided, with the reason."""

    id: int
    guid: str
    event: str
    key: str
    received_at: datetime
    tries: int
    error: str


@dataclass(frozen=True)
class Received:
    """A delivery without its payload: waiting to be decided, decided, or set aside with an error."""

    guid: str
    event: str
    key: str
    received_at: datetime
    done_at: datetime | None
    tries: int
    error: str | None


@dataclass(frozen=True)
class Waiting:
    """How many deliveries of a key wait to be decided, and since when the first of them."""

    key: str
    count: int
    since: datetime


@dataclass(frozen=True)
class Queue:
    """What waits to be decided: how many of each age (see `AGES`, the last without an end), and the oldest keys."""

    ages: tuple[int, ...]
    oldest: tuple[Waiting, ...]


AGES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""Upper ends of the age groups in which the queue is counted."""


@dataclass(frozen=True)
class Stats:
    """Counts for `/metrics`.

    `oldest_unread` is when the delivery that waits longest was received, `oldest_due` the earliest due time that no
    turn has handled, `stuck` the number of stuck keys by kind, and `stuck_since` the time from which the first of
    those that GitHub refuses is stuck.
    """

    unread: int
    oldest_unread: datetime | None
    given_up: int
    opportunities: int
    running: int
    waitlisted: int
    unsettled: int
    oldest_due: datetime | None
    stuck: Mapping[str, int]
    stuck_since: datetime | None
