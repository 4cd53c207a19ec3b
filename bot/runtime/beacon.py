"""The public randomness of the draw: rounds of a beacon such as drand, over HTTP.

https://drand.love/docs/http-api-reference/ : `{url}/{round}` answers `{"round": …, "randomness": hex, "signature":
hex}`, where the randomness is the SHA-256 of the signature.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from types import TracebackType
from typing import Self

import aiohttp
import structlog

from bot.github.transport.channel import Wire
from bot.github.transport.errors import Refused

SECONDS = 10.0
"""How long a round is waited for."""

LARGEST = 64 * 1024
"""Bytes of an answer; a round has some hundreds."""


class Beacon:
    """Rounds of one beacon. What it does not (yet) give is asked for again at the next due time."""

    def __init__(self, url: str) -> None:
        self._wire = Wire(url.rstrip("/"), largest=LARGEST)

    async def randomness(self, number: int) -> str | None:
        """The randomness of a round, 64 hexadecimal digits; None while it is not out or cannot be had."""
        try:
            async with asyncio.timeout(SECONDS):
                status, _, content = await self._wire.send("GET", f"{self._wire.url}/{number}", {}, b"")
            answer = json.loads(content) if status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError, Refused) as error:
            structlog.get_logger("bot.runtime.beacon").warning("no answer", round=number, error=repr(error))
            return None
        if not isinstance(answer, dict) or answer.get("round") != number:
            return None
        found, signature = answer.get("randomness"), answer.get("signature")
        try:
            proved = hashlib.sha256(bytes.fromhex(str(signature))).hexdigest()
        except ValueError:
            proved = ""
        if found != proved:
            structlog.get_logger("bot.runtime.beacon").error(
                "randomness that its signature does not give", round=number
            )
            return None
        return proved

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.close()
