"""Finds out who signs in with the App: exchanges the code from GitHub's page for a token, and the token for a login.

    login = await SignIn(api=…, web=…, client_id=…, client_secret=…).who(code, verifier, redirect_uri)

The token serves for that one question. Neither the token nor the code is logged or kept.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from bot.github.transport.channel import Wire
from bot.github.transport.errors import Refused, Wait

SIGN_IN_RETRY_SECONDS = 10.0
"""Seconds to wait after GitHub did not answer as it should."""


class SignIn:
    """Signs people in for the App. `api` and `web` are the addresses of the configured GitHub."""

    def __init__(
        self, *, api: str, web: str, client_id: str, client_secret: str, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.client_id = client_id
        self.page = f"{web}/login/oauth/authorize"
        """The address of the page where people agree to sign in."""
        self._secret = client_secret
        self._api, self._web = Wire(api, session), Wire(web, session)

    async def who(self, code: str, verifier: str, redirect_uri: str) -> str:
        """Returns the login of the person who agreed. Raises Refused with GitHub's word for the reason, or Wait."""
        token = await self._token(code, verifier, redirect_uri)
        person = await self._ask(self._api, "GET", "/user", {"authorization": f"Bearer {token}"})
        if person.get("type") != "User" or not isinstance(person.get("login"), str):
            raise Refused(403, "not_a_person")
        return str(person["login"])

    async def _token(self, code: str, verifier: str, redirect_uri: str) -> str:
        asked = {
            "client_id": self.client_id,
            "client_secret": self._secret,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self._ask(self._web, "POST", "/login/oauth/access_token", form, urlencode(asked).encode())
        if "error" in answer:  # GitHub sends it with status 200
            raise Refused(400, str(answer["error"])[:100])
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise Wait(SIGN_IN_RETRY_SECONDS, "GitHub gave no token")
        return token

    async def _ask(
        self, wire: Wire, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Mapping[str, Any]:
        common = {"accept": "application/json", "user-agent": "micro-acquisition"}
        try:
            address = str(wire.url).rstrip("/") + path
            status, _, content = await wire.send(method, address, common | dict(headers), body)
            answer = json.loads(content) if status < 500 else None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise Wait(SIGN_IN_RETRY_SECONDS, f"GitHub did not answer ({type(error).__name__})") from None
        if status == 429 or not isinstance(answer, dict):
            raise Wait(SIGN_IN_RETRY_SECONDS, f"GitHub is in trouble ({status})")
        if status >= 400:
            raise Refused(status, "refused")
        return answer

    async def close(self) -> None:
        """Closes the connections, unless the caller supplied the session."""
        await self._api.close()
        await self._web.close()


def web_address(api: str) -> str:
    """Returns the address of the pages that belong to an API: github.com, GitHub Enterprise, or the sandbox."""
    url = URL(api)
    host = url.host or ""
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        return f"https://{host.removeprefix('api.')}"
    return str(url.origin())
