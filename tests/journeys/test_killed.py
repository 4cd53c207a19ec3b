"""Killed and started again, the bot ends where it would have ended: nothing lost, nothing twice."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
import requests

from bot import demo
from bot.pipeline.policy import Policy
from bot.sandbox.cast import EXCHANGE, HOME, Cast
from tests.journeys.conftest import story


def final(sandbox, number):
    """What GitHub shows at the end, without the numbers and times that may differ."""
    people = {"Authorization": "Bearer sandbox-coordinator"}

    def get(path):
        return requests.get(f"{sandbox.url}/{path}", headers=people, timeout=10).json()

    issue = get(f"repos/{HOME}/issues/{number}")
    comments = get(f"repos/{HOME}/issues/{number}/comments?per_page=100")
    mine = [c["body"].rstrip().rsplit("<!-- ", 1)[-1] for c in comments if c["user"]["type"] == "Bot"]
    replies = [mark for mark in mine if mark.startswith("micro-acquisition: reply")]
    standing = Counter(mark for mark in mine if mark not in replies)
    pulls = {
        repository: [
            (p["title"], p["state"], p["merged_at"] is not None) for p in get(f"repos/{repository}/pulls?state=all")
        ]
        for repository in (HOME, EXCHANGE)
    }
    files = {repository: sorted(sandbox.files(repository)) for repository in (HOME, EXCHANGE)}
    return {
        "labels": sorted(label["name"] for label in issue["labels"]),
        "state": (issue["state"], issue["state_reason"]),
        "assignees": [user["login"] for user in issue["assignees"]],
        "answers": (len(replies), len(set(replies))),
        "standing": {mark.split(" drawn ")[0].split(" supplier")[0]: count for mark, count in standing.items()},
        "pulls": pulls,
        "files": files,
    }


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


@pytest.fixture(scope="module")
def undisturbed():
    return {}


@pytest.mark.parametrize("calls", [(), (1, 4, 7), (10, 25, 40), (18, 33, 52, 70), (60, 85, 110)])
def test_killed_at_several_points_it_ends_in_the_same_state(bot_process, undisturbed, calls):
    sandbox, bot = bot_process
    with killed_after(sandbox, bot, calls):
        cast = Cast(sandbox.url, lambda step, what: None)
        cast.set_up(demo.label_rows(Policy()))
        ending = cast.play(story(sandbox))
    assert bot.starts == 1 + len(calls), "the story was over before every kill"
    assert ending.closed
    assert ending.unchanged
    end = final(sandbox, ending.issue)
    assert undisturbed.setdefault("end", end) == end
    assert all(count == 1 for count in end["standing"].values())
    assert "Traceback" not in bot.log()
