"""The crash sweep: a bot that is killed before and after each effect and each commit ends where it would have ended."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox import Sandbox, Seed
from tests.journeys.conftest import SECRET, in_a_loop
from tests.sweep.house import Mortal, Zygote
from tests.sweep.roads import ending, play

SETTLE = 20.0
"""Seconds that the end of a story may take to settle after its last kill."""


@dataclass(frozen=True)
class Run:
    """How a story ended: what is there, the points it passed, those it died at, and how often it was started."""

    ending: dict[str, Any]
    passed: list[str]
    died: list[str]
    starts: int
    log: str


def run(zygote: Zygote, road: str, database_url: str, deadly: Sequence[str] = ()) -> Run:
    """Play a road on a bot that dies at each of those points once, and is started again."""
    with tempfile.TemporaryDirectory(prefix="sweep-") as name:
        folder = Path(name)
        url = database_url.format(folder=folder)
        sandbox = Sandbox(webhook_secret=SECRET, seed=Seed.default())
        with in_a_loop(sandbox):
            bot = Mortal(sandbox, folder, zygote, url)
            sandbox.send_webhooks_to(f"http://127.0.0.1:{bot.port}/webhook", SECRET)
            bot.live(tuple(deadly))
            try:
                bot.until_ready()
                number = play(road, sandbox)
                end = _settled(sandbox, number, url)
            finally:
                bot.end()
        return Run(end, bot.lines("passed"), bot.lines("died"), bot.starts, bot.log())


def _settled(sandbox: Sandbox, number: int, url: str) -> dict[str, Any]:
    """The end, once nothing has changed for a second."""
    before, until = None, time.monotonic() + SETTLE
    while (now := ending(sandbox, number, url)) != before or now["unsettled"] or now["unread"]:
        if time.monotonic() > until:
            break
        before = now
        time.sleep(1)
    return now


def rounds(passed: Sequence[str], of: int) -> Iterator[list[str]]:
    """All the points, in as many runs as it takes; those of one run lie as far apart as possible."""
    points = [point for point in dict.fromkeys(passed) if point != "before accept 1"]
    count = max(1, -(-len(points) // of))
    for start in range(count):
        yield points[start::count]


def difference(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What differs, to be read."""
    found: dict[str, Any] = {}
    for name in one:
        if one[name] != other[name]:
            both = one[name], other[name]
            found[name] = (both[0] - both[1], both[1] - both[0]) if name == "facts" else both
    return found
