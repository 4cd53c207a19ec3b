"""The engine within one process: an asyncio turn-taker over the inbox, without a queue.

A key is in one of four states, and `wake` means something in each:

    idle     -> ready
    ready    -> (its turn has not begun and will see everything)
    running  -> once more afterwards
    pausing  -> (its turn comes when the pause ends; a limit or a failure is not hurried)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from functools import partial

import structlog

from bot.engine import FAILED_TURNS, Again, Work, told
from bot.engine.wakes import Wakes


class Embedded:
    """Gives turns: one at a time for a key, `at_once` keys at once. Everything runs on one event loop."""

    def __init__(
        self,
        work: Work,
        sweep_seconds: float,
        at_once: int = 32,
        grace: float = 10.0,
        wakes: Wakes | None = None,
    ) -> None:
        """`grace`: how many seconds `stop` lets running turns go on before it cancels them."""
        self.workers = 1
        self._work = work
        self._sweep_seconds = sweep_seconds
        self._at_once = at_once
        self._grace = grace
        self._ready: dict[str, None] = {}  # in the order of waking
        self._running: dict[str, asyncio.Task[None]] = {}
        self._once_more: set[str] = set()
        self._pausing: dict[str, asyncio.TimerHandle] = {}
        self._failures: dict[str, int] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._sweeping = False
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._log = structlog.get_logger("bot.engine")
        if wakes:
            wakes.pass_to(self.wake)

    async def start(self) -> None:
        """Begin with a sweep, and sweep from then on."""
        self._sweeping = True
        self._sweeper = asyncio.create_task(self._sweep_for_ever())
        self._look()

    async def stop(self) -> None:
        """Begin nothing more; what was not done is found by the sweep of the next start."""
        sweeper, self._sweeper = self._sweeper, None
        if sweeper:
            sweeper.cancel()
            await asyncio.wait([sweeper])
        for pause in self._pausing.values():
            pause.cancel()
        self._ready.clear()
        self._once_more.clear()
        self._pausing.clear()
        self._failures.clear()
        turns = list(self._running.values())
        if turns:
            _, late = await asyncio.wait(turns, timeout=self._grace)
            for turn in late:
                turn.cancel()
            if late:
                self._log.warning("turns cut off", count=len(late))
                await asyncio.wait(late, timeout=1)
        self._sweeping = False
        self._look()

    def wake(self, key: str) -> None:
        """There is something to do for `key`."""
        if self._sweeper is None or key in self._pausing:
            return
        if key in self._running:
            self._once_more.add(key)
            return
        self._ready[key] = None
        self._look()

    async def quiet(self) -> None:
        """Wait until nothing runs, waits or pauses, and no sweep looks for more."""
        while not self._quiet.is_set():  # what others began while this one was being resumed counts too
            await self._quiet.wait()

    async def _sweep_for_ever(self) -> None:
        while True:
            self._sweeping = True
            try:
                self._found(await self._work.waiting())
            except Exception as error:
                self._log.error("sweep failed", **told(error))
            finally:
                self._sweeping = False
                self._look()
            await asyncio.sleep(self._sweep_seconds)

    def _found(self, keys: Sequence[str]) -> None:
        for key in keys:
            # A running turn is likely to be reading just what the sweep found.
            if key not in self._running:
                self.wake(key)

    def _look(self) -> None:
        """Give free slots to those who are ready, and note whether anything is left."""
        while self._ready and len(self._running) < self._at_once:
            key = next(iter(self._ready))
            del self._ready[key]
            # A context of its own: what the waker bound for its log lines is not about this turn.
            context = Context()
            task = asyncio.create_task(self._turn(key), name=f"turn {key}", context=context)
            self._running[key] = task
            task.add_done_callback(partial(self._ended, key), context=context)
        if self._ready or self._running or self._pausing or self._sweeping:
            self._quiet.clear()
        else:
            self._quiet.set()

    async def _turn(self, key: str) -> None:
        await self._work.turn(key, _only_one)

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        del self._running[key]
        once_more = key in self._once_more
        self._once_more.discard(key)
        error = asyncio.CancelledError("cancelled") if task.cancelled() else task.exception()
        if isinstance(error, Again):
            self._log.info("turn postponed", key=key, seconds=error.seconds, why=str(error))
            self._pause(key, error.seconds)
        elif error is not None:
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            seconds = FAILED_TURNS.pause(failures)
            self._log.error("turn failed", key=key, again_in=seconds, times=failures, **told(error))
            self._pause(key, seconds)
        else:
            self._failures.pop(key, None)
            if once_more:
                self.wake(key)
        self._look()

    def _pause(self, key: str, seconds: float) -> None:
        if self._sweeper is not None:
            self._pausing[key] = asyncio.get_running_loop().call_later(seconds, self._resume, key)

    def _resume(self, key: str) -> None:
        del self._pausing[key]
        self.wake(key)


async def _only_one() -> None:
    """In one process, a turn is nobody else's."""
