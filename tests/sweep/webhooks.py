"""The webhook sweep: whatever becomes of a delivery, the story ends as it would have ended.

One that GitHub knows to have failed is asked for again by the bot. Of one that is lost and believed delivered nobody
can know by the log: that is what looks at GitHub are for, of which there are many in that sweep.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.pipeline.model.policy import Policy
from sandbox import Sandbox
from tests.sweep.inside import Told, calm, tell
from tests.sweep.sweeping import Plan, rounds

KINDS: dict[str, dict[str, Any]] = {
    "failed": {"do": "fail"},
    "failed twice": {"do": "fail", "times": 2},
    "doubled": {"do": "double"},
    "late": {"do": "delay", "seconds": 0.7},
    "behind the next": {"do": "reorder"},
}
OFTEN = 0.02
"""Minutes between looks for what no webhook told of, in production a quarter of an hour."""


@dataclass(frozen=True)
class Webhooks:
    """So many deliveries of one run go astray: each in every way in turn, or at random, once for each seed."""

    road: str
    of: int
    seeds: Sequence[int] = ()

    @property
    def name(self) -> str:
        return f"webhooks{' at random' if self.seeds else ''}, {self.road}"

    def calm(self) -> Told:
        return calm(self.road)

    def plans(self, calm: Told) -> Mapping[str, Plan]:
        events, kinds = _numbered(calm.deliveries), list(KINDS)
        if self.seeds:
            return {f"seed {seed}": at_random(events, self.of, seed) for seed in self.seeds}
        everything = [
            (*event, kinds[(index + shift) % len(kinds)])
            for shift in range(len(kinds))
            for index, event in enumerate(events)
        ]
        return rounds(everything, self.of)

    def play(self, plan: Plan) -> Told:
        def prepare(sandbox: Sandbox) -> None:
            for event, number, kind in plan:
                sandbox.mail.faults.add(event=f"^{event}$", nth=number, **KINDS[kind])

        return tell(self.road, prepare)


@dataclass(frozen=True)
class Lost(Webhooks):
    """So many deliveries of one run never come, and GitHub takes them for delivered."""

    @property
    def name(self) -> str:
        return f"lost webhooks{' at random' if self.seeds else ''}, {self.road}"

    def calm(self) -> Told:
        return _whoever_ticked(super().calm())

    def plans(self, calm: Told) -> Mapping[str, Plan]:
        events = _numbered(calm.deliveries)
        if self.seeds:
            return {
                f"seed {seed}": random.Random(seed).sample(events, min(self.of, len(events))) for seed in self.seeds
            }
        return rounds(events, self.of)

    def play(self, plan: Plan) -> Told:
        def prepare(sandbox: Sandbox) -> None:
            for event, number in plan:
                sandbox.mail.faults.add(event=f"^{event}$", nth=number, do="drop")

        usual = Policy()
        exchange = usual.exchange.model_copy(update={"look_minutes": OFTEN})
        looking = usual.model_copy(update={"resync_minutes": OFTEN, "exchange": exchange})
        return _whoever_ticked(tell(self.road, prepare, looking))


def _whoever_ticked(told: Told) -> Told:
    """Without who ticked a box, which GitHub shows nobody who asks, and so whether more than one did."""
    facts: Counter[str] = Counter()
    for fact, count in told.ending["facts"].items():
        box = re.match("BoxTicked by [^:]*(.*)", fact)
        facts[f"BoxTicked by …{box[1]}" if box else fact] += count
    facts.update({fact: 1 - count for fact, count in facts.items() if fact.startswith("BoxTicked ")})
    return replace(told, ending=told.ending | {"facts": facts})


def at_random(events: Sequence[tuple[str, int]], of: int, seed: int) -> list[tuple[str, int, str]]:
    """So many of the deliveries, each in some way."""
    dice = random.Random(seed)
    return [(*event, dice.choice(list(KINDS))) for event in dice.sample(events, min(of, len(events)))]


def _numbered(deliveries: Sequence[str]) -> list[tuple[str, int]]:
    """Those that may be about an opportunity."""
    count: Counter[str] = Counter()
    found = []
    for event in deliveries:
        count[event] += 1
        if not event.startswith(("label.", "create.", "ping.")):
            found.append((event.replace(".", r"\."), count[event]))
    return found
