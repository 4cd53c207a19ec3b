"""The mission's nine rows: what happens in each step and when it leaves, beside the straight road."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.pipeline.calendar import add_business_days
from bot.pipeline.draw import rfc3797 as draw
from bot.pipeline.model import signals
from bot.pipeline.rules import Programme
from bot.pipeline.steps import STEPS
from tests.pipeline.desk import Need, body, need_at

WORK = "https://github.com/supplier-1/policies"


def boxes(need: Need, step: int) -> dict[str, bool]:
    """The boxes of a step's checklist comment, and whether they are ticked."""
    comment = next(comment for comment in need.view.comments if comment.mark == f"checklist {step}")
    return {name: ticked for name, _, ticked in comment.message.args["boxes"]}


def test_each_step_begins_with_its_checklist_and_the_status_says_which_it_is():
    for step in range(1, 10):
        need = need_at(step)
        assert [mark for mark in need.marks if mark.startswith("checklist")] == [
            f"checklist {n}" for n in range(1, step + 1)
        ]
        assert (need.status["number"], need.status["name"].name) == (step, f"{STEPS[step - 1].name}.title")


# --- 1 contact -----------------------------------------------------------------------------------------------


def test_1_contact_begins_with_the_form_or_with_the_label_opportunity():
    assert Need().shows("1/contact", "waiting: coordinator")
    need = Need(text="We need a date field")
    assert need.history == []
    need.labels = frozenset({"opportunity"})
    assert need.labelled("opportunity", by="client").shows("1/contact")


def test_1_contact_asks_for_the_employee_the_need_and_the_meeting():
    assert boxes(need_at(1), 1) == {"employee": False, "need-understood": False, "meeting-held": False}


def test_1_contact_puts_the_coordinator_in_charge_who_has_least_to_do():
    def in_charge(loads: dict[str, int]) -> str:
        need = Need(text="not yet", programme=Programme(loads=loads))
        need.text = body()
        return need.says("client", "Here it is.").o.coordinator

    assert in_charge({"coordinator": 3}) == "coordinator"


def test_1_contact_leaves_when_the_client_is_verified():
    need = need_at(1).ticked(1)
    assert need.blocked == ["contact.unverified"]
    assert need.labelled("client-verified", by="coordinator").shows("2/eligibility")


# --- 2 eligibility -------------------------------------------------------------------------------------------


def test_2_eligibility_asks_seven_questions_and_each_must_be_ticked():
    need = need_at(2)
    assert list(boxes(need, 2)) == [
        "is-code",
        "within-ceiling",
        "unclassified",
        "open-source",
        "open-repository",
        "not-split",
        "clear-end",
    ]
    need.ticked(2, boxes=STEPS[1].boxes[:-1]).labelled("eligible", by="coordinator")
    assert need.answered.count("common.to-confirm") == 1
    assert need.ticked(2).labelled("eligible", by="coordinator").shows("3/description")


@pytest.mark.parametrize(("running", "ahead", "goes_on"), [(9, 0, True), (10, 0, False), (9, 1, False), (0, 9, True)])
def test_2_eligibility_leaves_while_there_is_room_in_the_order_of_the_line(running, ahead, goes_on):
    need = need_at(2).ticked(2)
    need.programme = Programme(running=running, ahead=ahead)
    assert need.labelled("eligible", by="coordinator").shows("waitlisted") != goes_on
    assert need.o.step == (3 if goes_on else 2)


def test_2_eligibility_goes_on_by_itself_when_room_appears_and_says_why_it_waits():
    need = need_at(2).ticked(2)
    need.programme = Programme(running=10)
    need.labelled("eligible", by="coordinator")
    assert need.status["state"].name == "status.is-waitlisted"
    assert need.status["place"] == 1
    need.programme = Programme(running=9)
    assert need.time_passes(need.now).shows("3/description")


def test_2_eligibility_not_eligible_closes_with_the_reason_and_other_ways_to_buy():
    need = need_at(2).ticked(2, boxes=("is-code", "unclassified")).labelled("not-eligible", by="coordinator")
    assert need.view.closed == "not_planned"
    why = next(comment for comment in need.view.comments if comment.mark == "not-eligible").message
    assert len(why.args["boxes"]) == 5
    assert [(person.name, person.ping) for person in why.args["clients"]] == [("client", True)]


