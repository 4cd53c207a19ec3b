"""Reads a post of the Micro-Acquisition site, the bot's or one that people wrote by hand.

By hand headings differ ("The work" for "Opportunity"), and so does the way a price is written
("6 500$ (hors les taxes)"); what cannot be understood is said in one sentence, as a PostError.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import yaml

from bot.documents import inline
from bot.documents import text as plain_text
from bot.documents.post import WORDING, Post, PostError, Question
from bot.pipeline.words import Lang

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)---[ \t]*(?:\n|$)(.*)", re.DOTALL)
_FRONT_MATTER_LIMIT: Final = 16_384
SECTIONS: Final[Mapping[str, str]] = {
    "description": "introduction",
    "background": "description",
    "contexte": "description",
    "opportunity": "opportunity",
    "opportunite": "opportunity",
    "the work": "opportunity",
    "le travail": "opportunity",
    "application evaluation": "evaluation",
    "evaluation de la demande": "evaluation",
    "work acceptance criteria": "criteria",
    "criteres d'acceptation de travail": "criteria",
    "criteres d'acceptation du travail": "criteria",
}
EXCHANGE = re.compile(r"(question|answer|reponse) (\d+)")


class Loader(yaml.SafeLoader):
    """Without aliases, which can make a short text very long."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases cannot stand here")
        return super().compose_node(parent, index)


def read(text: str) -> Post:
    """The post in `text`, the whole file; PostError says what is missing or wrong."""
    found = _FRONT_MATTER.match(text.replace("\r\n", "\n").removeprefix("\ufeff"))
    if not found:
        raise PostError("The post has no front matter between two lines of three hyphens.")
    if len(found[1]) > _FRONT_MATTER_LIMIT:
        raise PostError(f"The front matter has more than {_FRONT_MATTER_LIMIT:,} characters: shorten its fields.")
    try:
        fields = yaml.load(found[1], Loader=Loader)  # noqa: S506  # it is a SafeLoader
    except RecursionError as error:
        raise PostError("The front matter has brackets too deep inside each other.") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = plain_text.one_line(str(getattr(error, "problem", None) or error))
        raise PostError(f"The front matter is not valid YAML: {reason}.") from error
    if not isinstance(fields, dict):
        raise PostError("The front matter holds no fields.")
    lang = _lang(fields)
    sections = sections_of(found[2])
    for name in ("description", "opportunity", "evaluation", "criteria"):
        if name not in sections:
            heading = WORDING[lang].background if name == "description" else getattr(WORDING[lang], name)
            raise PostError(f"The post has no section “{heading}”.")
    opportunity, issue_url = without_address(sections["opportunity"], lang)
    return Post(
        lang=lang,
        title=_text(fields, "title", required=True),
        ref=_text(fields, "ref", required=True),
        skills=tuple(skill for part in _text(fields, "skills").split(",") if (skill := part.strip())),
        value=price(_text(fields, "value", required=True)),
        closing=_day(fields, "closing_date"),
        selection=_day(fields, "start_date"),
        delivery=_day(fields, "delivery_date"),
        modified=_day(fields, "last_modified"),
        short=_text(fields, "short_desc", required=True),
        description=sections["description"],
        opportunity=opportunity,
        evaluation=sections["evaluation"],
        criteria=sections["criteria"],
        issue_url=issue_url,
        bidder=_text(fields, "selected_bidder"),
        bidder_link=_text(fields, "selected_bidder-link"),
        work_link=_text(fields, "submitted_work-link"),
        closing_moved="closing_date" in _text(fields, "update"),
        questions=questions(sections),
    )


def _lang(fields: Mapping[str, Any]) -> Lang:
    match _text(fields, "lang", required=True):
        case "en":
            return "en"
        case "fr":
            return "fr"
        case other:
            raise PostError(f"The field “lang” must be en or fr, not “{other}”.")


def _text(fields: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    value = fields.get(name)
    shown = "" if value is None else plain_text.one_line(str(value))
    if required and not shown:
        raise PostError(f"The field “{name}” of the front matter is missing or empty.")
    return re.sub(r"&#?\w+;", lambda entity: html.unescape(entity[0]), shown)


def _day(fields: Mapping[str, Any], name: str) -> date:
    value = fields.get(name)
    if isinstance(value, datetime):
        return value.date()  # the day where the clock of the offset stands, which is Eastern time
    if isinstance(value, date):
        return value
    if value is None:
        raise PostError(f"The field “{name}” of the front matter is missing or empty.")
    raise PostError(f"The field “{name}” is not a date: “{plain_text.one_line(str(value))}”.")


def price(shown: str) -> Decimal:
    """Canadian dollars, from `$6,500 (excluding taxes)` or `6 500,50 $ (hors taxes)` and their likes."""
    together = re.sub(r"(?<=\d)[\s,](?=\d{3})", "", shown).replace(",", ".")
    found = re.search(r"(?<![\d.])\d+(?:\.\d\d?)?(?![\d.])", together)
    if found and (value := Decimal(found[0])) > 0:
        return value
    raise PostError(f"The field “value” is not a price above zero: “{shown}”.")


def sections_of(body: str) -> dict[str, str]:
    """The Markdown under each heading of the page, by the Post field or the question it belongs to."""
    lines = body.split("\n")
    inline.check_quotations(body)
    tokens = inline.BLOCKS.parse(body)
    starts: list[tuple[str, int, int]] = []
    chapter = ""
    for opening, content in pairwise(tokens):
        if opening.type != "heading_open" or opening.level or opening.tag not in ("h2", "h3"):
            continue
        first, after = opening.map or (0, 0)
        heading = plain_text.heading_key(content.content)
        if opening.tag == "h2":
            chapter = heading
        # A third-level heading that a client wrote in a later chapter is part of that chapter.
        known = opening.tag == "h2" or chapter == "description" or EXCHANGE.fullmatch(heading)
        if known:
            starts.append((SECTIONS.get(heading, heading), first, after))
    sections: dict[str, str] = {}
    ends = [*(first for _, first, _ in starts), len(lines)][1:]
    for (name, _, after), end in zip(starts, ends, strict=True):
        sections.setdefault(name, "\n".join(lines[after:end]).strip("\n"))
    if introduction := sections.pop("introduction", ""):
        sections["description"] = f"{introduction}\n\n{sections.get('description', '')}".rstrip()
    return sections


def without_address(opportunity: str, lang: Lang) -> tuple[str, str | None]:
    """The Opportunity section without the site's rule and our last line, and the address in that line."""
    kept = re.sub(r"<hr ?/?>\Z", "", opportunity.rstrip()).rstrip()
    before, after = WORDING[lang].apply.split("{}")
    address = re.compile(re.escape(before) + r"(\S+?)" + re.escape(after))
    rest, _, last = kept.rpartition("\n")
    if found := address.fullmatch(last):
        return rest.rstrip(), found[1]
    return kept, None


def questions(sections: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions and answers of a page, from the first on without a gap."""
    asked: list[Question] = []
    while (question := sections.get(f"question {len(asked) + 1}")) is not None:
        number = len(asked) + 1
        answer = sections.get(f"answer {number}", sections.get(f"reponse {number}", ""))
        asked.append(Question(question, answer))
    return tuple(asked)
