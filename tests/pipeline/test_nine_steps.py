"""The straight road, as a client, a coordinator, finance and suppliers would tell it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.pipeline.draw import rfc3797 as draw
from bot.pipeline.model import signals
from bot.pipeline.model.policy import Policy
from bot.pipeline.model.roles import Standing
from bot.pipeline.rules import Programme
from tests.pipeline.desk import OPENED, PEOPLE, WORK, Need, body


def test_an_issue_from_the_form_becomes_an_opportunity_with_someone_in_charge():
    need = Need()
    assert need.view.labels == {"1/contact", "waiting: coordinator"}
    assert need.view.assignees == {"coordinator"}
    assert [comment.mark for comment in need.view.comments] == ["status", "checklist 1"]


def test_any_other_issue_is_left_alone():
    need = Need(text="The site is down")
    assert not need.history
    assert not need.says("client", "/help").history
    assert need.answer is None


def test_every_step_in_its_order_to_the_end():
    need = Need()
    for step in range(1, 10):
        need.at(step)
    need.pull("ore", "open", 31)
    assert not need.view.closed
    need.pull("ore", "merged", 31)
    assert need.shows("done")
    assert need.view.closed == "completed"
    assert "summary" in [comment.mark for comment in need.view.comments]
    assert sorted(need.o.entered) == list(range(1, 10))


def test_one_stage_label_and_one_waiting_label_at_a_time():
    need = Need()
    for step in range(1, 10):
        labels = need.at(step).view.labels
        assert sum(label[0].isdigit() for label in labels) == 1
        assert sum(label.startswith("waiting: ") for label in labels) == 1


def test_eligible_is_refused_while_boxes_are_open_and_nothing_changes():
    need = Need().at(2).labelled("eligible", by="coordinator")
    assert "eligibility.refused-unticked" in need.answered
    assert not need.new
    assert not need.shows("eligible")


def test_an_eligible_need_waits_its_turn_when_ten_are_running_and_goes_on_by_itself():
    need = Need(programme=Programme(running=10)).at(2).ticked(2).labelled("eligible", by="coordinator")
    assert need.shows("2/eligibility", "waitlisted")
    need.programme = Programme(running=9)
    need.time_passes(need.now)
    assert need.shows("3/description")
    assert not need.shows("waitlisted")


def test_who_came_first_in_line_goes_first():
    need = Need(programme=Programme(running=9, ahead=1)).at(2).ticked(2).labelled("eligible", by="coordinator")
    assert need.shows("waitlisted")


def test_a_need_that_is_not_eligible_is_closed_with_other_ways_to_buy():
    need = Need().at(2).labelled("not-eligible", by="coordinator")
    assert need.view.closed == "not_planned"
    assert "not-eligible" in [comment.mark for comment in need.view.comments]


def test_the_statement_is_read_again_at_each_edit():
    need = (
        Need(text=body(criteria_fr="", closing="2027-06-22")).at(3).labelled("description-approved", by="coordinator")
    )
    assert {"statement.missing", "statement.closing-soon"} <= set(need.answered)
    need.edited(body())
    assert need.labelled("description-approved", by="coordinator").shows("4/posting")


def test_approval_alone_is_not_enough_once_the_statement_lacks_something():
    need = Need().at(3).edited(body(price="a lot"))
    assert "statement.unreadable-price" in [m.name for m in need.view.comments[0].message.args["missing"]]


def test_a_statement_that_changes_after_its_approval_is_approved_again_and_a_new_price_needs_new_funds():
    need = Need().at(4).labelled("funds-reserved", by="finance")
    need.edited(body(title_en="Azure policy"))
    assert not need.shows("description-approved")
    assert need.shows("funds-reserved", "waiting: coordinator")
    assert need.view.pulls == ()
    need.edited(body(price="$7,000"))
    assert need.answered == ["description.lapsed"]
    assert not need.shows("funds-reserved")
    need.labelled("description-approved", by="coordinator").labelled("funds-reserved", by="finance")
    assert [pull.kind for pull in need.view.pulls] == ["posting"]


def test_once_posted_the_statement_is_what_was_posted():
    need = Need().at(4).says("client", "/publish").pull("posting", "open").pull("posting", "merged")
    need.edited(body(price="$1"))
    assert need.labelled("funds-reserved", by="finance").o.statement.price.dollars == 6500


def test_what_holds_is_what_was_posted_even_if_the_issue_said_something_else_by_then():
    need = Need().at(4).labelled("funds-reserved", by="finance").pull("posting", "open")
    posted = need.text
    need.edited(body(closing="2027-07-13"))
    need.pull("posting", "merged", source=("Azure policies", posted))
    assert need.shows("5/evaluation", "description-approved")
    assert need.o.statement.closing == date(2027, 7, 12)


def test_an_older_edit_or_label_heard_late_changes_nothing():
    need = Need().at(3).edited(body(price="$2,000"))
    newer, need.now = need.now, need.now - timedelta(minutes=3)
    need.edited(body(price="$1,000"))
    assert need.o.statement.price.dollars == 2000
    need.now = newer
    late = Need().at(2).ticked(2).labelled("eligible", by="coordinator", on=True)
    assert late.shows("3/description")
    waiting = Need(programme=Programme(running=10)).at(2).ticked(2).labelled("eligible", by="coordinator")
    before = waiting.now
    waiting.labelled("eligible", by="coordinator", on=False)
    waiting.now = before - timedelta(minutes=1)
    assert not waiting.labelled("eligible", by="coordinator").shows("waitlisted")


def test_a_closed_pull_request_is_not_opened_again_by_an_older_event():
    need = Need().at(4).says("client", "/publish").pull("posting", "open").pull("posting", "closed")
    need.now -= timedelta(minutes=2)
    assert need.pull("posting", "open").o.pull("posting").state == "closed"


def test_a_command_in_the_opening_text_is_run_once_whatever_is_heard_first():
    text = "/help\n\n" + body()
    assert Need(text=text).answered[0] == "help.answer"
    need = Need(text=text, first=signals.LabelChanged("bug", on=True))
    assert need.answer is None
    assert need.heard(signals.IssueOpened()).answered[0] == "help.answer"
    assert need.heard(signals.IssueOpened()).answer is None


def test_the_post_needs_funds_and_the_merge_in_either_order():
    need = Need().at(4).says("client", "/publish").pull("posting", "open").pull("posting", "merged")
    assert need.shows("4/posting")
    assert need.labelled("funds-reserved", by="finance").shows("5/evaluation", "open")


def test_a_merge_is_for_good_even_if_an_older_event_comes_late():
    need = Need().at(5).pull("posting", "open")
    assert not need.new
    assert need.o.merged("posting")


def test_applications_close_by_themselves_at_the_end_of_the_day_in_ottawa():
    need = Need().at(5)
    need.says("supplier-1", "/interested").says("supplier-1", "/interested confirm")
    need.closes()
    assert need.now - timedelta(minutes=1) == OPENED.replace(month=7, day=13, hour=4, minute=0)
    assert need.shows("closed-to-applications", "waiting: client")


def test_an_application_after_closing_is_late_even_before_the_sweep_saw_it():
    need = Need().at(5)
    need.now = OPENED.replace(month=7, day=13, hour=4, minute=0)
    need.says("supplier-1", "/interested confirm")
    assert "evaluation.closed" in need.answered
    assert not need.o.applicants
    assert need.shows("closed-to-applications")


def test_an_application_written_in_time_counts_even_if_it_is_heard_after_the_closing():
    need = Need().at(5).says("supplier-1", "/interested confirm").closes()
    assert need.shows("closed-to-applications")
    need.now = OPENED.replace(month=7, day=13, hour=3, minute=29)
    need.says("supplier-2", "/interested confirm")
    assert [application.supplier for application in need.o.applicants] == ["supplier-1", "supplier-2"]


def test_nobody_evaluates_their_own_application(monkeypatch):
    need = Need().at(5).says("supplier-1", "/interested confirm").closes()
    monkeypatch.setitem(PEOPLE, "supplier-1", Standing(coordinator=True))
    assert "evaluate.refused-self" in need.says("supplier-1", "/evaluate @supplier-1 pass because I am good").answered


def test_every_applicant_is_evaluated_with_a_rationale_before_the_draw():
    need = Need().at(5)
    for supplier in ("supplier-1", "supplier-2"):
        need.says(supplier, "/intéressé confirme")
    need.closes()
    assert "evaluate.refused-rationale" in need.says("client", "/evaluate @supplier-1 pass").answered
    need.says("client", "/évaluer @supplier-1 réussi car le travail est montré")
    assert need.shows("5/evaluation")
    need.says("client", "/evaluate supplier-2 fail because nothing is shown")
    assert need.shows("6/selection")
    assert need.o.passing == ("supplier-1",)


def test_who_withdrew_needs_no_evaluation():
    need = Need().at(5).says("supplier-1", "/interested confirm").says("supplier-2", "/interested confirm")
    need.says("supplier-2", "/withdraw").closes()
    need.says("client", "/evaluate @supplier-1 pass because of the work shown")
    assert need.shows("6/selection")


def test_questions_are_numbered_and_answered_in_both_languages():
    need = Need().at(5).says("supplier-1", "/ask Bash?\nOr PowerShell?").says("supplier-2", "/question Quand?")
    assert [question.text for question in need.o.questions] == ["Bash?\nOr PowerShell?", "Quand?"]
    need.says("client", "/answer Q1 PowerShell.")
    assert "answer.missing-fr" in need.answered
    need.says("client", "/répondre Q1 PowerShell, comme décrit.")
    assert need.o.questions[0].answered
    need.says("client", "/answer Q2 en: In July.\nfr: En juillet.")
    assert (need.o.questions[1].en, need.o.questions[1].fr) == ("In July.", "En juillet.")


def test_questions_end_two_business_days_before_closing():
    need = Need().at(5)
    need.now = OPENED.replace(month=7, day=9)
    assert "ask.refused-late" in need.says("supplier-1", "/ask Too late?").answered


def test_the_pool_and_a_future_round_are_announced_before_anyone_can_know_the_result():
    need = Need().at(6).says("coordinator", "/draw")
    assert need.o.announced is not None
    assert need.o.announced.pool == ("supplier-1", "supplier-2")
    assert need.o.announced.due >= need.now + timedelta(minutes=10)
    need.says("coordinator", "/draw")
    assert "draw.refused-early" in need.answered
    assert need.o.chosen is None


def test_the_draw_is_what_anyone_computes_from_the_announced_round():
    need = Need().at(6)
    winner = need.drawn("7f" * 32)
    assert winner == draw.order(("supplier-1", "supplier-2"), draw.key(int("7f" * 32, 16)))[0]
    assert f"drawn {need.o.drawn.round} {winner}" in [comment.mark for comment in need.view.comments]


def test_who_declines_leaves_the_contract_to_the_next():
    need = Need().at(6)
    first = need.drawn()
    need.says(first, "/decline")
    second = need.o.chosen
    assert second not in (first, None)
    assert "common.not-yours" in need.says(first, "/confirm").answered
    need.says(second, "/confirm")
    assert need.o.confirmed


def test_the_work_happens_in_a_public_repository():
    need = Need().at(6)
    winner = need.drawn()
    need.says(winner, "/repo https://example.com/x/y")
    assert "repo.refused-address" in need.answered
    need.says(winner, "/repo https://github.com/supplier-1/secret")
    assert "repo.refused-private" in need.answered
    need.says(winner, "/repo https://github.com/supplier-1/policies.git")
    assert need.o.repository_named is not None
    assert need.o.repository_named.url == WORK.url


def test_only_what_passes_every_criterion_is_accepted():
    need = Need().at(7).says(Need().at(6).drawn(), "/deliver https://github.com/supplier-1/policies")
    need.says("client", "/criterion 1 pass\n/criterion 2 fail the tests do not run\n/accept")
    assert "accept.refused-criteria" in need.answered
    assert need.shows("7/assessment")
    need.says("client", "/revise the tests do not run")
    assert need.shows("waiting: supplier")
    need.says(need.o.chosen, "/livrer https://github.com/supplier-1/policies")
    assert "accept.refused-criteria" in need.says("client", "/critère 2 réussi\n/accepter").answered
    need.says("client", "/critère 1 réussi\n/accepter")
    assert need.shows("8/payment")
    assert [pull.kind for pull in need.view.pulls] == ["winner", "work", "ore"]


def test_what_is_accepted_is_what_was_assessed():
    need = Need().at(7)
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies/pull/1")
    need.says("client", "/criterion 1 pass\n/criterion 2 pass")
    need.says(need.o.chosen, "/repo https://github.com/supplier-1/policies")
    assert "selection.delivered" in need.answered
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies/pull/2")
    need.says("client", "/accept")
    assert need.shows("7/assessment"), "the new delivery has not been assessed"


def test_payment_goes_in_its_order_and_only_finance_says_so():
    need = Need().at(8).labelled("paid", by="finance")
    assert "payment.refused-order" in need.answered
    need.labelled("invoice-received", by="coordinator")
    assert "common.label-not-yours" in need.answered
    assert not need.shows("invoice-received")
    assert need.at(9).shows("9/exchange")


def test_labels_set_in_one_go_may_be_heard_of_in_any_order():
    need = Need().at(8)
    need.labels = frozenset({"invoice-received", "invoice-approved", "paid"})
    for label in ("paid", "invoice-approved"):
        assert need.labelled(label, by="finance").shows("8/payment", label)
    assert need.labelled("invoice-received", by="finance").shows("9/exchange")


def test_an_entry_merged_before_the_payment_closes_the_issue_at_the_payment():
    need = Need().at(8).pull("ore", "open", 31).pull("ore", "merged", 31)
    assert need.shows("8/payment")
    for label in ("invoice-received", "invoice-approved", "paid"):
        need.labelled(label, by="finance")
    assert need.shows("done")


def test_a_label_that_is_taken_back_is_no_longer_given():
    need = Need().at(8).labelled("invoice-received", by="finance")
    assert not need.labelled("invoice-received", by="finance", on=False).shows("invoice-received")
    assert need.labelled("eligible", by="coordinator", on=False).shows("eligible")
    assert "common.label-not-now" in need.answered


def test_a_stage_label_set_by_hand_is_explained_and_put_back():
    need = Need().at(3).labelled("5/evaluation", by="coordinator")
    assert "common.stage-label" in need.answered
    assert need.shows("3/description")
    assert not need.shows("5/evaluation")


def test_two_opportunities_with_the_same_history_are_the_same():
    assert Need().at(7).o == Need().at(7).o


@pytest.mark.parametrize("capacity", [1, 3])
def test_capacity_is_the_policys(capacity):
    programme = Programme(running=capacity)
    need = (
        Need(policy=Policy(capacity=capacity), programme=programme)
        .at(2)
        .ticked(2)
        .labelled("eligible", by="coordinator")
    )
    assert need.shows("waitlisted")
