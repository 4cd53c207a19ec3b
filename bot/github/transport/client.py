"""The bot's client: the right credential for each repository, and nothing else to think about.

    async with GitHub(app_id="12", private_key=key) as gh:
        issue = await gh.at("canada-ca/micro-acquisition").get("issues/{n}", n=12)

Installation tokens live one hour; App JWTs ten minutes (gidgethub's `abc.py` keeps those):
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

EARLY = 300.0  # seconds before its end that a token is renewed


class GitHub:
    """GitHub, as an App (`app_id`, `private_key`) or as the owner of a plain `token`.

    `calls` counts requests by method, `unchanged` those answered "not modified" (free of charge), `effects` what was
    shown or refused, by kind of thing.
    Without a `pace`, github.com's own limits are kept, and no others; `shared_by` so many processes of the bot.
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
        """Contents of files by git's own hash of them, which never changes."""
        self.patches: LRUCache[tuple[str, int, str], Mapping[str, str]] = LRUCache(500)
        """What open pull requests change, by repository, number and last commit."""
        self.effects: Counter[tuple[str, str]] = Counter()
        self._single: Channel | None = None
        if token is not None:
            self._single = Channel(self._wire, self._limits(), _always(token))
        self.app = Channel(self._wire, self._limits(), app_id=app_id, private_key=private_key)
        """Calls as the App itself (`/app/hook/deliveries`); of no use with a plain token."""

    def _limits(self) -> Limits:
        return Limits(self._pace, shared_by=self._shared_by)

    def at(self, repository: str) -> RepositoryClient:
        """Calls about one repository, "owner/name"."""
        return RepositoryClient(self, repository)

    async def me(self) -> str:
        """The login under which the bot writes."""
        if not self._me:
            if self._single:
                self._me = str((await self._single.call("GET", "/user", {}))["login"])
            else:
                self._me = f"{(await self.app.call('GET', '/app', {}))['slug']}[bot]"
        return self._me

    async def channel(self, repository: str) -> Channel:
        """The way to a repository: the App's installation there, or the one token."""
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
        """Whether the App is installed on a repository; looked up once an hour, and after it was installed anywhere."""
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
        """Look installations up again: the App was installed or removed somewhere."""
        self._installed.clear()

    @property
    def ahead(self) -> float:
        """Seconds that this machine's clock is ahead of GitHub's."""
        return self._wire.ahead

    @property
    def limits(self) -> dict[str, Limits]:
        """The limits of each credential in use: `app`, `token`, or the number of an installation."""
        single = {"token": self._single.limits} if self._single else {"app": self.app.limits}
        return single | {str(number): channel.limits for number, channel in self._channels.items()}

    @property
    def calls(self) -> Counter[str]:
        return self._wire.calls

    @property
    def unchanged(self) -> int:
        return self._wire.unchanged

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class RepositoryClient:
    """One repository. Paths are below `/repos/owner/name/`, or absolute; values fill URI templates.

    `await place.delete("issues/{n}/labels/{name}", n=12, name="1/contact")`
    """

    def __init__(self, gh: GitHub, repository: str) -> None:
        self.gh = gh
        self.repository = repository

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    async def get(self, path: str = "", **values: Any) -> Any:
        """Conditional where it was asked before. Shared with a cache: never change what comes back."""
        return await self._call("GET", path, values)

    async def pages(self, path: str, **values: Any) -> AsyncIterator[Any]:
        """Every item of a list."""
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
    """The token of one installation, renewed early, and when GitHub no longer takes it."""

    def __init__(self, app: Channel, installation: int) -> None:
        self._app = app
        self._path = f"/app/installations/{installation}/access_tokens"
        self._token = ""
        self._until = self._ends = 0.0
        self._renewing = asyncio.Lock()

    async def __call__(self, renew: bool) -> str:
        refused = self._token if renew else None
        async with self._renewing:
            # Both clocks: the even one stops while a machine sleeps, the other one can be set back.
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
