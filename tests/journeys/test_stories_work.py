"""Stories of the work itself: delivery, criteria, revisions, acceptance."""

from __future__ import annotations


async def test_revision_rounds_until_every_criterion_passes(stage):
    need = await stage.opportunity(at=7)
    need.shows("waiting: supplier")
    for round in ("the tests do not cover wildcards", "the licence file names the wrong year"):
        await need.delivered()
        need.shows("waiting: client")
        await need.says("client", "/criterion 1 pass\n/criterion 2 fail not yet")
        await need.says("client", "/accept")
        assert need.reactions(need.heard) == {"confused"}
        need.answer_has("Criterion 2 failed")
        await need.says("client", f"/revise criterion 2: {round}")
        need.answer_has(f"@{need.winner}")
        need.shows("7/assessment", "waiting: supplier")
        need.lacks("waiting: client")

    await need.delivered()
    need.shows("waiting: client")
    need.status_has("not marked yet")  # what passed was the delivery before
    await need.says("client", "/accept")
    need.answer_has("criterion 1", "criterion 2")
    await need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept")
    need.shows("8/payment", "waiting: supplier")
    assert need.pull("ore") is not None


async def test_only_the_supplier_who_was_drawn_delivers(stage):
    need = await stage.opportunity(at=7)
    other = {"supplier-1": "supplier-2", "supplier-2": "supplier-1"}[need.winner]
    await need.says(other, f"/deliver {await need.new_repository(other)}")
    assert need.reactions(need.heard) == {"confused"}
    need.shows("waiting: supplier")