def test_2_eligibility_points_at_similar_opportunities_of_the_same_client():
    need = need_at(1)
    need.programme = Programme(others={3: "Azure policies part 1", 4: "A bicycle shed"})
    need.labelled("client-verified", by="coordinator")
    assert need.o.resembles == (3,)
    assert "similar" in need.marks
    need.ticked(2).labelled("eligible", by="coordinator")
    assert need.shows("3/description"), "a coordinator decides"
    assert "similar" not in need.marks


@pytest.mark.parametrize("title", ["Azure policies, part 1", "AZURE POLICIES"])
def test_2_eligibility_finds_titles_alike_whatever_their_commas_and_capitals(title):
    need = need_at(1)
    need.programme = Programme(others={3: title})
    assert need.labelled("client-verified", by="coordinator").o.resembles == (3,)


# --- 3 description -------------------------------------------------------------------------------------------


def test_3_description_gives_instructions_and_reads_the_statement_at_each_edit():
    need = need_at(3)
    assert "guide 3" in need.marks
    need.edited(body(price="", short_fr=""))
    assert need.blocked.count("statement.missing") == 2
    assert need.shows("waiting: client")
    assert boxes(need, 3) == {"written": False, "approved": False}
    need.edited(body())
    assert boxes(need, 3)["written"]
    assert need.shows("3/description", "waiting: coordinator")


def test_3_description_leaves_when_complete_and_approved():
    need = need_at(3).edited(body(delivery="2027-07-16")).labelled("description-approved", by="coordinator")
    assert "statement.delivery-early" in need.answered
    assert need.edited(body()).labelled("description-approved", by="coordinator").shows("4/posting")


# --- 4 posting -----------------------------------------------------------------------------------------------


def test_4_posting_opens_the_pull_request_when_the_funds_are_reserved():
    need = need_at(4)
    assert need.shows("waiting: finance")
    need.labelled("funds-reserved", by="finance")
    assert [pull.kind for pull in need.view.pulls] == ["posting"]
    assert need.shows("waiting: coordinator")
    assert need.pull("posting", "open").blocked == ["posting.pull-open"]
    assert need.pull("posting", "closed").blocked == ["posting.pull-closed"]
    assert need.pull("posting", "merged", 32).shows("5/evaluation", "open")


# --- 5 evaluation --------------------------------------------------------------------------------------------


def test_5_evaluation_shows_who_applied_what_was_asked_and_until_when():
    need = need_at(5).says("supplier-1", "/interested confirm").says("supplier-2", "/ask Bash?")
    details = need.status["details"].args
    assert (details["applicants"], details["questions"], details["answered"], details["waiting"]) == (1, 1, 0, 1)
    assert need.status["deadline"].date() == date(2027, 7, 13)


def test_5_evaluation_tells_the_client_to_evaluate_once_it_is_closed():
    need = need_at(5).says("supplier-1", "/interested confirm").closes()
    assert "closed 5" in need.marks
    assert need.shows("waiting: client")
    assert need.blocked == ["evaluation.unevaluated"]
    assert boxes(need, 5) == {"closed": True, "evaluated": False}


def test_5_evaluation_without_applicants_is_the_coordinators_to_repost_or_cancel():
    need = need_at(5).closes()
    assert need.shows("waiting: coordinator")
    assert need.blocked == ["evaluation.nobody-applied"]
    assert "closed 5" in need.marks
    assert need.says("coordinator", "/repost").shows("3/description")


def test_5_evaluation_where_nobody_passed_is_the_coordinators_to_repost_or_cancel():
    need = need_at(5).says("supplier-1", "/interested confirm").closes()
    need.says("client", "/evaluate @supplier-1 fail because nothing is shown")
    assert need.shows("5/evaluation", "waiting: coordinator")
    assert need.blocked == ["evaluation.nobody-passed"]
    assert need.says("coordinator", "/cancel nobody passed").shows("cancelled")


def test_5_evaluation_with_one_who_passed_goes_on_to_the_draw_of_one():
    need = need_at(5).says("supplier-1", "/interested confirm").closes()
    need.says("client", "/evaluate @supplier-1 pass because of the work")
    assert need.shows("6/selection")
    assert need.drawn() == "supplier-1"


