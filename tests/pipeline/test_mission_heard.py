"""What trials with people found: words as they are really written, and people who must be told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.pipeline.model.facts import Described
from bot.pipeline.model.signals import IssueEdited
from bot.pipeline.text.commands import commands_in
from tests.pipeline.desk import Need, body, need_at


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/intéressée", "/intéressée"),
        ("/intéressé, je confirme", "/intéressé je confirme"),
        ("/question : Peut-on écrire en Bash ?", "/question Peut-on écrire en Bash ?"),
        ("/status.", "/status"),
    ],
)
def test_commands_as_people_write_them(text, command):
    assert [str(one) for one in commands_in(text)] == [command]


def test_a_woman_applies_in_french():
    assert need_at(5).says("supplier-1", "/intéressée, je confirme").answered == ["interested.done"]


def test_french_punctuation_is_no_part_of_an_answer():
    need = need_at(5).says("supplier-1", "/question : Quand ?")
    need.says("client", "/répondre Q1 fr\u00a0: En juillet. en : In July.")
    assert (need.o.questions[0].text, need.o.questions[0].fr, need.o.questions[0].en) == (
        "Quand ?",
        "En juillet.",
        "In July.",
    )


def test_a_criterion_is_marked_in_the_feminine_and_with_a_colon():
    need = need_at(7)
    need.says(need.o.chosen, "/deliver https://github.com/supplier-1/policies")
    need.says("client", "/critère 1 : réussie")
    assert need.o.marks[1].passed


def test_a_command_inside_a_sentence_is_answered_with_the_line_to_send():
    assert need_at(5).says("supplier-1", "Bonjour, /intéressé confirme").answered == ["plain.interest"]


def test_the_thread_is_in_the_language_of_the_need_where_both_titles_or_none_are_written():
    french = "Nous avons besoin d’un script qui vérifie les liens de nos pages pour la direction."
    assert Need(text=body(need=french)).o.lang == "fr"
    assert Need(text=body(need=french, title_en="", title_fr="")).o.lang == "fr"
    assert Need().o.lang == "en"


def test_the_supplier_who_only_has_to_name_the_repository_has_the_turn():
    need = need_at(6)
    winner = need.drawn()
    need.says(winner, "/confirm").labelled("terms-signed", by="coordinator")
    assert need.shows("waiting: supplier")


def test_a_supplier_just_drawn_is_not_overdue():
    need = need_at(6)
    need.drawn()
    assert need.status["deadline"] is None


def test_the_same_commit_is_not_delivered_again_after_a_revision():
    need = need_at(7)
    work = "https://github.com/supplier-1/policies"
    need.says(need.o.chosen, f"/deliver {work}").says("client", "/revise the tests")
    need.deliveries[work] = need.o.evidence
    assert need.says(need.o.chosen, f"/deliver {work}").answered == ["deliver.refused-same"]


def test_finance_hears_what_to_reserve_and_again_when_the_price_changes():
    need = need_at(4)
    assert "reserve 6500.00" in need.marks
    need.edited(body(price="$7,000")).labelled("description-approved", by="coordinator")
    assert "reserve 7000.00" in need.marks


def test_a_merge_before_the_funds_or_of_another_text_is_told():
    need = need_at(4).says("client", "/publish").pull("posting", "open")
    posted = need.text
    need.edited(body(price="$7,000")).pull("posting", "merged", source=("Azure policies", posted))
    assert "as-posted" in need.marks
    assert "posting.unfunded" in need.blocked


def test_an_edit_of_a_posted_statement_is_told_to_change_nothing():
    need = need_at(5).edited(body(price="$1,000"))
    assert need.answered == ["description.frozen"]
    assert need.o.statement.price.dollars == 6500


def test_everyone_who_must_decide_hears_that_nobody_passed_or_is_left():
    need = need_at(5).says("supplier-1", "/interested confirm").closes()
    need.says("client", "/evaluate @supplier-1 fail because nothing is shown")
    assert "nobody-passed" in need.marks
    need = need_at(6)
    need.drawn()
    while need.o.chosen:
        need.says(need.o.chosen, "/decline")
    assert "nobody-left" in need.marks


def test_results_stand_with_their_reasons_for_everyone_to_see():
    need = need_at(5).says("supplier-1", "/interested confirm").says("supplier-2", "/interested confirm").closes()
    need.says("client", "/evaluate @supplier-1 fail because nothing is shown")
    results = need.status["details"].args["results"]
    assert [(login.name, passed, why) for login, _, passed, why in results] == [
        ("supplier-1", False, "nothing is shown")
    ]


def test_a_label_written_as_a_command_is_told_to_be_one():
    assert need_at(8).says("finance", "/paid").answered == ["common.is-label"]


def test_questions_that_wait_are_told_to_the_client_before_the_closing():
    need = need_at(5).says("supplier-1", "/ask When?")
    need.time_passes()
    assert "unanswered" in need.marks


# --- told later than what came after it ----------------------------------------------------------------------


def _rewritten(text: str) -> tuple[Need, IssueEdited]:
    """The client completed the statement, and nobody has told of it yet; what will tell of it."""
    before = body(description_fr="", price="")
    need = Need(text=before).at(3)
    need.text = text
    return need, IssueEdited(before)


def test_who_approves_a_statement_approves_what_they_saw_though_the_edit_is_told_of_later():
    need, late = _rewritten(body())
    need.labelled("description-approved", by="coordinator")
    assert (need.shows("4/posting"), need.answered) == (True, [])
    assert [one.actor for one in need.history if isinstance(one.fact, Described)] == ["client"]
    assert (need.heard(late).new, need.answered) == ([], [])


def test_a_check_that_overtakes_the_edit_is_of_the_text_as_it_was_edited():
    need, late = _rewritten(body())
    assert "check.complete" in need.says("client", "/check").answered
    assert need.heard(late).new == []


def test_commands_that_an_edit_added_are_run_when_it_is_told_of():
    need, _ = _rewritten(f"{body()}\n\n/check")
    need.says("coordinator", "A word.")
    assert "check.complete" in need.heard(IssueEdited(None)).answered


def test_what_seems_not_to_be_for_the_public_is_not_approved_before_it_is_flagged():
    need, late = _rewritten(body(description_en="Call 613-555-0143 at night."))
    need.labelled("description-approved", by="coordinator")
    assert need.shows("3/description")
    assert need.heard(late).flag is not None


def test_an_approval_is_taken_back_and_said_so_when_the_edit_is_told_of():
    need = need_at(4)
    before, need.text = need.text, body(price="$7,000")
    need.says("client", "A word.")
    assert "description-approved" in need.o.signals
    assert "description.lapsed" in need.heard(IssueEdited(before)).answered


def test_a_look_for_what_was_missed_shows_the_text_of_today_which_nobody_may_have_approved():
    need, _ = _rewritten(body())
    need.delivery = "resync event 7"
    need.labelled("description-approved", by="coordinator")
    assert need.shows("3/description")


def _told_late(need: Need, text: str) -> datetime:
    """The client edits the statement, and that is heard before what came a minute earlier; when that was."""
    need.now += timedelta(minutes=1)
    before = need.now
    need.now += timedelta(minutes=1)
    need.edited(text)
    return before


def _labelled_then(need: Need, label: str, by: str, at: datetime, text: str) -> None:
    """A label is told of late, with the text of when it was set."""
    need.now, need.text, text = at - timedelta(minutes=1), text, need.text
    need.labelled(label, by=by)
    need.text = text


def test_who_approved_an_older_statement_did_not_read_the_new_one_that_was_told_of_first():
    need = Need().at(3)
    read = need.text
    before = _told_late(need, body(opportunity_en="Something that nobody has read."))
    _labelled_then(need, "description-approved", "coordinator", before, read)
    assert need.answered == ["description.lapsed"]
    assert not need.shows("description-approved")
    assert need.shows("3/description")
    need.now = before + timedelta(hours=1)
    assert need.labelled("description-approved", by="coordinator").shows("4/posting")


def test_an_approval_told_of_after_an_edit_of_nothing_in_the_statement_holds():
    need = Need().at(3)
    read = need.text
    before = _told_late(need, f"{read}\n")
    _labelled_then(need, "description-approved", "coordinator", before, read)
    assert need.shows("4/posting")


def test_funds_are_not_reserved_for_a_price_that_finance_had_not_seen():
    need = Need().at(4)
    read = need.text
    before = _told_late(need, body(price="$7,000"))
    need.labelled("description-approved", by="coordinator")
    _labelled_then(need, "funds-reserved", "finance", before, read)
    assert need.answered == ["description.lapsed"]
    assert not need.shows("funds-reserved")


def test_a_look_that_finds_an_approval_from_before_an_edit_cannot_tell_which_text_was_read():
    need = Need().at(3)
    before = _told_late(need, body(opportunity_en="Something that nobody has read."))
    need.delivery = "resync event 7"
    _labelled_then(need, "description-approved", "coordinator", before, need.text)
    assert need.answered == ["description.lapsed"]
    assert need.shows("3/description")
