"""Asked to stop, every process ends what it began, and ends soon, whatever its database does."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from sandbox import Sandbox, Seed
from sandbox.cast import HOME
from tests import postgres
from tests.journeys.conftest import ROOT, SECRET, environment, free_port, in_a_loop, until_ready
from tests.journeys.play import BOT
from tests.pipeline.desk import body

PATIENCE = 60
"""Seconds that a start may take on a busy machine."""

HURRIED = """
from bot import __main__ as bot
from bot.runtime import process
process.LONGEST_STOP = 4.0
bot.cli()
"""
"""`python -m bot`, that is cut off sooner."""


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    if not Path("/proc/self/task").exists():
        pytest.skip("only Linux tells who a server's processes are")
    with postgres.own_server() as running:
        yield running


class Running:
    """`web`, `worker` and `run` on one database, each with an address that monitors ask."""

    def __init__(self, server: postgres.Server, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        url = server.address.format("postgres")
        sandbox = Sandbox(webhook_secret=SECRET, seed=Seed.default())
        stack.enter_context(in_a_loop(sandbox))
        self.processes: dict[str, subprocess.Popen] = {}
        self.ports = {name: free_port() for name in ("web", "worker", "run")}
        for name, port in self.ports.items():
            (folder / name).mkdir()
            env = environment(sandbox, folder / name, 0 if name == "worker" else port, url) | {
                "METRICS_PORT": str(port)
            }
            log = stack.enter_context((folder / f"{name}.log").open("ab"))
            one = subprocess.Popen([sys.executable, "-c", HURRIED, name], cwd=ROOT, env=env, stderr=log)
            stack.callback(one.wait)
            stack.callback(one.kill)
            self.processes[name] = one
            until_ready(port, PATIENCE)  # one after the other, because each brings the tables up to date

    def is_asked_how_it_is(self) -> None:
        """By monitors, which leaves a thread at the database."""

        def ask(port: int) -> None:
            with suppress(requests.RequestException):
                requests.get(f"http://127.0.0.1:{port}/readyz", timeout=1)

        with ThreadPoolExecutor() as monitors:
            list(monitors.map(ask, self.ports.values()))

    def stop(self) -> dict[str, int]:
        """The exit code of each. Raises TimeoutExpired where one does not end."""
        for one in self.processes.values():
            one.send_signal(signal.SIGTERM)
        end = time.monotonic() + 15
        return {name: one.wait(max(0.1, end - time.monotonic())) for name, one in self.processes.items()}

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


def test_what_is_under_way_is_ended_first(bot_process):
    sandbox, bot = bot_process
    slow = sandbox.faults.add(do="delay", seconds=1.5, method="POST", path="/comments$", actor=BOT)
    need = {"title": "Policies", "body": body()}
    person = {"Authorization": "Bearer sandbox-client"}
    requests.post(f"{sandbox.url}/repos/{HOME}/issues", json=need, headers=person, timeout=10).raise_for_status()
    end = time.monotonic() + PATIENCE
    while not slow.struck and time.monotonic() < end:
        time.sleep(0.01)
    bot.process.send_signal(signal.SIGTERM)
    assert bot.process.wait(15) == 0
    bot.kill()  # its log is whole then
    log = bot.log()
    assert '"event": "stopped"' in log
    assert "cut off" not in log
    comments = requests.get(f"{sandbox.url}/repos/{HOME}/issues/1/comments", headers=person, timeout=10).json()
    shown = [re.search(r"<!-- micro-acquisition: (\w+)", one["body"])[1] for one in comments]
    assert "checklist" in shown, "its turn went on after the slow one"


NOBODY_READS = """
import asyncio, threading
import structlog
from bot.runtime import logs, process
process.LONGEST_STOP = 0.2
logs.set_up_logs("info", "json")

def talk():
    while True:
        structlog.get_logger().info("x" * 1000)

async def work():
    threading.Thread(target=talk, daemon=True).start()
    print("at work", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

process.run_to_end(work())
"""
"""A process that has more to say than its full log takes, and does not end when it is asked to."""


def test_with_a_log_that_nobody_reads():
    command = [sys.executable, "-c", NOBODY_READS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        try:
            assert one.stdout.readline() == b"at work\n"
            time.sleep(0.5)  # until the pipe is full
            one.send_signal(signal.SIGTERM)
            assert one.wait(PATIENCE) == 1
        finally:
            one.kill()


def test_with_a_database_that_neither_answers_nor_hangs_up(server, tmp_path):
    with ExitStack() as stack:
        running = Running(server, tmp_path, stack)
        with server.frozen():
            running.is_asked_how_it_is()
            assert running.stop() == {"web": 1, "worker": 1, "run": 1}
    for name in running.ports:
        assert "stopped without waiting any longer" in running.log(name)
        assert "Traceback" not in running.log(name)


def test_with_a_database_that_is_gone(server, tmp_path):
    with ExitStack() as stack:
        running = Running(server, tmp_path, stack)
        server.stop()
        try:
            running.is_asked_how_it_is()
            ended = running.stop()
        finally:
            server.start()
    assert set(ended.values()) <= {0, 1}
    for name in running.ports:
        assert '"event": "stopped' in running.log(name)
        assert "Traceback" not in running.log(name)