# --- 6 selection ---------------------------------------------------------------------------------------------


def test_6_selection_is_a_draw_that_anyone_can_recompute():
    need = need_at(6)
    winner = need.drawn("5e" * 32)
    places = draw.order(need.o.announced.pool, draw.beacon_key(need.o.drawn.randomness))
    assert need.o.drawn.order == places
    assert winner == places[0]
    marks = [mark for mark in need.marks if mark.startswith("draw")]
    assert marks == [f"draw {need.o.drawn.round}", f"drawn {need.o.drawn.round} {winner}"]


@pytest.mark.parametrize("last", ["confirm", "sign", "repo"])
def test_6_selection_leaves_when_confirmed_signed_and_the_repository_named(last):
    need = need_at(6)
    winner = need.drawn()
    does = {
        "confirm": lambda: need.says(winner, "/confirm"),
        "sign": lambda: need.labelled("terms-signed", by="coordinator"),
        "repo": lambda: need.says(winner, f"/repo {WORK}"),
    }
    if last == "confirm":
        need.says("coordinator", "/override signed on paper")  # terms come after the confirmation
    for what in ("repo", "confirm", "sign"):
        if what != last:
            does[what]()
    assert need.shows("6/selection")
    does[last]()
    assert need.shows("7/assessment")
    assert f"begin {winner}" in need.marks


def test_6_selection_where_everyone_declined_is_reposted_without_grudge():
    need = need_at(6)
    for _ in range(2):
        need.says(need.o.chosen or need.drawn(), "/decline")
    assert need.blocked == ["selection.nobody-left"]
    need.says("coordinator", "/repost")
    assert need.shows("3/description")
    assert need.o.defaulted == frozenset()


def test_6_selection_can_be_terminated_and_offered_to_the_next():
    need = need_at(6)
    first = need.drawn()
    need.says(first, "/confirm").says("coordinator", "/terminate the terms are never signed")
    assert need.shows("terminated", "6/selection", "waiting: coordinator")
    assert need.says("coordinator", "/next").shows("6/selection", "waiting: supplier")
    assert need.o.chosen not in (None, first)


# --- 7 assessment --------------------------------------------------------------------------------------------


def test_7_assessment_gathers_evidence_for_the_client():
    need = need_at(7)
    need.says(need.o.chosen, f"/deliver {WORK}/pull/1")
    evidence = next(part for part in need.answer.messages[0].within() if part.name == "assessment.evidence").args
    assert (evidence["licence"], evidence["passed"], evidence["failed"], evidence["approvals"]) == ("MIT", 3, 0, 1)
    assert need.shows("waiting: client")


def test_7_assessment_runs_in_rounds_of_revision():
    need = need_at(7)
    for _ in range(3):
        need.says(need.o.chosen, f"/deliver {WORK}/pull/1")
        need.says("client", "/criterion 1 pass\n/criterion 2 fail no tests\n/revise the tests")
        assert need.shows("7/assessment", "waiting: supplier")
    need.says(need.o.chosen, f"/deliver {WORK}/pull/1")
    assert need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept").shows("8/payment")


def test_7_assessment_terminated_gives_the_next_supplier_a_fresh_start():
    need = need_at(7)
    need.says(need.o.chosen, f"/deliver {WORK}").says("client", "/criterion 1 pass")
    need.says("coordinator", "/terminate it was copied").says("coordinator", "/next")
    assert need.shows("6/selection")
    assert (need.o.confirmed, need.o.delivered, dict(need.o.marks)) == (False, None, {})
    assert not need.shows("terms-signed")


def test_7_assessment_terminated_without_anyone_left_is_reposted_or_cancelled():
    need = need_at(7)
    need.says("coordinator", "/terminate nothing came\n/next").says(need.o.chosen, "/decline")
    assert need.blocked == ["selection.nobody-left"]
    assert need.says("coordinator", "/repost").shows("3/description")


