"""The crash sweep: a bot that is killed before and after each effect and each commit ends where it would have ended.

With `away` nobody starts it again before a day has passed, in which people may act.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests import postgres
from tests.journeys.conftest import SECRET, in_a_loop
from tests.journeys.play import fresh_sandbox
from tests.sweep.house import Mortal
from tests.sweep.roads import play, settled
from tests.sweep.sweeping import Plan, rounds

ENDLESS = 10**6
"""Calls an hour: the cast looks for news many times a second, also while nothing can happen."""


@dataclass(frozen=True)
class Run:
    """How a story ended: what is there, the points it passed, those it died at, and how often it was started."""

    ending: dict[str, Any]
    passed: list[str]
    died: list[str]
    starts: int
    log: str

    @property
    def struck(self) -> int:
        return len(self.died)


@dataclass(frozen=True)
class Crashes:
    """Killed at so many points in one run, on a database of a kind."""

    road: str
    database: str
    of: int
    away: timedelta = timedelta()
    """How long it is down each time."""

    @property
    def name(self) -> str:
        return f"crashes{f' for {self.away.days} day' if self.away else ''}, {self.database}, {self.road}"

    def calm(self) -> Run:
        return self._comparable(_calm(self.road, self.database))

    def plans(self, calm: Run) -> Mapping[str, Plan]:
        return rounds([point for point in dict.fromkeys(calm.passed) if point != "before accept 1"], self.of)

    def play(self, plan: Plan) -> Run:
        return self._comparable(_play(self.road, self.database, plan, self.away))

    def _comparable(self, told: Run) -> Run:
        return replace(told, ending=_whatever_day(told.ending)) if self.away else told


def _play(road: str, database: str, plan: Plan, away: timedelta) -> Run:
    if database == "sqlite":
        return run(road, "sqlite:///{folder}/bot.db", plan, away)
    with postgres.server() as server, postgres.database(server) as url:
        return run(road, url, plan, away)


@cache
def _calm(road: str, database: str) -> Run:
    """The story of a bot that never dies, so that it makes no difference how long a dead one is away."""
    return _play(road, database, (), timedelta())


def _whatever_day(ending: dict[str, Any]) -> dict[str, Any]:
    """Without the days on which the posts were written and the work was accepted: others, where it was down."""
    files = {
        name: [re.sub(r"\d{4}-\d\d-\d\d(?=-)", "…", file) for file in found] for name, found in ending["files"].items()
    }
    facts = {re.sub(r'(?<="on": ")[\d-]+', "…", fact): count for fact, count in ending["facts"].items()}
    return ending | {"files": files, "facts": facts}


def run(road: str, database_url: str, deadly: Sequence[str] = (), away: timedelta = timedelta()) -> Run:
    """Play a road on a bot that dies at each of those points once, and is started again."""
    with tempfile.TemporaryDirectory(prefix="sweep-") as name:
        folder = Path(name)
        url = database_url.format(folder=folder)
        sandbox = fresh_sandbox(webhook_secret=SECRET, hourly_limit=ENDLESS)
        with in_a_loop(sandbox):
            bot = Mortal(sandbox, folder, url, away=away)
            sandbox.send_webhooks_to(f"http://127.0.0.1:{bot.port}/webhook", SECRET)
            bot.live(deadly)
            try:
                bot.until_ready()
                number = play(road, sandbox)
                end = settled(sandbox, number, url, 1)
            finally:
                bot.end()
        return Run(end, bot.lines("passed"), bot.lines("died"), bot.starts, bot.log())
