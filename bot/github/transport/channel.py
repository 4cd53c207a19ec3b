"""Sends requests to GitHub with one credential, and sorts each failure: wait and try again, or refused.

gidgethub knows the protocol: headers, pages, conditional requests and App tokens. This module adds one connection
pool, a count of calls, a log line for each request, and the sorting of failures (`Channel._verdict`).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import structlog
from cachetools import LRUCache
from gidgethub import HTTPException, abc
from yarl import URL

from bot.github.transport.errors import Refused, Wait
from bot.github.transport.limits import Limits, is_limit

log = structlog.get_logger(__name__)

before_writing: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("before_writing", default=None)
"""Checks, before each request that changes something, that the turn is still this process's; raises if it is not."""

LARGEST = 64 * 1024 * 1024
"""The most bytes that are read of an answer: more than a hundred issues of the greatest length have."""

AT_ONCE = 50  # GitHub allows an App 100 requests at once
TIMEOUT = aiohttp.ClientTimeout(total=30)


class Wire:
    """Sends requests to one host and to no other, and counts them by method."""

    def __init__(self, url: str, session: aiohttp.ClientSession | None = None, *, largest: int = LARGEST) -> None:
        self.url = URL(url)
        self._largest = largest
        self.calls: Counter[str] = Counter()
        self.unchanged = 0
        self.ahead = 0.0
        """Seconds that this machine's clock was ahead of GitHub's at the last answer, to a second."""
        self._session = session
        self._own = session is None
        self._at_once = asyncio.Semaphore(AT_ONCE)
        # By hand, because aiohttp's trust_env would also read .netrc and refuse our own Authorization.
        host = self.url.host or ""
        direct = host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host)
        self._proxy = None if direct else urllib.request.getproxies().get(self.url.scheme)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Sends one request and returns status, headers and content. Follows a redirect, but never to another host.

        Raises Refused if it leads to another host or if the answer is too large, and aiohttp's errors if there is no
        answer.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession()
        target = URL(url, encoded=True)
        for _ in range(3):
            if target.origin() != self.url.origin():
                raise Refused(400, f"will not follow to {target.host}")
            self.calls[method] += 1
            started = time.perf_counter()
            async with (
                self._at_once,
                self._session.request(
                    method,
                    target,
                    headers=headers,
                    data=body or None,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                    proxy=self._proxy,
                ) as answer,
            ):
                content = await self._whole(answer)
            self.unchanged += answer.status == 304
            self._compare_clocks(answer.headers.get("date", ""))
            log.debug(
                "request sent",
                host=target.host,
                method=method,
                path=target.path,
                status=answer.status,
                ms=round((time.perf_counter() - started) * 1000),
            )
            moved = answer.headers.get("location")
            if moved is None or not (answer.status in (307, 308) or (method == "GET" and answer.status in (301, 302))):
                break
            target = target.join(URL(moved, encoded=True))
        return answer.status, answer.headers, content

    async def _whole(self, answer: aiohttp.ClientResponse) -> bytes:
        try:
            await answer.content.readexactly(self._largest + 1)
        except asyncio.IncompleteReadError as end:
            return end.partial
        raise Refused(413, f"the answer is larger than {self._largest:,} bytes")

    def _compare_clocks(self, date: str) -> None:
        with contextlib.suppress(ValueError):
            self.ahead = time.time() - parsedate_to_datetime(date).timestamp()

    async def close(self) -> None:
        """Closes the connections, unless the caller supplied the session."""
        if self._session is not None and self._own:
            await self._session.close()


