"""The mission's table of commands, row by row: what each does, and whom and when it refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.pipeline.calendar import end_of
from bot.pipeline.model import facts as f
from bot.pipeline.registry import COMMANDS
from tests.pipeline.desk import Need, body, need_at

WORK = "https://github.com/supplier-1/policies"


def offered(need: Need) -> set[str]:
    """The commands that the last answer to `/help` lists."""
    return {english.text.split()[0] for english, _, _ in need.answer.messages[0].args["commands"]}


def applied(*suppliers: str) -> Need:
    need = need_at(5)
    for supplier in suppliers:
        need.says(supplier, "/interested confirm")
    return need


def delivered() -> Need:
    need = need_at(7)
    return need.says(need.o.chosen, f"/deliver {WORK}/pull/1")


def test_every_command_has_a_test_here_that_bears_its_name():
    tests = [name for name in globals() if name.startswith("test_")]
    assert not [rule.english for rule in COMMANDS if not any(n.startswith(f"test_{rule.english}_") for n in tests)]


# --- at any time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/help", "/aide"])
def test_help_lists_what_this_person_may_use_now(name):
    need = applied("supplier-1")
    assert {"/interested", "/ask", "/withdraw", "/help", "/why"} <= offered(need.says("supplier-2", name))
    assert "/extend" not in offered(need)
    assert {"/answer", "/cancel"} & offered(need.says("client", name)) == {"/cancel"}, "no question was asked"
    assert {"/extend", "/hold", "/assign"} <= offered(need.says("coordinator", name))
    assert "/interested" not in offered(need.closes().says("supplier-2", name))


@pytest.mark.parametrize("name", ["/status", "/etat", "/état"])
def test_status_says_where_things_stand_to_anyone_even_at_the_end(name):
    need = need_at(1)
    assert need.says("supplier-3", name).answered[0] == "status.answer"
    need.says("coordinator", "/cancel no need any more")
    assert need.says("supplier-3", name).answered[0] == "status.answer"
    assert not need.new


@pytest.mark.parametrize("name", ["/why", "/pourquoi"])
def test_why_names_what_blocks_the_next_step_a_line_each(name):
    need = need_at(4).says("supplier-3", name)
    missing = need.answer.messages[0].args["missing"]
    assert [message.name for message in missing] == ["posting.no-funds", "posting.no-pull"]


@pytest.mark.parametrize(("name", "inner"), [("/preview", "/accept"), ("/aperçu", "accepter"), ("/apercu", "/accept")])
def test_preview_tells_what_would_happen_and_does_nothing(name, inner):
    need = delivered().says("client", "/criterion 1 pass\n/criterion 2 pass")
    need.says("client", f"{name} {inner}")
    assert {"preview.done", "accept.done", "payment.title"} <= set(need.answered)
    assert need.new == []
    assert need.shows("7/assessment")


def test_preview_is_for_whoever_may_run_the_command():
    need = delivered().says("supplier-3", "/preview /accept")
    assert {"preview.refused", "common.not-yours"} <= set(need.answered)
    assert "preview.refused-empty" in need.says("client", "/preview").answered
    assert "preview.refused-unknown" in need.says("client", "/preview /dance").answered


# --- people --------------------------------------------------------------------------------------------------


def test_client_adds_someone_who_then_acts_as_the_client():
    need = need_at(3).says("coordinator", "/client @client-2")
    assert need.o.clients == ("client", "client-2")
    assert "check.complete" in need.says("client-2", "/check").answered


def test_client_is_refused_to_others_from_step_8_on_and_for_a_supplier():
    assert "common.not-yours" in need_at(3).says("client", "/client @client-2").answered
    assert "common.not-now" in need_at(8).says("coordinator", "/client @client-2").answered
    assert "client.refused-supplier" in applied("supplier-1").says("coordinator", "/client @Supplier-1").answered
    assert {"client.refused-login", "common.with-example"} <= set(need_at(3).says("coordinator", "/client").answered)


@pytest.mark.parametrize("name", ["/assign", "/assigner"])
def test_assign_puts_another_coordinator_in_charge(name):
    for step in range(1, 10):
        need = need_at(step).says("coordinator", f"{name} @coordinator-2")
        assert need.view.assignees == {"coordinator-2"}
        assert need.view.unassigned == {"coordinator"}
    assert "assign.refused-role" in need.says("coordinator", f"{name} @client").answered
    assert "common.not-yours" in need.says("client", f"{name} @coordinator").answered


# --- the statement -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "/price rate=80 hours=60",
        "/prix taux=80 heures=60",
        "/prix heures=60 taux=80",
        "/prix taux=80,00 heures=60,0",
        "/price rate=$80 hours=60",
    ],
)
def test_price_is_the_rate_times_the_hours_and_ten_more_with_each_provinces_tax(line):
    said = need_at(1).says("client", line).answer.messages[0]
    assert said.args["price"].dollars == 80 * (60 + 10)
    totals = {province.name: total.dollars for province, total in said.args["totals"]}
    assert len(totals) == 13
    assert totals["province.ON"] == Decimal("6328.00")
    assert not said.args["over"]


def test_price_warns_above_the_ceiling_which_8690_before_tax_keeps():
    def over(rate: int, hours: int) -> bool:
        return need_at(4).says("coordinator", f"/price rate={rate} hours={hours}").answer.messages[0].args["over"]

    assert not over(79, 100)  # 8,690
    assert over(87, 90)  # 8,700


def test_price_is_refused_without_numbers_to_suppliers_and_once_posted():
    assert {"price.refused-arguments", "common.with-example"} <= set(need_at(3).says("client", "/price 80").answered)
    assert "common.not-yours" in need_at(3).says("supplier-1", "/price rate=80 hours=60").answered
    assert "common.not-now" in need_at(5).says("client", "/price rate=80 hours=60").answered


@pytest.mark.parametrize("name", ["/check", "/vérifier", "/verifier"])
def test_check_says_what_the_statement_lacks_in_either_language(name):
    need = need_at(3).edited(body(short_fr="", criteria_en="- An MIT licence"))
    said = need.says("client", name).answered
    assert {"check.missing", "statement.missing", "statement.no-requirements"} <= set(said)
    assert "check.complete" in need_at(4).says("coordinator", name).answered
    assert "common.not-now" in need_at(5).says("client", name).answered


@pytest.mark.parametrize("name", ["/publish", "/publier"])
def test_publish_opens_the_pull_request_and_then_points_at_it(name):
    need = need_at(4).says("client", name)
    assert [(pull.kind, pull.title) for pull in need.view.pulls] == [
        ("posting", "Opportunity 12: Azure policies / Politiques Azure")
    ]
    assert "publish.again" in need.pull("posting", "open").says("coordinator", name).answered
    assert need.view.pulls, "the pull request is kept as the statement says"


def test_publish_is_refused_while_the_statement_lacks_something_or_is_not_approved():
    need = need_at(4).edited(body(price=""))
    said = need.says("client", "/publish").answered
    assert {"publish.refused-incomplete", "statement.missing", "description.unapproved"} <= set(said)
    assert "common.not-yours" in need.says("supplier-1", "/publish").answered
    assert "common.not-now" in need_at(3).says("client", "/publish").answered


# --- applications --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "confirm"), [("/interested", "confirm"), ("/intéressé", "confirme")])
def test_interested_applies_and_counts_once_confirmed(name, confirm):
    need = need_at(5).says("supplier-1", name)
    assert need.answered == ["interested.confirm"]
    assert not need.o.applicants
    assert need.says("supplier-1", f"{name} {confirm}").answered == ["interested.done"]
    assert [application.supplier for application in need.o.applicants] == ["supplier-1"]
    assert need.says("supplier-1", name).answered == ["interested.again"]


def test_interested_is_for_suppliers_while_applications_are_open():
    assert "common.not-now" in need_at(4).says("supplier-1", "/interested").answered
    need = need_at(5)
    for who in ("client", "coordinator", "finance"):
        assert "common.not-yours" in need.says(who, "/interested confirm").answered
    assert "evaluation.closed" in need.closes().says("supplier-1", "/interested confirm").answered
    assert not need.o.applications


@pytest.mark.parametrize("name", ["/withdraw", "/retirer"])
def test_withdraw_takes_an_application_back_and_it_can_be_given_again(name):
    need = applied("supplier-1").says("supplier-1", name)
    assert need.o.applicants == ()
    assert "withdraw.refused-none" in need.says("supplier-1", name).answered
    assert need.says("supplier-1", "/interested").answered == ["interested.done"]


def test_withdraw_in_step_6_leaves_the_contract_to_the_next_until_it_is_confirmed():
    need = need_at(6)
    first = need.drawn()
    second = need.says(first, "/withdraw").o.chosen
    assert second not in (None, first)
    assert "withdraw.refused-confirmed" in need.says(second, "/confirm\n/withdraw").answered
    assert need.o.chosen == second


@pytest.mark.parametrize("name", ["/ask", "/question"])
def test_ask_numbers_the_questions(name):
    need = need_at(5).says("supplier-1", f"{name} Bash?").says("supplier-2", f"{name} Or Python?")
    assert [(asked.number, asked.text) for asked in need.o.questions] == [(1, "Bash?"), (2, "Or Python?")]
    assert "questions" in need.marks
    assert {"ask.refused-empty", "common.with-example"} <= set(need.says("supplier-1", name).answered)
    assert "common.not-yours" in need.says("client", f"{name} Bash?").answered


@pytest.mark.parametrize(
    ("line", "missing"),
    [("/answer Q1 Yes.", "answer.missing-fr"), ("/répondre Q1 Oui.", "answer.missing-en"), ("/repondre 1 Oui.", None)],
)
def test_answer_asks_for_the_language_that_is_missing(line, missing):
    need = need_at(5).says("supplier-1", "/ask Bash?").says("client", line)
    assert missing is None or missing in need.answered
    assert not need.o.questions[0].answered


def test_answer_is_for_all_in_both_languages_by_the_client_or_a_coordinator():
    need = need_at(5).says("supplier-1", "/ask Bash?")
    need.says("coordinator", "/answer Q1 fr: Oui. en: Yes.")
    assert (need.o.questions[0].en, need.o.questions[0].fr) == ("Yes.", "Oui.")
    assert "answer.refused-unknown" in need.says("client", "/answer Q7 Yes.").answered
    assert "common.not-yours" in need.says("supplier-2", "/answer Q1 No.").answered
    assert "answer.nothing-asked" in need_at(5).says("client", "/answer Q1 Yes.").answered


@pytest.mark.parametrize("name", ["/extend", "/prolonger"])
def test_extend_moves_the_closing_while_applications_are_open(name):
    need = applied("supplier-1").says("coordinator", f"{name} 2027-07-14 for the questions")
    assert need.o.statement.closing == date(2027, 7, 14)
    assert need.status["deadline"] == end_of(date(2027, 7, 14))
    assert need.answer.messages[0].args["reason"] == "for the questions"
    assert "common.not-yours" in need.says("client", f"{name} 2027-07-15").answered
    assert "extend.closed" in need.closes().says("coordinator", f"{name} 2027-07-20").answered


def test_extend_moves_the_delivery_until_the_work_is_delivered():
    need = need_at(7).says("coordinator", "/extend 2027-08-06")
    assert need.o.statement.delivery == date(2027, 8, 6)
    need.says(need.o.chosen, f"/deliver {WORK}")
    assert "extend.delivered" in need.says("coordinator", "/extend 2027-08-13").answered
    assert need.says("client", "/revise the tests").says("coordinator", "/extend 2027-08-13").shows("waiting: supplier")
    assert need.o.statement.delivery == date(2027, 8, 13)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "extend.refused-date"),
        ("soon", "extend.refused-date"),
        ("2027-02-30", "extend.refused-date"),
        ("2027-07-12", "extend.refused-early"),
        ("2027-06-01", "extend.refused-early"),
        ("2027-07-17", "extend.refused-holiday"),
        ("2027-09-06", "extend.refused-holiday"),
    ],
)
def test_extend_wants_a_later_business_day(text, refusal):
    need = need_at(5).says("coordinator", f"/extend {text}")
    assert refusal in need.answered
    assert need.new == []


# --- evaluation and selection --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "/evaluate @supplier-1 pass because of three years of such work",
        "/evaluate supplier-1 criterion 1 passes since the work is shown",
        "/evaluer @supplier-1 reussi car le travail est démontré",
        "/évaluer @supplier-1 critère 1 réussi car le travail est démontré",
        "/évaluer @supplier-1 réussite car le travail est démontré",
        "/evaluer @supplier-1 reussite : le travail est démontré",
        "/evaluate @supplier-1 passed because the work is shown",
    ],
)
def test_evaluate_records_the_result_with_its_rationale(line):
    need = applied("supplier-1").closes().says("client", line)
    assert need.o.passing == ("supplier-1",)
    assert need.shows("6/selection")


@pytest.mark.parametrize(
    "line", ["/evaluate @supplier-1 pass", "/évaluer @supplier-1 échec car .", "/evaluate @supplier-1 fail because"]
)
def test_evaluate_is_refused_without_a_rationale(line):
    assert "evaluate.refused-rationale" in applied("supplier-1").closes().says("client", line).answered


@pytest.mark.parametrize("result", ["fail", "failed", "not passed", "échec", "echec", "échoue", "échoué"])
def test_evaluate_knows_a_failure_by_every_word_for_it(result):
    need = applied("supplier-1").closes().says("client", f"/evaluate @supplier-1 {result} because nothing is shown")
    assert need.o.application("supplier-1").passed(1) is False


def test_evaluate_goes_criterion_by_criterion():
    two = body(evaluation_en="1. Skills\n2. Ways", evaluation_fr="1. Compétences\n2. Façons")
    need = Need(text=two).at(5).says("supplier-1", "/interested confirm").closes()
    need.says("client", "/evaluate @supplier-1 criterion 1 pass because of the work")
    assert need.shows("5/evaluation", "waiting: client")
    assert (
        "evaluate.refused-criterion"
        in need.says("client", "/evaluate @supplier-1 criterion 3 pass because yes").answered
    )
    need.says("client", "/evaluate @supplier-1 criterion 2 fail because nothing is said")
    assert need.blocked == ["evaluation.nobody-passed"]


def test_evaluate_can_be_changed_until_the_draw():
    need = need_at(6).says("client", "/evaluate @supplier-1 fail because the reference was wrong")
    assert need.o.passing == ("supplier-2",)
    need.says("coordinator", "/draw")
    assert "evaluation.drawn" in need.says("client", "/evaluate @supplier-1 pass because after all").answered


def test_evaluate_is_refused_while_open_to_suppliers_and_for_who_did_not_apply():
    need = applied("supplier-1")
    assert "evaluation.still-open" in need.says("client", "/evaluate @supplier-1 pass because good").answered
    need.closes()
    assert "evaluate.refused-unknown" in need.says("client", "/evaluate @supplier-3 pass because good").answered
    assert "common.not-yours" in need.says("supplier-2", "/evaluate @supplier-1 fail because bad").answered


@pytest.mark.parametrize("name", ["/draw", "/tirage"])
def test_draw_announces_the_pool_and_completes_by_itself(name):
    need = need_at(6).says("coordinator", name)
    announced = need.o.announced
    assert announced.pool == ("supplier-1", "supplier-2")
    assert "draw.refused-early" in need.says("coordinator", name).answered
    need.randomness[announced.round] = "ab" * 32
    assert need.time_passes(announced.due).o.chosen
    assert "selection.drawn" in need.says("coordinator", name).answered


def test_draw_is_a_coordinators_in_step_6():
    assert "common.not-yours" in need_at(6).says("client", "/draw").answered
    assert "common.not-now" in need_at(5).says("coordinator", "/draw").answered


@pytest.mark.parametrize("name", ["/confirm", "/confirmer"])
def test_confirm_is_for_the_drawn_supplier_once_drawn(name):
    need = need_at(6)
    assert "common.not-yours" in need.says("supplier-1", name).answered
    winner = need.drawn()
    other = {"supplier-1", "supplier-2"} - {winner}
    assert "common.not-yours" in need.says(other.pop(), name).answered
    assert need.says(winner, name).o.confirmed
    assert need.says(winner, name).answered == ["confirm.again"]


@pytest.mark.parametrize("name", ["/decline", "/décliner", "/decliner"])
def test_decline_leaves_the_contract_to_the_next_and_then_to_nobody(name):
    need = need_at(6)
    first = need.drawn()
    second = need.says(first, name).o.chosen
    assert second not in (None, first)
    assert need.says(second, name).o.chosen is None
    assert need.shows("6/selection", "waiting: coordinator")
    assert need.blocked == ["selection.nobody-left"]


def test_decline_is_refused_once_confirmed():
    need = need_at(6)
    winner = need.drawn()
    assert "decline.refused-confirmed" in need.says(winner, "/confirm\n/decline").answered


@pytest.mark.parametrize("name", ["/repo", "/depot", "/dépôt"])
def test_repo_names_a_public_repository_by_supplier_client_or_coordinator(name):
    for who in ("", "client", "coordinator"):
        need = need_at(6)
        winner = need.drawn()
        assert need.says(who or winner, f"{name} {WORK}").o.repository_named.name == "supplier-1/policies"
    assert "repo.refused-private" in need.says(winner, f"{name} https://github.com/supplier-1/secret").answered
    assert {"repo.refused-address", "common.with-example"} <= set(need.says(winner, f"{name} here").answered)
    assert "common.not-yours" in need.says("supplier-3", f"{name} {WORK}").answered


# --- work ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/deliver", "/livrer"])
@pytest.mark.parametrize("what", ["", "/pull/1", "/commit/c0ffeec0ffee", "/tree/main"])
def test_deliver_hands_over_a_pull_request_or_repository_with_evidence(name, what):
    need = need_at(7)
    assert need.says("supplier-3", f"{name} {WORK}").answered[0] == "common.not-yours"
    need.says(need.o.chosen, f"{name} {WORK}{what}")
    assert {"deliver.done", "assessment.evidence"} <= set(need.answered)
    assert need.shows("waiting: client")


def test_deliver_is_refused_where_there_is_nothing_to_see():
    need = need_at(7)
    assert "deliver.refused-address" in need.says(need.o.chosen, f"/deliver {WORK}/issues/1").answered
    assert "repo.refused-private" in need.says(need.o.chosen, "/deliver https://github.com/supplier-1/secret").answered
    need.evidence = None
    assert "deliver.refused-missing" in need.says(need.o.chosen, f"/deliver {WORK}/pull/404").answered
    assert need.o.delivered is None


@pytest.mark.parametrize(
    ("name", "passes", "fails"), [("/criterion", "pass", "fail"), ("/critere", "réussite", "échec")]
)
def test_criterion_marks_each_acceptance_criterion(name, passes, fails):
    need = delivered().says("client", f"{name} 1 {passes}\n{name} 2 {fails} no tests")
    assert [(mark.passed, mark.note) for mark in need.o.marks.values()] == [(True, ""), (False, "no tests")]
    assert need.blocked == ["assessment.failed"]
    assert "criterion.refused-unknown" in need.says("client", f"{name} 3 {passes}").answered
    assert "criterion.refused-arguments" in need.says("client", f"{name} {passes}").answered
    assert "common.not-yours" in need.says("coordinator", f"{name} 1 {passes}").answered
    assert "assessment.undelivered" in need_at(7).says("client", f"{name} 1 {passes}").answered


@pytest.mark.parametrize("name", ["/revise", "/réviser", "/reviser"])
def test_revise_gives_the_work_back_to_the_supplier(name):
    need = delivered()
    assert {"revise.refused-empty", "common.with-example"} <= set(need.says("client", name).answered)
    assert need.says("client", f"{name} the tests do not run").shows("waiting: supplier")
    assert "accept.refused-criteria" in need.says("client", "/criterion 1 pass\n/criterion 2 pass\n/accept").answered
    assert need.says(need.o.chosen, f"/deliver {WORK}/pull/1").shows("waiting: client")
    assert not need.o.marks, "a new delivery is assessed anew"


@pytest.mark.parametrize("name", ["/accept", "/accepter"])
def test_accept_opens_the_pull_request_for_the_exchange(name):
    need = delivered().says("client", f"/criterion 1 pass\n/criterion 2 pass\n{name}")
    assert need.shows("8/payment")
    assert [pull.kind for pull in need.view.pulls] == ["winner", "work", "ore"]


def test_accept_is_the_clients_once_every_criterion_passed():
    need = delivered().says("client", "/criterion 1 pass\n/accept")
    assert {"accept.refused-criteria", "assessment.unmarked"} <= set(need.answered)
    for who in ("coordinator", need.o.chosen, "finance"):
        assert "common.not-yours" in need.says(who, "/accept").answered
    assert "assessment.undelivered" in need_at(7).says("client", "/accept").answered


@pytest.mark.parametrize("name", ["/ore"])
def test_ore_fills_in_the_entry_by_client_or_coordinator(name):
    need = need_at(8).says("client", f'{name} category=43232400 tags.en="policy, cloud" name.fr=Azur')
    assert need.o.entry == {"category": "43232400", "tags.en": "policy, cloud", "name.fr": "Azur"}
    assert need.says("coordinator", f"{name} status=Alpha").o.entry["status"] == "Alpha"
    assert {"ore.refused", "exchange.problem"} <= set(need.says("client", f"{name} status=Great").answered)
    assert "ore.refused" in need.says("client", f"{name} colour=red").answered
    assert "common.not-now" in need_at(6).says("client", f"{name} status=Alpha").answered


# --- what does not go by the straight road -------------------------------------------------------------------


@pytest.mark.parametrize(("stop", "go"), [("/hold", "/resume"), ("/suspendre", "/reprendre")])
def test_hold_stops_the_clock_in_any_step_with_a_reason_and_resume_restarts_it(stop, go):
    for step in range(1, 10):
        need = need_at(step)
        before = need.o
        assert {"hold.refused-reason", "common.with-example"} <= set(need.says("coordinator", stop).answered)
        assert need.says("coordinator", f"{stop} the budget").shows("on-hold")
        assert not [label for label in need.view.labels if label.startswith("waiting")]
        assert need.status["reason"] == "the budget"
        assert need.says("coordinator", f"{stop} once more").answer.refused
        assert not need.says("coordinator", go).shows("on-hold")
        assert need.o.step == before.step
        assert need.o.statement == before.statement, "an hour's pause moves no date"
    assert "common.not-yours" in need.says("client", f"{stop} the budget").answered


def test_resume_is_refused_where_nothing_is_on_hold():
    assert "resume.running" in need_at(3).says("coordinator", "/resume").answered


@pytest.mark.parametrize(("opens", "settles"), [("/dispute", "/resolve"), ("/differend", "/regler")])
def test_dispute_by_supplier_or_client_stops_the_way_on_until_a_coordinator_settles_it(opens, settles):
    for who in ("client", "supplier-1"):
        need = applied("supplier-1").closes().says(who, f"{opens} this is not what was posted")
        assert need.shows("disputed", "waiting: coordinator")
        assert "dispute.refused-open" in need.says("client", f"{opens} me too").answered
        need.says("client", "/evaluate @supplier-1 pass because of the work")
        assert need.shows("5/evaluation")
        assert need.blocked == ["exceptions.disputed"]
        assert "common.not-yours" in need.says("supplier-1", f"{settles} I win").answered
        assert need.says("coordinator", f"{settles} both agree").shows("6/selection")
        assert not need.shows("disputed")


def test_dispute_and_its_settlement_are_said_in_words_from_5_to_8():
    assert "common.not-now" in need_at(4).says("client", "/dispute no").answered
    assert "common.not-now" in need_at(9).says("client", "/dispute no").answered
    assert "dispute.refused-empty" in need_at(8).says("client", "/dispute").answered
    assert "common.not-yours" in need_at(5).says("coordinator", "/dispute no").answered


def test_resolve_needs_a_dispute_and_words():
    assert "resolve.none" in need_at(5).says("coordinator", "/resolve fine").answered
    need = need_at(8).says("client", "/dispute the invoice is too high").says("coordinator", "/resolve")
    assert "resolve.refused-empty" in need.answered
    assert need.shows("disputed")


@pytest.mark.parametrize("name", ["/cancel", "/annuler"])
def test_cancel_ends_it_with_a_reason_by_a_coordinator_before_8(name):
    for step in range(1, 8):
        need = need_at(step)
        assert "cancel.refused-reason" in need.says("coordinator", name).answered
        need.says("coordinator", f"{name} the need has gone away")
        assert need.view.labels >= {"cancelled"}
        assert need.view.closed == "not_planned"
        assert "cancelled" in need.marks
    assert "common.not-now" in need_at(8).says("coordinator", f"{name} too late").answered


def test_cancel_by_the_client_before_a_supplier_is_selected():
    for step in range(1, 6):
        assert need_at(step).says("client", "/cancel no need").shows("cancelled")
    assert "common.not-now" in need_at(6).says("client", "/cancel no need").answered
    assert "common.not-yours" in need_at(5).says("supplier-1", "/cancel no need").answered


@pytest.mark.parametrize("name", ["/terminate", "/résilier", "/resilier"])
def test_terminate_ends_the_contract_without_payment(name):
    need = need_at(7)
    assert "terminate.refused-reason" in need.says("coordinator", name).answered
    assert "common.not-yours" in need.says("client", f"{name} nothing came").answered
    need.says("coordinator", f"{name} nothing came")
    assert need.shows("terminated", "waiting: coordinator")
    assert need.blocked == ["exceptions.what-next"]
    assert "terminate.nobody" in need_at(6).says("coordinator", f"{name} nobody").answered
    assert "common.not-now" in need_at(8).says("coordinator", f"{name} too late").answered


@pytest.mark.parametrize("name", ["/next", "/suivant"])
def test_next_offers_the_contract_to_the_next_passing_supplier(name):
    need = need_at(7)
    assert "next.running" in need.says("coordinator", name).answered
    first, others = need.o.chosen, set(need.o.drawn.order) - {need.o.chosen}
    need.says("coordinator", "/terminate nothing came").says("coordinator", name)
    assert {need.o.chosen} == others
    assert need.shows("6/selection", "waiting: supplier")
    assert not need.shows("terminated")
    assert not need.o.confirmed
    assert "common.not-yours" in need.says(first, "/confirm").answered
    assert need.says(need.o.chosen, "/confirm").o.confirmed


def test_next_wants_a_delivery_date_once_the_old_one_is_past():
    need = need_at(7)
    need.now = end_of(date(2027, 8, 3))
    need.says("coordinator", "/terminate nothing came")
    assert "next.refused-past" in need.says("coordinator", "/next").answered
    assert "extend.refused-holiday" in need.says("coordinator", "/next 2027-08-14").answered
    assert need.says("coordinator", "/next 2027-08-31").o.statement.delivery == date(2027, 8, 31)
    assert need.shows("6/selection")


@pytest.mark.parametrize("name", ["/repost", "/réafficher", "/reafficher"])
def test_repost_runs_it_again_where_nobody_applied_or_passed(name):
    need = need_at(5)
    assert "repost.running" in need.says("coordinator", name).answered
    need.closes().says("coordinator", name)
    assert need.shows("3/description")
    assert need.o.run == 2
    assert not need.shows("description-approved")
    assert "common.not-yours" in need.says("client", name).answered


@pytest.mark.parametrize("name", ["/override", "/deroger", "/déroger"])
def test_override_lets_one_guarded_label_through_with_its_reason(name):
    need = need_at(2)
    assert "override.refused-reason" in need.says("coordinator", name).answered
    assert "common.not-yours" in need.says("client", f"{name} I want it").answered
    need.says("coordinator", f"{name} the director decided").labelled("eligible", by="coordinator")
    assert need.shows("3/description")
    assert f.Overridden("eligible", "the director decided") in need.new
    again = need_at(2).says("coordinator", f"{name} once").labelled("3/description", by="coordinator")
    assert again.shows("3/description")
    assert again.labelled("5/evaluation", by="coordinator").shows("3/description"), "one label only"
