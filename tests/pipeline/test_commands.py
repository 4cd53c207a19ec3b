"""What counts as a command, who may use it, and what is answered when it cannot be run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.model.roles import roles
from bot.pipeline.registry import COMMANDS, find_command, takes_text
from bot.pipeline.text.addresses import login, url
from bot.pipeline.text.commands import Command, added, commands_in
from tests.pipeline.desk import PEOPLE, Need, body

LINES = ("/status", "/status", "> /status", "`/status`", "    /status", "```\n/status\n```", "<!--\n/status\n-->")


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("Hello\n/status\nand\n/help", ["/status", "/help"]),
        ("> /status\n> /help\n\nno", []),
        ("`/status`", []),
        ("text `code\n/status` more\n/help", ["/help"]),
        ("text\n`code`\n/help", ["/help"]),
        ("text\n`code\n/status`\n<b>this</b>\n/ask one\n/help", ["/ask one", "/help"]),
        ("```\n/status\n```", []),
        ("    /status", []),
        ("<!--\n/status\n-->", []),
        ("see /status", []),
        ("/usr/bin/env python", []),
        ("/ask one\ntwo\n\nthree\n/help", ["/ask one\ntwo\n\nthree", "/help"]),
        ("/status now\nmore", ["/status now"]),
        ("", []),
    ],
)
def test_commands_start_a_line_of_plain_text(text, commands):
    assert [str(command) for command in commands_in(text, takes_text)] == commands


@given(st.text())
def test_no_text_breaks_the_parser(text):
    commands_in(text, takes_text)


@given(st.lists(st.sampled_from(LINES)), st.lists(st.sampled_from(LINES)))
def test_an_edit_runs_only_what_it_added(before, after):
    old, new = commands_in("\n\n".join(before)), commands_in("\n\n".join(after))
    assert added(old, old) == []
    assert len(added(old, new)) == max(0, len(new) - len(old))


def test_every_command_is_known_by_both_names_with_or_without_accents():
    for rule in COMMANDS:
        assert find_command(rule.english)[0] is rule
        assert find_command(rule.french.upper())[0] is rule
    assert find_command("evaluer") == find_command("Évaluer")
    assert find_command("repondre")[1] == "fr"


def test_an_edited_comment_runs_the_difference():
    need = Need().at(5).says("supplier-1", "/ask One?")
    need.says("supplier-1", "/ask One?\n\n/interested confirm", before="/ask One?")
    assert len(need.o.questions) == 1
    assert len(need.o.applicants) == 1
    need.says("supplier-2", "/interested confirm\n\nThanks", before="/interested confirm")
    assert need.answer is None


def test_a_misspelt_command_gets_the_nearest_that_this_person_may_use_now():
    need = Need().at(5).says("supplier-1", "/intrested confirm")
    assert need.answered == ["common.did-you-mean"]
    assert need.answer.messages[0].args["line"].text == "/interested confirm"


def test_a_refusal_says_who_may_and_when():
    need = Need().at(5).says("supplier-1", "/evaluate @supplier-1 pass because I am good")
    assert need.answered[0] == "common.not-yours"
    need.says("client", "/accept")
    assert need.answered[0] == "common.not-now"


def test_the_answer_is_in_the_language_of_the_command_first():
    assert Need().says("client", "/aide").answer.lead == "fr"
    assert Need().says("client", "/help").answer.lead == "en"


def test_a_french_thread_is_answered_in_french_first_where_the_command_does_not_say():
    need = Need(text=body(title_en=""))
    assert [comment.lead for comment in need.view.comments] == ["fr", "fr"]
    assert need.says("client", "/verifer").answer.lead == "fr"
    assert need.labelled("paid", by="client").answer.lead == "fr"
    assert Need().says("client", "/aid").answer.lead == "fr"


def test_logins_and_addresses_as_people_write_them():
    assert login("@Supplier-2") == login("Supplier-2") == "Supplier-2"
    assert login("@-x") is None
    assert login("@a--b") is None
    assert url("<https://github.com/a/b/>") == "https://github.com/a/b"
    assert url("http://github.com/a/b") is None
    assert url("https://x/<script>") is None


def test_a_command_reads_as_it_was_written():
    assert str(Command("ask", "why?")) == "/ask why?"


ODD = (
    "",
    "9" * 5000,
    "nan nan",
    "rate=nan hours=snan",
    "Q" + "9" * 400 + " x",
    "@" * 300,
    "a=" * 400,
    "\u202e/help",
    "<!-- x",
)


def test_no_argument_however_odd_goes_unanswered():
    for step in (3, 5, 6, 7, 9):
        need = Need().at(step)
        people = ("client", "coordinator", need.o.chosen or "supplier-1")
        held = {who: roles(need.o, who, PEOPLE[who]) for who in people}
        for rule in COMMANDS:
            who = next((who for who in people if rule.allowed(held[who])), "supplier-1")
            for odd in ODD:
                history = list(need.history)
                assert need.says(who, f"/{rule.english} {odd}").answer is not None, f"/{rule.english} {odd[:20]}"
                need.history = history


def test_a_comment_holds_so_many_commands_and_no_more():
    assert len(Need().says("client", "/help\n" * 5000).answer.messages) == 20
