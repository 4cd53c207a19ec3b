"""Wakes: what has something to do gets a turn now, and not only at the next sweep.

wakes = Wakes()
runner = TurnRunner(wake=wakes, …)
engine = Embedded(runner, sweep_seconds=60, wakes=wakes)
"""

from __future__ import annotations

from collections.abc import Callable


class Wakes:
    """Passes each key to the engine, which is made after the objects that wake; before that, a wake does nothing."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[str], None]] = []

    def __call__(self, key: str) -> None:
        """Wake an opportunity or a pull request by its key."""
        for wake in self._listeners:
            wake(key)

    def pass_to(self, wake: Callable[[str], None]) -> None:
        """Pass every key to `wake` from now on."""
        self._listeners.append(wake)
