"""Asks GitHub again and again for failed deliveries, and looks for changes that no delivery reported.

schedule = Schedule(ledger, Redelivery(github), resync, resync_seconds=900)
for work in await schedule.start():
    asyncio.create_task(work)

A delivery says more than a resync can see, so a resync starts some seconds after failed deliveries were requested.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta

import structlog

from bot.catching_up.redelivery import Redelivery
from bot.catching_up.resync import Resync
from bot.engine import error_fields
from bot.github.transport.errors import GitHubError
from bot.ledger import Ledger, LedgerError
from bot.ledger.alone import Alone

REDELIVERY_SECONDS = 300.0
"""Seconds between two requests for deliveries that failed."""

RETRY_SECONDS = 60.0
"""Seconds until the next try after one that failed."""

ARRIVAL_SECONDS = 10
"""The most seconds to wait for requested deliveries: GitHub waits as long for an answer to one."""

log = structlog.get_logger("bot")


class Schedule:
    """Runs redelivery and resync at the start and from time to time, each in one process at a time."""

    def __init__(self, ledger: Ledger, redelivery: Redelivery, resync: Resync, *, resync_seconds: float) -> None:
        self._ledger, self._redelivery, self._resync = ledger, redelivery, resync
        self._resync_seconds = resync_seconds
        self._redelivering = Alone(ledger, "deliveries")

    async def start(self) -> list[Coroutine[object, object, None]]:
        """Runs both once; returns two coroutines that run them for ever, for the caller's tasks."""
        redelivered, resynced = await self._redeliver(), await self._run_resync()
        return [
            self._every(REDELIVERY_SECONDS, "deliveries", self._redeliver, done=redelivered),
            self._every(self._resync_seconds, "look", self._run_resync, done=resynced),
        ]

    async def _every(self, seconds: float, what: str, work: Callable[[], Awaitable[bool]], *, done: bool) -> None:
        """Runs `work` for ever, in one process at a time, and sooner after a failure."""
        within = timedelta(seconds=seconds * 0.9)
        while True:
            await asyncio.sleep(seconds if done else min(seconds, RETRY_SECONDS))
            with contextlib.suppress(LedgerError):  # without the database there is no place for what is found
                if not done or await asyncio.to_thread(self._ledger.claim, what, within):
                    done = await work()

    async def _redeliver(self) -> bool:
        """Requests failed deliveries and waits for them; returns False if the request failed.

        Only one process does so at a time, so that the next one finds the deliveries that arrived for this one.
        """
        try:
            async with self._redelivering.inside():
                requested = await self._redelivery.ask()
                await self._arrived(requested)
        except Exception as error:
            log.warning("could not request redelivery", error=str(error) or repr(error))
            return False
        if requested:
            log.info("redelivery requested", redelivered=len(requested))
        return True

    async def _arrived(self, guids: frozenset[str]) -> None:
        """Waits until these deliveries are in the inbox, `ARRIVAL_SECONDS` at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ARRIVAL_SECONDS):
                for guid in guids:
                    while await asyncio.to_thread(self._ledger.body, guid) is None:  # noqa: ASYNC110 - nothing signals it
                        await asyncio.sleep(0.1)

    async def _run_resync(self) -> bool:
        """Runs one resync; returns False if it failed, for any reason, because the next one follows."""
        try:
            await self._resync.run()
        except (GitHubError, LedgerError) as error:
            log.warning("resync failed", error=str(error))
            return False
        except Exception as error:
            log.error("resync failed", **error_fields(error))
            return False
        return True
