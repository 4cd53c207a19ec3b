"""A story on a bot in this process, whose pauses are short: its ending, and what was called and sent on the way."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import aiohttp

from bot import demo
from bot.catching_up import redelivery as deliveries
from bot.catching_up import schedule
from bot.github.transport import channel, errors, limits
from bot.pipeline.model.policy import Policy
from bot.runtime.backoff import Backoff
from bot.settings import Settings
from sandbox import Sandbox
from tests.journeys.play import fresh_sandbox
from tests.sweep.crashes import ENDLESS
from tests.sweep.roads import play, settled

BOT = "micro-acquisition-bot[bot]"
HASTE = 200.0
"""How many times faster than a minute a minute's pause is over."""
TIMEOUT = 0.8


@dataclass(frozen=True)
class Told:
    """How a story ended, what the bot called and what it was sent, and how many faults struck."""

    ending: dict[str, Any]
    calls: list[tuple[str, str, str]]
    deliveries: list[str]
    struck: int
    seconds: float


@contextmanager
def hurried() -> Iterator[None]:
    """Waiting is short, as long as it is in proportion: what is told to wait a minute waits a third of a second."""
    wait, limit = errors.Wait.__init__, limits.Limits.__init__

    def waiting(self: errors.Wait, seconds: float, reason: str) -> None:
        wait(self, seconds / HASTE, reason)

    def limiting(self: limits.Limits, *args: Any, **more: Any) -> None:
        limit(self, *args, **{"clock": lambda: time.monotonic() * HASTE, **more})

    with (
        patch.object(errors.Wait, "__init__", waiting),
        patch.object(limits.Limits, "__init__", limiting),
        patch.object(channel, "TIMEOUT", aiohttp.ClientTimeout(total=TIMEOUT)),
        patch("bot.catching_up.retries.REFUSALS", Backoff(1 / HASTE, 900 / HASTE)),
        patch("bot.engine.embedded.FAILED_TURNS", Backoff(1 / HASTE, 900 / HASTE)),
        patch.object(schedule, "REDELIVERY_SECONDS", 0.3),
        patch.object(deliveries, "REDELIVERIES", Backoff(0.5, 2.0)),
    ):
        yield


def tell(
    road: str, prepare: Callable[[Sandbox], None] = lambda sandbox: None, policy: Policy | None = None, seed: int = 0
) -> Told:
    """Play a road on a sandbox that was prepared to misbehave."""

    async def playing() -> Told:
        began = time.monotonic()
        sandbox = fresh_sandbox(hourly_limit=ENDLESS)
        for faults in (sandbox.faults, sandbox.mail.faults):
            faults.dice = random.Random(seed)
        prepare(sandbox)
        async with demo.stage(Settings(_env_file=None, port=0), policy or Policy(), sandbox) as on:
            await on.bot.catch_up()
            number = await asyncio.to_thread(play, road, sandbox)
            end = await asyncio.to_thread(settled, sandbox, number, on.bot.settings.database_url, 0.5)
        rules = [*sandbox.faults.rules, *sandbox.mail.faults.rules]
        return Told(
            ending=end,
            calls=[(call.actor, call.method, call.path) for call in sandbox.calls if call.actor in (BOT, "app")],
            deliveries=[f"{one.event}.{one.action or ''}" for one in sandbox.mail.log if not one.redelivery],
            struck=sum(rule.struck > 0 for rule in rules),
            seconds=time.monotonic() - began,
        )

    with hurried():
        return asyncio.run(playing())


@cache
def calm(road: str) -> Told:
    """The story when nothing goes wrong."""
    return tell(road)
