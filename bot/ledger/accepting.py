"""Group commit: requests that wait at the same moment share one durable transaction.

    accepting = Accepting(ledger.accept)
    new = await accepting.accept(delivery)   # on the disk when this returns
    await accepting.close()

While one batch is being written the next one gathers, so the busier it is the fewer commits are needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from bot.pipeline.model.delivery import Delivery

MOST = 256
"""Deliveries in one commit: more gain nothing, and one failing commit fails all of them."""

Batch = list[tuple[Delivery, asyncio.Future[bool]]]


class Accepting:
    """Collects deliveries on one event loop and stores them from one thread, a batch at a time."""

    def __init__(self, store: Callable[[Sequence[Delivery]], Sequence[bool]]) -> None:
        """`store` commits a batch durably and says for each delivery whether it was new."""
        self._store = store
        self._gathering: Batch = []
        self._to_thread: SimpleQueue[Batch | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def accept(self, delivery: Delivery) -> bool:
        """Store durably; True if new, False if it was stored before. Raises what the commit raised."""
        if self._closed:
            raise RuntimeError("closed: no more deliveries are accepted")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()
        self._gathering.append((delivery, answer))
        if self._idle.is_set():
            self._idle.clear()
            if self._thread is None:
                self._thread = Thread(target=self._write, args=(loop,), name="accepting", daemon=True)
                self._thread.start()
            # Soon, not now: the other requests that came in with this one go into the same commit.
            loop.call_soon(self._hand_over)
        return await answer

    async def close(self) -> None:
        """Accept no more, store what still waits, end the thread."""
        self._closed = True
        await self._idle.wait()
        if self._thread:
            self._to_thread.put(None)
            await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        batch, self._gathering = self._gathering[:MOST], self._gathering[MOST:]
        if batch:
            self._to_thread.put(batch)
        else:
            self._idle.set()

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread: one commit for each batch, and one call back to the loop."""
        while batch := self._to_thread.get():
            outcome: Sequence[bool] | Exception
            try:
                outcome = self._store([delivery for delivery, _ in batch])
            except Exception as error:
                outcome = error
            if loop.is_closed():
                return
            loop.call_soon_threadsafe(self._answer, batch, outcome)

    def _answer(self, batch: Batch, outcome: Sequence[bool] | Exception) -> None:
        self._hand_over()
        for position, (_, answer) in enumerate(batch):
            if answer.done():  # nobody waits for it any more
                continue
            if isinstance(outcome, Exception):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome[position])
