"""The engine over any number of processes on any number of machines: Procrastinate, on the ledger's PostgreSQL.

The inbox stays the truth; a job only says that a key has something to do. Of a key's jobs at most one waits
(`queueing_lock`) and at most one runs (`lock`), and what a lost job would have done, the next sweep finds.

A process that stands still loses its turns to the others. Should it go on, each write asks first whether the turn is
still its own (`Lease`), and its next commit fails by the version on the opportunity's row.
https://procrastinate.readthedocs.io/en/stable/howto/advanced/locks.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from bot.engine import FAILED_TURNS, Again, Lease, Work, told
from bot.engine.wakes import Wakes

STALLED = 30.0
"""Seconds without a sign of life after which a process has lost its turns."""
_CONNECT_SECONDS = 10.0
"""Seconds to wait for a connection to the database before the next try."""
_POLL = 0.25
"""Seconds between looks for jobs that nobody tells of: their pause is over, or so is the turn of the same key before
theirs. New ones are told of at once."""
_MINE = (
    "SELECT count(*) AS mine FROM procrastinate_jobs WHERE id = %(job)s AND worker_id = %(worker)s AND status = 'doing'"
)
_OVER = "DELETE FROM procrastinate_jobs WHERE id = %(job)s AND status = 'doing'"
_LATER = (
    "UPDATE procrastinate_jobs SET scheduled_at = now() + make_interval(secs => %(seconds)s) "
    "WHERE queueing_lock = %(key)s AND status = 'todo'"
)
_BUSY = "SELECT count(*) AS jobs FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
_WORKERS = (
    "SELECT count(*) AS workers FROM procrastinate_workers "
    "WHERE last_heartbeat > now() - make_interval(secs => %(seconds)s)"
)


_ALIVE = (
    "INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%(worker)s) "
    "ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()"
)


class _Jobs(JobManager):
    """Says that a turn is over until the database has heard it, and comes back among the living.

    Procrastinate says it once. What it could not say would be held by this process for as long as it lives, and the
    key's next turn with it. And it gives no sign of life any more where the others struck a process off that stood
    still, until it next takes a turn: meanwhile fewer would share GitHub's limits than there are.
    """

    def __init__(self, connector: PsycopgConnector, stopped: Callable[[], bool]) -> None:
        super().__init__(connector)
        self._stopped = stopped

    async def update_heartbeat(self, worker_id: int) -> None:
        """Also of who was struck off."""
        await self.connector.execute_query_async(_ALIVE, worker=worker_id)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Once it is stopped, whatever it still holds is taken over by the others."""
        while True:
            with contextlib.suppress(ConnectorException):
                return await self.connector.execute_query_async(_OVER, job=job.id)
            if self._stopped():
                return None
            await asyncio.sleep(1)


