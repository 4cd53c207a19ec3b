"""What the receiver counts, for Prometheus. Labels come from short lists of ours, never from a payload."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

import prometheus_client as prometheus

ANSWERS = ("stored", "known", "unsigned", "invalid", "too-large", "not-stored")
"""How a delivery can be answered: 202 new, 202 seen before, 401, 400, 413, 503."""


@dataclass(frozen=True)
class DeliveryAnswer:
    """How a delivery was answered, with what its sender said of it: of one that was refused, anybody's word."""

    answer: str
    received_at: datetime
    event: str
    guid: str
    key: str


class Recent:
    """What this process answered at the door: how many of each, and the latest of those that were not new."""

    def __init__(self, most: int = 20) -> None:
        self.counts: Counter[str] = Counter()
        self._known: deque[DeliveryAnswer] = deque(maxlen=most)
        self._refused: deque[DeliveryAnswer] = deque(maxlen=most)  # apart: strangers must not crowd out the others

    def note(self, one: DeliveryAnswer) -> None:
        """On the event loop."""
        self.counts[one.answer] += 1
        if one.answer != "stored":
            (self._known if one.answer == "known" else self._refused).append(one)

    @property
    def others(self) -> list[DeliveryAnswer]:
        """Seen before, or refused."""
        return [*self._known, *self._refused]


class Deliveries:
    """Counts of deliveries by answer, and how long storing takes in seconds."""

    def __init__(self, registry: prometheus.CollectorRegistry) -> None:
        answers = prometheus.Counter("bot_deliveries", "Webhook deliveries by answer", ["answer"], registry=registry)
        self.answered = {answer: answers.labels(answer) for answer in ANSWERS}
        self.storing = prometheus.Histogram(
            "bot_delivery_storing_seconds",
            "Time from a verified delivery to its durable commit",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 10),
            registry=registry,
        )
