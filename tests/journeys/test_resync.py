"""What webhooks missed is looked for on GitHub: the story ends as if nothing had been missed, everything once."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from structlog.testing import capture_logs

from bot import demo
from bot.app import Bot
from bot.catching_up import schedule
from bot.catching_up.redelivery import Redelivery
from bot.cli.rebuild import rebuild_ledger
from bot.github.transport.errors import GitHubError, Refused
from bot.ledger import DECIDING, LedgerError, Stuck
from bot.pipeline.model.fold import fold
from bot.pipeline.model.policy import Policy
from bot.settings import Settings
from sandbox import Sandbox
from sandbox.cast import HOME
from tests.journeys.conftest import final
from tests.journeys.play import BOT, Stage, put, set_up
from tests.sweep.roads import _told


@contextmanager
def dropped(stage):
    """GitHub delivers nothing meanwhile, and takes it for delivered; people act, and the bot hears nothing."""
    rule = stage.sandbox.mail.faults.add(do="drop", times=None)
    try:
        yield
    finally:
        stage.sandbox.mail.faults.rules.remove(rule)


async def looked(stage) -> int:
    found = await stage.bot.resync.run()
    await stage.quiet()
    return found


async def end(need):
    """What GitHub shows and what was decided, without times; who ticked a box cannot be seen afterwards."""
    stage = need.stage
    history = stage.bot.ledger.load(f"{HOME}#{need.number}").history
    facts = Counter(told for recorded in history if (told := _told(recorded)))
    facts = Counter({re.sub("(?<=^BoxTicked by )[^:]*", "…", told): count for told, count in facts.items()})
    return await asyncio.to_thread(final, stage.sandbox, need.number) | {"facts": facts}


@pytest.fixture(scope="module")
def expected():
    """How the straight road ends when everything is told, of which a look hears nothing more."""

    async def told():
        async with set_up(Policy()) as stage:
            ended = await end(await (await stage.opportunity()).goes_to(10))
            assert ended["state"] == ("closed", "completed")
            assert await looked(stage) == await looked(stage) == 0
            return ended

    return asyncio.run(told())


async def test_a_whole_story_of_which_no_webhook_tells_ends_the_same(stage, expected, monkeypatch):
    quiet = Stage._quiet

    async def looks_then_quiet(self):
        await quiet(self)
        while await self.bot.resync.run():
            await quiet(self)

    await stage.bot.resync.run()
    monkeypatch.setattr(Stage, "_quiet", looks_then_quiet)
    with dropped(stage):
        need = await stage.opportunity(at=9)
        await need.merged("ore", by="ore-maintainer")
        await stage.time_passes(
            minutes=stage.bot.policy.exchange.look_minutes
        )  # which a look on the site does not show
    assert await end(need) == expected


async def test_what_was_missed_over_the_closing_is_answered_late_and_says_so(stage):
    """Applied in time, asked, edited: what each wrote counts as of when GitHub says."""
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    first = need.heard
    with dropped(stage):
        await need.says("supplier-2", "/interested confirm")
        in_time = need.heard
        await need.edits(first, "/withdraw")
        await need.says("supplier-3", "hello, what is this?")
        await stage.time_passes(to=need.closed_at + timedelta(minutes=5))
        await need.says("supplier-3", "/interested confirm")
        too_late = need.heard
        await stage.act("coordinator", "POST", f"/repos/{HOME}/issues/1/labels", labels=["1/contact"])
    need.shows("closed-to-applications")
    assert await looked(stage) == 5
    assert "Caught up after an outage" in need.answer_to(in_time).splitlines()[0]
    assert "Rattrapé après une panne" in need.answer_to(in_time)
    assert "Your application is in" in need.answer_to(in_time)
    assert "withdrawn" in need.answer_to(first)
    assert "Applications closed" in need.answer_to(too_late)
    assert "Caught up" not in need.answer_to(too_late)
    assert {a.supplier for a in opportunity(need).applicants} == {"supplier-2"}
    need.lacks("1/contact")
    assert await looked(stage) == 0


async def test_webhooks_that_come_late_after_all_say_nothing_new_and_neither_does_a_second_look(stage):
    need = await stage.opportunity(at=5)
    rule = stage.sandbox.mail.faults.add(do="fail", times=None)
    await need.says("supplier-1", "/interested confirm")
    said = need.heard
    await need.edits(said, "/interested confirm\n/ask Which version of the parser?")
    await need.labelled("on-hold", by="coordinator")
    await need.labelled("on-hold", by="coordinator", on=False)
    await need.closed(by="coordinator")
    await need.closed(by="coordinator", on=False)
    stage.sandbox.mail.faults.rules.remove(rule)
    assert await looked(stage) == 5
    facts, said = stage.bot.ledger.load(f"{HOME}#1").history, need.said
    assert stage.sandbox.mail.redeliver_failed() >= 6
    await stage.quiet()
    assert await looked(stage) == 0
    assert (stage.bot.ledger.load(f"{HOME}#1").history, need.said) == (facts, said)


async def test_a_look_before_the_webhook_was_decided_hears_everything_once(stage):
    """The webhook is in the inbox when the look finds the same."""
    need = await stage.opportunity(at=5)
    rule = stage.sandbox.mail.faults.add(do="delay", times=None, seconds=0.3)
    await stage.act("supplier-1", "POST", f"/repos/{HOME}/issues/1/comments", body="/interested confirm")
    assert await stage.bot.resync.run() == 1
    await stage.quiet()
    stage.sandbox.mail.faults.rules.remove(rule)
    assert [a.supplier for a in opportunity(need).applicants] == ["supplier-1"]


async def test_a_base_that_moved_without_a_webhook_is_noticed(stage):
    """Somebody took the place of a post; nobody told, and what is proposed is written anew all the same."""
    need = await stage.opportunity(at=4)
    await need.says("client", "/publish")
    await looked(stage)
    pull = need.pull("posting")
    head, files = pull.pull.head_sha, f"/repos/{HOME}/pulls/{pull.number}/files"
    with dropped(stage):
        await put(stage, "coordinator", HOME, "main", (await stage.act("client", "GET", files))[0]["filename"], "mine")
    assert pull.pull.head_sha == head
    assert await looked(stage) == 0, "nothing that a person would be answered"
    assert need.pull("posting").pull.head_sha != head


async def test_a_look_costs_a_request_for_a_hundred_things_and_nothing_where_nothing_changed(stage):
    await stage.bot.resync.run()
    with dropped(stage):
        for number in range(1, 251):
            await stage.act("supplier-1", "POST", f"/repos/{HOME}/issues", title=f"Question {number}", body="Hello")
    calls = stage.bot.github.calls["GET"]
    assert await stage.bot.resync.run() == 250
    assert stage.bot.github.calls["GET"] - calls == 3 + 1 + 1 + 2, "three pages of issues; nobody said or did more"
    await stage.quiet()
    await stage.bot.resync.run()
    calls, free = stage.bot.github.calls["GET"], stage.bot.github.unchanged
    assert await stage.bot.resync.run() == 0
    calls = stage.bot.github.calls["GET"] - calls
    assert calls == stage.bot.github.unchanged - free <= 6, "two pages of issues, those of the last minutes: all free"


@asynccontextmanager
async def standing_still(stage):
    """The bot takes in what it is told, and decides nothing of it yet."""
    await stage.bot.engine.stop()
    yield
    await stage.bot.work()
    await stage.quiet()


async def test_what_was_missed_is_decided_before_what_came_later_and_was_told(stage):
    need = await stage.opportunity(at=5)
    async with standing_still(stage):
        with dropped(stage):
            applied = await need.says("supplier-1", "/interested confirm")
        withdrew = await need.says("supplier-1", "/withdraw")
        assert await stage.bot.resync.run() == 2, "what was told is found as well, and heard once"
    assert "Your application is in" in need.answer_to(applied)
    assert "withdrawn" in need.answer_to(withdrew)
    assert opportunity(need).application("supplier-1").withdrawn


async def test_a_text_that_was_told_but_not_decided_when_its_edit_was_found_runs_once(stage):
    need = await stage.opportunity(at=5)
    async with standing_still(stage):
        asked = await need.says("supplier-1", "/ask Which version of the parser?")
        with dropped(stage):
            await need.edits(asked, "/ask Which version of the parser?\n\n/ask In which language?")
        assert await stage.bot.resync.run() == 1
    assert [question.text for question in opportunity(need).questions] == [
        "Which version of the parser?",
        "In which language?",
    ]


async def test_an_opening_that_was_told_but_not_decided_when_its_edit_was_found_is_not_all(stage):
    async with standing_still(stage):
        need = await stage.opportunity()
        with dropped(stage):
            await need.rewritten(need.issue.body.replace("$6,500", "$6,000"))
        assert await stage.bot.resync.run() == 1
    assert opportunity(need).statement.price.dollars == 6000
    assert await looked(stage) == 0


async def test_an_edit_in_the_second_of_a_look_that_saw_what_was_there_before_is_heard(stage, monkeypatch):
    """GitHub counts in seconds: they do not say which was first."""
    need = await stage.opportunity(at=3)
    before, second = need.issue.body, stage.sandbox.clock.now() + timedelta(seconds=2)
    monkeypatch.setattr(stage.sandbox.clock, "now", lambda: second)
    with dropped(stage):
        await need.rewritten(before.replace("$6,500", "$6,000"))
        said = await need.says("client", "/note Asked")
    assert await looked(stage) == 2
    await need.rewritten(before.replace("$6,500", "$5,500"))
    await need.edits(said, "/check")
    assert opportunity(need).statement.price.dollars == 5500
    assert "statement" in need.answer_to(said)
    assert await looked(stage) == 0


async def test_an_edit_in_the_second_of_a_look_that_is_told_before_what_the_look_saw_stays(stage, monkeypatch):
    """The issue was read before the edit; what was read is taken in after it."""
    need = await stage.opportunity(at=3)
    await looked(stage)
    before, second = need.issue.body, stage.sandbox.clock.now() + timedelta(seconds=2)
    monkeypatch.setattr(stage.sandbox.clock, "now", lambda: second)
    await need.says("supplier-1", "Hello")
    since = stage.bot.ledger.searched_until(HOME)
    changes = await stage.bot.resync.changes(since)
    await need.rewritten(before.replace("$6,500", "$5,500"))
    await stage.bot.resync.take_in(changes, since)
    await stage.quiet()
    assert opportunity(need).statement.price.dollars == 5500
    assert await looked(stage) == 0


async def test_edits_in_the_second_of_a_look_that_saw_what_came_of_them_say_nothing_new(stage, monkeypatch):
    need = await stage.opportunity(at=3)
    before, second = need.issue.body, stage.sandbox.clock.now() + timedelta(seconds=2)
    monkeypatch.setattr(stage.sandbox.clock, "now", lambda: second)
    rule = stage.sandbox.mail.faults.add(do="fail", times=None)
    await need.rewritten(before.replace("$6,500", "$6,000"))
    await need.rewritten(before.replace("$6,500", "$5,500"))
    stage.sandbox.mail.faults.rules.remove(rule)
    assert await looked(stage) == 1
    facts = stage.bot.ledger.load(f"{HOME}#1").history
    assert stage.sandbox.mail.redeliver_failed() >= 2
    await stage.quiet()
    assert opportunity(need).statement.price.dollars == 5500
    assert stage.bot.ledger.load(f"{HOME}#1").history == facts


async def test_a_merge_that_was_missed_and_what_was_told_after_it_do_not_wait_for_each_other(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    async with standing_still(stage):
        with dropped(stage):
            await need.merged("posting", by="coordinator")
        assert await stage.bot.resync.run() > 0
        applied = await need.says("supplier-1", "/interested confirm")
        turns = stage.bot.desk.turns["again"]
    assert "Your application is in" in need.answer_to(applied)
    assert stage.bot.desk.turns["again"] - turns < 20


async def test_a_first_look_that_github_did_not_let_happen_hides_nothing_from_the_next(stage):
    need = await stage.opportunity(at=5)
    down = stage.sandbox.faults.add(do="status", status=500, path="/issues$", actor=BOT, times=None)
    with pytest.raises(GitHubError):
        await stage.bot.resync.run()
    stage.sandbox.faults.rules.remove(down)
    with dropped(stage):
        await need.says("supplier-1", "/interested confirm")
    await stage.time_passes(minutes=10)
    await need.says("supplier-2", "/interested confirm")
    assert await looked(stage) == 1
    assert {a.supplier for a in opportunity(need).applicants} == {"supplier-1", "supplier-2"}


async def test_two_looks_at_once_beside_the_webhooks_and_one_that_was_cut_off_hear_everything_once(stage, monkeypatch):
    need = await stage.opportunity(at=5)
    await stage.bot.resync.run()
    rule = stage.sandbox.mail.faults.add(do="delay", times=None, seconds=0.2)
    for number in range(5):
        path = f"/repos/{HOME}/issues/{need.number}/comments"
        await stage.act("supplier-1", "POST", path, body=f"/ask Is part {number} included?")
    with monkeypatch.context() as power:
        power.setattr(
            stage.bot.ledger, "mark_searched", lambda *_: (_ for _ in ()).throw(LedgerError("the power went"))
        )
        with pytest.raises(LedgerError):
            await stage.bot.resync.run()
    await asyncio.gather(*(stage.bot.resync.run() for _ in range(2)))
    stage.sandbox.mail.faults.rules.remove(rule)
    await stage.quiet()
    assert [question.text for question in opportunity(need).questions] == [
        f"Is part {number} included?" for number in range(5)
    ]
    assert await looked(stage) == 0


async def test_a_look_that_github_did_not_let_happen_at_the_start_is_had_soon_after(stage, monkeypatch):
    monkeypatch.setattr(schedule, "RETRY_SECONDS", 0.2)
    need = await stage.opportunity(at=5)
    await stage.bot.resync.run()
    with dropped(stage):
        await need.says("supplier-1", "/interested confirm")
    down = stage.sandbox.faults.add(do="status", status=500, path="/issues$", actor=BOT, times=None)
    await stage.bot.catch_up()
    assert need.answer == ""
    stage.sandbox.faults.rules.remove(down)
    for _ in range(300):
        if need.answer:
            break
        await asyncio.sleep(0.1)
    await stage.quiet()
    assert "Your application is in" in need.answer


async def test_of_several_processes_one_asks_for_what_was_not_delivered(stage, monkeypatch):
    asked = []

    async def ask(self):
        asked.append(self)
        return frozenset()

    monkeypatch.setattr(schedule, "REDELIVERY_SECONDS", 0.5)
    monkeypatch.setattr(Redelivery, "ask", ask)
    began = monotonic()
    for _ in range(3):
        await stage.bot.catch_up()  # each as a process of its own does
    assert len(asked) == 3, "each at its start"
    await asyncio.sleep(3)
    assert 3 < len(asked) <= 3 + (monotonic() - began) / 0.45 + 1


def opportunity(need):
    return fold(HOME, need.number, need.stage.bot.ledger.load(f"{HOME}#{need.number}").history)


async def test_one_look_that_fails_ends_no_others():
    looks = []

    async def run():
        looks.append(len(looks))
        if len(looks) < 3:
            raise KeyError("issue")

    policy = Policy().model_copy(update={"resync_minutes": 0.0002})
    with capture_logs() as log:
        async with demo.stage(Settings(_env_file=None, port=0), policy, Sandbox()) as on, asyncio.timeout(60):
            on.bot.resync.run = run
            await on.bot.catch_up()
            while len(looks) < 5:  # noqa: ASYNC110 nobody tells
                await asyncio.sleep(0.01)
    failed = [line for line in log if line["event"] == "resync failed"]
    assert [line["error"] for line in failed] == ["KeyError: 'issue'"] * 2


# --- an older ledger ------------------------------------------------------------------------------------------


@asynccontextmanager
async def restored(stage, file):
    """The bot with another ledger in the place of its own."""
    old = stage.bot
    await old.__aexit__()
    place = Path(old.settings.database_url.removeprefix("sqlite:///"))
    if file != place:
        for name in (place.name, f"{place.name}-wal", f"{place.name}-shm"):
            place.with_name(name).unlink(missing_ok=True)
    if file:
        file.rename(place)
    async with Bot(old.settings, old.policy, old.clock) as bot:
        stage.bot = bot
        stage.sandbox.send_webhooks_to(
            f"{await bot.listen()}/webhook", old.settings.github_webhook_secret.get_secret_value()
        )
        yield bot


def written(stage):
    """What the bot wrote on GitHub so far."""
    calls = [call for call in stage.sandbox.calls if call.actor == BOT and call.method != "GET"]
    return Counter(f"{call.method} {call.path}" for call in calls if "access_tokens" not in call.path)


@pytest.mark.parametrize(("then", "now"), [(1, 3), (3, 5), (5, 6), (5, 8), (6, 9), (7, 10)])
async def test_yesterdays_ledger_catches_up_and_nothing_is_done_twice(stage, expected, tmp_path, then, now):
    need = await stage.opportunity(at=then)
    stage.bot.ledger.back_up(tmp_path / "backup.db")
    await need.goes_to(now)
    said, pulls = need.said, len(stage.sandbox.world.repository(HOME).pulls())
    before = written(stage)
    async with restored(stage, tmp_path / "backup.db") as bot:
        assert await bot.resync.run() > 0
        await bot.work()
        await stage.quiet()
        assert need.step == now
        assert need.said == said
        assert len(stage.sandbox.world.repository(HOME).pulls()) == pulls
        assert not [call for call in written(stage) - before if not call.startswith("PATCH")]
        await need.goes_to(10)
        ended = await end(need)
        assert (ended["facts"] - expected["facts"], expected["facts"] - ended["facts"]) == ({}, {})
        assert ended == expected


# --- no ledger ------------------------------------------------------------------------------------------------


def known(need):
    """Everything that is known of it, without the times."""
    o = opportunity(need)
    told = {name: repr(value) for name, value in vars(o).items() if name not in ("last_moved", "described")}
    return {name: re.sub(r"datetime\.datetime\([^()]*(\([^()]*\))?[^()]*\)", "…", text) for name, text in told.items()}


@pytest.mark.parametrize("at", range(1, 11))
async def test_a_ledger_that_is_lost_is_made_anew_from_github_alone(stage, expected, at):
    need = await (await stage.opportunity()).goes_to(at)
    lost, said, before = known(need), need.said, written(stage)
    async with restored(stage, None) as bot:
        done = await rebuild_ledger(bot)
        assert done.opportunities == 1
        assert known(need) == lost
        assert written(stage) == before
    async with restored(stage, Path(bot.settings.database_url.removeprefix("sqlite:///"))) as bot:
        await bot.work()
        await stage.quiet()
        assert need.said == said
        assert not [call for call in written(stage) - before if not call.startswith("PATCH")]
        await need.goes_to(10)
        ended = await end(need)
        assert (ended["facts"] - expected["facts"], expected["facts"] - ended["facts"]) == ({}, {})
        assert ended == expected


async def test_an_empty_ledger_has_nothing_begin_anew_that_is_under_way(stage):
    need = await stage.opportunity(at=3)
    stage.sandbox.clock.advance(timedelta(hours=1))
    said, before, labels = need.said, written(stage), need.labels
    async with restored(stage, None) as bot:
        await bot.catch_up()
        await bot.work()
        await need.says("supplier-1", "When does it open?")
        await bot.resync.run()
        async with asyncio.timeout(60):
            while not bot.ledger.stuck():  # noqa: ASYNC110 nobody tells
                await asyncio.sleep(0.05)
        [held] = bot.ledger.stuck()
        assert held.kind == DECIDING
        assert f"run `python -m bot rebuild {HOME}`" in held.reason
        assert (written(stage), need.labels) == (before, labels)
    async with restored(stage, Path(bot.settings.database_url.removeprefix("sqlite:///"))) as bot:
        await rebuild_ledger(bot)
    async with restored(stage, Path(bot.settings.database_url.removeprefix("sqlite:///"))) as bot:
        await bot.work()
        await stage.quiet()
        assert (need.step, need.labels, bot.ledger.stuck()) == (3, labels, [])
        assert said.items() <= need.said.items()
        assert not [call for call in written(stage) - before if call.endswith("/labels")]


async def test_a_ledger_is_not_forgotten_while_github_cannot_be_looked_at(stage):
    need = await stage.opportunity(at=3)
    before = known(need)
    async with restored(stage, Path(stage.bot.settings.database_url.removeprefix("sqlite:///"))) as bot:
        down = stage.sandbox.faults.add(do="status", status=500, path="/issues", actor=BOT, times=None)
        with pytest.raises(GitHubError):
            await rebuild_ledger(bot)
        stage.sandbox.faults.rules.remove(down)
        assert known(need) == before


async def test_a_limit_is_waited_for_and_what_github_refuses_is_left_to_the_bot(stage):
    need, refused = await stage.opportunity(at=3), await stage.opportunity(at=1)
    lost, said = known(need), refused.said
    waited, progress = [], []
    faults = stage.sandbox.faults
    faults.add(do="secondary-limit", path="/permission$", actor=BOT, retry_after=1)
    async with restored(stage, None) as bot:
        people = bot.desk.look.look

        async def look(needs):
            if progress[-1] == (1, 2):
                raise Refused(403, "Resource not accessible by integration")
            return await people(needs)

        bot.desk.look.look = look
        done = await rebuild_ledger(bot, lambda *step: progress.append(step), lambda *why: waited.append(why))
        assert len(waited) == 1
        assert progress == [(0, 2), (1, 2), (2, 2)]
        assert done.left == (f"{HOME}#2",)
        assert known(need) == lost
    async with restored(stage, Path(bot.settings.database_url.removeprefix("sqlite:///"))) as bot:
        bot.ledger.hurry()
        await bot.work()
        await stage.quiet()
        assert refused.said == said
        assert bot.ledger.stuck() == []


async def test_what_cannot_go_on_is_forgotten_with_the_rest(stage):
    need = await stage.opportunity(at=2)
    key = f"{HOME}#{need.number}"
    now = datetime.now(UTC)
    stage.bot.ledger.hold(Stuck(key, DECIDING, "403", 9, 0, now, now + timedelta(minutes=14)))
    async with restored(stage, Path(stage.bot.settings.database_url.removeprefix("sqlite:///"))) as bot:
        done = await asyncio.wait_for(rebuild_ledger(bot), 30)
        assert done.left == ()
        assert bot.ledger.stuck() == []
