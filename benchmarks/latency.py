"""From webhook to visible answer, against the time of the same GitHub calls made alone.

A person writes `/help`; the answer is a comment and a reaction. The time from the person's own comment to the bot's
is divided by that of posting such a comment and reaction with a bare client, in turn, in one run.
"""

from __future__ import annotations

import asyncio
import statistics
import time

import aiohttp

from bot import demo
from bot.pipeline.model.policy import Policy
from bot.runtime import logs
from bot.settings import Settings
from sandbox import Sandbox
from sandbox.cast import HOME

ROUNDS = 40


async def main() -> None:
    logs.set_up("error", "console")
    sandbox = Sandbox(record=True)
    async with demo.stage(Settings(_env_file=None, port=0), Policy(), sandbox), aiohttp.ClientSession() as session:

        async def post(login: str, path: str, data: dict[str, object]) -> dict[str, object]:
            headers = {"Authorization": f"Bearer sandbox-{login}"}
            async with session.post(f"{sandbox.url}/repos/{HOME}/{path}", json=data, headers=headers) as answer:
                answer.raise_for_status()
                return await answer.json()

        async def until(number: int, count: int) -> None:
            """Until the bot has made so many comments; looked at in the box itself, not over the network."""
            while sum(f"/issues/{number}/comments" in c.path and "bot" in c.actor for c in sandbox.exchanges) < count:
                await asyncio.sleep(0.0005)

        body = "### Title (English)\n\nx\n\n### What do you need?\n\ny\n"
        number = int(str((await post("client", "issues", {"title": "x", "body": body}))["number"]))
        await until(number, 2)
        await asyncio.sleep(1)
        whole, alone = [], []
        for turn in range(ROUNDS):
            began = time.perf_counter()
            made = await post("client", f"issues/{number}/comments", {"body": "/help"})
            await until(number, 3 + turn)
            whole.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)
            began = time.perf_counter()
            await post("coordinator", f"issues/{number}/comments", {"body": "thanks"})
            await post("coordinator", f"issues/comments/{made['id']}/reactions", {"content": "heart"})
            alone.append(time.perf_counter() - began)
            await asyncio.sleep(0.05)
    seen, bare = statistics.median(whole) * 1000, statistics.median(alone) * 1000
    print(f"comment to visible answer {seen:6.1f} ms (median of {ROUNDS})")
    print(f"two calls alone           {bare:6.1f} ms")
    print(f"ratio                     {seen / bare:6.2f}")


if __name__ == "__main__":
    asyncio.run(main())
