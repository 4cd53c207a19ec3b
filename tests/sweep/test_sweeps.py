"""A share of each sweep, small enough for every change; `make sweep` does all of it."""

from __future__ import annotations

from datetime import timedelta

from tests.sweep.crashes import Crashes
from tests.sweep.faults import Faults
from tests.sweep.sweeping import Misfortunes, sweep
from tests.sweep.webhooks import Lost, Webhooks


def holds(what: Misfortunes, runs: int = 1) -> None:
    score = sweep(what, runs)
    assert not score.wrong, f"{score}\n" + "\n".join(score.wrong)
    assert score.struck, "something went wrong, or nothing was shown"


def test_killed_on_sqlite():
    holds(Crashes("straight", "sqlite", 15))


def test_down_for_a_day():
    holds(Crashes("straight", "sqlite", 1, timedelta(days=1)))


def test_killed_on_postgresql(postgresql_server):
    holds(Crashes("straight", "postgresql", 8))


def test_github_fails_call_after_call():
    holds(Faults("straight", 40))


def test_github_fails_at_random():
    holds(Faults("straight", 40, seeds=(20,)))


def test_deliveries_go_astray():
    holds(Webhooks("straight", 40))


def test_deliveries_get_lost():
    holds(Lost("straight", 40))


def test_deliveries_go_astray_at_random():
    holds(Webhooks("straight", 40, seeds=(26,)))
