"""One opportunity during its turn: what is known, and what GitHub was last seen to show of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.ledger import Stuck
from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.opportunity import Opportunity
from bot.pipeline.model.remote import Shown
from bot.pipeline.rules import Programme


@dataclass
class Turn:
    """`kept` are shown things to store with the next commit; `unsettled`: GitHub does not show everything yet.

    `due` (aware UTC) is when it next needs a turn by itself; `house` is what the others mean for it, as last seen;
    `look`: it was woken by more than a delivery, so that what GitHub shows is looked at as well. `adopted` are the
    deliveries that told of the bot's own work before the opportunity was known, done with the next commit. `stuck`: why
    it did not go on before.
    """

    key: str
    repository: str
    number: int
    opportunity: Opportunity
    history: tuple[Recorded, ...]
    version: int
    shown: dict[str, Shown]
    unsettled: bool
    due: datetime | None = None
    programme: Programme = field(default_factory=Programme)
    kept: list[Shown] = field(default_factory=list)
    look: bool = False
    stuck: Stuck | None = None
    adopted: list[int] = field(default_factory=list)

    def is_due(self, now: datetime) -> bool:
        """Whether time alone gives it something to do, or to show."""
        return self.due is not None and self.due <= now
