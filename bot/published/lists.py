"""What is asked of all records, and what comes back: the ledger answers, the board shows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot.pipeline.model.opportunity import Status
from bot.published.record import Record


@dataclass(frozen=True)
class Filters:
    """What is looked for among opportunities; None and empty do not narrow it down. Amounts are before taxes."""

    skill: str = ""
    status: Status | None = None
    year: int | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    text: str = ""


@dataclass(frozen=True)
class Some:
    """Some records, and how many there are in all; where there are `more`, nobody counted further."""

    records: tuple[Record, ...]
    total: int
    more: bool = False


@dataclass(frozen=True)
class Skill:
    """A skill as it is compared and as it was written, and how many opportunities want it."""

    name: str
    written: str
    count: int
