"""The bot's client of GitHub: it uses the right credential for each repository.

    async with GitHub(app_id="12", private_key=key) as gh:
        issue = await gh.at("canada-ca/micro-acquisition").get("issues/{n}", n=12)

Installation tokens are valid for one hour, App JWTs for ten minutes (gidgethub's `abc.py` keeps those):
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import aiohttp
from cachetools import LRUCache, TTLCache
from gidgethub.sansio import DOMAIN

from bot.github.transport.channel import Channel, Wire
from bot.github.transport.errors import Refused
from bot.github.transport.limits import Limits, Pace

Json = Mapping[str, Any]
"""An object of GitHub's API, as it was read."""

EARLY = 300.0
"""Seconds before its end at which a token is renewed."""


class GitHub:
    """Calls GitHub as an App (`app_id`, `private_key`) or as the owner of a plain `token`.

    `calls` counts requests by method, `unchanged` those answered "not modified" (free of charge), and `effects` what
    was shown or refused, by kind of thing. Without a `pace`, only github.com has limits. `shared_by` returns how many
    processes of the bot share them.
    """

    def __init__(
        self,
        *,
        url: str = DOMAIN,
        app_id: str | None = None,
        private_key: str | None = None,
        token: str | None = None,
        session: aiohttp.ClientSession | None = None,
        pace: Pace | None = None,
        shared_by: Callable[[], int] = lambda: 1,
    ) -> None:
        if (token is None) == (app_id is None or private_key is None):
            raise ValueError("either an App with its private key, or a token")
        self._wire = Wire(url, session)
        hosted = (self._wire.url.host or "").endswith((".github.com", ".ghe.com"))
        self._pace = pace or (Pace() if hosted else None)
        self._shared_by = shared_by
        self._installed: TTLCache[str, int] = TTLCache(1000, ttl=3600)
        self._channels: dict[int, Channel] = {}
        self._finding = asyncio.Lock()
        self._me = ""
        self.blobs: LRUCache[str, str] = LRUCache(16_000_000, getsizeof=len)
        """Contents of files, by git's hash of the contents: they never change."""
        self.patches: LRUCache[tuple[str, int, str], Mapping[str, str]] = LRUCache(500)
        """The changes of open pull requests, by repository, number and last commit."""
        self.effects: Counter[tuple[str, str]] = Counter()
        self._single: Channel | None = None
        if token is not None:
            self._single = Channel(self._wire, self._limits(), _always(token))
        self.app = Channel(self._wire, self._limits(), app_id=app_id, private_key=private_key)
        """Makes calls as the App itself (`/app/hook/deliveries`); unusable with a plain token."""

    def _limits(self) -> Limits:
        return Limits(self._pace, shared_by=self._shared_by)

    def at(self, repository: str) -> RepositoryClient:
        """Returns a client for one repository, "owner/name"."""
        return RepositoryClient(self, repository)

    async def me(self) -> str:
        """Returns the login under which the bot writes."""
        if not self._me:
            if self._single:
                self._me = str((await self._single.call("GET", "/user", {}))["login"])
            else:
                self._me = f"{(await self.app.call('GET', '/app', {}))['slug']}[bot]"
        return self._me

    async def channel(self, repository: str) -> Channel:
        """Returns the channel to a repository: the App's installation there, or the one token.

        Raises Refused if the App is not installed there.
        """
        if self._single:
            return self._single
        if not await self.installed(repository):
            raise Refused(404, f"the App is not installed on {repository}")
        installation = self._installed[repository.lower()]
        if installation not in self._channels:
            token = _InstallationToken(self.app, installation)
            self._channels[installation] = Channel(self._wire, self._limits(), token)
        return self._channels[installation]

    async def installed(self, repository: str) -> bool:
        """Returns whether the App is installed on a repository. Asks GitHub once an hour, and after `forget`."""
        name = repository.lower()
        async with self._finding:
            if name not in self._installed:
                owner, _, repo = name.partition("/")
                try:
                    found = await self.app.call(
                        "GET", "/repos/{owner}/{repo}/installation", {"owner": owner, "repo": repo}
                    )
                except Refused as error:
                    if not error.gone:
                        raise
                    self._installed[name] = 0
                else:
                    self._installed[name] = int(found["id"])
            return self._installed[name] > 0

    def forget(self) -> None:
        """Forgets the installations, because the App was installed or removed somewhere."""
        self._installed.clear()

    @property
    def ahead(self) -> float:
        """Seconds that this machine's clock is ahead of GitHub's."""
        return self._wire.ahead

    @property
    def limits(self) -> dict[str, Limits]:
        """Returns the limits of each credential in use: `app`, `token`, or the number of an installation."""
        single = {"token": self._single.limits} if self._single else {"app": self.app.limits}
        return single | {str(number): channel.limits for number, channel in self._channels.items()}

    @property
    def calls(self) -> Counter[str]:
        return self._wire.calls

    @property
    def unchanged(self) -> int:
        return self._wire.unchanged

    async def close(self) -> None:
        """Closes the connections."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class RepositoryClient:
    """Makes calls about one repository. Paths are below `/repos/owner/name/`, or absolute; values fill URI templates.

    `await place.delete("issues/{n}/labels/{name}", n=12, name="1/contact")`
    """

    def __init__(self, gh: GitHub, repository: str) -> None:
        self.gh = gh
        self.repository = repository

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    async def get(self, path: str = "", **values: Any) -> Any:
        """Reads a path, conditionally if it was read before. The answer is also in the cache: never change it."""
        return await self._call("GET", path, values)

    async def pages(self, path: str, **values: Any) -> AsyncIterator[Any]:
        """Yields every item of a list, from all its pages."""
        channel = await self.gh.channel(self.repository)
        async for item in channel.pages(self._path(path), values):
            yield item

    async def post(self, path: str, data: Any = b"", **values: Any) -> Any:
        return await self._call("POST", path, values, data)

    async def put(self, path: str, data: Any = b"", **values: Any) -> Any:
        return await self._call("PUT", path, values, data)

    async def patch(self, path: str, data: Any, **values: Any) -> Any:
        return await self._call("PATCH", path, values, data)

    async def delete(self, path: str, data: Any = b"", **values: Any) -> Any:
        return await self._call("DELETE", path, values, data)

    async def _call(self, method: str, path: str, values: dict[str, Any], data: Any = b"") -> Any:
        channel = await self.gh.channel(self.repository)
        return await channel.call(method, self._path(path), values, data)

    def _path(self, path: str) -> str:
        return path if path.startswith("/") else f"/repos/{self.repository}/{path}".rstrip("/")


class _InstallationToken:
    """Returns the token of one installation. Renews it before its end, and if GitHub refuses it."""

    def __init__(self, app: Channel, installation: int) -> None:
        self._app = app
        self._path = f"/app/installations/{installation}/access_tokens"
        self._token = ""
        self._until = self._ends = 0.0
        self._renewing = asyncio.Lock()

    async def __call__(self, renew: bool) -> str:
        refused = self._token if renew else None
        async with self._renewing:
            # Both clocks: the monotonic one stops while a machine sleeps, the other one can be set back.
            fresh = time.monotonic() < self._until and time.time() < self._ends
            if not fresh or self._token == refused:
                answer = await self._app.call("POST", self._path, {})
                self._token = str(answer["token"])
                left = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
                self._until = time.monotonic() + left.total_seconds() - EARLY
                self._ends = time.time() + left.total_seconds() - EARLY
        return self._token


def _always(token: str) -> Callable[[bool], Any]:
    async def same(renew: bool) -> str:
        return token

    return same
