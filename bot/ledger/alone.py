"""Provides critical sections of this process and, by the ledger, of all processes that use its database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.ledger import Ledger


class Alone:
    """`async with alone.inside():` keeps others out of a section of that name; one at a time waits in a thread."""

    def __init__(self, ledger: Ledger, what: str) -> None:
        self._ledger, self._what = ledger, what
        self._here = asyncio.Lock()

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[None]:
        async with self._here:
            section = self._ledger.alone(self._what)
            entering = asyncio.create_task(asyncio.to_thread(section.__enter__))
            try:
                await asyncio.shield(entering)
            except asyncio.CancelledError:
                await entering  # the thread goes on: what it enters must be left
                await asyncio.to_thread(section.__exit__, None, None, None)
                raise
            try:
                yield
            finally:
                await asyncio.shield(asyncio.to_thread(section.__exit__, None, None, None))
