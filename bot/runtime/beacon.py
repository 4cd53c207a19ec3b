"""The public randomness of the draw: rounds of a beacon such as drand.

https://drand.love/docs/http-api-reference/ : `{url}/{round}` answers `{"round": …, "randomness": hex, "signature":
hex}`, where the randomness is the SHA-256 of the signature.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable

import structlog

SECONDS = 10.0
"""The time that a beacon has to answer."""

ROUND_BYTES = 64 * 1024
"""The largest answer that is read; a round has some hundreds of bytes."""

ReadPath = Callable[[str], Awaitable[bytes | None]]
"""Reads the content at a path of the beacon, None if there is none. Raises OSError if the beacon does not answer."""

log = structlog.get_logger("bot.runtime.beacon")


class Beacon:
    """The rounds of one beacon."""

    def __init__(self, read: ReadPath) -> None:
        self._read = read

    async def randomness(self, number: int) -> str | None:
        """Returns the randomness of a round, 64 hexadecimal digits; None before its time, or without an answer."""
        try:
            async with asyncio.timeout(SECONDS):
                content = await self._read(str(number))
            answer = None if content is None else json.loads(content)
        except (OSError, ValueError, RecursionError) as error:
            log.warning("beacon does not answer", round=number, error=repr(error))
            return None
        if not isinstance(answer, dict) or answer.get("round") != number:
            return None
        try:
            digest = hashlib.sha256(bytes.fromhex(str(answer.get("signature")))).hexdigest()
        except ValueError:
            digest = ""
        if answer.get("randomness") != digest:
            log.error("beacon's randomness does not match its signature", round=number)
            return None
        return digest
