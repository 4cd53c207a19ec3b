"""`verify-draw` on the sandbox: a draw that holds, and every way to cheat that can be found from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner, Result

from bot import __main__
from bot.github.reading import marks
from bot.pipeline.draw import record as draw_record
from bot.pipeline.draw import rfc3797 as draw
from bot.runtime import logs
from sandbox import Sandbox
from sandbox.beacon import GENESIS, PERIOD
from tests.sandbox.caller import Caller, Cast

HOME = "canada-ca/micro-acquisition"
POOL = ("supplier-1", "supplier-2", "supplier-3")


@dataclass
class Stage:
    """One opportunity on a sandbox, where the App and people write what they like."""

    sandbox: Sandbox
    cast: Cast
    bot: Caller
    number: int

    async def writes(self, who: Caller, text: str, mark: str) -> int:
        body = marks.marked(f"Some words.\n\n```text\n{text}\n```", mark)
        return (await who.post(f"/repos/{HOME}/issues/{self.number}/comments", {"body": body}))["id"]

    async def edits(self, comment: int, *change: str) -> None:
        """A coordinator, who may, edits a comment of the bot's, which stays the bot's."""
        person, path = self.cast.person("coordinator"), f"/repos/{HOME}/issues/comments/{comment}"
        body = (await person.get(path))["body"]
        assert change[0] in body
        assert (await person.patch(path, {"body": body.replace(*change)})).status == 200

    async def announces(self, who: Caller | None = None, pool: Sequence[str] = POOL) -> tuple[str, int, int]:
        """The announcement, the number of its comment, and its round."""
        soon = self.sandbox.clock.now() + timedelta(minutes=10)
        round, due = draw.round_after(soon, GENESIS, PERIOD)
        beacon = f"{self.sandbox.url}/beacon/public"
        text = draw_record.announcement(HOME, self.number, pool, beacon, round, due)
        return text, await self.writes(who or self.bot, text, f"draw {round}"), round

    async def draws(self, announced: str, round: int, told: int = 1) -> list[int]:
        """Time passes, and the suppliers of the first places are told; the numbers of those comments."""
        self.sandbox.clock.advance(timedelta(minutes=11))
        randomness = self.sandbox.beacon.round(round)["randomness"]
        order = draw.order(POOL, draw.beacon_key(randomness))
        text = draw_record.result(announced, randomness, order)
        return [await self.writes(self.bot, text, f"drawn {login}") for login in order[:told]]

    async def verify(self, *arguments: str) -> Result:
        asked = arguments or (f"{HOME}#{self.number}",)
        return await asyncio.to_thread(CliRunner().invoke, __main__.cli, ["verify-draw", *asked])

    async def caught(self, name: str) -> str:
        """The one finding of that name that does not hold; the command ends with 1."""
        done = await self.verify()
        assert done.exit_code == 1, done.output
        lines = [line.split(None, 2) for line in done.stdout.splitlines() if line.startswith("  NO")]
        return next(line[2] for line in lines if line[1] == name)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        policy = tmp_path / "pipeline.yaml"
        policy.write_text(f"beacon: {{url: '{sandbox.url}/beacon/public'}}\n")
        monkeypatch.setenv("BOT_CONFIG", str(policy))
        monkeypatch.setenv("GITHUB_API_URL", sandbox.url)
        monkeypatch.delenv("GITHUB_TOKEN", raising=False)
        monkeypatch.setattr(logs, "set_up_logs", lambda level, form: None)
        cast = Cast(session, sandbox)
        issue = await cast.person("client").post(f"/repos/{HOME}/issues", {"title": "A need", "body": "Words"})
        yield Stage(sandbox, cast, await cast.bot(), issue["number"])


async def test_anyone_without_a_token_finds_that_a_draw_holds_and_who_has_which_place(stage: Stage):
    announced, _, round = await stage.announces()
    await stage.draws(announced, round, told=2)
    done = await stage.verify()
    assert done.exit_code == 0, done.output
    assert "announced by micro-acquisition-bot[bot]" in done.stdout
    order = draw.order(POOL, draw.beacon_key(stage.sandbox.beacon.round(round)["randomness"]))
    places = [line.split() for line in done.stdout.splitlines() if line.startswith("    ")]
    assert [place[1].rstrip(",") for place in places] == list(order)
    assert ["told" in place for place in places] == [True, True, False]
    assert "Everything holds." in done.stdout


async def test_a_sandbox_has_a_beacon_of_its_own_where_the_policy_names_none(stage: Stage, monkeypatch):
    monkeypatch.setenv("BOT_CONFIG", "config/pipeline.yaml")
    announced, _, round = await stage.announces()
    await stage.draws(announced, round)
    done = await stage.verify()
    assert "Everything holds." in done.stdout, done.output


async def test_a_long_thread_is_read_to_its_end(stage: Stage):
    for _ in range(101):
        path = f"/repos/{HOME}/issues/{stage.number}/comments"
        await stage.cast.person("supplier-1").post(path, {"body": "When is the draw?"})
    await stage.announces()
    assert (await stage.verify()).exit_code == 0


async def test_before_the_round_comes_out_it_says_when(stage: Stage):
    await stage.announces()
    done = await stage.verify()
    assert done.exit_code == 0
    assert "No result is published yet" in done.stdout
    assert "it comes out on" in done.stdout


async def test_no_draw_no_issue_and_no_name_are_each_a_sentence(stage: Stage):
    done = await stage.verify()
    assert (done.exit_code, done.stderr) == (1, f"Error: no draw is announced in {HOME}#{stage.number}\n")
    done = await stage.verify(f"{HOME}#999")
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: there is no public issue {HOME}#999 on {stage.sandbox.url}\n",
    )
    done = await stage.verify("999")
    assert done.exit_code == 2
    assert "OWNER/REPO#N" in done.stderr


async def test_a_token_that_is_not_one_is_a_sentence(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TOKEN", "not-a-token")
    done = await stage.verify()
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "GITHUB_TOKEN" in done.stderr
    assert "not-a-token" not in done.output


async def test_a_record_that_a_person_forged_is_named_and_does_not_count(stage: Stage):
    await stage.announces(stage.cast.person("supplier-3"), ("supplier-3",))
    done = await stage.verify()
    assert done.exit_code == 1
    assert "no draw is announced" in done.stderr
    assert "supplier-3, who is not the bot" in done.stderr

    announced, _, round = await stage.announces()
    await stage.draws(announced, round)
    done = await stage.verify()
    assert done.exit_code == 0, "nobody makes a draw that holds fail by writing in its thread"
    assert "Not counted: supplier-3, who is not the bot" in done.stdout


async def test_a_pool_that_was_changed(stage: Stage):
    announced, comment, round = await stage.announces()
    await stage.edits(comment, "pool: supplier-1, ", "pool: mallory, ")
    assert "was announced" in await stage.caught("pool")
    await stage.draws(announced, round)
    assert "says pool: supplier-1" in await stage.caught("result")


async def test_an_announcement_edited_after_its_round(stage: Stage):
    announced, comment, round = await stage.announces()
    await stage.draws(announced, round)
    await stage.edits(comment, "Some words.", "Other words.")
    assert f"edited after round {round} came out" in await stage.caught("announcement")


async def test_an_announcement_after_its_round(stage: Stage):
    announced, comment, round = await stage.announces()
    await stage.bot.delete(f"/repos/{HOME}/issues/comments/{comment}")
    await stage.draws(announced, round)
    assert "without its announcement" in await stage.caught("record")
    await stage.writes(stage.bot, announced, f"draw {round}")
    assert "could be known" in await stage.caught("announcement")


async def test_an_order_that_was_changed(stage: Stage):
    announced, _, round = await stage.announces()
    first, second = await stage.draws(announced, round, told=2)
    await stage.edits(second, "\norder: ", "\norder: mallory, ")
    assert "“drawn" in await stage.caught("order")
    await stage.edits(second, "\norder: mallory, ", "\norder: ")
    assert (await stage.verify()).exit_code == 0
    await stage.edits(first, "<!-- micro-acquisition: drawn", "<!-- micro-acquisition: drawn x")
    assert (await stage.verify()).exit_code == 0, "the last word of the mark is the supplier"


async def test_a_supplier_who_was_told_before_their_turn(stage: Stage):
    announced, _, round = await stage.announces()
    first, second = await stage.draws(announced, round, told=2)
    path = f"/repos/{HOME}/issues/comments/"
    one, two = [(await stage.bot.get(f"{path}{comment}"))["body"] for comment in (first, second)]
    await stage.edits(first, one, two)
    await stage.edits(second, two, one)
    assert "not told in that order" in await stage.caught("turns")


async def test_randomness_that_the_beacon_did_not_give(stage: Stage):
    announced, _, round = await stage.announces()
    (comment,) = await stage.draws(announced, round)
    randomness = stage.sandbox.beacon.round(round)["randomness"]
    await stage.edits(comment, randomness, "ab" * 32)
    assert randomness in await stage.caught("randomness")


async def test_a_beacon_whose_signature_does_not_give_its_randomness(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    announced, _, round = await stage.announces()
    await stage.draws(announced, round)
    truth = stage.sandbox.beacon.round(round)
    monkeypatch.setattr(stage.sandbox.beacon, "round", lambda number: truth | {"signature": "00"})
    assert "not as its signature proves" in await stage.caught("randomness")


async def test_a_record_that_was_broken(stage: Stage):
    announced, _, round = await stage.announces()
    (comment,) = await stage.draws(announced, round)
    await stage.edits(comment, "due: ", "when: ")
    assert "no record can be read" in await stage.caught("record")


async def test_an_opportunity_that_was_run_again_has_each_of_its_draws_verified(stage: Stage):
    for _ in range(2):
        announced, _, round = await stage.announces()
        comments = await stage.draws(announced, round)
    done = await stage.verify()
    assert done.exit_code == 0, done.output
    assert "Draw 1 of 2" in done.stdout
    assert "Draw 2 of 2" in done.stdout
    await stage.edits(comments[0], "round: ", "round: 1")
    assert "without its announcement" in await stage.caught("record")


async def test_a_draw_that_was_dropped_for_another_once_its_outcome_was_known(stage: Stage):
    await stage.announces()
    stage.sandbox.clock.advance(timedelta(minutes=11))
    announced, _, round = await stage.announces()
    await stage.draws(announced, round)
    assert "No result is published, and another draw was announced" in await stage.caught("result")
