"""Decides when the bot retries what GitHub refused, and stores the reason for operators and all processes.

if retries.holds(turn.stuck, turn.version): return
turn.stuck = await retries.note_failure(ledger, key, version, turn.stuck, SHOWING, error, …)  # in 1, 2, 4, … s
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.github.transport.errors import REFUSALS
from bot.ledger import DECIDING, SHOWING, Ledger, Stuck

LONGEST_REASON = 1000

EARLIEST = 0.01
"""Seconds added to each timer, because a timer may be early by less than that."""


def holds(stuck: Stuck | None, version: int | None = None) -> bool:
    """Returns whether it is too early to try again: no newer `version` waits, and the pause is not over."""
    if stuck is None or version not in (None, stuck.version):
        return False
    left = (stuck.again_at - datetime.now(UTC)).total_seconds()
    return 0 < left <= REFUSALS.longest  # more is left only if the machine's clock was set back


async def note_failure(
    ledger: Ledger,
    key: str,
    version: int,
    earlier: Stuck | None,
    kind: str,
    error: Exception,
    *,
    log: Any,
    wake: Callable[[str], None],
) -> Stuck:
    """Stores why a key is stuck, logs it in one line, and wakes the key after a pause."""
    before = earlier if earlier and earlier.kind == kind else None
    now, tries = datetime.now(UTC), before.tries + 1 if before else 1
    seconds = REFUSALS.pause(tries)
    reason = " ".join(str(error).split())[:LONGEST_REASON]
    since = before.since if before else now
    one = Stuck(key, kind, reason, tries, version, since, now + timedelta(seconds=seconds))
    await asyncio.to_thread(ledger.hold, one)
    fields = {"again_in": round(seconds), "tries": tries, "error": reason}
    if kind == DECIDING:
        log.warning("GitHub refuses what a decision needs", **fields)
    elif kind == SHOWING:
        log.warning("GitHub refuses a change", **fields)
    else:
        log.info("waiting for people", **fields)
    wake_after(seconds, wake, key)
    return one


def wake_after(seconds: float, wake: Callable[[str], None], key: str) -> None:
    """Wakes a key just after its pause: a timer may be early, and a turn within the pause does nothing."""
    asyncio.get_running_loop().call_later(seconds + EARLIEST, wake, key)
