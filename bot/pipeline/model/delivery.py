"""Webhooks as GitHub sends them. The bot stores them unread, and reads them later in the order of their arrival.

Delivery("72d3162e-…", "issue_comment", "canada-ca/micro-acquisition#12", received_at, b'{"action": …}')
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Delivery:
    """One webhook with a valid signature.

    `guid` is GitHub's own (`X-GitHub-Delivery`), the same when GitHub delivers again; `event` is its kind;
    `key` is the opportunity it concerns (`owner/repo#12`, lower case), or another unit of work, such as
    a repository; `received_at` is an aware time; `body` is the payload, byte for byte.
    """

    guid: str
    event: str
    key: str
    received_at: datetime
    body: bytes


RESYNC = "resync "
"""The first characters of the GUID of a delivery that the bot made itself after it read GitHub."""


@dataclass(frozen=True)
class ReportedChange:
    """A change that a delivery reported, to recognize the same change in a late webhook or a search of GitHub.

    `what` names the change (`comment 123`, `text`, `label +eligible`, `state closed`); `at` is GitHub's time of it;
    `digest` is the digest of its text, empty where it has none; `before` is that of the text before an edit.
    """

    what: str
    at: datetime
    digest: str
    guid: str
    before: str = ""
