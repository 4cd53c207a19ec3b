"""What goes wrong on request: the answer says nothing about whether the deed was done."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from sandbox import Sandbox
from tests.sandbox.caller import Cast

R = "/repos/canada-ca/micro-acquisition"


async def comments(cast: Cast) -> list[str]:
    return [one["body"] for one in (await cast.person("client").get(R + "/issues/1/comments")).body]


async def test_failing_before_and_after_the_deed(sandbox: Sandbox, cast: Cast) -> None:
    client = cast.person("client")
    await client.post(R + "/issues", {"title": "A need"})
    post = R + "/issues/1/comments"
    sandbox.faults.add(do="status", status=500, method="POST", path="/comments$")
    assert (await client.post(post, {"body": "never"})).status == 500
    sandbox.faults.add(do="502-after", method="POST", path="/comments$")
    assert (await client.post(post, {"body": "once"})).status == 502
    sandbox.faults.add(do="cut", method="POST", path="/comments$")
    with pytest.raises(aiohttp.ClientError):
        await client.post(post, {"body": "never"})
    sandbox.faults.add(do="cut-after", method="POST", path="/comments$")
    with pytest.raises(aiohttp.ClientError):
        await client.post(post, {"body": "twice"})
    assert await comments(cast) == ["once", "twice"]


async def test_answers_that_say_less_than_was_done(sandbox: Sandbox, cast: Cast) -> None:
    client = cast.person("client")
    await client.post(R + "/issues", {"title": "A need"})
    post = R + "/issues/1/comments"
    for do, raised in (("truncate", aiohttp.ClientError), ("garble", ValueError)):
        sandbox.faults.add(do=do, method="POST", path="/comments$")
        with pytest.raises(raised):
            await client.post(post, {"body": do})
    sandbox.faults.add(do="status-after", status=422, method="POST", path="/comments$")
    assert (await client.post(post, {"body": "somebody was faster"})).status == 422
    for do in ("hang", "hang-after"):
        sandbox.faults.add(do=do, method="POST", path="/comments$")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.post(post, {"body": do}), 1)
    assert await comments(cast) == ["truncate", "garble", "somebody was faster", "hang-after"]


async def test_a_token_that_ends_before_its_time(sandbox: Sandbox, cast: Cast) -> None:
    client = cast.person("client")
    sandbox.faults.add(do="expire", actor="client", nth=2)
    assert [(await client.get(R)).status for _ in range(3)] == [200, 401, 401]


async def test_limits(sandbox: Sandbox, cast: Cast) -> None:
    client = cast.person("client")
    sandbox.faults.add(do="primary-limit", actor="client")
    primary = await client.get(R)
    assert (primary.status, primary.headers["X-RateLimit-Remaining"]) == (403, "0")
    sandbox.faults.add(do="secondary-limit", actor="client", retry_after=7)
    assert (await cast.person("finance").get(R)).status == 200
    secondary = await client.get(R)
    assert (secondary.status, secondary.headers["Retry-After"]) == (403, "7")
    assert "secondary rate limit" in secondary["message"]
    sandbox.faults.add(do="secondary-limit", status=429)
    silent = await client.get(R)
    assert silent.status == 429
    assert "Retry-After" not in silent.headers
    assert (await client.get(R)).status == 200
