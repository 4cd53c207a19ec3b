"""Ways into a corner, and that there is none: each of these once had no way out, or let something pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.pipeline.calendar import business_days
from bot.pipeline.decide import next_due
from bot.pipeline.model.evidence import Evidence
from tests.pipeline.desk import body, need_at

PULL = "https://github.com/supplier-1/policies/pull/1"


def test_a_hold_revives_no_date_that_was_missed_before_it():
    need = need_at(7)
    need.now += timedelta(days=40)
    need.says("coordinator", "/hold a look").says("coordinator", "/resume")
    assert need.o.statement.delivery == date(2027, 7, 30)
    need = need_at(6)
    need.now += timedelta(days=10)
    need.says("coordinator", "/hold a look").says("coordinator", "/resume")
    assert not need.o.dates


def test_work_that_is_gone_or_has_changed_is_not_accepted():
    need = need_at(7)
    need.says(need.o.chosen, f"/deliver {PULL}").says("client", "/criterion 1 pass\n/criterion 2 pass")
    delivered, need.evidence = need.evidence, None
    assert need.says("client", "/accept").answered == ["accept.refused-gone"]
    need.evidence = Evidence("beef" * 10, "open")
    assert need.says("client", "/accept").answered == ["accept.refused-changed"]
    assert need.shows("7/assessment")
    need.evidence = delivered
    assert need.says("client", "/accept").shows("8/payment")


def test_criteria_that_are_no_list_cannot_be_overridden_because_nobody_could_mark_them():
    need = need_at(3).edited(body(criteria_en="MIT licence, and everything that is required."))
    need.says("coordinator", "/override it is urgent").labelled("description-approved", by="coordinator")
    assert need.shows("3/description")
    assert "statement.no-list" in need.blocked


def test_funds_that_come_after_the_merge_open_it_however_late_for_long_enough():
    need = need_at(4).says("client", "/publish").pull("posting", "open").pull("posting", "merged")
    need.now += timedelta(days=20)
    need.labelled("funds-reserved", by="finance")
    assert need.shows("5/evaluation", "open")
    assert business_days(need.moment.today, need.o.statement.closing) >= 5
    assert any(mark.startswith("posted-late") for mark in need.marks)


def test_an_override_into_evaluation_leaves_suppliers_their_days_too():
    need = need_at(4)
    need.now += timedelta(days=60)
    need.says("coordinator", "/override it was posted by hand").labelled("5/evaluation", by="coordinator")
    assert need.shows("open")
    assert business_days(need.moment.today, need.o.statement.closing) >= 5


def test_nobody_is_bound_to_a_contract_that_they_did_not_take():
    need = need_at(6)
    need.drawn()
    need.says("coordinator", "/override they said so by phone").labelled("7/assessment", by="coordinator")
    assert "selection.unconfirmed" in need.answered
    assert need.says(need.o.chosen, "/decline").answered == ["decline.done"]


def test_who_is_next_is_reminded_of_the_same_date_as_well():
    need = need_at(7)
    need.time_passes()
    assert any(mark.startswith("due 2027-07-30") for mark in need.marks)
    need.says("coordinator", "/terminate no word").says("coordinator", "/next")
    second = need.o.chosen
    need.says(second, "/confirm").labelled("terms-signed", by="coordinator")
    need.repositories["supplier-1/policies"] = replace(need.repositories["supplier-1/policies"])
    need.says(second, "/repo https://github.com/supplier-1/policies")
    assert need.shows("7/assessment")
    if next_due(need.o, need.policy):
        need.time_passes()
    assert f"due 2027-07-30 {second}" in need.marks


def test_a_late_webhook_does_not_make_it_silent_sooner():
    need = need_at(3)
    need.now += timedelta(days=3)
    need.says("client", "/check")
    since = need.o.last_moved
    need.now -= timedelta(days=2)
    assert need.says("coordinator", "/hold older").o.last_moved == since


def test_a_repost_tells_every_applicant_but_the_one_who_defaulted():
    need = need_at(7)
    defaulted = need.o.chosen
    need.says("coordinator", "/terminate no word").says("coordinator", "/repost")
    told = {login.name for login in need.answer.messages[0].args["suppliers"]}
    assert told == {"supplier-1", "supplier-2"} - {defaulted}


def test_interest_written_in_time_but_heard_too_late_is_for_the_coordinator():
    need = need_at(6)
    need.now = need_at(5).now
    need.says("supplier-3", "/interested confirm")
    assert need.answer.messages[0].args["why"].args["coordinator"] is not None


def test_a_closing_that_comes_too_near_before_the_funds_is_the_clients_to_move():
    need = need_at(4)
    assert need.shows("waiting: finance")
    held = need_at(4).says("coordinator", "/hold a look")
    held.now = next_due(need.o, need.policy)
    assert "late 2027-07-12" not in held.says("client", "We wait.").marks
    need.time_passes()
    assert need.shows("waiting: client")
    assert "statement.closing-soon" in need.blocked
    assert "late 2027-07-12" in need.marks
    need.labelled("funds-reserved", by="finance")
    assert need.answered[0] == "posting.refused-incomplete"
    assert need.shows("waiting: client")
    later = body(closing="2027-07-26", selection="2027-07-30", delivery="2027-08-20")
    assert need.edited(later).shows("waiting: coordinator")
    assert need.labelled("description-approved", by="coordinator").shows("waiting: finance")


def test_a_price_edited_above_the_ceiling_after_the_approval_is_named_and_the_clients_to_lower():
    need = need_at(4).labelled("funds-reserved", by="finance").edited(body(price="$9,500"))
    assert {"description.lapsed", "statement.ceiling"} <= set(need.answered)
    assert need.blocked[0] == "statement.ceiling"
    assert need.shows("waiting: client")
    assert need.edited(body(price="$8,000")).shows("waiting: coordinator")
