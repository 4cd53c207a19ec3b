"""Stories of who gets the contract: the draw, and what follows when suppliers decline."""

from __future__ import annotations

import asyncio

from click.testing import CliRunner

from bot import __main__
from bot.runtime import logs
from sandbox.cast import HOME

SUPPLIERS = ("supplier-1", "supplier-2", "supplier-3")


async def test_draw_and_decline_takes_the_next(stage):
    need = await stage.opportunity(at=5)
    await need.applied(*SUPPLIERS)
    await stage.time_passes(to=need.closed_at)
    await need.evaluated(*SUPPLIERS)
    need.shows("6/selection", "waiting: coordinator")

    await need.says("coordinator", "/draw")
    need.said_has("draw", *SUPPLIERS, "RFC 3797", "It does not exist yet")
    need.status_has("the draw completes by itself")
    need.lacks("waiting: coordinator", "waiting: supplier")
    await stage.time_passes(minutes=11)
    first = need.winner
    need.shows("waiting: supplier")
    need.said_has("drawn", f"@{first}", "RFC 3797", "$6,500")

    await need.says(first, "/decline")
    second = need.winner
    assert second != first
    need.said_has("drawn", f"@{second}")
    need.shows("6/selection", "waiting: supplier")
    await need.says(first, "/confirm")
    assert need.reactions(need.heard) == {"confused"}, "who has declined cannot come back"

    await need.says(second, f"/confirm\n/repo {await need.new_repository(second)}")
    await need.labelled("terms-signed", by="coordinator")
    need.shows("7/assessment")
    need.said_has(f"begin {second}", f"@{second}")


async def test_everyone_declines_and_it_is_the_coordinators_turn(stage):
    need = await stage.opportunity(at=6)
    first = await need.drawn()
    await need.says(first, "/decline")
    second = need.winner
    assert {first, second} == {"supplier-1", "supplier-2"}
    await need.says(second, "/décliner")

    need.shows("6/selection", "waiting: coordinator")
    need.status_has("No supplier is left in the draw")
    assert [mark.split()[-1] for mark in need.said if mark.startswith("drawn ")] == [first, second]


async def test_nobody_left_to_draw_is_said_to_who_draws_again(stage):
    need = await stage.opportunity(at=6)
    await need.says(await need.drawn(), "/decline")
    await need.says(need.winner, "/decline")
    await need.says("coordinator", "/draw")
    assert need.reactions(need.heard) == {"confused"}
    need.answer_has("No supplier is left in the draw")


async def test_one_passed_and_is_drawn_alone(stage):
    need = await stage.opportunity(at=5)
    await need.applied(*SUPPLIERS)
    await stage.time_passes(to=need.closed_at)
    await need.evaluated("supplier-2", failed=["supplier-1", "supplier-3"])
    need.shows("6/selection")
    assert await need.drawn() == "supplier-2"
    await need.says("supplier-1", "/confirm")
    assert need.reactions(need.heard) == {"confused"}
    await need.says("supplier-2", f"/confirm\n/repo {await need.new_repository('supplier-2')}")
    await need.labelled("terms-signed", by="coordinator")
    need.shows("7/assessment")


async def test_a_result_may_change_until_the_draw_and_not_after(stage):
    need = await stage.opportunity(at=6)
    await need.says("client", "/evaluate @supplier-2 fail because the second project is not theirs")
    await need.says("coordinator", "/draw")
    assert "supplier-2" not in need.comment("draw").body
    await need.says("client", "/evaluate @supplier-2 pass because it was theirs after all")
    assert need.reactions(need.heard) == {"confused"}
    need.answer_has("The draw has begun")
    await stage.time_passes(minutes=11)
    assert need.winner == "supplier-1"


async def test_an_announcement_counts_whose_answer_was_lost(stage):
    """The public saw it in time, though the bot was not told before the round was out."""
    need = await stage.opportunity(at=6)
    stage.sandbox.faults.add(do="502-after", method="POST", path="/comments$", nth=3)
    await stage.act("coordinator", "POST", f"/repos/{HOME}/issues/{need.number}/comments", body="/draw")
    while not (told := announcements(need)):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    await stage.time_passes(minutes=11)
    assert need.winner
    assert announcements(need) == told


def announcements(need):
    return [mark for mark in need.said if mark.startswith("draw ")]


async def test_who_withdraws_before_the_draw_is_not_in_the_pool(stage):
    need = await stage.opportunity(at=6)
    await need.says("supplier-1", "/retirer")
    await need.says("coordinator", "/draw")
    assert "supplier-1" not in need.comment("draw").body
    await stage.time_passes(minutes=11)
    assert need.winner == "supplier-2"


async def test_verify_draw_finds_that_what_the_bot_drew_holds(stage, tmp_path, monkeypatch):
    """Before the round is out, after it, and when the next in the draw was told; anyone can, without credentials."""
    policy = tmp_path / "pipeline.yaml"
    policy.write_text(f"beacon: {{url: '{stage.sandbox.url}/beacon/public'}}\n")
    monkeypatch.setenv("BOT_CONFIG", str(policy))
    monkeypatch.setenv("GITHUB_API_URL", stage.sandbox.url)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setattr(logs, "set_up_logs", lambda level, form: None)

    async def verified(*words: str) -> None:
        arguments = ["verify-draw", f"{HOME}#{need.number}"]
        done = await asyncio.to_thread(CliRunner().invoke, __main__.cli, arguments)
        assert done.exit_code == 0, done.output
        assert not [word for word in words if word not in done.output], done.output

    need = await stage.opportunity(at=5)
    await need.applied(*SUPPLIERS)
    await stage.time_passes(to=need.closed_at)
    await need.evaluated(*SUPPLIERS)
    await need.says("coordinator", "/tirage")
    await verified("No result is published yet")
    await stage.time_passes(minutes=11)
    first = need.winner
    await verified(f"1. {first}, told on", "Everything holds.")
    await need.says(first, "/décliner")
    await verified(f"1. {first}, told on", f"2. {need.winner}, told on", "Everything holds.")
    await need.deletes(need.comment("status"), by="coordinator")  # says nothing of the draw
    await verified("Everything holds.")
