"""Turns: one at a time for a key, none lost, none in another's way."""

import asyncio
import random
from contextlib import asynccontextmanager

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.engine import Again
from bot.engine.distributed import Distributed
from bot.engine.embedded import Embedded
from bot.ledger import Ledger
from bot.runtime.backoff import Backoff


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr("bot.engine.embedded.FAILED_TURNS", Backoff(0.002, 0.004))
    monkeypatch.setattr("bot.engine.distributed.FAILED_TURNS", Backoff(0.002, 0.004))


@pytest.fixture
def jobs(postgresql):
    """The address of a database with the tables of the jobs."""
    ledger = Ledger(postgresql)
    ledger.upgrade()
    ledger.close()
    return postgresql


@pytest.fixture(params=["embedded", "distributed"])
def kind(request):
    """What makes an engine of each kind."""
    if request.param == "embedded":
        return Embedded
    url = request.getfixturevalue("jobs")
    return lambda work, sweep_seconds, **more: Distributed(work, url, sweep_seconds, **more)


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

    async def turn(self, key, lease):
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


class Slowly(Inboxes):
    async def turn(self, key, lease):
        self.inside.add(key)
        await asyncio.sleep(0.2)
        self.inside.discard(key)
        await super().turn(key, lease)


@asynccontextmanager
async def running(work, sweep_seconds=3600, kind=Embedded, **more):
    engine = kind(work, sweep_seconds, **more)
    await engine.start()
    try:
        async with asyncio.timeout(60):
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


async def test_a_wake_during_a_turn_means_one_more_and_only_one(kind):
    work = Slowly()
    async with running(work, kind=kind) as engine:
        work.put("k", 1)
        engine.wake("k")
        while not work.inside:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.002)
        for _ in range(5):
            engine.wake("k")
    assert work.turns == 2


async def test_what_was_left_unread_is_taken_up_at_the_start_and_lost_wakes_by_the_sweep(kind):
    work = Inboxes()
    work.put("left", 1)
    async with running(work, sweep_seconds=0.01, kind=kind) as engine:
        await engine.quiet()
        assert work.read == {"left": [1]}
        work.put("lost", 2)
        while "lost" not in work.read:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.002)


async def test_again_waits_its_time_without_a_slot_whatever_sweeps_and_wakes(kind):
    class Limited(Inboxes):
        async def turn(self, key, lease):
            self.turns += 1
            if key == "limited" and self.turns == 1:
                raise Again(1)
            await super().turn(key, lease)

    work, loop = Limited(), asyncio.get_running_loop()
    work.put("limited", 1)
    began = loop.time()
    async with running(work, sweep_seconds=0.01, at_once=1, kind=kind) as engine:
        work.put("other", 2)
        engine.wake("limited")
        engine.wake("other")
        while "other" not in work.read:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.002)
        assert "limited" not in work.read
    assert work.read["limited"] == [1]
    assert loop.time() - began >= 1


async def test_a_turn_that_fails_is_one_line_in_the_log_and_tried_again_later_and_later(kind):
    class Broken(Inboxes):
        async def waiting(self):
            raise OSError("no database")

        async def turn(self, key, lease):
            self.turns += 1
            if self.turns <= 4:
                raise KeyError("issue\nmore")

    with capture_logs() as lines:
        async with running(Broken(), kind=kind) as engine:
            engine.wake("k")
    [sweep] = [line for line in lines if line["event"] == "sweep failed"]
    turns = [line for line in lines if line["event"] == "turn failed"]
    assert sweep["error"] == "OSError: no database"
    assert [line["again_in"] for line in turns] == [0.002, 0.004, 0.004, 0.004]
    assert turns[0]["key"] == "k"
    assert turns[0]["at"].startswith("test_engines.py:")
    assert all("\n" not in str(value) for line in lines for value in line.values())


async def test_stopping_lets_turns_end_but_not_for_ever(kind):
    class Slow(Inboxes):
        def __init__(self):
            super().__init__()
            self.begun = []

        async def turn(self, key, lease):
            self.begun.append(key)
            await asyncio.sleep(0.02 if key == "slow" else 3600)
            self.put("ended", key)

    work = Slow()
    engine = kind(work, 3600, grace=0.5)
    await engine.start()
    for key in ("slow", "stuck"):
        engine.wake(key)
    while len(work.begun) < 2:  # noqa: ASYNC110 nobody tells
        await asyncio.sleep(0.002)
    with capture_logs() as lines:
        await engine.stop()
    assert work.unread == {"ended": ["slow"]}
    assert "cut off" in lines[0]["event"]
    engine.wake("late")
    if kind is Embedded:
        await asyncio.wait_for(engine.quiet(), 30)


