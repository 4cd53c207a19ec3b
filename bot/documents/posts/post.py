"""One post as a value, its fixed wording, and the parts of its page: questions and the bot's notice.

>>> Sections("en", 1).question_and_answer(1, "May we use *Ruby*?", "No.")
('### Question 1\\n\\nMay we use *Ruby*?', '### Answer 1\\n\\nNo.')
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

from markdown_it.token import Token

from bot.documents.markdown.tidy import tidy
from bot.documents.text import PostError, heading_key, one_line
from bot.pipeline.model.statement import TEXT_LIMITS
from bot.pipeline.text.language import Lang

TITLE_LIMIT: Final = TEXT_LIMITS["title"]
SHORT_LIMIT: Final = TEXT_LIMITS["short"]


@dataclass(frozen=True)
class PostQuestion:
    """A supplier's question and the client's answer, in the language of the page, as Markdown."""

    text: str
    answer: str


@dataclass(frozen=True)
class Post:
    """One language of an opportunity, as the Micro-Acquisition site shows it.

    `value` is in Canadian dollars before taxes. `closing`, `selection` and `delivery` are calendar days in
    Eastern time; closing and delivery last until the end of theirs. The texts are Markdown as the client
    wrote it in the issue. `issue_url` is where suppliers apply. `notice` is one paragraph of the bot's own, above
    everything else on the page.
    """

    lang: Lang
    title: str
    ref: str
    skills: tuple[str, ...]
    value: Decimal
    closing: date
    selection: date
    delivery: date
    modified: date
    short: str
    description: str
    opportunity: str
    evaluation: str
    criteria: str
    issue_url: str | None = None
    bidder: str = ""
    bidder_link: str = ""
    work_link: str = ""
    closing_moved: bool = False
    notice: str = ""
    questions: tuple[PostQuestion, ...] = ()


@dataclass(frozen=True)
class Wording:
    """What a page says in one language beside what the client wrote."""

    description: str
    background: str
    opportunity: str
    evaluation: str
    criteria: str
    question: str
    answer: str
    apply: str
    notice: str


WORDING: Final[dict[Lang, Wording]] = {
    "en": Wording(
        description="Description",
        background="Background",
        opportunity="Opportunity",
        evaluation="Application evaluation",
        criteria="Work acceptance criteria",
        question="Question",
        answer="Answer",
        apply="To apply or to ask a question, go to [this opportunity's page on GitHub]({}).",
        notice="**Micro-Acquisition notice:** {}",
    ),
    "fr": Wording(
        description="Description",
        background="Contexte",
        opportunity="Opportunité",
        evaluation="Évaluation de la demande",
        criteria="Critères d'acceptation de travail",
        question="Question",
        answer="Réponse",
        apply="Pour postuler ou poser une question, allez à [la page de cette opportunité sur GitHub]({}).",
        notice="**Avis de micro-acquisition\u00a0:** {}",
    ),
}

QuestionOrAnswer = Literal["question", "answer"]

_EXCHANGE = re.compile(r"(question|answer|reponse) ([1-9][0-9]{0,3})")


def question_or_answer(heading: str) -> tuple[QuestionOrAnswer, int] | None:
    """Which question or answer stands under `heading`; None where it is another's."""
    found = _EXCHANGE.fullmatch(heading_key(heading))
    return found and ("question" if found[1] == "question" else "answer", int(found[2]))


class Sections:
    """The sections of one page in the order they are written: none gets a heading that is there already.

    `questions`: the highest number on the page. `taken`: headings that are on the page before the first section.
    """

    def __init__(self, lang: Lang, questions: int, taken: Iterable[str] = ()) -> None:
        self._words = words = WORDING[lang]
        own = [words.description, words.background, words.opportunity, words.evaluation, words.criteria]
        for number in range(1, max(99, questions) + 1):  # also those still to come
            own += [f"{words.question} {number}", f"{words.answer} {number}"]
        self._taken, self._numbers = [*own, *taken], dict[str, int]()

    def tidied(self, markdown: str, top: int) -> str:
        """People's Markdown as it may stand in the page, its highest heading of level `top`."""
        tidied = tidy(markdown, top=top, taken=self._taken, numbers=self._numbers)
        self._taken += tidied.headings
        self._numbers |= tidied.numbers
        return tidied.text

    def question_and_answer(self, number: int, question: str, answer: str) -> tuple[str, str]:
        """A question and its answer, each under its heading; "" for an answer that says nothing."""
        asked = _under(f"### {self._words.question} {number}", self.tidied(question, 4))
        told = self.tidied(answer, 4)
        return asked, _under(f"### {self._words.answer} {number}", told) if told else ""


def _under(heading: str, text: str) -> str:
    return f"{heading}\n\n{text}" if text else heading


def notice(text: str, lang: Lang) -> str:
    """The paragraph that says `text` above the first heading, begun as no one else begins one; "" for no text."""
    if not (words := one_line(text)):
        return ""
    tidied = tidy(WORDING[lang].notice.format(words))
    if tidied.headings:
        raise PostError("The notice says nothing that can be shown.")
    return tidied.text


@dataclass(frozen=True)
class PageNotice:
    """What a notice says, and its lines in the page: the first, and the first that is no longer its own."""

    words: str
    lines: tuple[int, int]


def find_notice(tokens: Sequence[Token], lang: Lang) -> PageNotice | None:
    """The notice in the blocks of a page, where it has one."""
    begin = WORDING[lang].notice.removesuffix("{}")
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            break
        its = opening.type == "paragraph_open" and not opening.level and content.content.startswith(begin)
        if its and opening.map:
            return PageNotice(one_line(content.content.removeprefix(begin)), (opening.map[0], opening.map[1]))
    return None
