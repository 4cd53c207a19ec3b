"""A share of the deliveries of a story goes astray or gets lost, and the story ends the same."""

from __future__ import annotations

from tests.sweep.shares import holds
from tests.sweep.webhooks import Lost, Webhooks


def test_deliveries_go_astray():
    holds(Webhooks("straight", 40))


def test_deliveries_get_lost():
    holds(Lost("straight", 40))


def test_deliveries_go_astray_at_random():
    holds(Webhooks("straight", 40, seeds=(26,)))
