"""A delivery that was answered 202 is there, even if the process is killed while it takes more."""

import asyncio
import hmac
import signal
import sys
from pathlib import Path

import aiohttp

from bot.ledger import Ledger

SERVER = """
import asyncio, sys
from aiohttp import web
from bot.ledger import Accepting, Ledger
from bot.web.receiver import receiver

async def main():
    ledger = Ledger(sys.argv[1])
    ledger.upgrade()
    app = receiver(secrets=["s"], accept=Accepting(ledger.accept).accept, key_of=lambda event, payload: "o/r#1",
                   wake=lambda key: None, ready=lambda: None)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
BODY = b'{"action": "opened"}'


async def test_no_answered_delivery_is_lost_by_kill_9(tmp_path):
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVER,
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    port = int(await asyncio.wait_for(server.stdout.readline(), 60))
    answered, enough = [], asyncio.Event()
    signature = "sha256=" + hmac.digest(b"s", BODY, "sha256").hex()

    async def deliver(session, producer):
        for number in range(10_000):
            guid = f"{producer}-{number}"
            headers = {
                "X-GitHub-Delivery": guid,
                "X-GitHub-Event": "issues",
                "X-Hub-Signature-256": signature,
            }
            async with session.post(f"http://127.0.0.1:{port}/webhook", data=BODY, headers=headers) as answer:
                assert answer.status == 202
                answered.append(guid)
                if len(answered) == 500:
                    enough.set()

    async with aiohttp.ClientSession() as session:
        producers = [asyncio.create_task(deliver(session, producer)) for producer in range(16)]
        await asyncio.wait_for(enough.wait(), 60)
        server.send_signal(signal.SIGKILL)
        ends = await asyncio.gather(*producers, return_exceptions=True)
    await server.wait()
    assert all(isinstance(end, aiohttp.ClientError) for end in ends)

    ledger = Ledger(url)
    stored = [unread.guid for unread in ledger.unread("o/r#1", limit=100_000)]
    ledger.close()
    assert set(answered) <= set(stored)
    assert len(stored) == len(set(stored)) <= len(answered) + 16
