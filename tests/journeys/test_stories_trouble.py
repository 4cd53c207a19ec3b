"""Stories of disputes, of a clock that is stopped, and of opportunities that are cancelled on the way."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from bot.pipeline.calendar import EASTERN
from sandbox.cast import HOME
from tests.journeys.play import STAGES, later, pinged, policy

# --- disputes -------------------------------------------------------------------------------------------------


async def test_dispute_over_the_closing_lets_dates_count_and_nothing_move_on_until_it_is_settled(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1", "supplier-2")
    await need.says("supplier-2", "/dispute the criteria ask for one brand of software")
    assert "coordinator" in pinged(need.answer)
    need.shows("disputed", "open", "waiting: coordinator")
    need.status_has("one brand of software", "`/resolve")

    await need.says("supplier-3", "/interested confirm")
    need.answer_has("Your application is in")
    await stage.time_passes(to=need.closed_at)
    need.shows("disputed", "closed-to-applications", "5/evaluation")
    await need.evaluated("supplier-1", "supplier-2", "supplier-3")
    need.shows("5/evaluation")
    await need.says("supplier-1", "/dispute me too")
    need.answer_has("A dispute is open already, from **supplier-2**")

    await need.says("coordinator", "/resolve any brand will do, and all of you are evaluated so")
    assert "supplier-2" in pinged(need.answer)
    need.shows("6/selection", "waiting: coordinator")
    need.lacks("disputed", "5/evaluation")


async def test_dispute_in_french_over_a_mark_holds_the_acceptance_back(stage):
    need = await stage.opportunity(at=7)
    await need.delivered()
    await need.says("client", "/critère 1 réussi\n/critère 2 échec les essais manquent")
    await need.says(need.winner, "/différend le critère 2 ne parle pas d’essais")
    need.answer_has("reste à la même étape", "@coordinator")
    need.shows("disputed", "waiting: coordinator")
    need.status_has("le critère 2 ne parle pas d’essais")

    await need.says("client", "/critère 2 réussi\n/accepter")
    need.answer_has("Un différend est ouvert")
    need.shows("7/assessment", "disputed")
    assert need.pull("ore") is None

    await need.says("coordinator", "/régler le critère 2 est satisfait")
    need.answer_has(f"@{need.winner}, le différend est réglé")
    need.shows("7/assessment", "waiting: client")
    need.lacks("disputed")
    await need.says("client", "/critère 1 réussi\n/critère 2 réussi\n/accepter")
    need.shows("8/payment")


# --- the clock stopped ----------------------------------------------------------------------------------------


async def test_hold_past_the_closing_and_resume_with_later_dates(stage):
    need = await stage.opportunity(at=5)
    await need.applied("supplier-1")
    await stage.time_passes(to=date(2027, 6, 25))
    await need.says("coordinator", "/hold the budget is being reviewed")
    need.shows("on-hold", "5/evaluation")
    need.lacks("waiting: supplier", "waiting: coordinator")
    need.status_has("the budget is being reviewed")
    await need.says("supplier-2", "/interested confirm")
    need.answer_has("This opportunity is on hold")

    before = set(need.said)
    await stage.time_passes(to=date(2027, 7, 20))  # past the closing, and long silent
    assert set(need.said) == before
    need.shows("on-hold", "open")

    await need.says("coordinator", "/resume")
    closing = stage.business_day(16, date(2027, 7, 12))
    need.answer_has("@supplier-1, this opportunity goes on", f"closing date: {in_words(closing)}")
    need.status_has(in_words(closing))
    need.shows("open", "waiting: supplier")
    need.lacks("on-hold")
    amended = {f"amendment {need.pull('extension').number}"}
    assert set(need.said) - before - amended == {f"reply {need.heard.id}"}, "nothing came due meanwhile"
    await need.applied("supplier-2")
    await stage.time_passes(to=datetime.combine(closing, time(23, 59), EASTERN))
    need.shows("open")
    await stage.time_passes(minutes=1)
    need.shows("closed-to-applications")
    need.said_has("closed 5", "2 suppliers have applied")


async def test_hold_in_french_while_the_work_is_under_way_moves_its_delivery(stage):
    need = await stage.opportunity(at=7)
    await stage.time_passes(to=date(2027, 7, 26))
    await need.says("coordinator", "/suspendre le dépôt change de mains")
    need.answer_has("est suspendue")
    await need.says(need.winner, f"/livrer https://github.com/{need.winner}/work-{need.number}")
    need.answer_has("est suspendue")
    need.lacks("waiting: client")
    await stage.time_passes(to=date(2027, 8, 9))
    assert not [mark for mark in need.said if mark.startswith(("due", "missed", "silence"))]

    await need.says("coordinator", "/reprendre")
    need.answer_has(f"@{need.winner}, cette opportunité reprend", "date de livraison du travail")
    assert "date de fermeture" not in need.answer
    delivery = stage.business_day(4)  # as many as were left
    need.status_has(in_words(delivery))
    await stage.time_passes(to=stage.business_day(-3, delivery))
    need.said_has(f"due {delivery}", f"@{need.winner}", in_words(delivery))
    await stage.time_passes(to=stage.business_day(1, delivery))
    need.said_has(f"missed {delivery}", "@client", "@coordinator")


def in_words(day: date) -> str:
    return f"{day:%A, %B} {day.day}, {day.year}"


# --- cancelled ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "by", "line", "why"),
    [
        (1, "client", "/cancel we found a free tool", "we found a free tool"),
        (2, "coordinator", "/annuler le besoin n’existe plus", "le besoin n’existe plus"),
        (3, "client", "/annuler le projet est remis à l’an prochain", "le projet est remis"),
        (4, "coordinator", "/cancel no funds are left", "no funds are left"),
        (5, "client", "/cancel the branch is closing", "the branch is closing"),
        (6, "coordinator", "/annuler le programme prend fin", "le programme prend fin"),
        (7, "coordinator", "/cancel the system is switched off", "the system is switched off"),
    ],
    ids=[f"step {number}" for number in range(1, 8)],
)
async def test_cancelled_on_the_way_closes_as_not_planned_and_tells_everyone_once(stage, step, by, line, why):
    need = await stage.opportunity(at=step)
    people = {"client", "coordinator"} | ({"supplier-1", "supplier-2"} if step > 5 else set())
    if step > 5:
        await need.says("client", "/cancel I would rather not")
        assert need.reactions(need.heard) == {"confused"}
        assert need.state == "open"
    await need.says("supplier-3", line)
    assert need.reactions(need.heard) == {"confused"}
    need.shows(STAGES[step])

    await need.says(by, line)
    assert need.state == "not_planned"
    need.shows("cancelled")
    need.lacks(*STAGES.values(), "open", "closed-to-applications", *(f"waiting: {who}" for who in people | {"finance"}))
    need.said_has("cancelled", why)
    finance = {f"{HOME}-finance"} if "funds-reserved" in need.labels else set()
    assert pinged(need.said["cancelled"]) == people | finance
    said = set(need.said)
    await stage.time_passes(days=60)
    assert set(need.said) == said, "what is over reminds nobody"


@policy(capacity=1)
async def test_cancelled_the_next_in_line_gets_the_place(stage):
    first, second = await stage.opportunity(at=3), await stage.opportunity(at=2, **later(weeks=9))
    await second.ticked(2)
    await second.labelled("eligible", by="coordinator")
    second.shows("waitlisted")
    await first.says("client", "/annuler le besoin n’existe plus")
    second.shows("3/description")
    second.lacks("waitlisted")


async def test_cancelled_with_a_posting_proposed_names_the_pull_request_to_close(stage):
    need = await stage.opportunity(at=4)
    await need.labelled("funds-reserved", by="finance")
    pull = need.pull("posting")
    await need.says("coordinator", "/cancel the funds went elsewhere")
    need.said_has("cancelled", f"closes the pull request [#{pull.number}]")
    await need.merged("posting", by="coordinator")  # even so
    assert (need.state, need.step) == ("not_planned", 0)
