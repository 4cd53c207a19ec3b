"""Turns: an opportunity with something to do gets one, alone, until nothing is left to do.

The inbox is the truth; an engine only wakes. `Embedded` does it within one process:

    engine = Embedded(work, sweep_seconds=60)
    await engine.start()
    engine.wake("canada-ca/micro-acquisition#12")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Again(Exception):
    """This turn cannot go on now; take it up again after `seconds` (real seconds)."""

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(why or f"again in {seconds:g} s")
        self.seconds = max(0.0, seconds)


class Work(Protocol):
    """What an engine gives turns to."""

    async def waiting(self) -> Sequence[str]:
        """Keys with something to do now, who waited longest first."""
        ...

    async def turn(self, key: str) -> None:
        """Read all there is, decide, bring GitHub up to date; may raise Again, or anything."""
        ...


class Engine(Protocol):
    """What the rest of the bot knows of an engine. All of it is called on the event loop."""

    async def start(self) -> None:
        """Begin with a sweep: what was left unread is taken up."""
        ...

    async def stop(self) -> None:
        """Begin nothing more; turns under way may end, within bounds."""
        ...

    def wake(self, key: str) -> None:
        """There is something to do for `key`: it gets a turn that begins after this call."""
        ...

    async def quiet(self) -> None:
        """Wait until nothing runs, waits or pauses."""
        ...
