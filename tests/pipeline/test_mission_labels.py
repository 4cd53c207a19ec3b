"""The mission's three kinds of labels: stages ask for a move, signals say what is so, states are the bot's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.pipeline.model import facts as f
from bot.pipeline.model.roles import Role
from bot.pipeline.registry import SIGNALS, STAGE_LABELS
from bot.pipeline.rules import Programme
from bot.pipeline.view import STATE_LABELS
from tests.pipeline.desk import Need, body, need_at

WORK = "https://github.com/supplier-1/policies"


def setter(label: str) -> str:
    return "finance" if SIGNALS[label][1].by is Role.FINANCE else "coordinator"


def waiting_for_a_place() -> Need:
    return Need(programme=Programme(running=10)).at(2).ticked(2).labelled("eligible", by="coordinator")


# --- stages: a move that is asked for ------------------------------------------------------------------------


def test_a_move_that_lacks_something_is_explained_and_put_back_naming_override():
    need = need_at(4).labelled("5/evaluation", by="coordinator")
    said = need.answer.messages[0]
    assert said.name == "common.stage-label"
    assert [missing.name for missing in said.args["missing"]] == ["posting.no-funds", "posting.no-pull"]
    assert said.args["moves"], "so that /override is named"
    assert need.shows("4/posting")
    assert not need.shows("5/evaluation")


def test_the_same_move_asked_for_again_is_left_and_the_coordinator_told():
    need = need_at(4).labelled("5/evaluation", by="coordinator-2").labelled("5/evaluation", by="coordinator-2")
    said = need.answer.messages[0]
    assert said.name == "common.label-left"
    assert (said.args["coordinator"].name, said.args["coordinator"].ping) == ("coordinator", True)
    assert need.shows("4/posting", "5/evaluation")
    assert need.o.step == 4, "a label that is left moves nothing"


def test_a_label_that_was_left_can_be_taken_off_without_a_word():
    need = need_at(4)
    for _ in range(2):
        need.labelled("5/evaluation", by="coordinator")
    need.labelled("5/evaluation", by="coordinator", on=False)
    assert need.answer is None
    assert not need.shows("5/evaluation")


def test_a_stage_label_taken_off_by_hand_is_put_back_once_and_then_left_off():
    need = need_at(4).labelled("4/posting", by="coordinator", on=False)
    assert need.answered[0] == "common.stage-label"
    assert need.shows("4/posting")
    need.labelled("4/posting", by="coordinator", on=False)
    assert need.answered[0] == "common.label-left"
    assert not need.shows("4/posting")


def test_labels_that_were_left_are_forgotten_in_the_next_step():
    need = need_at(3)
    for _ in range(2):
        need.labelled("9/exchange", by="coordinator")
    assert need.at(4).view.labels >= {"4/posting"}
    assert not need.shows("9/exchange")


def test_a_move_whose_conditions_hold_is_made():
    need = waiting_for_a_place()
    need.programme = Programme(running=9)
    need.labelled("3/description", by="coordinator")
    assert need.shows("3/description")
    assert need.answer is None


def test_the_label_of_the_step_it_is_in_says_nothing():
    for label, step in STAGE_LABELS.items():
        need = need_at(step).labelled(label, by="client")
        assert need.answer is None
        assert need.new == []


def test_every_stage_label_is_guarded_in_every_step():
    for step in range(1, 10):
        for label, number in [*STAGE_LABELS.items(), ("done", 10)]:
            if number != step:
                need = need_at(step).labelled(label, by="coordinator")
                assert need.answered[0] == "common.stage-label"
                assert need.o.step == step


# --- override ------------------------------------------------------------------------------------------------


def test_an_override_moves_to_a_stage_with_its_reason_on_record():
    need = need_at(4).says("coordinator", "/override the page was posted by hand")
    need.labelled("5/evaluation", by="coordinator")
    assert need.answered[0] == "common.overridden"
    assert need.shows("5/evaluation", "open")
    recorded = next(r for r in need.history if isinstance(r.fact, f.Overridden))
    assert (recorded.actor, recorded.fact.label, recorded.fact.reason) == (
        "coordinator",
        "5/evaluation",
        "the page was posted by hand",
    )


def test_an_override_is_for_a_label_that_a_coordinator_sets():
    need = need_at(4).says("coordinator", "/override by phone").labelled("5/evaluation", by="client")
    assert need.shows("4/posting")
    assert need.labelled("5/evaluation", by="coordinator-2").shows("5/evaluation")


def test_an_override_goes_back_to_a_step_that_lacks_something():
    need = need_at(4).edited(body(price="")).says("coordinator", "/override the client has to write it anew")
    assert need.labelled("3/description", by="coordinator").shows("3/description", "waiting: client")


def test_an_override_ends_an_opportunity_whose_work_was_accepted():
    need = need_at(8).says("coordinator", "/override paid under another file").labelled("done", by="coordinator")
    assert need.view.closed == "completed"


@pytest.mark.parametrize(
    ("step", "label", "why"),
    [
        (3, "6/selection", "selection.nobody-left"),
        (5, "7/assessment", "terminate.nobody"),
        (7, "8/payment", "payment.unaccepted"),
        (7, "9/exchange", "payment.unaccepted"),
        (7, "done", "payment.unaccepted"),
        (5, "3/description", "common.override-posted"),
        (6, "5/evaluation", "common.override-goes-on"),
    ],
)
def test_what_not_even_an_override_can_do(step, label, why):
    need = need_at(step).says("coordinator", "/override it has to be").labelled(label, by="coordinator")
    assert {"common.override-impossible", why} <= set(need.answered)
    assert need.o.step == step
    assert need.o.overriding == "it has to be"


def test_an_override_back_takes_back_the_signal_that_had_led_on():
    need = need_at(4).says("coordinator", "/override the text is not final").labelled("3/description", by="coordinator")
    assert need.shows("3/description")
    assert not need.shows("description-approved")


def test_not_even_an_override_posts_a_statement_with_holes():
    need = need_at(3).edited(body(price="")).says("coordinator", "/override go").labelled("4/posting", by="coordinator")
    assert {"common.override-impossible", "statement.missing"} <= set(need.answered)


def at_a_guarded_signal(label: str) -> Need:
    """Where that signal is refused for what is missing."""
    match label:
        case "eligible":
            return need_at(2)
        case "description-approved":
            return need_at(3).edited(body(closing="2027-06-23"))
        case "funds-reserved":
            return need_at(4).edited(body(closing="2027-06-23"))
        case "terms-signed":
            need = need_at(6)
            need.drawn()
            return need
        case _:
            return need_at(8)


GUARDED_SIGNALS = ("eligible", "description-approved", "funds-reserved", "terms-signed", "invoice-approved", "paid")


@pytest.mark.parametrize("label", GUARDED_SIGNALS)
def test_a_guarded_signal_says_what_is_missing_and_moves_through_with_an_override(label):
    need, who = at_a_guarded_signal(label), setter(label)
    assert need.labelled(label, by=who).answer.refused
    assert not need.shows(label)
    need.says("coordinator", "/override it is known").labelled(label, by=who)
    assert need.answered[0] == "common.overridden"
    assert need.shows(label)
    assert not need.o.overriding


def test_an_override_does_not_outlive_its_occasion():
    """It is for the next label, in this step, within a day: nobody opens another guard with an old reason."""
    need = need_at(1).says("coordinator", "/override for now").labelled("client-verified", by="coordinator")
    assert need.shows("2/eligibility")
    assert not need.o.overriding
    need = need_at(8).says("coordinator", "/override paid by card")
    need.now += timedelta(days=2)
    assert "payment.refused-order" in need.labelled("paid", by="finance").answered


def test_an_override_gives_nobody_a_role_and_no_signal_another_step():
    need = need_at(4).says("coordinator", "/override please").labelled("funds-reserved", by="client")
    assert need.answered[0] == "common.label-not-yours"
    assert need.labelled("paid", by="finance").answered[0] == "common.label-not-now"
    assert need.o.overriding == "please"


def test_on_hold_not_even_an_override_moves_anything():
    need = need_at(4).says("coordinator", "/override by phone\n/hold the budget")
    assert need.labelled("5/evaluation", by="coordinator").shows("4/posting", "on-hold")


# --- signals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", SIGNALS)
def test_a_signal_set_by_someone_without_the_role_is_removed_and_explained(label):
    need = need_at(SIGNALS[label][1].steps[0])
    before = need.o
    for who in {"client", "finance", "supplier-1", "coordinator"} - {setter(label)}:
        need.labelled(label, by=who)
        assert need.answered[0] == "common.label-not-yours"
        assert not need.shows(label)
        assert need.o == before


@pytest.mark.parametrize("label", SIGNALS)
def test_a_signal_belongs_to_its_step(label):
    for step in set(range(1, 10)) - set(SIGNALS[label][1].steps):
        need = need_at(step)
        was = need.shows(label)
        need.labelled(label, by=setter(label), on=not was)
        assert need.answered[0] == "common.label-not-now"
        assert need.shows(label) == was


def test_client_verified_leads_on_and_ticks_the_employee_box():
    need = need_at(1).labelled("client-verified", by="coordinator")
    assert need.shows("2/eligibility", "client-verified")
    assert (1, "employee") in need.o.ticked


def test_eligible_is_taken_back_while_the_need_waits_for_a_place():
    need = waiting_for_a_place().labelled("eligible", by="coordinator", on=False)
    assert not need.shows("eligible")
    assert not need.shows("waitlisted")
    assert "eligibility.undecided" in need.blocked


def test_description_approved_is_taken_back_until_it_is_posted():
    need = need_at(4).labelled("description-approved", by="coordinator", on=False)
    assert need.shows("4/posting", "waiting: coordinator")
    assert "description.unapproved" in need.blocked
    late = need_at(5).labelled("description-approved", by="coordinator", on=False)
    assert late.answered[0] == "common.label-not-now"
    assert late.shows("description-approved")


def test_funds_reserved_is_taken_back_until_it_is_posted():
    need = need_at(4).labelled("funds-reserved", by="finance").labelled("funds-reserved", by="finance", on=False)
    assert need.blocked == ["posting.no-funds", "posting.no-pull"]
    late = need_at(5).labelled("funds-reserved", by="finance", on=False)
    assert late.answered[0] == "common.label-not-now"
    assert late.shows("funds-reserved")


def test_terms_signed_is_taken_back_until_the_work_begins():
    need = need_at(6)
    winner = need.drawn()
    need.says(winner, "/confirm").labelled("terms-signed", by="coordinator")
    assert not need.labelled("terms-signed", by="coordinator", on=False).shows("terms-signed")
    assert need.says(winner, f"/repo {WORK}").blocked == ["selection.unsigned"]


def test_invoice_papers_are_taken_back_until_it_is_paid():
    need = need_at(8).labelled("invoice-received", by="finance").labelled("invoice-approved", by="finance")
    need.labelled("invoice-approved", by="finance", on=False)
    assert need.blocked == ["payment.invoice-approved-missing", "payment.paid-missing"]
    late = need_at(9).labelled("paid", by="finance", on=False)
    assert late.answered[0] == "common.label-not-now"
    assert late.shows("paid")


def test_not_eligible_closes_and_cannot_be_taken_back():
    need = need_at(2).labelled("not-eligible", by="coordinator")
    assert need.view.closed == "not_planned"
    need.labelled("not-eligible", by="coordinator", on=False)
    assert need.answered[0] == "common.label-not-now"
    assert need.shows("not-eligible")


def test_a_signal_taken_off_by_someone_without_the_role_is_put_back():
    need = need_at(4).labelled("description-approved", by="finance", on=False)
    assert need.answered[0] == "common.label-not-yours"
    assert need.shows("description-approved")


def test_on_hold_no_signal_is_set():
    need = need_at(4).says("coordinator", "/hold the budget").labelled("funds-reserved", by="finance")
    assert need.answered[0] == "common.label-on-hold"
    assert not need.shows("funds-reserved")


# --- states --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", sorted(STATE_LABELS))
def test_a_state_label_changed_by_hand_is_put_back_and_explained_once_then_left(label):
    need = need_at(5)
    was = need.shows(label)
    need.labelled(label, by="coordinator", on=not was)
    assert need.answered[0] == "common.state-label"
    assert need.shows(label) == was
    need.labelled(label, by="coordinator", on=not was)
    assert need.answered[0] == "common.label-left"
    assert need.shows(label) != was
    assert (need.o.status, need.o.open) == ("active", True), "nothing but the label has changed"


def test_an_override_is_not_for_state_labels():
    need = need_at(5).says("coordinator", "/override close it").labelled("cancelled", by="coordinator")
    assert need.answered[0] == "common.state-label"
    assert need.o.overriding == "close it"


def test_open_and_closed_to_applications_follow_the_closing():
    need = need_at(5)
    assert need.shows("open", "waiting: supplier")
    need.closes()
    assert need.shows("closed-to-applications")
    assert not need.shows("open")


def test_waitlisted_is_shown_while_the_need_waits():
    assert waiting_for_a_place().shows("waitlisted", "2/eligibility")


@pytest.mark.parametrize(
    ("step", "who", "line", "label"),
    [
        (3, "coordinator", "/hold the budget", "on-hold"),
        (7, "client", "/dispute it is not so", "disputed"),
        (7, "coordinator", "/terminate nothing came", "terminated"),
        (7, "coordinator", "/cancel no money", "cancelled"),
    ],
)
def test_on_hold_disputed_terminated_cancelled_are_shown_when_they_are_so(step, who, line, label):
    assert not need_at(step).shows(label)
    assert need_at(step).says(who, line).shows(label)


def test_waiting_names_whose_turn_it_is_in_each_step():
    turns = ("coordinator", "coordinator", "coordinator", "finance", "supplier", "coordinator", "supplier", "supplier")
    for step, turn in enumerate(turns, 1):
        assert need_at(step).shows(f"waiting: {turn}")
        assert need_at(step).status["turn"].name == f"status.turn-{turn}"
    assert need_at(3).edited(body(price="")).shows("waiting: client")
    assert need_at(5).says("supplier-1", "/interested confirm").closes().shows("waiting: client")
    assert need_at(8).labelled("invoice-received", by="finance").shows("waiting: finance")
    assert need_at(9).shows("waiting: client")


def test_any_other_label_is_nobodys_business():
    need = need_at(3).labelled("bug", by="client")
    assert need.answer is None
    assert need.new == []
