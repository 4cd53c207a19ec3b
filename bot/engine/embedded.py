"""The engine within one process: it runs turns with asyncio over the inbox, without a queue.

A key is in one of four states, and `wake` changes it:

    idle     -> ready
    ready    -> no change: its turn has not begun, and will see everything
    running  -> one more turn afterwards
    pausing  -> no change: its turn comes when the pause for a limit or a failure ends
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from functools import partial

import structlog

from bot.engine import FAILED_TURNS, Again, EngineWork, error_fields
from bot.engine.wakes import Wakes


class Embedded:
    """Runs turns: one at a time for a key, `at_once` keys at once. Everything runs on one event loop."""

    def __init__(
        self,
        work: EngineWork,
        sweep_seconds: float,
        at_once: int = 32,
        grace: float = 10.0,
        wakes: Wakes | None = None,
    ) -> None:
        """`grace`: the seconds that `stop` leaves to running turns before it cancels them."""
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
        """Begins with a sweep, and repeats it every `sweep_seconds`."""
        self._sweeping = True
        self._sweeper = asyncio.create_task(self._sweep_for_ever())
        self._begin_turns()

    async def stop(self) -> None:
        """Begins no more turns; the sweep of the next start finds what is left."""
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
        self._begin_turns()

    def wake(self, key: str) -> None:
        """Gives `key` a turn that begins after this call."""
        if self._sweeper is None or key in self._pausing:
            return
        if key in self._running:
            self._once_more.add(key)
            return
        self._ready[key] = None
        self._begin_turns()

    async def quiet(self) -> None:
        """Waits until no turn runs, waits or pauses, and no sweep is under way."""
        while not self._quiet.is_set():  # another task may begin a turn before this one resumes
            await self._quiet.wait()

    async def _sweep_for_ever(self) -> None:
        while True:
            self._sweeping = True
            try:
                self._wake_found(await self._work.waiting())
            except Exception as error:
                self._log.error("sweep failed", **error_fields(error))
            finally:
                self._sweeping = False
                self._begin_turns()
            await asyncio.sleep(self._sweep_seconds)

    def _wake_found(self, keys: Sequence[str]) -> None:
        for key in keys:
            # A running turn probably reads what the sweep found.
            if key not in self._running:
                self.wake(key)

    def _begin_turns(self) -> None:
        """Begins turns while slots are free, and notes whether anything is left."""
        while self._ready and len(self._running) < self._at_once:
            key = next(iter(self._ready))
            del self._ready[key]
            # A context of its own keeps the log fields of the caller out of the lines of this turn.
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
            self._log.error("turn failed", key=key, again_in=seconds, times=failures, **error_fields(error))
            self._pause(key, seconds)
        else:
            self._failures.pop(key, None)
            if once_more:
                self.wake(key)
        self._begin_turns()

    def _pause(self, key: str, seconds: float) -> None:
        if self._sweeper is not None:
            self._pausing[key] = asyncio.get_running_loop().call_later(seconds, self._resume, key)

    def _resume(self, key: str) -> None:
        del self._pausing[key]
        self.wake(key)


async def _only_one() -> None:
    """Raises nothing: in one process, no other process can take a turn over."""
