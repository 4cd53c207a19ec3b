"""A bare HTTP client for asking the sandbox as somebody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt

from sandbox import Sandbox


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: Any) -> Any:
        return self.body[key]


class Caller:
    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None) -> None:
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {} if body is None else {"json": body}
        request = self._session.request(method, self._url + path, headers=self._headers | more, **given)
        async with request as response:
            raw = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "") and raw
            content = await response.json() if is_json else raw
            return Answer(response.status, content, response.headers)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self("GET", path, **headers)

    async def post(self, path: str, body: Any = None) -> Answer:
        return await self("POST", path, body)

    async def patch(self, path: str, body: Any = None) -> Answer:
        return await self("PATCH", path, body)

    async def put(self, path: str, body: Any = None) -> Answer:
        return await self("PUT", path, body)

    async def delete(self, path: str, body: Any = None) -> Answer:
        return await self("DELETE", path, body)


class Cast:
    """Everybody who can call: people by login, the App by its JWT, its installation by its token."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._session = session
        self._sandbox = sandbox

    def person(self, login: str) -> Caller:
        return Caller(self._session, self._sandbox.url, f"sandbox-{login}")

    def nobody(self) -> Caller:
        return Caller(self._session, self._sandbox.url, None)

    def with_token(self, token: str) -> Caller:
        return Caller(self._session, self._sandbox.url, token)

    def app(self, **claims: Any) -> Caller:
        now = int(time.time())
        whole = {"iss": str(self._sandbox.app_id), "iat": now - 60, "exp": now + 540} | claims
        return self.with_token(jwt.encode(whole, self._sandbox.private_key_pem, algorithm="RS256"))

    async def bot(self, **body: Any) -> Caller:
        path = f"/app/installations/{self._sandbox.installation_id}/access_tokens"
        return self.with_token((await self.app().post(path, body or None))["token"])
