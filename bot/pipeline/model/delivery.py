"""What reached us over the wire: stored before it is understood, read later in the order it came.

Delivery("72d3162e-…", "issue_comment", "canada-ca/micro-acquisition#12", received_at, b'{"action": …}')
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Delivery:
    """One webhook, its signature already verified.

    `guid` is GitHub's own (`X-GitHub-Delivery`), the same when GitHub delivers again; `event` its kind;
    `key` the opportunity it concerns (`owner/repo#12`, lower case) or whatever else takes turns, such as
    a repository; `received_at` an aware time; `body` the payload, byte for byte.
    """

    guid: str
    event: str
    key: str
    received_at: datetime
    body: bytes


RESYNC = "resync "
"""How the GUID of a delivery begins that no webhook brought: it was found by looking at GitHub."""


@dataclass(frozen=True)
class ReportedChange:
    """What a delivery told of, to know it again when it is told by another: a webhook that comes late, or a look.

    `what` names the thing (`comment 123`, `text`, `label +eligible`, `state closed`), `at` is GitHub's time of it,
    and `digest` that of its text, empty where it has none; `before` that of the text which an edit replaced.
    """

    what: str
    at: datetime
    digest: str
    guid: str
    before: str = ""
