"""The public randomness of the draw: rounds of a beacon such as drand, over HTTP.

https://drand.love/docs/http-api-reference/ : `{url}/{round}` answers `{"round": …, "randomness": hex, "signature":
hex}`, where the randomness is the SHA-256 of the signature.
"""

from __future__ import annotations

import hashlib

import aiohttp
import structlog


class Beacon:
    """Rounds of one beacon. What it does not (yet) give is asked for again at the next due time."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url.rstrip("/"), session

    async def randomness(self, number: int) -> str | None:
        """The randomness of a round, 64 hexadecimal digits; None while it is not out or cannot be had."""
        try:
            async with self._session.get(
                f"{self._url}/{number}", timeout=aiohttp.ClientTimeout(total=10), allow_redirects=False
            ) as response:
                if response.status != 200:
                    return None
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            structlog.get_logger("bot.beacon").warning("no answer", round=number, error=repr(error))
            return None
        if not isinstance(answer, dict) or answer.get("round") != number:
            return None
        found, signature = answer.get("randomness"), answer.get("signature")
        try:
            proved = hashlib.sha256(bytes.fromhex(str(signature))).hexdigest()
        except ValueError:
            proved = ""
        if found != proved:
            structlog.get_logger("bot.beacon").error("randomness that its signature does not give", round=number)
            return None
        return proved
