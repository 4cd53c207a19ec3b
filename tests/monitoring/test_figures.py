"""What operators see on `/metrics` of a whole bot, and on that of a process that only gives turns."""

from __future__ import annotations

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.catching_up import retries as stuck
from bot.github.transport.client import GitHub
from bot.ledger import LedgerError
from bot.runtime.backoff import Backoff
from sandbox.cast import HOME
from tests.journeys.play import stage as stage


async def figures(address: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and labels: `("bot_turns_total", "done")`."""
    async with aiohttp.ClientSession() as http, http.get(f"{address}/metrics") as answer:
        text = await answer.text()
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


async def test_a_story_in_figures(stage, monkeypatch):
    monkeypatch.setattr(stuck, "REFUSALS", Backoff(900, 900))
    address = await stage.bot.show_health(0)
    need, locked = await stage.opportunity(), await stage.opportunity()
    await need.says("client", "/help")
    await stage.act("coordinator", "PUT", f"/repos/{HOME}/issues/{locked.number}/lock")
    await locked.says("coordinator", "/help")
    seen = await figures(address)
    assert seen["bot_inbox_unread",] == seen["bot_inbox_oldest_seconds",] == 0
    assert seen["bot_opportunities",] == 2
    assert seen["bot_workers",] == 1
    assert seen["bot_turns_total", "done"] > 4
    assert seen["bot_turns_total", "failed"] == 0
    assert seen["bot_effects_total", "comment", "shown"] >= 5
    assert seen["bot_effects_total", "label", "shown"] >= 2
    assert seen["bot_effects_total", "comment", "refused"] == 1
    assert (seen["bot_stuck", "showing"], seen["bot_stuck", "people"]) == (1, 0)
    assert 0 <= seen["bot_stuck_oldest_seconds",] < 60
    assert 0 < seen["bot_github_budget", str(stage.sandbox.installation_id)] < 100_000
    assert seen["bot_github_pausing_seconds", "app"] == 0
    assert seen["bot_github_pauses_total", "limit"] == 0
    assert abs(seen["bot_clock_ahead_seconds",]) < 5
    assert seen["bot_due_late_seconds",] == 0


async def test_a_due_time_that_nobody_takes_up_is_late(stage):
    await stage.opportunity(at=5)
    address = await stage.bot.show_health(0)
    await stage.bot.engine.stop()
    stage.sandbox.clock.advance_to(stage.needs[0].closed_at)
    assert (await figures(address))["bot_due_late_seconds",] > 24 * 3600  # since its first reminder


async def test_a_machine_users_token_has_its_own_limits(stage):
    before = await figures(stage.board)
    assert ("bot_github_pausing_seconds", "token") not in before
    async with GitHub(url=stage.sandbox.url, token="sandbox-supplier-1") as stage.bot.machine:
        await stage.bot.machine.at(HOME).get()
        seen = await figures(await stage.bot.show_health(0))
        assert seen["bot_github_pausing_seconds", "token"] == 0
        assert 0 < seen["bot_github_budget", "token"] < 100_000
        assert seen["bot_github_calls_total", "GET"] > before.get(("bot_github_calls_total", "GET"), 0)
    stage.bot.machine = None


async def test_what_could_not_be_stored_is_seen_while_the_database_is_gone(stage, monkeypatch):
    def gone():
        raise LedgerError("The database does not answer: start PostgreSQL.")

    for question in ("stats", "workers"):
        monkeypatch.setattr(stage.bot.ledger, question, gone)
    seen = await figures(stage.board)
    assert ("bot_deliveries_total", "not-stored") in seen
    assert ("bot_turns_total", "failed") in seen
    assert ("bot_github_pausing_seconds", "app") in seen
    assert ("bot_inbox_unread",) not in seen, "by which its alert knows"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_process_without_webhooks_tells_its_health(stage, path):
    address = await stage.bot.show_health(0)
    async with aiohttp.ClientSession() as http:
        async with http.get(address + path) as answer:
            assert answer.status == 200
        async with http.post(f"{address}/webhook") as answer:
            assert answer.status == 404
