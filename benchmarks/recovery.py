"""What it costs to look for what webhooks missed, and whether a bot that runs for long grows.

    python -m benchmarks.recovery [--open 10000] [--deliveries 100000] [--issues 1000]

A look over 10,000 open opportunities, in calls and seconds: where nothing happened, where somebody wrote on one of
them, and where somebody wrote on each, and no webhook reported it. The sandbox is in the same process, so that the
seconds hold GitHub's side too. Then a bot in a process of its own decides 100,000 comments on a thousand issues, and
the memory that it holds is read as it goes. On fewer issues it shows how long their histories become.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import re
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import aiohttp
from sqlalchemy import insert

from bot import demo
from bot.documents.posts import writer as posts
from bot.documents.posts.reader import as_form
from bot.ledger import Ledger
from bot.ledger.codec import encode
from bot.ledger.tables import facts, opportunities
from bot.pipeline.model.facts import Entered, Opened
from bot.pipeline.model.policy import Policy
from bot.runtime import logs
from bot.settings import Settings
from sandbox import Sandbox, Seed
from sandbox.acts.comments import add_comment
from sandbox.acts.issues import new_issue
from sandbox.cast import HOME
from tests.journeys.conftest import SECRET, BotProcess

AT_ONCE = 32


def statement() -> str:
    en, fr = (posts.read(path.read_text("utf-8")) for path in (demo.STATEMENT_EN, demo.STATEMENT_FR))
    return as_form(en, fr, en.short, "client@example.gc.ca")


# --- a look ----------------------------------------------------------------------------------------------


def fill(ledger: Ledger, sandbox: Sandbox, many: int) -> None:
    """So many opportunities in step 5, on GitHub and in the ledger."""
    world = sandbox.world
    repo, client, now, body = world.repository(HOME), world.user("client"), sandbox.clock.now(), statement()
    rows, known = [], []
    for _ in range(many):
        issue = new_issue(world, repo, client, "A small need", body)
        key = f"{HOME}#{issue.number}"
        row = {"key": key, "repository": HOME, "number": issue.number, "version": 1, "step": 5, "status": "active"}
        rows.append(row | {"title": issue.title, "client": "client", "unsettled": False, "changed_at": now})
        url = f"{sandbox.url}/{HOME}/issues/{issue.number}"
        for seq, fact in enumerate((Opened(url, "client", issue.title, body), Entered(5)), 1):
            kind, data = encode(fact)
            line = {"key": key, "seq": seq, "kind": kind, "data": data, "at": now, "actor": "client"}
            known.append(line | {"delivery": "bench", "rule": "bench"})
    with ledger._database.writing() as connection:
        connection.execute(insert(opportunities), rows)
        connection.execute(insert(facts), known)


async def look(many: int) -> None:
    sandbox = Sandbox(seed=Seed.default())
    async with demo.stage(Settings(_env_file=None, port=0), Policy(), sandbox) as played:
        bot = played.bot
        await bot.engine.stop()  # what is found waits for its turn: here only the look counts
        await asyncio.to_thread(fill, bot.ledger, sandbox, many)
        sandbox.send_webhooks_to(None)
        supplier = sandbox.world.user("supplier-1")
        first, *others = sandbox.world.repository(HOME).issues.values()
        await bot.resync.run()
        sandbox.clock.advance(timedelta(hours=1))
        add_comment(sandbox.world, first, supplier, "/interested confirm")
        await measured("a comment on one", bot)
        await bot.resync.run()
        await measured("nothing", bot)
        sandbox.clock.advance(timedelta(hours=1))
        for issue in others:
            add_comment(sandbox.world, issue, supplier, "/interested confirm")
        await measured("a comment on each", bot)


async def measured(what: str, bot) -> None:
    calls, free, began = bot.github.calls["GET"], bot.github.unchanged, perf_counter()
    found = await bot.resync.run()
    taken, calls, free = perf_counter() - began, bot.github.calls["GET"] - calls, bot.github.unchanged - free
    print(f"  {what:<20}{found:>8,} found {calls:>6,} calls, of which {free:,} free {taken:>8.2f} s", flush=True)


# --- memory ----------------------------------------------------------------------------------------------


async def grow(deliveries: int, issues: int) -> None:
    sandbox = Sandbox(webhook_secret=SECRET, seed=Seed.default())
    await sandbox.start("127.0.0.1", 0)
    with tempfile.TemporaryDirectory() as folder:
        bot = BotProcess(sandbox, Path(folder))
        await asyncio.to_thread(bot.start)
        try:
            await opened(sandbox, bot, issues)
            payload = template(sandbox)
            held = [memory(bot)]
            for share in range(10):
                await sent(bot, payload, issues, range(share * deliveries // 10, (share + 1) * deliveries // 10))
                held.append(memory(bot))
                print(f"  {(share + 1) * deliveries // 10:>9,} deliveries {held[-1]:>8.1f} MiB", flush=True)
            half = len(held) // 2
            print(f"  the last half against the first: ratio {max(held[half:]) / max(held[1:half]):.3f}")
        finally:
            bot.kill()
            await sandbox.stop()


async def opened(sandbox: Sandbox, bot: BotProcess, issues: int) -> None:
    """So many opportunities, welcomed."""
    sandbox.send_webhooks_to(f"http://127.0.0.1:{bot.port}/webhook", SECRET)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sandbox-client"}) as session:
        for number in range(issues):
            issue = {"title": f"Need {number}", "body": statement()}
            async with session.post(f"{sandbox.url}/repos/{HOME}/issues", json=issue) as answer:
                answer.raise_for_status()
        said = {"body": "Some words about it."}
        async with session.post(f"{sandbox.url}/repos/{HOME}/issues/1/comments", json=said) as answer:
            answer.raise_for_status()
    await sandbox.idle()
    await unread(bot)


def template(sandbox: Sandbox) -> dict:
    last = next(one for one in reversed(sandbox.mail.log) if one.event == "issue_comment")
    return json.loads(last.payload)


async def sent(bot: BotProcess, payload: dict, issues: int, numbers: range) -> None:
    """Comments by the client on each issue in turn, delivered as GitHub does and decided by the bot."""
    waiting = iter(numbers)

    async def deliver(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            issue = payload["issue"] | {"number": number % issues + 1}
            comment = payload["comment"] | {"id": 10**9 + number, "body": f"Some words, {number} in all. " * 100}
            body = json.dumps(payload | {"issue": issue, "comment": comment}).encode()
            signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            headers = {"X-Hub-Signature-256": signature, "X-GitHub-Event": "issue_comment"}
            headers |= {"X-GitHub-Delivery": str(uuid4()), "Content-Type": "application/json"}
            async with session.post(f"http://127.0.0.1:{bot.port}/webhook", data=body, headers=headers) as answer:
                answer.raise_for_status()

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(deliver(session) for _ in range(AT_ONCE)))
    await unread(bot)


async def unread(bot: BotProcess) -> None:
    """Until every delivery is decided."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"http://127.0.0.1:{bot.port}/metrics") as answer:
                figures = await answer.text()
            if re.search(r"^bot_inbox_unread 0(\.0)?$", figures, re.M):
                return
            await asyncio.sleep(0.2)


def memory(bot: BotProcess) -> float:
    """What the process holds of the machine's memory, in MiB."""
    status = Path(f"/proc/{bot.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--issues", type=int, default=1000)
    asked = parser.parse_args()
    logs.set_up("error", "console")
    print(f"a look over {asked.open:,} open opportunities")
    asyncio.run(look(asked.open))
    print("memory of a bot that goes on")
    asyncio.run(grow(asked.deliveries, asked.issues))


if __name__ == "__main__":
    main()
