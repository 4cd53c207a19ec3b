"""Turns: an engine gives each opportunity with something to do a turn, one at a time, until nothing is left to do.

The inbox decides what there is to do. `Embedded` runs turns within one process, `Distributed` over any number:

    engine = Embedded(work, sweep_seconds=60)
    await engine.start()
    engine.wake("canada-ca/micro-acquisition#12")
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from bot.runtime.backoff import Backoff

FAILED_TURNS = Backoff(first=1.0, longest=300.0)
"""The pauses before a failed turn is repeated."""

Lease = Callable[[], Awaitable[None]]
"""The turn calls it before each write; it raises Again if another process has taken the turn over."""


class Again(Exception):
    """The turn cannot continue now; the engine repeats it after `seconds` of real time."""

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(why or f"again in {seconds:g} s")
        self.seconds = max(0.0, seconds)


class EngineWork(Protocol):
    """The work that an engine divides into turns."""

    async def waiting(self) -> Sequence[str]:
        """Returns the keys with something to do now; the one that waits longest comes first."""
        ...

    async def turn(self, key: str, lease: Lease) -> None:
        """Reads the inbox, decides, and updates GitHub. May raise Again, or any error."""
        ...


class Engine(Protocol):
    """An engine as the rest of the bot uses it, on the event loop.

    `workers` counts the processes that run turns.
    """

    workers: int

    async def start(self) -> None:
        """Begins with a sweep, which finds what an earlier process left."""
        ...

    async def stop(self) -> None:
        """Begins no more turns; those that run may end, within bounds."""
        ...

    def wake(self, key: str) -> None:
        """Gives `key` a turn that begins after this call."""
        ...

    async def quiet(self) -> None:
        """Waits until no turn runs, waits or pauses."""
        ...


def error_fields(error: BaseException) -> dict[str, str]:
    """Returns the fields of a log line about an error: its text in one line, and the line of code that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    text = str(error) or str(error.__cause__ or "no reason is given")
    return {"error": f"{type(error).__name__}: {text}".splitlines()[0][:300], "at": where}
