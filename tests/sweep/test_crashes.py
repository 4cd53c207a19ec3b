"""The bot is killed at a share of the points of a story, and the story ends the same."""

from __future__ import annotations

from datetime import timedelta

from tests.sweep.crashes import Crashes
from tests.sweep.shares import holds


def test_killed_on_sqlite():
    holds(Crashes("straight", "sqlite", 15))


def test_down_for_a_day():
    holds(Crashes("straight", "sqlite", 1, timedelta(days=1)))


def test_killed_on_postgresql(postgresql_server):
    holds(Crashes("straight", "postgresql", 8))
