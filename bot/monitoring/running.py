"""The parts of one running process that its metrics and the operators' pages show."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from bot.github.transport.client import GitHub
from bot.github.transport.limits import Limits
from bot.ledger import Ledger
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Standing
from bot.runtime.clock import Clock
from bot.settings import Settings


@dataclass(frozen=True)
class RunningBot:
    """The parts of one running process that monitoring reads.

    `turns` counts turns by their results. `clients` are the App's client and, if there is one, the machine user's.
    """

    settings: Settings
    policy: Policy
    ledger: Ledger
    clock: Clock
    clients: tuple[GitHub, ...]
    turns: Mapping[str, int]
    works: Callable[[], bool]
    wake: Callable[[str], None]
    standing: Callable[[str], Coroutine[Any, Any, Standing]]

    @property
    def limits(self) -> dict[str, Limits]:
        """Returns GitHub's limits of each credential: the App's for each installation, and the machine user's."""
        return {name: limits for client in self.clients for name, limits in client.limits.items()}
