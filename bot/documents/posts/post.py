"""The values of one post, its fixed wording, and the parts of its page: questions and the bot's notice.

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
    """One language of an opportunity on the Micro-Acquisition site.

    `value` is in Canadian dollars before taxes. `closing`, `selection` and `delivery` are Eastern calendar days;
    closing and delivery last until the end of their day. The texts are the client's Markdown from the issue.
    `issue_url` is the address where suppliers apply. `notice` is a paragraph of the bot at the top of the page.
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
    """The fixed words of a page in one language."""

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
    """Returns which question or answer a heading begins, or None if it is another heading."""
    found = _EXCHANGE.fullmatch(heading_key(heading))
    return found and ("question" if found[1] == "question" else "answer", int(found[2]))


class Sections:
    """Writes the sections of one page in order, so that no heading stands on it twice.

    `questions` is the highest number of a question on the page, `taken` the headings that the page has already.
    """

    def __init__(self, lang: Lang, questions: int, taken: Iterable[str] = ()) -> None:
        self._words = words = WORDING[lang]
        own = [words.description, words.background, words.opportunity, words.evaluation, words.criteria]
        for number in range(1, max(99, questions) + 1):  # also later questions
            own += [f"{words.question} {number}", f"{words.answer} {number}"]
        self._taken, self._numbers = [*own, *taken], dict[str, int]()

    def tidied(self, markdown: str, top: int) -> str:
        """Tidies people's Markdown for the page; its highest heading gets level `top`."""
        tidied = tidy(markdown, top=top, taken=self._taken, numbers=self._numbers)
        self._taken += tidied.headings
        self._numbers |= tidied.numbers
        return tidied.text

    def question_and_answer(self, number: int, question: str, answer: str) -> tuple[str, str]:
        """Writes a question and its answer, each below its heading; "" for an empty answer."""
        asked = _under(f"### {self._words.question} {number}", self.tidied(question, 4))
        answered = self.tidied(answer, 4)
        return asked, _under(f"### {self._words.answer} {number}", answered) if answered else ""


def _under(heading: str, text: str) -> str:
    return f"{heading}\n\n{text}" if text else heading


def notice(text: str, lang: Lang) -> str:
    """Writes the notice above the first heading, with its fixed beginning; "" for no text."""
    if not (words := one_line(text)):
        return ""
    tidied = tidy(WORDING[lang].notice.format(words))
    if tidied.headings:
        raise PostError("The notice says nothing that can be shown.")
    return tidied.text


@dataclass(frozen=True)
class PageNotice:
    """The words of a notice, and its lines in the page: the first, and the first after it."""

    words: str
    lines: tuple[int, int]


def find_notice(tokens: Sequence[Token], lang: Lang) -> PageNotice | None:
    """Returns the notice in the blocks of a page, or None."""
    begin = WORDING[lang].notice.removesuffix("{}")
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            break
        its = opening.type == "paragraph_open" and not opening.level and content.content.startswith(begin)
        if its and opening.map:
            return PageNotice(one_line(content.content.removeprefix(begin)), (opening.map[0], opening.map[1]))
    return None
