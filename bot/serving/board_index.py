"""The records that the board shows, derived from the facts of each opportunity."""

from __future__ import annotations

import asyncio

import structlog

from bot.ledger import Ledger, LedgerError
from bot.pipeline.model.policy import Policy
from bot.published.recording import recorder
from bot.runtime.clock import Clock

REPORT_EVERY = 1000
"""Records between two log lines about progress."""

log = structlog.get_logger("bot")


class BoardIndex:
    """Keeps the records of the ledger as this version of the code derives them."""

    def __init__(self, ledger: Ledger, policy: Policy, clock: Clock) -> None:
        self._ledger, self._policy, self._clock = ledger, policy, clock

    async def derive(self) -> None:
        """Derives the records that are missing or out of date. Raises LedgerError."""
        await asyncio.to_thread(self._ledger.derive, recorder(self._policy, self._clock.now), _log_progress)

    async def repeat(self, seconds: float) -> None:
        """Derives them again and again: during an update, processes of the earlier version commit facts alone."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.derive()
            except LedgerError as error:
                log.warning("board index not rebuilt", error=str(error))


def _log_progress(done: int, of: int) -> None:
    if done == of or done % REPORT_EVERY == 0:
        log.info("rebuilding the board index", done=done, of=of)
