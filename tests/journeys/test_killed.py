"""Killed and started again, the bot ends where it would have ended: nothing lost, nothing twice."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

from tests.journeys.conftest import final, play


@contextmanager
def killed_after(sandbox, bot, calls):
    """Kill the bot after each of these numbers of its calls to GitHub, and start it again."""
    done = threading.Event()

    def watch():
        for count in calls:
            while not done.is_set() and sum("bot" in (call.actor or "") for call in sandbox.calls) < count:
                time.sleep(0.001)
            if done.is_set():
                return
            bot.kill()
            bot.start()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join(30)


@pytest.mark.parametrize("calls", [(1, 4, 7), (10, 25, 40), (18, 33, 52, 70), (60, 85, 110)])
def test_killed_at_several_points_it_ends_in_the_same_state(bot_process, undisturbed, calls):
    sandbox, bot = bot_process
    with killed_after(sandbox, bot, calls):
        ending = play(sandbox)
    assert bot.starts == 1 + len(calls), "the story was over before every kill"
    assert ending.unchanged
    assert final(sandbox, ending.issue) == undisturbed
    assert "Traceback" not in bot.log()