# --- several processes -----------------------------------------------------------------------------------


async def test_two_processes_share_the_turns_and_never_have_the_same_at_once(jobs):
    work, given = Inboxes(), {}
    others = [Distributed(work, jobs, 3600, at_once=2) for _ in range(2)]
    for engine in others:
        await engine.start()
    dice = random.Random(1)
    for number in range(200):
        key = f"o/r#{dice.randrange(12)}"
        given.setdefault(key, []).append(number)
        work.put(key, number)
        dice.choice(others).wake(key)
    async with asyncio.timeout(60):
        await others[0].quiet()
        await others[1].quiet()
    assert work.read == given
    for engine in others:
        await engine.stop()


async def test_a_wake_while_others_are_still_being_told_of_the_one_before_means_one_more(jobs):
    """The turn begins before the process that woke it has gone on."""
    work = Slowly()
    async with running(work, kind=lambda work, seconds: Distributed(work, jobs, seconds)) as engine:
        defer, told = engine._defer, []

        async def late(*key):
            await defer(*key)
            told.append(key)
            if len(told) == 1:
                while not work.inside and not work.turns:  # noqa: ASYNC110 nobody tells
                    await asyncio.sleep(0.002)
                engine.wake("k")

        engine._defer = late
        engine.wake("k")
    assert work.turns == 2


async def test_who_stands_still_loses_the_turn_and_may_not_write_any_more(jobs):
    """What a process that is stopped and goes on does: its heart stands still, and then its turn goes on."""
    wrote, stuck, go_on = [], asyncio.Event(), asyncio.Event()

    class Work(Inboxes):
        def __init__(self, name):
            super().__init__()
            self.name = name

        async def turn(self, key, lease):
            if self.name == "first":
                stuck.set()
                await go_on.wait()
            await lease()
            wrote.append(self.name)

    first = Distributed(Work("first"), jobs, 3600, stalled=1.5)
    first._app.job_manager.update_heartbeat = lambda worker_id: asyncio.sleep(0)
    second = Distributed(Work("second"), jobs, 0.1, stalled=1.5)
    await first.start()
    first.wake("k")
    await asyncio.wait_for(stuck.wait(), 10)
    await second.start()
    with capture_logs() as lines:
        async with asyncio.timeout(60):
            while not wrote:  # noqa: ASYNC110 nobody tells
                await asyncio.sleep(0.02)
            go_on.set()
            await second.quiet()
    assert set(wrote) == {"second"}
    events = [line["event"] for line in lines]
    assert "turn taken over" in events
    await first.stop()
    await second.stop()


async def test_who_was_struck_off_while_it_stood_still_counts_again_when_it_goes_on(jobs):
    engine = Distributed(Inboxes(), jobs, 3600, stalled=0.6)
    await engine.start()
    try:
        with psycopg.connect(jobs, autocommit=True) as by_hand:

            async def counts(many):
                async with asyncio.timeout(60):
                    while by_hand.execute("SELECT count(*) FROM procrastinate_workers").fetchone() != (many,):  # noqa: ASYNC110 nobody tells
                        await asyncio.sleep(0.02)

            await counts(1)
            by_hand.execute("DELETE FROM procrastinate_workers")
            await counts(1)
    finally:
        await engine.stop()


async def test_turns_go_on_after_the_database_was_gone(jobs):
    work = Inboxes()
    async with running(work, 0.1, kind=lambda work, seconds: Distributed(work, jobs, seconds)) as engine:
        work.put("k", 1)
        engine.wake("k")
        await engine.quiet()
        with psycopg.connect(jobs, autocommit=True) as by_hand:
            by_hand.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        work.put("k", 2)
        engine.wake("k")
        while len(work.read["k"]) < 2:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.02)


CUT_ONCE = """
CREATE SEQUENCE cuts;
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('cuts') = 1 THEN
        PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(1);
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER cut BEFORE DELETE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION cut();
"""


async def test_a_turn_that_could_not_be_said_to_be_over_keeps_nobody_from_the_next(jobs):
    """Its process lives on, so that nobody takes it over."""
    with psycopg.connect(jobs, autocommit=True) as by_hand:
        by_hand.execute(CUT_ONCE)
    work = Inboxes()
    async with running(work, 0.1, kind=lambda work, seconds: Distributed(work, jobs, seconds)) as engine:
        work.put("k", 1)
        engine.wake("k")
        while not work.turns:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.02)
        work.put("k", 2)
        engine.wake("k")
    assert work.read == {"k": [1, 2]}
