"""Shares one durable commit among the requests that wait at the same moment.

    accepting = Accepting(ledger.accept)
    new = await accepting.accept(delivery)   # on the disk when this returns
    await accepting.close()

While one batch is being written the next one gathers, so the busier it is the fewer commits are needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bot.pipeline.model.delivery import Delivery

MOST = 256
"""Deliveries in one commit: more gain nothing, and one failing commit fails all of them."""


class Accepting:
    """Collects deliveries on one event loop and stores them from a thread of its own, a batch at a time."""

    def __init__(self, store: Callable[[Sequence[Delivery]], Sequence[bool]]) -> None:
        """`store` commits a batch durably and says for each delivery whether it was new."""
        self._store = store
        self._gathering: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._thread = ThreadPoolExecutor(1, "accepting")
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    async def accept(self, delivery: Delivery) -> bool:
        """Stores a delivery durably; True if new, False if it was stored before. Raises what the commit raised."""
        if self._closed:
            raise RuntimeError("closed: no more deliveries are accepted")
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._gathering.append((delivery, answer))
        if self._writing is None or self._writing.done():
            # It begins soon, not now: the other requests that came in with this one go into the same commit.
            self._writing = asyncio.create_task(self._write())
        return await answer

    async def close(self) -> None:
        """Accepts no more, stores what still waits and ends the thread."""
        self._closed = True
        if self._writing:
            await self._writing
        self._thread.shutdown()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._gathering:
            batch, self._gathering = self._gathering[:MOST], self._gathering[MOST:]
            outcome: Sequence[bool | Exception]
            try:
                outcome = await loop.run_in_executor(self._thread, self._store, [delivery for delivery, _ in batch])
            except Exception as error:
                outcome = [error] * len(batch)
            for (_, answer), one in zip(batch, outcome, strict=True):
                if answer.done():  # its request was cancelled
                    continue
                if isinstance(one, Exception):
                    answer.set_exception(one)
                else:
                    answer.set_result(one)
