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
from dataclasses import dataclass, field
from pathlib import Path

import requests

from bot.sandbox import Sandbox
from tests.journeys.conftest import ROOT, environment, free_port


class Zygote:
    """Starts bots quickly, and tells when one has ended."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.sweep.zygote"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._started: queue.Queue[int] = queue.Queue()
        self.ended: dict[int, int] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            word, *numbers = line.split()
            if word == "started":
                self._started.put(int(numbers[0]))
            else:
                self.ended[int(numbers[0])] = int(numbers[1])

    def start(self, order: dict[str, object]) -> int:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        return self._started.get(timeout=60)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass
class Mortal:
    """A bot that is started again whenever it dies at one of the deadly points."""

    sandbox: Sandbox
    folder: Path
    zygote: Zygote
    database_url: str
    command: str = "run"
    port: int = field(default_factory=free_port)
    starts: int = 0
    _pid: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    def live(self, deadly: tuple[str, ...] = ()) -> None:
        (self.folder / "deadly").write_text("".join(f"{point}\n" for point in deadly), "utf-8")
        self._start()
        self._keeper = threading.Thread(target=self._keep_alive, daemon=True)
        self._keeper.start()

    def _start(self) -> None:
        env = environment(self.sandbox, self.folder, self.port, self.database_url)
        log = str(self.folder / "bot.log")
        self._pid = self.zygote.start({"env": env, "log": log, "watch": str(self.folder), "command": [self.command]})
        self.starts += 1

    def _keep_alive(self) -> None:
        while not self._over.wait(0.002):
            status = self.zygote.ended.get(self._pid)
            if status is None:
                continue
            if status != -signal.SIGKILL:
                (self.folder / "bot.log").open("a").write(f"ended with {status}\n")
            self._start()

    def until_ready(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=1).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.02)
        raise AssertionError(f"the bot did not start: {self.log()}")

    def end(self) -> None:
        self._over.set()
        if self._keeper:
            self._keeper.join(10)
        if self._pid not in self.zygote.ended:
            os.kill(self._pid, signal.SIGKILL)

    def log(self) -> str:
        return (self.folder / "bot.log").read_text("utf-8")

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text("utf-8").splitlines() if path.exists() else []
