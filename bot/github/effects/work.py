"""The state that the effects of one opportunity share while they run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.github.transport.client import GitHub, RepositoryClient
from bot.github.transport.errors import Refused
from bot.pipeline.model.remote import Shown

Save = Callable[[Shown], Awaitable[None]]
"""Stores one thing durably before it returns."""


@dataclass
class Work:
    """The issue, the ledger's state of its things, and what failed so far."""

    gh: GitHub
    issue: RepositoryClient
    number: int
    things: dict[str, Shown]
    save: Save
    now: datetime
    problems: list[tuple[str, Refused]] = field(default_factory=list)

    def stored(self, thing: str) -> Shown:
        """Returns the ledger's state of a thing; an empty one if there is none."""
        return self.things.get(thing) or Shown(thing)

    async def keep(self, thing: Shown) -> None:
        """Stores the state of a thing, before and after a request to GitHub."""
        await self.save(thing)
        self.things[thing.thing] = thing
        if thing.digest is not None:
            self._count(thing.thing, "shown")

    @contextmanager
    def trying(self, thing: str) -> Iterator[None]:
        """Collects a refusal by GitHub, so that it does not stop the other things."""
        try:
            yield
        except Refused as error:
            self.problems.append((thing, error))
            self._count(thing, "refused")

    def _count(self, thing: str, result: str) -> None:
        kind = thing.partition(" ")[0]
        self.gh.effects["label" if kind == "labels" else kind, result] += 1
