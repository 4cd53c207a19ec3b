"""The engine over any number of processes on any number of machines: Procrastinate, on the ledger's PostgreSQL.

The inbox decides what there is to do; a job only says that a key has something to do. Of a key's jobs at most one
waits (`queueing_lock`) and at most one runs (`lock`). If a job is lost, the next sweep finds its key.

A process that stands still loses its turns to the others. If it wakes up, it asks before each write whether the turn
is still its own (`Lease`), and the version on the opportunity's row refuses its next commit.
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

from bot.engine import FAILED_TURNS, Again, EngineWork, Lease, error_fields
from bot.engine.wakes import Wakes

STALLED = 30.0
"""Seconds without a sign of life after which a process has lost its turns."""
_CONNECT_SECONDS = 10.0
"""Seconds to wait for a connection to the database before the next try."""
_POLL = 0.25
"""Seconds between queries for jobs that wait for a pause, or for an earlier turn of their key, to end. PostgreSQL
announces new jobs at once."""
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
    """Repeats the report that a turn ended until the database has it, and registers again a process that stood still.

    Procrastinate reports the end once: if the report is lost, the key gets no turn while this process lives. And once
    others have removed a process that stood still, Procrastinate sends no heartbeat for it until its next turn;
    meanwhile the count of processes that share GitHub's limits would be too low.
    """

    def __init__(self, connector: PsycopgConnector, stopped: Callable[[], bool]) -> None:
        super().__init__(connector)
        self._stopped = stopped

    async def update_heartbeat(self, worker_id: int) -> None:
        """Records a sign of life, also for a process that others have removed."""
        await self.connector.execute_query_async(_ALIVE, worker=worker_id)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Removes the job; after a stop it gives up, and the others take the turn over."""
        while True:
            with contextlib.suppress(ConnectorException):
                return await self.connector.execute_query_async(_OVER, job=job.id)
            if self._stopped():
                return None
            await asyncio.sleep(1)


class Distributed:
    """Runs turns: one at a time for a key among all processes, `at_once` keys at once in this one."""

    def __init__(
        self,
        work: EngineWork,
        url: str,
        sweep_seconds: float,
        at_once: int = 32,
        grace: float = 10.0,
        stalled: float = STALLED,
        wakes: Wakes | None = None,
    ) -> None:
        """`url` is libpq's; `grace`: the seconds that `stop` leaves to running turns before it cancels them."""
        self._work = work
        self._sweep_seconds, self._at_once, self._grace, self._stalled = sweep_seconds, at_once, grace, stalled
        # By default the pool doubles its pauses for five minutes, and so reconnects late after a long outage.
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
        """The number of processes that give turns, as of the last sweep."""
        self._log = structlog.get_logger("bot.engine")
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what fails is logged here, in one line
        if wakes:
            wakes.pass_to(self.wake)

    async def start(self) -> None:
        """Begins with a sweep, and repeats it every `sweep_seconds`."""
        await self._ensure_open()
        self._sweeping = True
        for name, work in (("sweep", self._sweep_for_ever()), ("turns", self._work_for_ever())):
            self._tasks.append(asyncio.create_task(work, name=name))

    async def stop(self) -> None:
        """Begins no more turns; the other processes, or the sweep of the next start, find what is left."""
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
        """Gives `key` a turn that begins after this call."""
        if self._stopped:
            return
        self._waking[key] = None
        if not self._flushing:
            self._flusher = asyncio.create_task(self._flush())

    async def quiet(self) -> None:
        """Waits until no turn runs, waits or pauses in any process, and no sweep is under way."""
        while self._sweeping or self._flushing or (await self._count(_BUSY))["jobs"]:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.02)

    @property
    def _flushing(self) -> bool:
        return self._flusher is not None and not self._flusher.done()

    # --- waking ------------------------------------------------------------------------------------------

    async def _flush(self) -> None:
        """Stores a job for each woken key; the next sweep finds a key whose job cannot be stored."""
        while self._waking:
            keys, self._waking = self._waking, {}  # a key that is woken meanwhile needs one more turn
            try:
                await self._ensure_open()
                for key in keys:
                    await self._defer(key)
            except (ConnectorException, OSError) as error:
                self._log.warning("could not notify workers", keys=len(keys), **error_fields(error))

    async def _defer(self, key: str, seconds: float = 0.0) -> None:
        when: dict[str, Any] = {"schedule_in": {"milliseconds": round(seconds * 1000)}} if seconds > 0 else {}
        try:
            await self._job.configure(lock=key, queueing_lock=key, **when).defer_async(key=key)
        except AlreadyEnqueued:  # a turn that has not begun will see everything
            if when:  # but a wake does not end a pause
                await self._app.connector.execute_query_async(_LATER, key=key, seconds=seconds)

    async def _ensure_open(self) -> None:
        async with self._opening:
            if not self._open and not self._stopped:
                await self._app.open_async()
                self._open = True

    # --- turns -------------------------------------------------------------------------------------------

    async def _work_for_ever(self) -> None:
        """Restarts Procrastinate's worker, which ends when the database is lost or when others removed this process."""
        while not self._stopped:  # an error at its end may hide the cancellation
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
                self._log.warning("worker crashed, restarting in 1 s", **error_fields(error))
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
            self._log.error("turn failed", key=key, again_in=pause, times=failures, **error_fields(error))
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
                self._log.error("sweep failed", **error_fields(error))
            finally:
                self._sweeping = False
            if not self._stopped:
                await asyncio.sleep(self._sweep_seconds)

    async def _rescue(self) -> None:
        """Takes turns over from processes that show no sign of life."""
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
        """Returns a check that raises Again if another process has taken the turn over.

        After a check the turn is safe for a third of the time after which others may take it over.
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
