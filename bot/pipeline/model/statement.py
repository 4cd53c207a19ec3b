"""The opportunity statement, which the client writes in the issue, in English and French.

GitHub renders the issue form as `### Heading` and a value. People also write such bodies by hand, so headings match
without regard to case, accents or the kind of apostrophe, and half of a bilingual heading is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.pipeline.money import Money, amount
from bot.pipeline.text.commands import without_commands
from bot.pipeline.text.language import Lang
from bot.pipeline.text.letters import folded

FIELD_HEADINGS = {
    "title.en": "Title (English)",
    "title.fr": "Titre (français)",
    "need": "What do you need? / Quel est votre besoin?",
    "price": "Fixed price before taxes / Prix fixe avant taxes",
    "closing": "Closing date / Date de fermeture",
    "selection": "Supplier selection date / Date de sélection du fournisseur",
    "delivery": "Work delivery date / Date de livraison du travail",
    "short.en": "Short description (English)",
    "short.fr": "Courte description (français)",
    "skills.en": "Required skills (English)",
    "skills.fr": "Compétences requises (français)",
    "description.en": "Description (English)",
    "description.fr": "Description (français)",
    "opportunity.en": "Opportunity (English)",
    "opportunity.fr": "Opportunité (français)",
    "evaluation.en": "Application evaluation (English)",
    "evaluation.fr": "Évaluation de la demande (français)",
    "criteria.en": "Work acceptance criteria (English)",
    "criteria.fr": "Critères d'acceptation du travail (français)",
    "contact": "Contact for the Open Resource Exchange / Personne-ressource pour l'Échange de ressources ouvert",
}
"""The fields of the statement, by name, and their headings in the order of the issue form."""

TEXT_LIMITS = {"title": 100, "short": 500}
"""The most characters the site shows of a title and of a short description."""


@dataclass(frozen=True)
class StatementText:
    """The parts of a statement in one language; the long parts are the client's Markdown."""

    title: str = ""
    short: str = ""
    skills: str = ""
    description: str = ""
    opportunity: str = ""
    evaluation: str = ""
    criteria: str = ""


@dataclass(frozen=True)
class Statement:
    """A statement, complete or not. `price` is before taxes; dates are Eastern calendar days."""

    en: StatementText = StatementText()
    fr: StatementText = StatementText()
    need: str = ""
    price: Money | None = None
    closing: date | None = None
    selection: date | None = None
    delivery: date | None = None
    contact: str = ""
    unreadable: tuple[str, ...] = ()
    """Names of the fields with a value that is no date or no amount."""

    def text(self, lang: Lang) -> StatementText:
        return self.en if lang == "en" else self.fr

    @property
    def criteria_count(self) -> int:
        """Counts the work acceptance criteria: the items of the list, in the language that has more."""
        return max(len(top_items(text.criteria)) for text in (self.en, self.fr))

    @property
    def evaluation_count(self) -> int:
        """Counts the application criteria: the numbered items (eligibility confirmations are bullets), or else 1."""
        return max(1, *(len(top_items(text.evaluation, ordered=True)) for text in (self.en, self.fr)))


_MARKDOWN = MarkdownIt("commonmark")
_EMPTY = {"", "_No response_", "_Aucune réponse_"}


def comparable_heading(heading: str) -> str:
    """Prepares a heading for comparison: no case, accents, curly apostrophes, double blanks, or blank before `?`."""
    return " ".join(folded(heading.replace("’", "'")).split()).replace(" ?", "?").strip(" :")


def _aliases() -> Iterator[tuple[str, str]]:
    for name, heading in FIELD_HEADINGS.items():
        for alias in (heading, *heading.split(" / ")):
            yield comparable_heading(alias), name


_FIELD_OF = dict(_aliases())


def sections(body: str) -> dict[str, str]:
    """Returns the values of the fields in an issue's body, by field name; the first where a field occurs twice."""
    parsed = _MARKDOWN.parse(body)
    lines = re.split(r"\r\n?|\n", body)
    starts = [
        (token.map[0], token.map[1], _FIELD_OF[comparable_heading(parsed[index + 1].content)])
        for index, token in enumerate(parsed)
        if token.type == "heading_open"
        and token.tag in ("h1", "h2", "h3")
        and token.level == 0
        and token.map
        and comparable_heading(parsed[index + 1].content) in _FIELD_OF
    ]
    ends = [start for start, _, _ in starts[1:]] + [len(lines)]
    found: dict[str, str] = {}
    for (_, value_start, name), value_end in zip(starts, ends[: len(starts)], strict=True):
        value = without_commands("\n".join(lines[value_start:value_end])).strip()
        found.setdefault(name, "" if value in _EMPTY else value)
    return found


def is_form(body: str) -> bool:
    """Returns whether an issue comes from the opportunity form: it has the form's first fields."""
    return {"title.en", "need"} <= sections(body).keys() or {"title.fr", "need"} <= sections(body).keys()


@lru_cache(maxsize=256)
def statement_of(body: str) -> Statement:
    """Reads the statement in an issue's body."""
    values = sections(body)

    def day(name: str) -> date | None:
        match = re.fullmatch(r"(20\d{2}-\d{2}-\d{2})(?:T.*)?", values.get(name, "")[:40])
        try:
            return date.fromisoformat(match[1]) if match else None
        except ValueError:
            return None

    def text(lang: Lang) -> StatementText:
        return StatementText(**{field.name: values.get(f"{field.name}.{lang}", "") for field in fields(StatementText)})

    price = amount(values.get("price", ""))
    dates = {name: day(name) for name in ("closing", "selection", "delivery")}
    unreadable = [name for name, value in {"price": price, **dates}.items() if value is None and values.get(name)]
    return Statement(
        en=text("en"),
        fr=text("fr"),
        need=values.get("need", ""),
        price=price,
        **dates,
        contact=values.get("contact", ""),
        unreadable=tuple(unreadable),
    )


@lru_cache(maxsize=32)
def tokens(markdown: str) -> tuple[Token, ...]:
    """Parses a long text as CommonMark, once for all the rules that read it."""
    return tuple(_MARKDOWN.parse(markdown))


@lru_cache(maxsize=512)
def top_items(markdown: str, *, ordered: bool = False) -> tuple[str, ...]:
    """Returns the items of the top-level lists of a text, as written, without nested lists."""
    return tuple(item[0].content.strip() for item in list_items(markdown, ordered=ordered))


def list_items(markdown: str, *, ordered: bool = False) -> list[list[Token]]:
    """Returns the items of the top-level lists of a text, each as the tokens with its words, also nested ones.

    It leaves out items without words. `ordered`: from numbered lists only.
    """
    kinds = ("ordered_list_open",) if ordered else ("ordered_list_open", "bullet_list_open")
    items: list[list[Token]] = []
    inside = False
    for token in tokens(markdown):
        if token.level == 0:
            inside = token.type in kinds
        elif inside and token.level == 1 and token.type == "list_item_open":
            items.append([])
        elif inside and token.content.strip() and token.type != "html_block":
            items[-1].append(token)
    return [item for item in items if item]
