"""Plain sentences of suppliers: who is interested, who asks, which boxes are ticked, in either language."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.amounts import LOCALES
from bot.pipeline.model.words import Line, Message
from bot.pipeline.money import Money
from bot.pipeline.reading.plain import CONFIRMATIONS, confirmations, meaning, question_text
from bot.pipeline.text.commands import commands_in
from bot.pipeline.text.language import language
from tests.tools import MESSAGES


@pytest.mark.parametrize(
    "text",
    [
        "I am interested",
        "Hi! I’m very interested in this opportunity.",
        "I'd like to apply.",
        "I would love to work on this",
        "I am a developer in Halifax with ten years of PowerShell and would like to be considered.",
        "Count me in!",
        "Interested.",
        "Our team is interested",
        "We want to submit a proposal",
        "Here is my application: …",
        "Je suis intéressé(e)",
        "Je suis tres interessee par cette opportunite",
        "Nous sommes intéressés à participer.",
        "J’aimerais soumissionner",
        "je veux postuler",
        "Bonjour, je souhaite présenter une soumission.",
        "Cela m’intéresse beaucoup !",
        "Comptez sur moi",
        "> No?\n\nI am interested",
        "- I am interested",
        "I am interested. May it be in Bash?",
        "How do I apply?",
        "Comment soumissionner ?",
    ],
)
def test_interest(text):
    assert meaning(text) == "interest"


@pytest.mark.parametrize(
    "text",
    [
        "May the script be written in Bash?",
        "Hello, is Windows 2008 needed ?",
        "Thanks for this.\n\nWhat is the deadline",
        "Can I use Python",
        "I was wondering whether tests count",
        "I have a question about the licence.",
        "Est-ce que le script doit être bilingue",
        "Puis-je utiliser Bash",
        "Quel est le délai",
        "Le script peut-il être écrit en Bash ?",
        "J’aimerais savoir si Bash convient",
        "Is this `a ? b : c`",
        "What should I do if I am interested?",
        "Is anyone interested?",
        "I am not interested in the first part, is that fine?",
        "1. Which version is needed?",
        "Really?!",
    ],
)
def test_a_question(text):
    assert meaning(text) == "question"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you, this is clear.",
        "I am not interested",
        "I’m no longer interested.",
        "I don’t want to apply",
        "Je ne suis pas intéressée",
        "Ça m’intéresse pas",
        "I am interested but I cannot make the date",
        "I'm interested in learning more",
        "Je suis intéressé à en savoir plus",
        "Nobody knows whether we are interested",
        "Tell me once I am interested",
        "I know someone who would like to apply",
        "> I am interested. May I ask?",
        "She wrote “I am interested” and “why?”",
        "« Je suis intéressé »",
        "`I am interested`",
        "```\nI am interested\nwhy?\n```",
        "    I am interested?",
        "<!-- I am interested? -->",
        "~~I am interested~~",
        "See https://example.com/?q=1 and <https://example.com/?a=b>",
        "It reads `a ? b : c` there",
        "[x](https://example.com/?)",
        "When I worked on it, it was fine.",
        "What a great project!",
        "What I do is write code.",
        "This is interesting",
        "Rendez-vous demain.",
        "Quand ce sera fini, je le dirai.",
        "?",
    ],
)
def test_nothing_that_is_clear(text):
    assert meaning(text) is None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Hello everyone, may it be in Bash? Thanks.", "may it be in Bash?"),
        ("Item 3 says Bash. May I use `zsh` for\nit?\n\n> no?", "Item 3 says Bash. May I use `zsh` for it?"),
        ("Hello is this on?", "Hello is this on?"),
        ("```\nwhy?\n```\nWhy?\n<!-- why? -->", "Why?"),
        ("- Which version?\n- Until when?\n\nRegards", "Which version? Until when?"),
        ("See https://example.com/a?b=c. Is that it?", "See https://example.com/a?b=c. Is that it?"),
        ("Bonjour ! Le script peut-il être bilingue ?", "Le script peut-il être bilingue ?"),
        ("I like it. " * 40 + "Is it done?", "Is it done?"),
        ("No.", ""),
    ],
)  # fmt: skip
def test_the_line_to_send_holds_the_question_and_what_it_needs(text, question):
    assert question_text(text) == question


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Good morning, what is the deadline for applications?", "en"),
        ("Bonjour, je suis intéressé par ce contrat.", "fr"),
        ("- [x] J’ai atteint l’âge de la majorité et je peux conclure un contrat.", "fr"),
        ("- [x] I can be paid by card or PayPal.", "en"),
        ("> The question was for the client.\n\nEst-ce le cas pour la licence ?", "fr"),
        ("PowerShell?", None),
        ("", None),
    ],
)
def test_the_language_that_somebody_writes_in(text, lang):
    assert language(text) == lang


def test_a_long_question_is_cut_between_words():
    line = question_text("May " + "wordy " * 100 + "it be?")
    assert len(line) <= 300
    assert line.endswith("wordy…")


@given(st.text(alphabet=st.sampled_from('ab ?.!\n>`-[]x()"“”«»’éI am interested'), max_size=400))
def test_a_question_is_one_line_that_can_be_sent(text):
    line = question_text(text)
    assert len(line) <= 300
    assert "\n" not in line
    assert (line != "") >= (meaning(text) == "question")
    if line:
        assert [command.name for command in commands_in(f"/ask {line}")] == ["ask"]


@given(st.text())
def test_no_text_breaks_it(text):
    meaning(text)
    assert confirmations(text) <= set(CONFIRMATIONS)


@pytest.mark.parametrize(
    "piece", ["i am ", "je suis ", "i would a like to ", "if ", "x? ", "?", '"', "“", "http://?", "- [x] a\n"]
)
def test_a_long_comment_is_read_in_proportion(piece):
    text = piece * (16_384 // len(piece))
    meaning(text + ", i am interested")
    question_text(text)
    confirmations(text)


# --- boxes -----------------------------------------------------------------------------------------------


def block(lang: str) -> str:
    """The boxes that a supplier copies from the bot's answer."""
    message = Message("interested.confirm", price=Money(Decimal(6500)), delivery=date(2027, 7, 30))
    said = MESSAGES.say(message, lang)
    found = re.search(r"^```markdown\n(.*?)^```$", said, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.parametrize("lang", LOCALES)
def test_the_boxes_offered_are_understood_one_by_one(lang):
    boxes = block(lang)
    assert confirmations(boxes) == set()
    lines = [line for line in boxes.splitlines() if line.startswith("- [ ] ")]
    ticked = [line.replace("[ ]", "[x]") for line in lines]
    assert [confirmations(line) for line in ticked] == [{name} for name in CONFIRMATIONS]
    assert confirmations(boxes.replace("[ ]", "[x]")) == set(CONFIRMATIONS)
    assert confirmations("\n".join([lines[0], *ticked[1:]])) == set(CONFIRMATIONS) - {"age"}
    assert [str(command) for command in commands_in(boxes)] == ["/interested" if lang == "en" else "/intéressé"]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("* [X] I AM CANADIAN", {"status"}),
        ("1. [x] majorite", {"age"}),
        ("+ [x] Métis\n+ [ ] PayPal", {"status"}),
        ("- [x] Of the age of majority, Canadian, PayPal, and I agree to the price", set(CONFIRMATIONS)),
        ("- [x] J’ai un permis\n  - [x] carte", {"status", "payment"}),
        ("- [x]\n", set()),
        ("[x] Canadian", set()),
        ("- x Canadian", set()),
        ("> - [x] Canadian", set()),
        ("```\n- [x] Canadian\n```", set()),
        ("- [ ] Canadian [x]", set()),
        ("- [x] I agree to the price in Canadian dollars", {"terms"}),
        ("- [x] I discarded the images", set()),
        ("- [x] <!-- Canadian --> hello", set()),
    ],
)
def test_ticked_boxes(text, given):
    assert confirmations(text) == given


# --- what is said ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LOCALES)
def test_the_answers_hold_the_line_to_send(lang):
    line = Line("/ask May I use `fnmatch`?")
    for name in ("plain.interest", "plain.question"):
        assert f"```text\n{line.text}\n```" in MESSAGES.say(Message(name, lines=(line, line)), lang)
    hello = MESSAGES.say(Message("plain.hello", closing=date(2027, 7, 12)), lang)
    assert "2027" in hello
    assert ("`/interested`" if lang == "en" else "`/intéressé`") in hello


@pytest.mark.parametrize("lang", LOCALES)
def test_what_is_not_ticked_yet_is_named(lang):
    missing = tuple(Message(f"interested.confirmation-{name}") for name in CONFIRMATIONS)
    said = MESSAGES.say(Message("interested.still", missing=missing), lang)
    assert said.count("\n- ") == len(CONFIRMATIONS)
    assert "/int" in said
