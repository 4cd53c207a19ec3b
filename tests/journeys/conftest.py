"""Whole stories on the sandbox: the bot in this process or in one of its own, killed at will."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from bot import demo
from bot.cli.demo import furnish
from bot.documents.posts import writer as posts
from bot.pipeline.calendar import eastern_date
from bot.pipeline.model.policy import Policy
from bot.settings import Settings
from sandbox import Sandbox
from sandbox.cast import EXCHANGE, HOME, Cast, Ending, Story
from tests.journeys.play import fresh_sandbox
from tests.journeys.play import stage as stage

ROOT = Path(__file__).parents[2]
SECRET = "a webhook secret"


_KEPT: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody else is given, also before a bot listens there, and between one that dies and the next."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    _KEPT.append(kept)
    return int(kept.getsockname()[1])


@contextmanager
def in_a_loop(sandbox: Sandbox) -> Iterator[Callable]:
    """The sandbox on an event loop of its own, so that a test and its cast may block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    run(sandbox.start("127.0.0.1", 0))
    try:
        yield run
    finally:
        run(sandbox.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def environment(sandbox: Sandbox, folder: Path, port: int, database_url: str) -> dict[str, str]:
    """What a bot in a process of its own needs to serve a sandbox."""
    key = folder / "app.pem"
    key.write_text(sandbox.private_key_pem)
    sandbox.sign_people_in_for(f"http://127.0.0.1:{port}/ops/callback")
    policy = folder / "pipeline.yaml"
    policy.write_text(
        "repository: canada-ca/micro-acquisition\n"
        "teams: {finance: canada-ca/micro-acquisition-finance}\n"
        f"beacon: {{url: '{sandbox.url}/beacon/public'}}\n"
        "exchange: {repository: canada-ca/ore-ero}\n"
        "sweep_seconds: 0.2\n"
    )
    return {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "GITHUB_API_URL": sandbox.url,
        "GITHUB_APP_ID": str(sandbox.app_id),
        "GITHUB_PRIVATE_KEY_FILE": str(key),
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "GITHUB_CLIENT_ID": sandbox.app.client_id,
        "GITHUB_CLIENT_SECRET": sandbox.app.client_secret,
        "BOT_CONFIG": str(policy),
        "CLOCK_URL": f"{sandbox.url}/_sandbox/clock",
        "LOG_FORMAT": "json",
    }


def until_ready(port: int, seconds: float, log: Callable[[], str] = lambda: "") -> None:
    """Wait for a bot that was started. Raises AssertionError with its log where it takes longer than that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(requests.RequestException):
            if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=1).ok:
                return
        time.sleep(0.02)
    raise AssertionError(f"the bot did not start: {log()}")


@dataclass
class BotProcess:
    """`python -m bot run`, as an operator starts it, serving a sandbox."""

    sandbox: Sandbox
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    keeper: subprocess.Popen | None = None
    """Writes its log, as a service manager does: what limits the bot does not limit its log."""
    starts: int = 0

    def start(self) -> None:
        env = environment(self.sandbox, self.folder, self.port, f"sqlite:///{self.folder}/bot.db")
        with (self.folder / "bot.log").open("ab") as log:
            self.keeper = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
        with self.keeper.stdin as lines:
            self.process = subprocess.Popen([sys.executable, "-m", "bot", "run"], cwd=ROOT, env=env, stderr=lines)
        self.starts += 1
        until_ready(self.port, 60, self.log)

    def kill(self) -> None:
        """As the machine's power does: at once, wherever it is."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.keeper.wait()
            self.process = None

    def log(self) -> str:
        return (self.folder / "bot.log").read_text()


@pytest.fixture
def bot_process(tmp_path) -> Iterator[tuple[Sandbox, BotProcess]]:
    sandbox = fresh_sandbox(webhook_secret=SECRET)
    with in_a_loop(sandbox):
        bot = BotProcess(sandbox, tmp_path)
        sandbox.send_webhooks_to(f"http://127.0.0.1:{bot.port}/webhook", SECRET)
        bot.start()
        try:
            yield sandbox, bot
        finally:
            bot.kill()


def story(sandbox: Sandbox) -> Story:
    en, fr = (posts.read_post(path.read_text("utf-8")) for path in (demo.STATEMENT_EN, demo.STATEMENT_FR))
    return demo.make_story(en, fr, eastern_date(sandbox.clock.now()), 5)


def play(sandbox: Sandbox, tell: Callable[[str, str], None] = lambda step, what: None) -> Ending:
    """The cast plays the whole story on a sandbox that a bot serves."""
    cast = Cast(sandbox.url, tell)
    furnish(sandbox.url, Policy())
    return cast.play(story(sandbox))


def final(sandbox: Sandbox, number: int) -> dict:
    """What GitHub shows at the end, without the numbers and times that may differ."""
    people = {"Authorization": "Bearer sandbox-coordinator"}

    def get(path):
        return requests.get(f"{sandbox.url}/{path}", headers=people, timeout=10).json()

    issue = get(f"repos/{HOME}/issues/{number}")
    comments = get(f"repos/{HOME}/issues/{number}/comments?per_page=100")
    mine = [c["body"].rstrip().rsplit("<!-- ", 1)[-1] for c in comments if c["user"]["type"] == "Bot"]
    replies = [mark for mark in mine if mark.startswith("micro-acquisition: reply")]
    standing = Counter(mark for mark in mine if mark not in replies)
    for mark in [mark for mark in standing if mark.startswith("micro-acquisition: amendment ")]:
        assert standing.pop(mark) == 1  # nobody is asked for a merge that was done before the bot came to ask
    pulls = {
        repository: sorted(
            (p["title"], p["state"], p["merged_at"] is not None) for p in get(f"repos/{repository}/pulls?state=all")
        )
        for repository in (HOME, EXCHANGE)
    }
    files = {repository: sorted(sandbox.files(repository)) for repository in (HOME, EXCHANGE)}
    return {
        "labels": sorted(label["name"] for label in issue["labels"]),
        "state": (issue["state"], issue["state_reason"]),
        "assignees": [user["login"] for user in issue["assignees"]],
        "answers": (len(replies), len(set(replies))),
        "standing": {re.sub(r" (drawn?) .*| supplier.*", r" \1", mark): count for mark, count in standing.items()},
        "pulls": pulls,
        "files": files,
    }


@pytest.fixture(scope="session")
def undisturbed() -> dict:
    """How the story ends when nothing goes wrong: everything once."""

    async def calm() -> dict:
        sandbox = fresh_sandbox()
        async with demo.stage(Settings(_env_file=None, port=0), Policy(), sandbox):
            ending = await asyncio.to_thread(play, sandbox)
            return await asyncio.to_thread(final, sandbox, ending.issue)

    end = asyncio.run(calm())
    assert all(count == 1 for count in end["standing"].values())
    assert end["answers"][0] == end["answers"][1] > 15
    return end
