"""The pauses between attempts."""

from __future__ import annotations

from bot.runtime.backoff import Backoff


def test_the_pause_doubles_up_to_the_longest():
    backoff = Backoff(first=1.0, longest=300.0)
    assert [backoff.pause(attempt) for attempt in (1, 2, 3, 9, 10, 5000)] == [1, 2, 4, 256, 300, 300]
