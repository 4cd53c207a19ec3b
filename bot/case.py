"""One opportunity during its turn: what is known, and what GitHub was last seen to show of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.pipeline.opportunity import Opportunity
from bot.pipeline.shown import Shown


@dataclass
class Case:
    """`kept` are shown things to store with the next commit; `unsettled`: GitHub does not show everything yet."""

    key: str
    repository: str
    number: int
    opportunity: Opportunity
    version: int
    shown: dict[str, Shown]
    unsettled: bool
    kept: list[Shown] = field(default_factory=list)
