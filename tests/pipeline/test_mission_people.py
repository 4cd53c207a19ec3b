"""The mission's people and the rules that protect them: who is who, plain words, confirmations, flags, edits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.pipeline.model import facts as f
from bot.pipeline.model import signals
from bot.pipeline.model.roles import Role, Standing, roles
from bot.pipeline.model.words import Login
from bot.pipeline.reading import plain
from tests.pipeline.desk import PEOPLE, Need, body, need_at

BOXES = (
    "- [{age}] I am of the age of majority.",
    "- [{status}] I am Canadian, First Nations, Métis, Inuit or a permanent resident, or I have a work permit.",
    "- [{payment}] I can be paid by card or PayPal.",
    "- [{terms}] I agree to the price and the delivery date.",
)


def confirming(*ticked: str, first: str = "") -> str:
    """A supplier's own comment with the four boxes, some of them ticked."""
    marks = {name: "x" if name in ticked else " " for name in plain.CONFIRMATIONS}
    return "\n".join([first, "", *BOXES] if first else BOXES).format(**marks)


ALL = plain.CONFIRMATIONS


def writes(need: Need, comment_id: int, login: str, text: str, before: str | None = None) -> Need:
    """One and the same comment, written or edited."""
    return need._happens(signals.Commented(comment_id, text, before), login)


def roles_of(need: Need, login: str) -> set[Role]:
    return set(roles(need.o, login, PEOPLE.get(login, Standing())))


# --- who is who ----------------------------------------------------------------------------------------------


def test_everyone_has_the_role_of_the_missions_table():
    need = need_at(7)
    assert roles_of(need, "client") == {Role.CLIENT}
    assert roles_of(need, "coordinator-2") == {Role.COORDINATOR}
    assert roles_of(need, "finance") == {Role.FINANCE}
    assert roles_of(need, "stranger") == {Role.SUPPLIER}
    assert roles_of(need, need.o.chosen) == {Role.SUPPLIER, Role.APPLICANT, Role.DRAWN}


def test_logins_are_the_same_person_whatever_their_capitals():
    need = need_at(5).says("Supplier-1", "/interested confirm").says("SUPPLIER-1", "/interested confirm")
    assert need.answered == ["interested.again"]
    assert len(need.o.applicants) == 1
    assert roles_of(need, "CLIENT") == {Role.CLIENT}


def test_nobody_is_client_and_supplier():
    need = need_at(5)
    assert "common.not-yours" in need.says("client", "/interested confirm").answered
    need.says("supplier-1", "/interested").says("coordinator", "/client @SUPPLIER-1")
    assert "client.refused-supplier" in need.answered
    need.says("supplier-1", "/withdraw").says("coordinator", "/client @supplier-1")
    assert "client.refused-supplier" in need.answered
    need.says("coordinator", "/client @supplier-2").says("supplier-2", "/interested confirm")
    assert "common.not-yours" in need.answered


def test_who_defaulted_is_never_a_client_of_the_same_opportunity():
    need = need_at(7)
    defaulted = need.o.chosen
    need.says("coordinator", "/terminate nothing came").says("coordinator", "/repost")
    assert "client.refused-supplier" in need.says("coordinator", f"/client @{defaulted}").answered


def test_nobody_evaluates_themselves_even_with_a_new_role(monkeypatch):
    need = need_at(5).says("supplier-1", "/interested confirm").closes()
    monkeypatch.setitem(PEOPLE, "supplier-1", Standing(coordinator=True))
    need.says("supplier-1", "/evaluate @Supplier-1 pass because I am good")
    assert "evaluate.refused-self" in need.answered
    assert need.shows("5/evaluation")


def test_several_clients_act_alike():
    need = need_at(7).says("coordinator", "/client @client-2")
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies")
    pinged = need.answer.messages[0].args["clients"]
    assert [person.name for person in pinged] == ["client", "client-2"]
    need.says("client-2", "/criterion 1 pass").says("client", "/criterion 2 pass")
    assert need.says("client-2", "/accept").shows("8/payment")
    assert need.says("coordinator", "/client @client-2").answer.refused, "it is past step 7"


