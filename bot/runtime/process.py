"""A process of the bot, from its start to its end: asked to stop, it ends its work, and exits soon.

run_to_end(serve())
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

LONGEST_STOP = 20.0
"""Seconds after which a process that was asked to stop exits in any case: most service managers wait for 30."""

LAST_WORD = 1.0
"""Seconds that it then has for a last log line."""


def run_to_end(work: Coroutine[Any, Any, int | None]) -> None:
    """Runs to the end, or until an interruption; exits with the code that the work returns."""
    try:
        code = _runner()(_until_asked_to_stop(work))
    except KeyboardInterrupt:
        code = 0
    sys.exit(code or 0)


async def _until_asked_to_stop(work: Coroutine[Any, Any, int | None]) -> int | None:
    """Treats SIGTERM as Ctrl-C: it cancels only the work, which ends its own tasks in order."""
    task, asked = asyncio.ensure_future(work), False

    def stop() -> None:
        nonlocal asked
        asked = True
        task.cancel()
        end = threading.Timer(LONGEST_STOP, _cut_off)
        end.daemon = True
        end.start()

    with suppress(NotImplementedError, RuntimeError, ValueError):  # not on every platform, nor in every thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if asked:
            return 0
        raise


def _cut_off() -> None:
    """Ends the process, which loses nothing: the power could fail as well.

    A thread that waits for a lost database never ends, and the log may be what keeps the process, so it gets no more
    than a second.
    """
    word = threading.Thread(target=_log_cut_off, daemon=True)
    try:
        word.start()
        word.join(LAST_WORD)
    finally:
        os._exit(1)


def _log_cut_off() -> None:
    structlog.get_logger("bot").warning("stopped without waiting any longer", seconds=LONGEST_STOP)


def _runner() -> Any:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform

        return uvloop.run
    except ImportError:
        return asyncio.run
