"""Wakes: give a key with something to do a turn now, before the next sweep.

wakes = Wakes()
runner = TurnRunner(wake=wakes, …)
engine = Embedded(runner, sweep_seconds=60, wakes=wakes)
"""

from __future__ import annotations

from collections.abc import Callable


class Wakes:
    """Passes each key to the engine, which starts after the objects that wake; before that, a wake does nothing."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[str], None]] = []

    def __call__(self, key: str) -> None:
        """Wakes an opportunity or a pull request by its key."""
        for wake in self._listeners:
            wake(key)

    def pass_to(self, wake: Callable[[str], None]) -> None:
        """Passes every key to `wake` from now on."""
        self._listeners.append(wake)