def test_a_repost_starts_anew_with_a_new_approval_a_new_pull_request_and_new_dates():
    need = need_at(7)
    defaulted = need.o.chosen
    need.says("coordinator", "/terminate nothing came").says("coordinator", "/repost")
    assert need.shows("3/description", "waiting: client")
    assert (need.o.applications, need.o.questions, need.o.drawn, need.o.pull("posting")) == ({}, (), None, None)
    assert not need.shows("description-approved")
    days = (add_business_days(need.now.date(), n) for n in (8, 12, 25))
    need.edited(body(**dict(zip(("closing", "selection", "delivery"), map(str, days), strict=True))))
    need.labelled("description-approved", by="coordinator").pull("posting", "merged", 40)
    assert need.shows("5/evaluation", "open")
    assert "interested.refused-defaulted" in need.says(defaulted, "/interested confirm").answered
    assert need.says("supplier-3", "/interested confirm").answered == ["interested.done"]


# --- 8 payment -----------------------------------------------------------------------------------------------


def test_8_payment_tells_the_supplier_how_to_be_paid_and_opens_the_entry():
    need = need_at(8)
    invoice = next(comment for comment in need.view.comments if comment.mark == "invoice 8").message
    assert invoice.args["price"].dollars == 6500
    assert invoice.args["invoice_to"].text == "micro-acquisition@example.gc.ca"
    assert [pull.kind for pull in need.view.pulls] == ["winner", "work", "ore"]


def test_8_payment_leaves_when_received_approved_and_paid():
    need = need_at(8)
    for label in ("invoice-received", "invoice-approved"):
        assert need.labelled(label, by="finance").shows("8/payment")
    assert need.labelled("paid", by="finance").shows("9/exchange")


def test_8_payment_counts_the_days_to_pay():
    need = need_at(8)
    accepted = need.o.accepted
    need.labelled("invoice-received", by="finance").labelled("invoice-approved", by="finance")
    need.now += timedelta(days=12)
    need.labelled("paid", by="finance").pull("ore", "merged", 31)
    summary = next(comment for comment in need.view.comments if comment.mark == "summary").message.args
    assert (summary["days_to_pay"], summary["paid"]) == (12, accepted + timedelta(days=12))


# --- 9 exchange ----------------------------------------------------------------------------------------------


def test_9_exchange_follows_the_entry_to_its_merge_and_closes_with_a_summary():
    need = need_at(9)
    assert need.shows("9/exchange", "waiting: client")
    need.pull("ore", "open", 31)
    assert need.blocked == ["exchange.pull-open"]
    assert need.status["turn"] is None, "the Exchange's own people review it"
    need.pull("ore", "merged", 31)
    assert need.shows("done")
    assert need.view.closed == "completed"
    assert need.marks[-1] == "summary"


def test_9_exchange_says_when_the_entry_was_closed_unmerged():
    assert need_at(9).pull("ore", "closed", 31).blocked == ["exchange.pull-closed"]


# --- the end -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_after_the_end_nothing_changes_but_anyone_may_still_ask(end):
    need = need_at(9).pull("ore", "merged", 31) if end == "done" else need_at(7).says("coordinator", "/cancel no money")
    before = need.o
    for who in ("client", "coordinator", "finance", "supplier-1"):
        for line in ("/accept", "/hold it", "/interested confirm", "/status", "/why", "Thank you."):
            need.says(who, line)
    for label in ("paid", "eligible"):
        need.labelled(label, by="coordinator").labelled(label, by="finance")
    need.edited(body(price="$1")).time_passes(need.now + timedelta(days=400))
    assert need.o == before
    assert not [label for label in need.view.labels if label.startswith("waiting")]


def test_after_the_end_a_ticked_box_says_nothing():
    need = need_at(3).says("coordinator", "/cancel no money")
    assert need.ticked(1).new == []


def test_nothing_is_accepted_while_a_dispute_is_open():
    need = need_at(7)
    need.says(need.o.chosen, f"/deliver {WORK}").says("client", "/criterion 1 pass\n/criterion 2 pass")
    need.says(need.o.chosen, "/dispute I delivered something else").says("client", "/accept")
    assert [pull.kind for pull in need.view.pulls] == ["winner"]


def test_a_closed_or_reopened_issue_says_nothing_by_itself():
    assert need_at(3).heard(signals.IssueStateChanged(closed=True)).new == []
