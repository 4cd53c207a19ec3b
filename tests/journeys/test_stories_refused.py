"""Stories in which GitHub refuses what the bot has to show: nobody else waits, and it goes on when it may again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

import pytest
from structlog.testing import capture_logs

from bot.catching_up import retries as stuck
from bot.github.transport.errors import REFUSALS
from bot.ledger import DECIDING, PEOPLE, SHOWING
from bot.pipeline.model.fold import fold
from bot.runtime.backoff import Backoff
from bot.turns.runner import GONE_AFTER, GONE_TRIES
from sandbox.acts import app as app_acts
from sandbox.acts import issues as issue_acts
from sandbox.acts.labels import delete_label, find_label
from sandbox.cast import EXCHANGE, HOME
from tests.journeys.play import BOT, PATIENCE, Need, body, policy

REPOSITORY = f"/repos/{HOME}"


@pytest.fixture
def slow(monkeypatch) -> None:
    """Once refused, nothing is tried again by itself within a story."""
    monkeypatch.setattr(stuck, "REFUSALS", Backoff(900, 900))


@pytest.fixture
def quick(monkeypatch) -> None:
    """The pauses a hundred times shorter, and none longer than a tenth of a second."""
    monkeypatch.setattr(stuck, "REFUSALS", Backoff(0.01, 0.1))


def reasons(stage, kind: str = SHOWING) -> dict[str, str]:
    """What the ledger says is stuck, and why."""
    return {one.key.rpartition("/")[2]: one.reason for one in stage.bot.ledger.stuck() if one.kind == kind}


async def until(stage, holds) -> None:
    for _ in range(200):
        await stage.quiet()
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it did not come about: {stage.bot.ledger.stuck()}\n{stage.pages()}")


def writes(stage) -> int:
    return sum(call.method != "GET" and "bot" in call.actor for call in stage.sandbox.calls)


def test_the_pause_grows_to_a_quarter_of_an_hour_so_a_day_has_about_a_hundred_tries():
    tries, passed = 0, 0.0
    while passed < 24 * 3600:
        tries += 1
        passed += REFUSALS.pause(tries)
    assert REFUSALS.pause(1) == 1
    assert REFUSALS.pause(100) == REFUSALS.longest == 900
    assert tries < 110


@pytest.mark.usefixtures("slow")
async def test_locked_it_waits_for_the_key_and_the_neighbour_goes_on(stage):
    locked, other = await stage.opportunity(), await stage.opportunity()
    await stage.act("coordinator", "PUT", f"{REPOSITORY}/issues/{locked.number}/lock")
    await locked.says("coordinator", "/help")
    assert locked.answer == ""
    why = reasons(stage)[f"micro-acquisition#{locked.number}"]
    assert "403 Unable to create comment because issue is locked" in why
    assert [stage.bot.ledger.stats().stuck, bool(stage.bot.ledger.stats().stuck_since)] == [{SHOWING: 1}, True]

    before = writes(stage)
    for _ in range(20):  # as many sweeps
        stage.bot.engine.wake(locked.issue.repo.full_name + f"#{locked.number}")
        await stage.quiet()
    assert writes(stage) == before, "it hammers"
    await other.says("client", "/help")
    assert other.answer

    await stage.act("coordinator", "DELETE", f"{REPOSITORY}/issues/{locked.number}/lock")
    await until(stage, lambda: bool(locked.answer))
    assert reasons(stage) == {}


@pytest.mark.usefixtures("quick")
async def test_permission_withdrawn_is_one_line_a_try_and_goes_on_by_itself(stage):
    need = await stage.opportunity()
    stage.sandbox.app.permissions["issues"] = "read"
    began = monotonic()

    def tried() -> int:
        return sum(line["event"] == "GitHub refuses a change" for line in log)

    with capture_logs() as log:
        await need.says("client", "/help")
        async with asyncio.timeout(PATIENCE):
            while tried() < 9:  # noqa: ASYNC110 nobody tells
                await asyncio.sleep(0.1)
    assert tried() <= 6 + (monotonic() - began) / 0.1, "it hammers"
    assert "Resource not accessible by integration" in reasons(stage)[f"micro-acquisition#{need.number}"]
    stage.sandbox.app.permissions["issues"] = "write"
    await until(stage, lambda: bool(need.answer))
    assert "refused" not in need.said, "there was no way to say so"


@pytest.mark.usefixtures("quick")
async def test_a_pull_request_that_github_refuses_is_told_to_the_coordinator_and_taken_back(stage):
    need = await stage.opportunity(at=4)
    stage.sandbox.app.permissions["pull_requests"] = "read"
    await need.labelled("funds-reserved", by="finance")
    await until(stage, lambda: "refused" in need.said)
    need.said_has("refused", "@coordinator", "Resource not accessible by integration", "GitHub refuse")
    stage.sandbox.app.permissions["pull_requests"] = "write"
    await until(stage, lambda: need.pull("posting") is not None)
    await until(stage, lambda: "up to date" in need.said["refused"])
    assert reasons(stage) == {}


@pytest.mark.usefixtures("quick")
async def test_a_branch_that_may_not_be_written_stops_neither_labels_nor_answers(stage):
    need = await stage.opportunity(at=4)
    stage.sandbox.app.permissions["contents"] = "read"
    await need.labelled("funds-reserved", by="finance")
    await need.says("client", "/help")
    assert need.answer
    assert "pull posting: 403" in reasons(stage)[f"micro-acquisition#{need.number}"]
    stage.sandbox.app.permissions["contents"] = "write"
    await until(stage, lambda: need.pull("posting") is not None)


@pytest.mark.usefixtures("slow")
async def test_archived_it_goes_on_as_soon_as_it_is_unarchived(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    await stage.act("org-owner", "PATCH", REPOSITORY, archived=True)
    await stage.time_passes(to=need.closed_at)
    need.lacks("closed-to-applications")
    assert "archived so is read-only" in reasons(stage)[f"micro-acquisition#{need.number}"]
    await stage.act("org-owner", "PATCH", REPOSITORY, archived=False)
    await until(stage, lambda: "closed-to-applications" in need.labels)
    assert reasons(stage) == {}


@pytest.mark.usefixtures("slow")
async def test_suspended_it_decides_what_came_due_as_soon_as_it_is_let_in(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    world, owner = stage.sandbox.world, stage.sandbox.world.user("org-owner")
    app_acts.suspend(world, stage.sandbox.app, owner)
    await stage.time_passes(to=need.closed_at)
    need.lacks("closed-to-applications")
    assert "suspended" in str([reasons(stage, kind) for kind in (SHOWING, DECIDING)])
    app_acts.unsuspend(world, stage.sandbox.app, owner)
    await until(stage, lambda: "closed-to-applications" in need.labels)
    assert stage.bot.ledger.stuck() == []


def go(stage, need, how: str) -> None:
    """The owner of the organization deletes an issue, or transfers it to another repository."""
    world, who = stage.sandbox.world, stage.sandbox.world.user("org-owner")
    stage.needs.remove(need)
    if how == "deleted":
        issue_acts.delete(world, need.issue, who)
    else:
        issue_acts.transfer(world, need.issue, who, world.repository(EXCHANGE))


def known(stage, need):
    return fold(HOME, need.number, stage.bot.ledger.load(f"{HOME}#{need.number}").history)


@pytest.mark.parametrize("how", ["deleted", "transferred"])
@policy(capacity=1)
async def test_an_issue_that_went_frees_its_place_and_the_ledger_keeps_it(stage, how):
    gone, other = await stage.opportunity(at=5), await stage.opportunity(at=2)
    await gone.applied("supplier-1")
    await other.ticked(2)
    await other.labelled("eligible", by="coordinator")
    other.shows("waitlisted")
    closed_at = gone.closed_at
    go(stage, gone, how)
    await stage.quiet()
    other.shows("3/description")
    assert len([line for line in stage._log if line["event"].startswith("issue deleted or transferred")]) == 1
    o = known(stage, gone)
    assert (o.status, o.gone, o.step) == ("cancelled", True, 5)
    assert [a.supplier for a in o.applicants] == ["supplier-1"]
    await stage.time_passes(to=closed_at)
    assert stage.bot.ledger.stuck() == []
    assert not [call for call in stage.sandbox.calls if call.status in (301, 410)], "nothing is tried there any more"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", ["deleted", "transferred"])
async def test_that_an_issue_went_is_found_out_where_nobody_tells_but_not_before_a_day_of_tries(stage, how):
    gone, other = await stage.opportunity(at=5), await stage.opportunity()
    key, closed_at = f"{HOME}#{gone.number}", gone.closed_at
    stage.sandbox.mail.faults.add(do="drop", event="issues", times=1)
    go(stage, gone, how)
    await stage.time_passes(to=closed_at)
    [why] = stage.bot.ledger.stuck()
    assert ("410 This issue was deleted" if how == "deleted" else "301") in why.reason
    await other.says("client", "/help")
    assert other.answer
    await until(stage, lambda: stage.bot.ledger.load(key).stuck.tries > GONE_TRIES)
    assert not known(stage, gone).gone
    stage.bot.ledger.hold(replace(stage.bot.ledger.load(key).stuck, since=datetime.now(UTC) - GONE_AFTER))
    await until(stage, lambda: known(stage, gone).gone)
    await stage.quiet()
    assert stage.bot.ledger.stuck() == []


@pytest.mark.usefixtures("quick")
async def test_an_issue_that_is_only_kept_from_the_bot_is_not_gone(stage):
    """Issues are switched off for a while: GitHub answers 410 to all of them."""
    need = await stage.opportunity(at=5)
    key = f"{HOME}#{need.number}"
    off = stage.sandbox.faults.add(do="status", status=410, path="/issues", actor=BOT, times=None)
    stage.sandbox.clock.advance_to(need.closed_at)
    async with asyncio.timeout(60):
        while not ((held := stage.bot.ledger.load(key).stuck) and held.tries > GONE_TRIES):
            stage.bot.engine.wake(key)
            await asyncio.sleep(0.05)
    stage.bot.ledger.hold(replace(held, since=datetime.now(UTC) - GONE_AFTER))
    for _ in range(10):
        stage.bot.engine.wake(key)
        await asyncio.sleep(0.05)
    stage.sandbox.faults.rules.remove(off)
    await until(stage, lambda: "closed-to-applications" in need.labels)
    assert not known(stage, need).gone


async def test_a_label_that_somebody_deleted_is_made_again(stage):
    need = await stage.opportunity()
    repository = stage.sandbox.world.repository(HOME)
    label = find_label(repository, "2/eligibility")
    delete_label(stage.sandbox.world, repository, stage.sandbox.world.user("coordinator"), label)
    await need.labelled("client-verified", by="coordinator")
    need.shows("2/eligibility")
    assert stage.bot.ledger.stuck() == []


@pytest.mark.usefixtures("slow")
async def test_what_waits_for_people_is_no_refusal(stage):
    need = await stage.opportunity(at=5)
    await need.goes_to(9)
    if held := stage.bot.ledger.stuck():
        assert {one.kind for one in held} == {PEOPLE}


async def test_a_checklist_that_is_ticked_before_the_bot_knows_that_it_made_it(stage):
    """GitHub made the comment and said that it did not."""
    faults = stage.sandbox.faults
    faults.add(do="502-after", method="POST", path="/comments$", actor=BOT, nth=2)
    for nth in range(2, 50):  # after the look whether another ledger led it
        faults.add(do="status", status=502, method="GET", path="/comments$", actor=BOT, nth=nth)
    made = await stage.act("client", "POST", f"/repos/{HOME}/issues", title="A need", body=body())
    need = Need(stage, made["number"], "client")
    stage.needs.append(need)
    async with asyncio.timeout(60):
        while "checklist 1" not in need.said:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.01)
    assert stage.bot.ledger.load(f"{HOME}#{need.number}").things["comment checklist 1"].remote.id is None
    ticked = need.comment("checklist 1")
    text = ticked.body.replace("- [ ]", "- [x]")
    await stage.act("coordinator", "PATCH", f"/repos/{HOME}/issues/comments/{ticked.id}", body=text)
    faults.clear()
    await until(stage, lambda: fold(HOME, need.number, stage.bot.ledger.load(f"{HOME}#{need.number}").history).ticked)
    await need.labelled("client-verified", by="coordinator")
    await until(stage, lambda: "2/eligibility" in need.labels)
    assert "- [ ]" not in need.comment("checklist 1").body
