"""What the receiver counts, for Prometheus. Labels come from short lists of ours, never from a payload."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

ANSWERS = ("stored", "known", "unsigned", "invalid", "too-large", "not-stored")
"""How a delivery can be answered: 202 new, 202 seen before, 401, 400, 413, 503."""


class Deliveries:
    """Counts of deliveries by answer, and how long storing takes in seconds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        answers = Counter("bot_deliveries", "Webhook deliveries by answer", ["answer"], registry=registry)
        self.answered = {answer: answers.labels(answer) for answer in ANSWERS}
        self.storing = Histogram(
            "bot_delivery_storing_seconds",
            "Time from a verified delivery to its durable commit",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 10),
            registry=registry,
        )
