"""What one opportunity post holds, and the words of its page: shared by those that write and read posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from bot.pipeline.model.statement import LIMITS
from bot.pipeline.model.words import Lang

TITLE_LIMIT: Final = LIMITS["title"]
SHORT_LIMIT: Final = LIMITS["short"]


class PostError(ValueError):
    """What is missing or wrong in a post, in one sentence."""


@dataclass(frozen=True)
class Question:
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
    questions: tuple[Question, ...] = ()


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
