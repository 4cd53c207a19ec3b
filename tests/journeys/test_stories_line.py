"""Stories of who gets in: the waiting list, and the need that cannot be bought this way."""

from __future__ import annotations

from tests.journeys.play import later, policy


@policy(capacity=1)
async def test_waiting_list_first_in_first_out_and_on_by_itself(stage):
    first = await stage.opportunity(at=3)
    second = await stage.opportunity(at=2, **later(weeks=9))
    third = await stage.opportunity(at=2, **later(weeks=16))
    for need in (third, second):  # in line by when they were found eligible, not by number
        await need.ticked(2)
        await need.labelled("eligible", by="coordinator")
        need.shows("2/eligibility", "waitlisted", "eligible")
        need.lacks("waiting: coordinator", "3/description")
        need.status_has("waiting for a place", "first in, first out")

    await first.goes_to(9)
    third.shows("3/description", "waiting: coordinator")
    third.lacks("waitlisted")
    second.shows("2/eligibility", "waitlisted")

    await third.goes_to(9)
    second.shows("3/description")
    second.lacks("waitlisted", "2/eligibility")
    assert second.state == "open"


@policy(capacity=1)
async def test_waiting_list_whoever_leaves_the_line_lets_the_next_go_on(stage):
    first = await stage.opportunity(at=3)
    second, third = [await stage.opportunity(at=2, **later(weeks=9)) for _ in range(2)]
    for need in (second, third):
        await need.ticked(2)
        await need.labelled("eligible", by="coordinator")
    await second.labelled("eligible", by="coordinator", on=False)
    second.shows("2/eligibility", "waiting: coordinator")
    second.lacks("waitlisted", "eligible")

    await first.goes_to(9)
    third.shows("3/description")
    second.shows("2/eligibility")

    await second.labelled("eligible", by="coordinator")  # at the end of the line again, where there is nobody
    second.shows("waitlisted")
    await third.goes_to(9)
    second.shows("3/description")


@policy(capacity=1)
async def test_who_is_on_hold_keeps_a_place_in_line_and_lets_the_others_pass(stage):
    first, second, third = [await stage.opportunity(at=2, title_en=title, **later(weeks=9)) for title in "ABC"]
    for need in (first, second, third):
        await need.ticked(2)
        await need.labelled("eligible", by="coordinator")
    await second.says("coordinator", "/hold the budget is late")
    await first.says("coordinator", "/cancel no need")
    third.shows("3/description")
    second.shows("on-hold", "waitlisted")
    await second.says("coordinator", "/resume")
    await third.says("coordinator", "/cancel no need")
    second.shows("3/description")


async def test_ineligible_closes_with_the_reason_and_the_other_ways_to_buy(stage):
    need = await stage.opportunity(at=2)
    await need.ticked(2)
    await need.ticked(2, "within-ceiling", on=False)
    await need.labelled("not-eligible", by="coordinator")

    need.shows("not-eligible", "cancelled")
    need.lacks("2/eligibility", "waitlisted", "waiting: coordinator")
    assert need.state == "not_planned"
    need.said_has("not-eligible", "@client", "at most $10,000, taxes included", "other ways", "autres façons")
    assert "unclassified" not in need.said["not-eligible"], "only what could not be confirmed"

    await need.says("client", "/why")
    assert need.answer, "a closed opportunity still answers"
    assert need.step == 0