class Distributed:
    """Gives turns: one at a time for a key among all processes, `at_once` keys at once in this one."""

    def __init__(
        self,
        work: Work,
        url: str,
        sweep_seconds: float,
        at_once: int = 32,
        grace: float = 10.0,
        stalled: float = STALLED,
        wakes: Wakes | None = None,
    ) -> None:
        """`url` is libpq's; `grace`: how many seconds `stop` lets running turns go on before it cancels them."""
        self._work = work
        self._sweep_seconds, self._at_once, self._grace, self._stalled = sweep_seconds, at_once, grace, stalled
        # By itself the pool doubles its pauses for five minutes, and is late by as much as the database was gone.
        connector = PsycopgConnector(
            conninfo=url, min_size=1, max_size=8, timeout=_CONNECT_SECONDS, reconnect_timeout=_CONNECT_SECONDS
        )
        self._app = App(connector=connector)
        self._app.job_manager = _Jobs(connector, lambda: self._stopped)
        self._job = self._app.task(name="turn", pass_context=True)(self._run)
        self._opening = asyncio.Lock()
        self._open = False
        self._stopped = False
        self._waking: dict[str, None] = {}
        self._flusher: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._sweeping = False
        self._failures: dict[str, int] = {}
        self.workers = 1
        """How many processes give turns, as of the last sweep."""
        self._log = structlog.get_logger("bot.engine")
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what fails is logged here, in one line
        if wakes:
            wakes.pass_to(self.wake)

    async def start(self) -> None:
        """Begin with a sweep, and sweep from then on."""
        await self._opened()
        self._sweeping = True
        for name, work in (("sweep", self._sweep_for_ever()), ("turns", self._work_for_ever())):
            self._tasks.append(asyncio.create_task(work, name=name))

    async def stop(self) -> None:
        """Begin nothing more; what was not done is found by the others, or by the sweep of the next start."""
        self._stopped = True
        while self._tasks:  # more than once: before Python 3.12 a cancellation can get lost in `wait_for`
            for task in self._tasks:
                task.cancel()
            _, pending = await asyncio.wait(self._tasks, timeout=self._grace + 1)
            self._tasks = list(pending)
        self._sweeping = False
        if self._flusher:
            await asyncio.wait([self._flusher], timeout=self._grace)
        if self._open:
            self._open = False
            await self._app.close_async()

    def wake(self, key: str) -> None:
        """There is something to do for `key`."""
        if self._stopped:
            return
        self._waking[key] = None
        if not self._flushing:
            self._flusher = asyncio.create_task(self._flush())

    async def quiet(self) -> None:
        """Wait until nothing runs, waits or pauses in any process, and no sweep looks for more."""
        while self._sweeping or self._flushing or (await self._count(_BUSY))["jobs"]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)

    @property
    def _flushing(self) -> bool:
        return self._flusher is not None and not self._flusher.done()

    # --- waking ------------------------------------------------------------------------------------------

    async def _flush(self) -> None:
        """Tell of everything that was woken since; who cannot be told of is found by the next sweep."""
        while self._waking:
            keys, self._waking = self._waking, {}  # who is woken meanwhile may have begun a turn: that is one more
            try:
                await self._opened()
                for key in keys:
                    await self._defer(key)
            except (ConnectorException, OSError) as error:
                self._log.warning("could not notify workers", keys=len(keys), **told(error))

    async def _defer(self, key: str, seconds: float = 0.0) -> None:
        when: dict[str, Any] = {"schedule_in": {"milliseconds": round(seconds * 1000)}} if seconds > 0 else {}
        try:
            await self._job.configure(lock=key, queueing_lock=key, **when).defer_async(key=key)
        except AlreadyEnqueued:  # a turn that has not begun will see everything
            if when:  # but a pause is not cut short by who woke it meanwhile
                await self._app.connector.execute_query_async(_LATER, key=key, seconds=seconds)

    async def _opened(self) -> None:
        async with self._opening:
            if not self._open and not self._stopped:
                await self._app.open_async()
                self._open = True

    # --- turns -------------------------------------------------------------------------------------------

    async def _work_for_ever(self) -> None:
        """Procrastinate's worker ends where the database is gone, and where this process was thought to be gone."""
        while not self._stopped:  # what it raises at its end may hide that it was cancelled
            try:
                await self._app.run_worker_async(
                    concurrency=self._at_once,
                    fetch_job_polling_interval=_POLL,
                    shutdown_graceful_timeout=self._grace,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._stalled / 3,
                    stalled_worker_timeout=self._stalled,
                )
            except Exception as error:
                self._log.warning("worker crashed, restarting in 1 s", **told(error))
                await asyncio.sleep(1)

    async def _run(self, context: JobContext, key: str) -> None:
        pause: float | None = None
        try:
            await self._work.turn(key, self._lease(context))
        except asyncio.CancelledError:
            self._log.warning("turn cut off", key=key)
            raise
        except Again as again:
            self._log.info("turn postponed", key=key, seconds=again.seconds, why=str(again))
            pause = again.seconds
        except Exception as error:
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            pause = FAILED_TURNS.pause(failures)
            self._log.error("turn failed", key=key, again_in=pause, times=failures, **told(error))
        else:
            self._failures.pop(key, None)
        if pause is not None and not self._stopped:
            await self._defer(key, pause)

    # --- sweeps ------------------------------------------------------------------------------------------

    async def _sweep_for_ever(self) -> None:
        while not self._stopped:
            self._sweeping = True
            try:
                await self._rescue()
                self.workers = max(1, (await self._count(_WORKERS, seconds=self._stalled))["workers"])
                for key in await self._work.waiting():
                    self.wake(key)
            except Exception as error:
                self._log.error("sweep failed", **told(error))
            finally:
                self._sweeping = False
            if not self._stopped:
                await asyncio.sleep(self._sweep_seconds)

    async def _rescue(self) -> None:
        """Turns of processes that show no sign of life are taken from them, and given anew."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled):
            if job.id is not None:
                await manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            key = str(job.task_kwargs["key"])
            self._log.warning("turn taken over", key=key)
            self.wake(key)
        await manager.prune_stalled_workers(self._stalled)

    async def _count(self, query: str, **values: Any) -> dict[str, Any]:
        return await self._app.connector.execute_query_one_async(query, **values)

    def _lease(self, context: JobContext) -> Lease:
        """Raises Again where another process has taken the turn over, while this one stood still.

        Once found to be held, it is surely held for a third of the time after which it can be taken over.
        """
        sure_until = 0.0

        async def check() -> None:
            nonlocal sure_until
            now = monotonic()
            if now < sure_until:
                return
            if not (await self._count(_MINE, job=context.job.id, worker=context.job.worker_id))["mine"]:
                raise Again(0, "this process stood still, and another one has taken the turn over")
            sure_until = now + self._stalled / 3

        return check
