"""GitHub fails, cuts the line or limits; webhooks come twice or late: the story ends the same, everything once."""

from __future__ import annotations

import asyncio

import pytest

from bot import demo
from bot.pipeline.model.policy import Policy
from bot.settings import Settings
from tests.journeys.conftest import final, play
from tests.journeys.play import fresh_sandbox

BOT = "micro-acquisition-bot[bot]"


@pytest.mark.parametrize(
    "trouble",
    [
        [("502-after", "POST", "/issues/1/comments$", n) for n in (1, 3, 8)],
        [("cut-after", "POST", "/issues/1/comments$", n) for n in (2, 6)] + [("cut", "PATCH", "/comments/", 2)],
        [("502-after", "POST", path, 1) for path in ("/git/trees$", "/git/commits$", "/git/refs$", "/pulls$")],
        [("status", "*", "/labels", n) for n in (1, 4)] + [("status", "GET", "/permission$", 1)],
        [("secondary-limit", "POST", "/issues/1/comments$", 4), ("cut-after", "POST", "/pulls$", 2)],
    ],
    ids=["done but 502", "connection cut", "pull requests", "refused at first", "limited"],
)
async def test_github_in_trouble(undisturbed, trouble):
    sandbox = fresh_sandbox()
    for do, method, path, nth in trouble:
        sandbox.faults.add(do=do, method=method, path=path, nth=nth, actor=BOT, status=_status(do), retry_after=1)
    await _ends_as(undisturbed, sandbox)
    assert all(rule.struck for rule in sandbox.faults.rules), "every trouble happened"


@pytest.mark.parametrize("kind", ["double", "reorder"])
async def test_webhooks_in_trouble(undisturbed, kind):
    sandbox = fresh_sandbox()
    sandbox.mail.faults.add(do=kind, times=None, chance=0.3)
    await _ends_as(undisturbed, sandbox)


def _status(do: str) -> int | None:
    return 500 if do == "status" else None


async def _ends_as(undisturbed, sandbox):
    async with demo.stage(Settings(_env_file=None, port=0), Policy(), sandbox):
        ending = await asyncio.to_thread(play, sandbox)
        assert ending.unchanged
        assert await asyncio.to_thread(final, sandbox, ending.issue) == undisturbed
