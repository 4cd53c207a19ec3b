"""GitHub fails at a share of the calls of a story, and the story ends the same."""

from __future__ import annotations

from tests.sweep.faults import Faults
from tests.sweep.shares import holds


def test_github_fails_call_after_call():
    holds(Faults("straight", 40))


def test_github_fails_at_random():
    holds(Faults("straight", 40, seeds=(20,)))
