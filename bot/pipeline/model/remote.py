"""What the bot last saw or made on GitHub, so that effects do only what is left to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Shown:
    """One thing of an opportunity on GitHub.

    `thing` names it: `labels`, `assignees`, `state`, `comment status`, `comment reply 99`,
    `reaction 99`, `pull posting`. `digest` is that of the content GitHub shows, None until it does.
    `wanted` is the content of a thing decided once (an answer), kept until shown. `begun` is set before
    something is created: found set without `digest`, the thing may exist already and is looked up.
    """

    thing: str
    digest: str | None = None
    wanted: str | None = None
    remote: dict[str, Any] = field(default_factory=dict)
    begun: datetime | None = None


ADOPTED = "adopted"
"""The digest of what was found on GitHub, made by the bot before the ledger knew of it."""