def test_a_coordinator_who_is_also_finance_does_both(monkeypatch):
    monkeypatch.setitem(PEOPLE, "coordinator", Standing(coordinator=True, finance=True))
    need = need_at(4).labelled("funds-reserved", by="coordinator")
    assert need.shows("funds-reserved")


def test_a_client_who_opens_an_issue_is_not_put_in_charge_of_it(monkeypatch):
    monkeypatch.setitem(PEOPLE, "client", Standing(coordinator=True))
    assert Need().view.assignees == {"coordinator"}


def test_what_is_echoed_pings_nobody():
    need = need_at(5).says("supplier-1", "/interested confirm").closes()
    need.says("client", "/evaluate @supplier-3 pass because good")
    echoed = [value for part in need.answer.messages[0].within() for value in part.args.values()]
    assert Login("supplier-3") in echoed
    assert not any(value.ping for value in echoed if isinstance(value, Login))


# --- plain words ---------------------------------------------------------------------------------------------


def test_a_first_plain_comment_gets_one_short_answer_once():
    need = need_at(5).says("supplier-1", "Good morning.")
    assert need.answered == ["plain.hello"]
    assert need.says("supplier-1", "Nice weather.").answer is None
    assert need.says("supplier-2", "Good morning.").answered == ["plain.hello"]


def test_i_am_interested_is_answered_with_the_line_to_send():
    need = need_at(5).says("supplier-1", "I am interested in this work.")
    assert need.answered == ["plain.interest"]
    assert [line.text for line in need.answer.messages[0].args["lines"]] == ["/interested", "/intéressé"]
    assert need.says("supplier-1", "As I said, I am interested.").answer is None
    assert not need.o.applications, "nothing but the command applies"


def test_a_plain_question_is_answered_with_the_line_to_send():
    need = need_at(5).says("supplier-1", "Hello. Can it be written in Bash?")
    assert need.answered == ["plain.question"]
    assert need.answer.messages[0].args["lines"][0].text == "/ask Can it be written in Bash?"
    assert need.says("supplier-1", "And when does it start?").answer is None
    assert not need.o.questions


def test_who_was_greeted_is_still_told_how_to_apply_and_to_ask():
    need = need_at(5).says("supplier-1", "Good morning.")
    assert need.says("supplier-1", "Is Bash fine?").answered == ["plain.question"]
    assert need.says("supplier-1", "Je suis intéressée.").answered == ["plain.interest"]


def test_the_governments_people_are_not_greeted_nor_anyone_while_closed():
    need = need_at(5)
    for who in ("client", "coordinator", "finance"):
        assert need.says(who, "I am interested to see who applies. Who does?").answer is None
    assert need.closes().says("supplier-1", "Good morning.").answer is None
    assert need_at(3).says("supplier-1", "I am interested.").answer is None


def test_who_wants_to_apply_and_asks_something_is_told_both_and_each_once():
    need = need_at(5).says("supplier-1", "I'd like to apply. Can the tool be written in Rust?")
    assert need.answered == ["plain.interest", "plain.question"]
    assert need.says("supplier-1", "I'd like to apply. Can the tests use Bash?").answered == []
    assert need.says("supplier-2", "I'd like to apply.").answered == ["plain.interest"]
    assert need.says("supplier-2", "I'd like to apply. Can the tool be written in Rust?").answered == ["plain.question"]
    assert need.says("supplier-3", "How do I apply?").answered == ["plain.interest"]


def test_an_edit_of_plain_words_is_not_answered_again():
    need = writes(need_at(5), 7, "supplier-1", "Good mornig.")
    assert writes(need, 7, "supplier-1", "Good morning.", "Good mornig.").answer is None


# --- confirmations -------------------------------------------------------------------------------------------


def test_four_ticked_boxes_in_ones_own_reply_confirm():
    need = need_at(5).says("supplier-1", "/interested").says("supplier-1", confirming(*ALL))
    assert need.answered == ["interested.done"]
    assert [application.supplier for application in need.o.applicants] == ["supplier-1"]


def test_boxes_beside_the_command_confirm_at_once():
    need = need_at(5).says("supplier-1", confirming(*ALL, first="/interested"))
    assert need.answered == ["interested.done"]


def test_a_box_that_is_still_open_is_named():
    need = need_at(5).says("supplier-1", "/interested").says("supplier-1", confirming(*ALL[:-1]))
    assert need.answered == ["interested.still", "interested.confirmation-terms"]
    assert not need.o.applicants


