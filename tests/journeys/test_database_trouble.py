"""The database is held, cannot grow or is gone: 503 and nothing half stored; then all goes on by itself."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import pytest
import requests

from sandbox import Sandbox
from sandbox.cast import HOME
from tests import postgres
from tests.journeys.conftest import ROOT, SECRET, environment, final, free_port, in_a_loop, play, until_ready
from tests.journeys.play import Stage, fresh_sandbox

COMMENTS = f"/repos/{HOME}/issues/1/comments"
APPLIED = "Your application is in"
PATIENCE = 60
"""Seconds that something may take on a busy machine."""


def place(stage: Stage) -> str:
    return stage.bot.settings.database_url.removeprefix("sqlite:///")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("bot.ledger.sqlite.BUSY_MS", 50)


async def test_locked_for_longer_than_a_write_waits(impatient, stage):
    need = await stage.opportunity(at=5)
    with closing(sqlite3.connect(place(stage), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await stage.act("supplier-1", "POST", COMMENTS, body="/interested confirm")
        await stage.sandbox.idle()
        assert stage.sandbox.mail.log[-1].status_code == 503
        other.execute("ROLLBACK")
    assert stage.sandbox.mail.redeliver_failed() == 1
    await stage.quiet()
    assert await stage.bot.resync.run() == 0
    need.said_has("reply", APPLIED)


TROUBLED = ("3/description", "4/posting", "6/selection")
"""The steps in which a person acts as soon as the bot has set the label, while it still writes the rest."""


def in_trouble(sandbox: Sandbox, begin: Callable[[], None], end: Callable[[], None]) -> Callable[[str, str], None]:
    """Hears of the story: trouble begins as a step does, and ends when GitHub was answered 503 for what one did."""
    inside, before = False, 0

    def refused() -> int:
        return sum(one.status_code == 503 for one in sandbox.mail.log)

    def tell(step: str, what: str) -> None:
        nonlocal inside, before
        if inside:
            over = time.monotonic() + PATIENCE
            while refused() == before:
                assert time.monotonic() < over, f"GitHub was not answered 503: {what}"
                time.sleep(0.01)
            end()
        inside = step in TROUBLED and what.startswith("bot: moved")
        if inside:
            before = refused()
            begin()

    return tell


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_files_that_cannot_grow(bot_process, undisturbed):
    sandbox, bot = bot_process
    begun = bot.process

    def limit(size: int) -> None:
        resource.prlimit(begun.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def full() -> None:
        limit(0)  # no byte of any file: a log of SQLite that begins anew has room below every other limit

    def room() -> None:
        limit(resource.RLIM_INFINITY)
        over = time.monotonic() + PATIENCE
        while requests.post(f"{sandbox.url}/_sandbox/redeliver-failed", timeout=10).json()["redelivered"]:
            assert time.monotonic() < over, "deliveries are refused still"
            time.sleep(0.05)  # behind these stands what was refused while they were asked for

    ending = play(sandbox, in_trouble(sandbox, full, room))
    assert (bot.starts, begun.poll()) == (1, None)
    assert final(sandbox, ending.issue) == undisturbed
    assert "cannot be read or written: check the disk" in bot.log()
    assert "Traceback" not in bot.log()


HURRIED = """
from bot.catching_up import redelivery, schedule
from bot.runtime.backoff import Backoff
schedule.REDELIVERY_SECONDS, redelivery.REDELIVERIES = 0.3, Backoff(0.3, 1.0)
from bot.__main__ import cli
cli()
"""
"""`python -m bot`, that asks more often for what GitHub could not deliver."""


def test_a_server_that_is_gone_for_a_while(tmp_path, undisturbed):
    sandbox = fresh_sandbox(webhook_secret=SECRET)
    port = free_port()
    with ExitStack() as stack:
        server = stack.enter_context(postgres.own_server())
        url = stack.enter_context(postgres.database(server.address))
        stack.enter_context(in_a_loop(sandbox))
        sandbox.send_webhooks_to(f"http://127.0.0.1:{port}/webhook", SECRET)
        log = stack.enter_context((tmp_path / "bot.log").open("ab"))
        env = environment(sandbox, tmp_path, port, url)
        processes = []
        for name in ("web", "worker"):
            one = subprocess.Popen([sys.executable, "-c", HURRIED, name], cwd=ROOT, env=env, stderr=log)
            stack.callback(one.wait)
            stack.callback(one.kill)
            processes.append(one)
        until_ready(port, PATIENCE)
        boards = set()

        def gone() -> None:
            server.stop()
            for page in ("en/", "fr/mesures", "tracker.csv"):
                board = requests.get(f"http://127.0.0.1:{port}/{page}", timeout=PATIENCE)
                boards.add((page, board.status_code, board.headers.get("Retry-After")))

        ending = play(sandbox, in_trouble(sandbox, gone, server.start))
        assert {(status, after) for _, status, after in boards} == {(503, "60")}, boards
        assert [one.poll() for one in processes] == [None, None]
        assert final(sandbox, ending.issue) == undisturbed
    told = (tmp_path / "bot.log").read_text()
    assert "does not answer: start PostgreSQL" in told
    assert "Traceback" not in told
