"""A sandbox, a bot in a process of its own that may die at any point, and somebody who starts it again."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from sandbox import Sandbox
from tests.journeys.conftest import ROOT, environment, free_port, until_ready

A_DAY = 1.0
"""Seconds in which people may do something while nobody notices that the bot is gone."""


class Zygote:
    """Starts bots quickly, and tells when one has ended."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.sweep.zygote"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._started: queue.Queue[int] = queue.Queue()
        self.ended: dict[int, int] = {}
        self.one_ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            word, *numbers = line.split()
            if word == "started":
                self.ended.pop(int(numbers[0]), None)  # a number that an earlier one had
                self._started.put(int(numbers[0]))
            else:
                self.ended[int(numbers[0])] = int(numbers[1])
                self.one_ended.set()

    def start(self, order: dict[str, object]) -> int:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        return self._started.get(timeout=60)


@cache
def zygote() -> Zygote:
    """That of this process, with which it ends."""
    return Zygote()


@dataclass
class Mortal:
    """A bot that is started again whenever it dies at one of the deadly points."""

    sandbox: Sandbox
    folder: Path
    database_url: str
    command: str = "run"
    port: int = field(default_factory=free_port)
    away: timedelta = timedelta()
    """How long nobody notices that it died."""
    starts: int = 0
    _pid: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    def live(self, deadly: Sequence[str] = (), stopping: Sequence[str] = ()) -> None:
        """It dies at some points, and at others it stands still until it is told to `go_on`."""
        self.folder.mkdir(exist_ok=True)
        for name, points in (("deadly", deadly), ("stopping", stopping)):
            (self.folder / name).write_text("".join(f"{point}\n" for point in points), "utf-8")
        self._over.clear()
        self._start()
        self._keeper = threading.Thread(target=self._keep_alive, daemon=True)
        self._keeper.start()

    def _start(self) -> None:
        env = environment(self.sandbox, self.folder, self.port, self.database_url)
        log = str(self.folder / "bot.log")
        self._pid = zygote().start({"env": env, "log": log, "watch": str(self.folder), "command": [self.command]})
        self.starts += 1

    def _keep_alive(self) -> None:
        ends = zygote().one_ended
        while not self._over.is_set():
            ends.wait(0.05)
            ends.clear()
            status = zygote().ended.get(self._pid)
            if status is None:
                continue
            if status != -signal.SIGKILL:
                (self.folder / "bot.log").open("a").write(f"ended with {status}\n")
            if self.away:
                self.sandbox.clock.advance(self.away)
                time.sleep(A_DAY)
            self._start()

    def until_ready(self) -> None:
        until_ready(self.port, 60, self.log)

    def go_on(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    def leave(self) -> None:
        """As an operator ends it: with a word."""
        self._end_with(signal.SIGTERM)
        until = time.monotonic() + 20
        while self._pid not in zygote().ended and time.monotonic() < until:
            time.sleep(0.01)

    def end(self) -> None:
        self._end_with(signal.SIGKILL)

    def _end_with(self, word: int) -> None:
        self._over.set()
        zygote().one_ended.set()
        if self._keeper:
            self._keeper.join(10)
        if self._pid and self._pid not in zygote().ended:
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(self._pid, word)

    def log(self) -> str:
        return "\n".join(self.lines("bot.log"))

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text("utf-8").splitlines() if path.exists() else []
