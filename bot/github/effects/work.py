"""What the effects of one opportunity share while they are brought about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.github.transport.client import GitHub, RepositoryClient
from bot.github.transport.errors import Refused
from bot.pipeline.model.remote import Shown

Save = Callable[[Shown], Awaitable[None]]
"""Stores one shown thing durably before it returns."""


@dataclass
class Work:
    """The issue, what it shows by the ledger, and what has been learned or has failed so far."""

    gh: GitHub
    issue: RepositoryClient
    number: int
    shown: dict[str, Shown]
    save: Save
    now: datetime
    problems: list[tuple[str, Refused]] = field(default_factory=list)

    def known(self, thing: str) -> Shown:
        """What the ledger holds of a thing."""
        return self.shown.get(thing) or Shown(thing)

    async def keep(self, shown: Shown) -> None:
        """Store what was begun or done."""
        await self.save(shown)
        self.shown[shown.thing] = shown
        if shown.digest is not None:
            self._count(shown.thing, "shown")

    @contextmanager
    def trying(self, thing: str) -> Iterator[None]:
        """A refusal of one thing must not stop the others."""
        try:
            yield
        except Refused as error:
            self.problems.append((thing, error))
            self._count(thing, "refused")

    def _count(self, thing: str, result: str) -> None:
        kind = thing.partition(" ")[0]
        self.gh.effects["label" if kind == "labels" else kind, result] += 1
