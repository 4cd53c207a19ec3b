"""The fault sweep: whatever GitHub does to a call, the story ends as it would have ended."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sandbox import Sandbox
from tests.sweep.inside import Told, calm, tell
from tests.sweep.sweeping import Plan, rounds

KINDS: dict[str, dict[str, Any]] = {
    "500": {"do": "status", "status": 500},
    "done but 502": {"do": "502-after"},
    "cut": {"do": "cut", "times": 2},
    "done but cut": {"do": "cut-after", "times": 2},
    "half an answer": {"do": "truncate", "times": 2},
    "no JSON": {"do": "garble"},
    "hang": {"do": "hang"},
    "done but hang": {"do": "hang-after"},
    "401": {"do": "expire"},
    "primary limit": {"do": "primary-limit", "reset_in": 60},
    "403 retry after": {"do": "secondary-limit", "retry_after": 30},
    "403": {"do": "secondary-limit"},
    "429 retry after": {"do": "secondary-limit", "status": 429, "retry_after": 30},
    "429": {"do": "secondary-limit", "status": 429},
    "404": {"do": "status", "status": 404},
    "done but 404": {"do": "status-after", "status": 404},
    "409": {"do": "status", "status": 409},
    "422": {"do": "status", "status": 422},
    "done but 409": {"do": "status-after", "status": 409},
    "done but 422": {"do": "status-after", "status": 422},
    "slow": {"do": "delay", "seconds": 0.5},
}
WRITING = ("done but 502", "done but cut", "done but hang", "409", "422")
"""What makes a difference only where something is changed."""
RACES = r"/git/refs|/pulls$|/merge$"
EARLY = r"/git/|/pulls|/issues/comments|/check-runs"
"""What may not be there yet for who has just made it."""


class Point(NamedTuple):
    """The so-manieth call of a kind."""

    actor: str
    method: str
    shape: str
    nth: int

    def bears(self, kind: str) -> bool:
        """Whether GitHub does that to such a call."""
        reads = self.method == "GET"
        if kind == "404":
            return reads and bool(re.search(EARLY, self.shape))
        if kind == "done but 404":
            return self.method == "DELETE"
        if kind.startswith("done but 4"):
            return not reads and bool(re.search(RACES, self.shape))
        return not (reads and kind in WRITING)

    def rule(self, kind: str) -> dict[str, Any]:
        path = "".join(_ANY.get(part, re.escape(part)) for part in re.split(r"(\{\w+\})", self.shape))
        return {"actor": self.actor, "method": self.method, "path": f"^{path}$", "nth": self.nth, **KINDS[kind]}


_ANY = {"{n}": r"\d+", "{sha}": "[0-9a-f]{40}"}


def points(calls: Sequence[tuple[str, str, str]]) -> list[Point]:
    """One for each call of a calm story."""
    count: Counter[tuple[str, str, str]] = Counter()
    found = []
    for actor, method, path in calls:
        shape = re.sub(r"(?<=/)[0-9a-f]{40}(?=/|$)", "{sha}", path)
        shape = re.sub(r"(?<=/)\d+(?=/|$)", "{n}", shape)
        count[actor, method, shape] += 1
        found.append(Point(actor, method, shape, count[actor, method, shape]))
    return found


@dataclass(frozen=True)
class Faults:
    """So many calls of one run fail: each in every way in turn, or at random, once for each seed."""

    road: str
    of: int
    seeds: Sequence[int] = ()

    @property
    def name(self) -> str:
        return f"faults{' at random' if self.seeds else ''}, {self.road}"

    def calm(self) -> Told:
        return calm(self.road)

    def plans(self, calm: Told) -> Mapping[str, Plan]:
        everywhere = points(calm.calls)
        if self.seeds:
            return {f"seed {seed}": at_random(everywhere, self.of, seed) for seed in self.seeds}
        return rounds([pair for shift in range(len(KINDS)) for pair in _turned(everywhere, shift)], self.of)

    def play(self, plan: Plan) -> Told:
        def prepare(sandbox: Sandbox) -> None:
            for point, kind in plan:
                sandbox.faults.add(**Point(*point).rule(kind))

        return tell(self.road, prepare)


def _turned(everywhere: Sequence[Point], shift: int) -> Iterator[tuple[Point, str]]:
    kinds = list(KINDS)
    for index, point in enumerate(everywhere):
        kind = kinds[(index + shift) % len(kinds)]
        if point.bears(kind):
            yield point, kind


def at_random(everywhere: Sequence[Point], of: int, seed: int) -> list[tuple[Point, str]]:
    """So many of the calls, each with a fault that it bears."""
    dice = random.Random(seed)
    chosen = sorted(dice.sample(range(len(everywhere)), min(of, len(everywhere))))
    return [
        (everywhere[index], dice.choice([kind for kind in KINDS if everywhere[index].bears(kind)])) for index in chosen
    ]
