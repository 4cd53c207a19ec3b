"""The figures of `/metrics` beside the receiver's own counts: the ledger's state, and the work of this process.

The ledger's figures are the same from every process; turns, effects and requests are each process's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.ledger import DECIDING, PEOPLE, SHOWING, LedgerError
from bot.monitoring.running import RunningBot

Figure = GaugeMetricFamily | CounterMetricFamily
ENDINGS = ("done", "again", "limited", "stale", "refused", "failed")
"""The results of a turn; every one but the first needs another turn."""


class Figures(Collector):
    """Counts at each request, on a thread."""

    def __init__(self, running: RunningBot) -> None:
        self._running = running

    def collect(self) -> Iterable[Figure]:
        """Yields all figures; it leaves out those of the ledger while the database does not answer."""
        for figures in (self._ledger, self._workers, self._work, self._github):
            with suppress(LedgerError):
                yield from figures()

    def _ledger(self) -> Iterable[Figure]:
        stats, now = self._running.ledger.stats(), self._running.clock.now()
        age = (now - stats.oldest_unread).total_seconds() if stats.oldest_unread else 0
        late = (now - stats.oldest_due).total_seconds() if stats.oldest_due else 0
        stuck = (_now() - stats.stuck_since).total_seconds() if stats.stuck_since else 0
        yield GaugeMetricFamily("bot_inbox_unread", "Deliveries stored and not yet decided", stats.unread)
        yield GaugeMetricFamily("bot_inbox_oldest_seconds", "Age of the oldest of them", max(0, age))
        yield GaugeMetricFamily("bot_inbox_given_up", "Deliveries set aside after failing", stats.given_up)
        yield GaugeMetricFamily("bot_opportunities", "Opportunities known", stats.opportunities)
        yield GaugeMetricFamily("bot_opportunities_running", "Opportunities in steps 3 to 8", stats.running)
        yield GaugeMetricFamily("bot_opportunities_waitlisted", "Opportunities on the waiting list", stats.waitlisted)
        yield GaugeMetricFamily("bot_opportunities_unsettled", "Opportunities with effects to do", stats.unsettled)
        yield GaugeMetricFamily("bot_due_late_seconds", "How late the earliest due time is", max(0, late))
        held = GaugeMetricFamily("bot_stuck", "What is stuck now, by kind", labels=["what"])
        for kind in (DECIDING, SHOWING, PEOPLE):
            held.add_metric([kind], stats.stuck.get(kind, 0))
        yield held
        yield GaugeMetricFamily("bot_stuck_oldest_seconds", "Seconds of the longest refusal", max(0, stuck))

    def _workers(self) -> Iterable[Figure]:
        workers = self._running.ledger.workers()
        yield GaugeMetricFamily(
            "bot_workers", "Processes that run turns", int(self._running.works()) if workers is None else workers
        )

    def _work(self) -> Iterable[Figure]:
        turns = CounterMetricFamily("bot_turns", "Turns by how they ended", labels=["result"])
        for ending in ENDINGS:
            turns.add_metric([ending], self._running.turns[ending])
        yield turns
        effects = CounterMetricFamily("bot_effects", "Things shown on GitHub or refused", labels=["kind", "result"])
        for (kind, result), count in sorted(dict(self._running.clients[0].effects).items()):
            effects.add_metric([kind, result], count)
        yield effects

    def _github(self) -> Iterable[Figure]:
        clients = self._running.clients
        calls = CounterMetricFamily("bot_github_calls", "Requests to GitHub", labels=["method"])
        for method, count in sorted(sum((Counter(dict(one.calls)) for one in clients), Counter()).items()):
            calls.add_metric([method], count)
        yield calls
        yield CounterMetricFamily(
            "bot_github_unchanged",
            "Requests answered as unchanged, free of charge",
            sum(one.unchanged for one in clients),
        )
        left = GaugeMetricFamily("bot_github_budget", "Requests left in this hour", labels=["credential"])
        pausing = GaugeMetricFamily("bot_github_pausing_seconds", "Seconds of pause left", labels=["credential"])
        pauses = CounterMetricFamily("bot_github_pauses", "Pauses and failed requests, by reason", labels=["why"])
        why = {"limit": 0, "trouble": 0}
        for credential, limits in self._running.limits.items():
            if limits.left is not None:
                left.add_metric([credential], limits.left)
            pausing.add_metric([credential], limits.pausing)
            why = {name: count + limits.pauses[name] for name, count in why.items()}
        for name, count in why.items():
            pauses.add_metric([name], count)
        yield from (left, pausing, pauses)
        yield GaugeMetricFamily("bot_clock_ahead_seconds", "This machine's clock less GitHub's", clients[0].ahead)


def _now() -> datetime:
    return datetime.now(UTC)
