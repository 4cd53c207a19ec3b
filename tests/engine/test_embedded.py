"""Turns: one at a time for a key, none lost, none in another's way."""

import asyncio
import random
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.engine import Again, embedded
from bot.engine.embedded import Embedded


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(embedded, "FIRST_PAUSE", 0.002)
    monkeypatch.setattr(embedded, "LONGEST_PAUSE", 0.004)


class Inboxes:
    """Work as the bot does it: what is unread is read in order, and a turn can fail anywhere."""

    def __init__(self, trouble=lambda: None):
        self.unread, self.read = {}, {}
        self.inside, self.most, self.turns = set(), 0, 0
        self.trouble = trouble

    def put(self, key, number):
        self.unread.setdefault(key, []).append(number)

    async def waiting(self):
        return [key for key, numbers in self.unread.items() if numbers]

    async def turn(self, key):
        assert key not in self.inside, "two turns at once"
        self.inside.add(key)
        self.turns += 1
        self.most = max(self.most, len(self.inside))
        try:
            while batch := self.unread.get(key):
                await asyncio.sleep(0)
                self.trouble()
                self.read.setdefault(key, []).append(batch.pop(0))
            await asyncio.sleep(0)
            self.trouble()
        finally:
            self.inside.discard(key)


@asynccontextmanager
async def running(work, sweep_seconds=3600, **more):
    engine = Embedded(work, sweep_seconds, **more)
    await engine.start()
    try:
        async with asyncio.timeout(10):
            yield engine
            await engine.quiet()
    finally:
        await engine.stop()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 120), st.integers(1, 5))
def test_whatever_happens_all_is_read_in_order_and_never_by_two(seed, keys, wakes, at_once):
    dice = random.Random(seed)

    def trouble():
        match dice.randrange(12):
            case 0:
                raise Again(dice.choice((0, 0.001)))
            case 1:
                raise dice.choice((ValueError("no"), asyncio.CancelledError()))

    async def story():
        work, given = Inboxes(trouble), {}
        async with running(work, at_once=at_once) as engine:
            for number in range(wakes):
                key = f"o/r#{dice.randrange(keys)}"
                given.setdefault(key, []).append(number)
                work.put(key, number)
                engine.wake(key)
                if dice.randrange(3) == 0:
                    await asyncio.sleep(dice.choice((0, 0, 0.001)))
        assert work.read == given
        assert work.most <= at_once

    with capture_logs():
        asyncio.run(story())


async def test_a_wake_during_a_turn_means_one_more_and_only_one():
    work = Inboxes()
    async with running(work) as engine:
        work.put("k", 1)
        engine.wake("k")
        await asyncio.sleep(0)
        assert work.inside == {"k"}
        for _ in range(5):
            engine.wake("k")
    assert work.turns == 2


async def test_what_was_left_unread_is_taken_up_at_the_start_and_lost_wakes_by_the_sweep():
    work = Inboxes()
    work.put("left", 1)
    async with running(work, sweep_seconds=0.01) as engine:
        await engine.quiet()
        assert work.read == {"left": [1]}
        work.put("lost", 2)
        while "lost" not in work.read:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.002)


async def test_again_waits_its_time_without_a_slot_whatever_sweeps_and_wakes():
    class Limited(Inboxes):
        async def turn(self, key):
            self.turns += 1
            if key == "limited" and self.turns == 1:
                raise Again(0.1)
            await super().turn(key)

    work, loop = Limited(), asyncio.get_running_loop()
    work.put("limited", 1)
    began = loop.time()
    async with running(work, sweep_seconds=0.01, at_once=1) as engine:
        work.put("other", 2)
        engine.wake("limited")
        engine.wake("other")
        while "other" not in work.read:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.002)
        assert "limited" not in work.read
    assert work.read["limited"] == [1]
    assert loop.time() - began >= 0.1


async def test_a_turn_that_fails_is_one_line_in_the_log_and_tried_again_later_and_later():
    class Broken(Inboxes):
        async def waiting(self):
            raise OSError("no database")

        async def turn(self, key):
            self.turns += 1
            if self.turns <= 4:
                raise KeyError("issue\nmore")

    with capture_logs() as lines:
        async with running(Broken()) as engine:
            engine.wake("k")
    [sweep, *turns] = lines
    assert (sweep["event"], sweep["error"]) == ("sweep failed", "OSError: no database")
    assert [line["again_in"] for line in turns] == [0.002, 0.004, 0.004, 0.004]
    assert turns[0]["key"] == "k"
    assert turns[0]["at"].startswith("test_embedded.py:")
    assert all("\n" not in str(value) for line in lines for value in line.values())


async def test_stopping_lets_turns_end_but_not_for_ever():
    class Slow(Inboxes):
        async def turn(self, key):
            await asyncio.sleep(0.02 if key == "slow" else 3600)
            self.put("ended", key)

    work = Slow()
    engine = Embedded(work, 3600, grace=0.1)
    await engine.start()
    for key in ("slow", "stuck"):
        engine.wake(key)
    await asyncio.sleep(0)
    with capture_logs() as lines:
        await engine.stop()
    assert work.unread == {"ended": ["slow"]}
    assert lines[0]["event"] == "turns cut off"
    engine.wake("late")
    await asyncio.wait_for(engine.quiet(), 1)
