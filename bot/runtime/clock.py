"""The calendar's time, for dates and due times. Tokens and pauses follow the machine's own clock.

In the sandbox weeks pass in seconds: there the calendar's time is the sandbox's, asked for now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp


class Clock:
    """The calendar's time, aware UTC; `source` gives it, by default the machine."""

    def __init__(self, source: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._source() + self._ahead

    @asynccontextmanager
    async def following(self, url: str, every: float = 0.1) -> AsyncIterator[None]:
        """Follows the time that `url` gives as `{"now": …}`, from the first answer on."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:

            async def ask() -> None:
                try:
                    async with session.get(url) as response:
                        told = datetime.fromisoformat((await response.json())["now"])
                    self._ahead = told - self._source()
                except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
                    pass  # the sandbox is not up, or went: time goes on as it did

            async def follow() -> None:
                while True:
                    await asyncio.sleep(every)
                    await ask()

            await ask()
            task = asyncio.create_task(follow())
            try:
                yield
            finally:
                task.cancel()