def test_boxes_ticked_one_after_the_other_by_editing_the_reply():
    need = need_at(5).says("supplier-1", "/interested")
    text = confirming()
    writes(need, 7, "supplier-1", text)
    for count in range(1, 5):
        before, text = text, confirming(*ALL[:count])
        writes(need, 7, "supplier-1", text, before)
    assert need.answered == ["interested.done"]
    assert need.o.applicants


def test_boxes_ticked_before_the_command_was_added_to_the_same_comment():
    need, boxes = need_at(5), confirming(*ALL)
    writes(need, 7, "supplier-1", boxes)
    writes(need, 7, "supplier-1", f"/interested\n\n{boxes}", boxes)
    assert need.answered == ["interested.done"]


def test_boxes_of_somebody_else_or_too_late_confirm_nothing():
    need = need_at(5).says("supplier-1", "/interested").says("supplier-2", confirming(*ALL))
    assert not need.o.applicants
    assert not need.closes().says("supplier-1", confirming(*ALL)).o.applicants


def test_boxes_in_a_quotation_confirm_nothing():
    quoted = "\n".join(f"> {line}" for line in confirming(*ALL).splitlines())
    assert not need_at(5).says("supplier-1", "/interested").says("supplier-1", quoted).o.applicants


# --- flags ---------------------------------------------------------------------------------------------------

