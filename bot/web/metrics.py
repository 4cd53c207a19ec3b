"""The receiver's counters for Prometheus. Their labels come from fixed short lists, never from a payload."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

import prometheus_client as prometheus

ANSWERS = ("stored", "known", "unsigned", "invalid", "too-large", "not-stored")
"""The possible answers to a delivery: 202 new, 202 duplicate, 401, 400, 413, 503."""


@dataclass(frozen=True)
class DeliveryAnswer:
    """The answer to a delivery, and its headers. Those of a refused delivery are not verified."""

    answer: str
    received_at: datetime
    event: str
    guid: str
    key: str


class Recent:
    """The number of answers of each kind in this process, and the latest duplicates and refusals."""

    def __init__(self, most: int = 20) -> None:
        self.counts: Counter[str] = Counter()
        self._known: deque[DeliveryAnswer] = deque(maxlen=most)
        self._refused: deque[DeliveryAnswer] = deque(maxlen=most)  # apart from duplicates: strangers send these

    def note(self, one: DeliveryAnswer) -> None:
        """Counts an answer. Call it on the event loop."""
        self.counts[one.answer] += 1
        if one.answer != "stored":
            (self._known if one.answer == "known" else self._refused).append(one)

    @property
    def others(self) -> list[DeliveryAnswer]:
        """Returns the latest duplicates and refusals."""
        return [*self._known, *self._refused]


class Deliveries:
    """Counts deliveries by answer, and measures the seconds until each is stored."""

    def __init__(self, registry: prometheus.CollectorRegistry) -> None:
        answers = prometheus.Counter("bot_deliveries", "Webhook deliveries by answer", ["answer"], registry=registry)
        self.answered = {answer: answers.labels(answer) for answer in ANSWERS}
        self.storing = prometheus.Histogram(
            "bot_delivery_storing_seconds",
            "Time from a verified delivery to its durable commit",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 10),
            registry=registry,
        )