class Channel(abc.GitHubAPI):
    """Calls GitHub with one credential: an App's JWT, an installation's token or a person's token.

    `token` returns the token to use, a new one if its argument is True (after a 401); None for an App's own key.
    """

    def __init__(
        self,
        wire: Wire,
        limits: Limits,
        token: Callable[[bool], Awaitable[str]] | None = None,
        app_id: str | None = None,
        private_key: str | None = None,
    ) -> None:
        super().__init__(
            "micro-acquisition",
            app_id=app_id,
            private_key=private_key,
            cache=LRUCache(maxsize=1000),
            base_url=str(wire.url),
        )
        self._wire = wire
        self.limits = limits
        self._token = token
        self._writing = asyncio.Lock()

    async def call(self, method: str, path: str, values: Mapping[str, Any], data: Any = b"") -> Any:
        """Makes one call and returns the answer. Only one write runs at a time, as GitHub asks.

        Raises Wait or Refused.
        """
        if method == "GET":
            return (await self._attempt(method, path, values, data))[0]
        async with self._writing:
            if check := before_writing.get():
                await check()
            return (await self._attempt(method, path, values, data))[0]

    async def pages(self, path: str, values: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Yields every item of a list, from all its pages. Raises Wait or Refused."""
        following: str | None = path
        while following:
            items, following = await self._attempt("GET", following, values, b"")
            if not isinstance(items, list):
                # for a transferred issue, GitHub says only where it went
                raise Refused(301, "no list is there any more")
            for item in items:
                yield item

    async def _attempt(self, method: str, path: str, values: Mapping[str, Any], data: Any) -> tuple[Any, str | None]:
        """Calls once; then once more with a new token after a 401, and for a GET after a broken connection."""
        renew, broken = False, method != "GET"
        while True:
            try:
                token = await self._token(renew) if self._token else None
            except Refused as error:  # it is about the token, not about this call
                raise self.limits.trouble(f"GitHub gives no token ({error})") from error
            try:
                answer, more, status = await self._make_request(
                    method,
                    path,
                    values,
                    data,
                    "application/vnd.github+json",
                    oauth_token=token,
                    extra_headers={"x-github-api-version": "2022-11-28"},
                )
            except HTTPException as error:
                if error.status_code == 401 and self._token and not renew:
                    renew = True
                    continue
                raise self._verdict(error) from error
            except TimeoutError as error:
                raise self.limits.trouble("GitHub did not answer in time") from error
            except (aiohttp.ClientError, OSError) as error:
                if not broken:
                    broken = True
                    continue
                raise self.limits.trouble("the connection to GitHub broke") from error
            except (ValueError, LookupError) as error:
                raise self.limits.trouble("GitHub's answer could not be read") from error
            if isinstance(answer, str):
                raise self.limits.trouble(f"something else than GitHub answered ({status})")
            return answer, more

    def _verdict(self, error: HTTPException) -> Wait | Refused:
        """Decides whether a failed call can be tried again later (a limit, trouble at GitHub), or is refused."""
        status, message = int(error.status_code), str(error)
        if is_limit(status, message, error.headers):
            return self.limits.hit(error.headers)
        if status >= 500 or status == 408:
            return self.limits.trouble(f"GitHub is in trouble ({status})")
        return Refused(status, message)

    async def manage_rate_limit(self, *, method: str, url: str) -> None:
        """Checks the limits before each request; gidgethub calls it."""
        self.limits.before(method)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        status, answered, content = await self._wire.send(method, url, headers, body)
        if status < 400:
            self.limits.after(answered)
        return status, answered, content

    async def sleep(self, seconds: float) -> None:
        """Never sleeps: the engine does the waiting."""
        raise NotImplementedError


@contextlib.asynccontextmanager
async def open_reader(url: str, largest: int) -> AsyncIterator[Callable[[str], Awaitable[bytes | None]]]:
    """Opens a public address, and yields a function that reads a path below it; None stands for no content.

    The function raises OSError if there is no answer, or if it has more than `largest` bytes.
    """
    wire = Wire(url.rstrip("/"), largest=largest)

    async def read(path: str) -> bytes | None:
        try:
            status, _, content = await wire.send("GET", f"{wire.url}/{path}", {}, b"")
        except (aiohttp.ClientError, Refused) as error:
            raise OSError(repr(error)) from error
        return content if status == 200 else None

    try:
        yield read
    finally:
        await wire.close()
