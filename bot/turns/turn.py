"""One opportunity during its turn: its facts, and the state of its things on GitHub."""

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
    """`kept` are things to store with the next commit; `unsettled`: GitHub does not show everything yet.

    `due` (aware UTC) is when it next needs a turn by itself; `programme` is what the other opportunities mean for it.
    `look`: more than a delivery woke it, so that the bot also reads its pull requests on GitHub. `adopted` are the
    deliveries about the bot's own earlier work that came before the opportunity was stored; the next commit marks them
    done. `stuck` is why it did not go on before.
    """

    key: str
    repository: str
    number: int
    opportunity: Opportunity
    history: tuple[Recorded, ...]
    version: int
    things: dict[str, Shown]
    unsettled: bool
    due: datetime | None = None
    programme: Programme = field(default_factory=Programme)
    kept: list[Shown] = field(default_factory=list)
    look: bool = False
    stuck: Stuck | None = None
    adopted: list[int] = field(default_factory=list)

    def is_due(self, now: datetime) -> bool:
        """Tells if something is due by now."""
        return self.due is not None and self.due <= now