SECRETS = {
    "sin": "My SIN is 123 456 782.",
    "card": "Card 4111 1111 1111 1111.",
    "phone": "Call 613-555-0123.",
    "email": "Write to jean.tremblay@gmail.com.",
    "protected": "This is PROTECTED B.",
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("who", ["client", "supplier-1", "coordinator-2"])
def test_what_is_not_for_the_public_is_flagged_to_its_author_and_the_coordinator_without_quoting_it(kind, who):
    need = need_at(5).says(who, SECRETS[kind])
    said = need.flag.messages[0]
    assert [part.name for part in said.args["kinds"]] == [f"protection.kind-{kind}"]
    assert said.args["author"] == Login(who, ping=True)
    assert said.args["coordinator"] == Login("coordinator", ping=True)
    assert SECRETS[kind][-12:] not in repr(need.flag)
    assert SECRETS[kind][-12:] not in repr([r.fact for r in need._last])


def test_a_flag_goes_away_when_the_comment_is_edited():
    need = writes(need_at(5), 7, "supplier-1", SECRETS["phone"])
    mark = need.flag.mark
    writes(need, 7, "supplier-1", "Call me.", SECRETS["phone"])
    assert [said.name for said in need.flag.messages] == ["protection.gone"]
    assert need.flag.mark == mark, "the flag itself is edited"
    assert writes(need, 7, "supplier-1", "Call me now.", "Call me.").flag is None


def test_a_flag_is_raised_once_for_the_same_finding():
    need = writes(need_at(5), 7, "supplier-1", SECRETS["phone"])
    assert writes(need, 7, "supplier-1", SECRETS["phone"] + " Please.", SECRETS["phone"]).flag is None


def test_the_issues_own_text_is_flagged_to_the_client_and_read_again_at_each_edit():
    need = Need(text=body(need=SECRETS["protected"]))
    assert need.flag.messages[0].args["author"].name == "client"
    assert [said.name for said in need.edited(body()).flag.messages] == ["protection.gone"]
    assert need.edited(body(need=SECRETS["sin"])).flag.messages[0].name == "protection.flag"


def test_a_command_with_what_is_not_for_the_public_is_flagged_and_never_said_again():
    text = "/ask May I call you? My number is 613-555-0123."
    need = need_at(5).says("supplier-1", text)
    assert need.answered[0] == "protection.refused"
    assert need.flag
    assert not need.o.questions
    need.says("supplier-1", "/ask May I call you?", before=text, comment=need.comment)
    assert [question.text for question in need.o.questions] == ["May I call you?"]
    assert need.flag.messages[0].name == "protection.gone"


def test_a_statement_that_was_flagged_is_not_approved_unless_a_coordinator_answers_for_it():
    need = need_at(3).edited(body(opportunity_en="Call 613-555-0123."))
    assert "description.flagged" in need.says("client", "/check").answered, "whoever asks is told the whole of it"
    assert "description.flagged" in need.labelled("description-approved", by="coordinator").answered
    need.says("coordinator", "/override it is the number of the service desk")
    assert need.labelled("description-approved", by="coordinator").shows("4/posting")


def test_what_follows_a_command_has_an_end():
    need = need_at(5).says("supplier-1", "/ask " + "*" * 30_000)
    assert need.answered == ["common.too-long"]
    assert not need.o.questions


def test_only_those_who_take_part_can_stop_it():
    need = need_at(5).says("supplier-3", "/interested").says("supplier-3", "/dispute all of it")
    assert need.answered[0] == "common.not-yours"
    need = need_at(7)
    other = "supplier-1" if need.o.chosen == "supplier-2" else "supplier-2"
    assert need.says(other, "/dispute the draw").answered[0] == "common.not-yours"
    assert need.says(need.o.chosen, "/dispute the criteria").answered == ["dispute.done"]


def test_whoever_applied_evaluates_nobody(monkeypatch):
    need = need_at(5).says("supplier-1", "/interested confirm").says("supplier-2", "/interested confirm").closes()
    monkeypatch.setitem(PEOPLE, "supplier-1", Standing(coordinator=True))
    assert need.says("supplier-1", "/evaluate @supplier-2 fail because of me").answered == ["evaluate.refused-self"]


def test_a_flag_is_raised_even_after_the_end():
    need = need_at(3).says("coordinator", "/cancel no need").says("client", SECRETS["sin"])
    assert need.flag
    assert need.new == [f.Flagged(need.flag.mark and int(need.flag.mark.split()[1]), ("sin",))]


# --- comments, edited and in the issue ------------------------------------------------------------------------


def test_an_edited_comment_runs_only_what_was_added_or_changed():
    need = writes(need_at(5), 7, "supplier-1", "/ask One?\n\n/ask Two?")
    writes(need, 7, "supplier-1", "/ask One?\n\n/ask Three?", "/ask One?\n\n/ask Two?")
    assert [question.text for question in need.o.questions] == ["One?", "Two?", "Three?"]
    assert writes(need, 7, "supplier-1", "/ask One?", "/ask One?\n\n/ask Three?").answer is None
    assert len(need.o.questions) == 3, "what is taken out is not undone"


def test_the_answer_to_a_mistake_is_edited_in_place_when_the_comment_is():
    need = writes(need_at(5), 7, "supplier-1", "/intrested confirm")
    mark = need.answer.mark
    writes(need, 7, "supplier-1", "/interested confirm", "/intrested confirm")
    assert need.answered == ["interested.done"]
    assert need.answer.mark == mark


def test_several_commands_in_one_comment_are_answered_in_one():
    need = need_at(5).says("supplier-1", "/interested confirm\n\n/ask Bash?\n\n/dance")
    assert [said.name for said in need.answer.messages] == ["interested.done", "ask.done", "common.unknown"]


def test_commands_in_the_issue_body_are_run_when_it_is_opened_and_when_they_are_added():
    need = Need(text="/prix taux=80 heures=60\n\n" + body())
    assert need.answered[0] == "price.done"
    assert need.answer.lead == "fr"
    need.edited("/prix taux=80 heures=60\n\n" + body(price="$7,000"))
    assert need.answer is None
    need.edited("/check\n\n" + body())
    assert need.answered[0] == "common.not-now"
    assert need_at(3).edited(body() + "\n\n/check").answered[0] == "check.complete"


def test_a_comment_in_which_nobody_says_a_command_changes_nothing():
    need = need_at(7)
    before = need.o
    for text in ("> /cancel all", "`/cancel all`", "```\n/cancel all\n```", "<!-- /cancel all -->", "see /cancel all"):
        need.says("coordinator", text)
    assert need.o == before


def test_the_ledger_says_who_when_and_by_which_rule():
    need = need_at(5).says("supplier-1", "/intéressé confirme")
    applied = next(r for r in need.history if isinstance(r.fact, f.EligibilityConfirmed))
    assert (applied.actor, applied.rule) == ("supplier-1", "interested")
    assert applied.delivery
    assert timedelta(0) <= need.now - applied.at < timedelta(minutes=2)
