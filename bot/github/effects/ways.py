"""Chooses the route to the Exchange: the App if it is installed there, else the fork of a machine user.

ways = ExchangeRoute(gh, GitHub(token=token), "canada-ca/ore-ero")
way = await ways.way()          None: the App itself
"""

from __future__ import annotations

from cachetools import TTLCache

from bot.github.effects.forks import way_by_fork
from bot.github.effects.pulls import ForkRoute
from bot.github.transport.client import GitHub, RepositoryClient
from bot.github.transport.errors import Refused


class NoRoute(Refused):
    """Neither the App nor a machine user can open a pull request in a repository."""

    def __init__(self, target: str) -> None:
        super().__init__(404, f"the App is not installed on {target}, and ORE_TOKEN is not set: do either")


class ExchangeRoute:
    """The route to one repository. `machine` is the client of the machine user, None without a token."""

    def __init__(self, app: GitHub, machine: GitHub | None, target: str) -> None:
        self.target = target
        self._app, self._machine = app, machine
        self._ways: TTLCache[str, ForkRoute] = TTLCache(1, ttl=600)  # forks are renamed and deleted

    async def way(self) -> ForkRoute | None:
        """Returns the machine user's fork, None if the App is installed. Raises `NoRoute`, `Wait` or `Refused`."""
        if await self._app.installed(self.target):
            return None
        if self._machine is None:
            raise NoRoute(self.target)
        if self.target not in self._ways:
            self._ways[self.target] = await way_by_fork(self._machine, self.target)
        return self._ways[self.target]

    async def place(self) -> RepositoryClient:
        """Returns a client that reads the repository itself."""
        way = await self.way()
        return (way.gh if way else self._app).at(self.target)
