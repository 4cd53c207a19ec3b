"""Killed and started again, the bot ends where it would have ended: nothing lost, nothing twice."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from time import sleep

import pytest

from bot.cli.demo import furnish
from bot.pipeline.calendar import EASTERN
from bot.pipeline.model.policy import Policy
from sandbox.cast import Cast
from tests.journeys.conftest import final, play, story


@contextmanager
def killed_after(sandbox, bot, calls):
    """Kill the bot after each of these numbers of its calls to GitHub, and start it again."""
    done = threading.Event()

    def watch():
        for count in calls:
            while not done.is_set() and sum("bot" in (call.actor or "") for call in sandbox.calls) < count:
                sleep(0.001)
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


def test_an_application_written_while_the_bot_was_down_over_the_closing_counts(bot_process):
    sandbox, bot = bot_process
    cast, tale = Cast(sandbox.url, lambda step, what: None), story(sandbox)
    furnish(sandbox.url, Policy())
    cast.contact(tale)
    cast.eligibility()
    cast.description(tale)
    cast.posting()
    cast.opened()
    bot.kill()
    closing = datetime.combine(tale.closing + timedelta(days=1), time(), EASTERN)
    cast.pass_to(closing - timedelta(minutes=30))
    in_time = cast.comment("supplier-1", "/interested confirm")
    cast.pass_to(closing + timedelta(minutes=30))
    sandbox.mail.faults.add(do="delay", event="issue_comment", seconds=1)  # later than the time
    bot.start()
    assert "Your application is in" in cast.answer_to(in_time)
    late = cast.comment("supplier-2", "/interested confirm")
    assert "Applications closed" in cast.answer_to(late)
