"""What time it is, for dates and due times. Tokens and pauses go by the machine's own clock.

In the sandbox weeks pass in seconds: there the calendar's time is the sandbox's, asked for now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import aiohttp


class Clock:
    """The calendar's time, aware UTC; `source` gives it, by default the machine."""

    def __init__(self, source: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._source() + self._ahead

    async def follow(self, url: str, every: float = 0.1) -> None:
        """Keep to the time that `url` gives as `{"now": …}`, until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while True:
                try:
                    async with session.get(url) as response:
                        told = datetime.fromisoformat((await response.json())["now"])
                    self._ahead = told - self._source()
                except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
                    pass  # the sandbox is not up, or went: time goes on as it did
                await asyncio.sleep(every)
