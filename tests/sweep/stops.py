"""The sweep of processes that stand still: another takes their turn over, and nothing is done twice when they go on.

A worker is stopped in the middle of turns, after an effect or around a commit, for longer than a turn may stand still:
then another worker is started, which takes the turn over and goes on with it, and then the first goes on as well. It
is not stopped before an effect, after it was asked whether the turn is still its own: who stands still just there, and
for longer than the half minute after which turns are taken over, may do one thing twice. Nothing but GitHub could tell.
"""

from __future__ import annotations

import re
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import postgres
from tests.journeys.conftest import SECRET, in_a_loop
from tests.journeys.play import fresh_sandbox
from tests.sweep.crashes import ENDLESS, Run
from tests.sweep.house import Mortal
from tests.sweep.roads import play, settled
from tests.sweep.sweeping import Plan, rounds

LONGEST = 60.0
"""Seconds that another process may need until the turn is its own, on a machine that has much else to do."""
SOME, QUIET = 5, 1.0
"""Points passed, or seconds without any, after which whoever goes on is taken to do so."""


@dataclass(frozen=True)
class Stops:
    """Stopped at so many points in one run."""

    road: str
    of: int

    @property
    def name(self) -> str:
        return f"stops, postgresql, {self.road}"

    def calm(self) -> Run:
        return self.play(())

    def plans(self, calm: Run) -> Mapping[str, Plan]:
        asked = re.compile("before [A-Z]")
        return rounds([point for point in dict.fromkeys(calm.passed) if not asked.match(point)], self.of)

    def play(self, plan: Plan) -> Run:
        with postgres.server() as server, postgres.database(server) as url:
            return _run(self.road, url, plan)


@dataclass
class _Relief:
    """Whenever the first worker stands still there is a second one, until the first has gone on."""

    first: Mortal
    second: Mortal
    taken: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        if self._thread:
            self._thread.join(3 * LONGEST)  # the second one may just have begun

    def _watch(self) -> None:
        seen = 0
        while not self._over.wait(0.01):
            stopped = self.first.lines("stopped")
            if len(stopped) > seen:
                seen = len(stopped)
                self._relieve(stopped[-1])

    def _relieve(self, point: str) -> None:
        before = self._taken_over()
        self.second.live()
        until = time.monotonic() + LONGEST
        while not (taken := self._taken_over() > before) and time.monotonic() < until:
            time.sleep(0.02)
        if taken:
            self.taken.append(point)
        _goes_on(self.second)
        self.first.go_on()
        _goes_on(self.first)
        self.second.leave()

    def _taken_over(self) -> int:
        return self.second.log().count("turn taken over")


def _goes_on(process: Mortal) -> None:
    """Wait until it has done some of what there is to do, or has nothing to do."""
    begun = before = len(process.lines("passed"))
    since = time.monotonic()
    while before < begun + SOME and time.monotonic() - since < QUIET:
        time.sleep(0.02)
        if (passed := len(process.lines("passed"))) != before:
            before, since = passed, time.monotonic()


def _run(road: str, url: str, stopping: Sequence[str]) -> Run:
    """Play a road on one process that takes webhooks and one that gives turns, relieved whenever it stands still."""
    with tempfile.TemporaryDirectory(prefix="sweep-") as name:
        folder = Path(name)
        sandbox = fresh_sandbox(webhook_secret=SECRET, hourly_limit=ENDLESS)
        with in_a_loop(sandbox):
            web, first, second = (
                Mortal(sandbox, folder / who, url, command)
                for who, command in (("web", "web"), ("first", "worker"), ("second", "worker"))
            )
            relief = _Relief(first, second)
            sandbox.send_webhooks_to(f"http://127.0.0.1:{web.port}/webhook", SECRET)
            try:
                web.live()
                web.until_ready()
                first.live(stopping=stopping)
                relief.begin()
                number = play(road, sandbox)
                end = settled(sandbox, number, url, 1)
            finally:
                relief.end()
                for process in (web, first, second):
                    process.end()
        return Run(end, first.lines("passed"), relief.taken, first.starts, first.log())
