"""Reads a post of the Micro-Acquisition site, whether the bot or people wrote it.

People write other headings ("The work" for "Opportunity") and other prices ("6 500$ (hors les taxes)"). A PostError
says in one sentence what cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from bot.documents import text as plain_text
from bot.documents.markdown import inline
from bot.documents.posts.front_matter import day, field_text, load_fields, split
from bot.documents.posts.post import WORDING, Post, PostQuestion, find_notice, question_or_answer
from bot.documents.text import PostError
from bot.pipeline.model.statement import FIELD_HEADINGS
from bot.pipeline.text.language import Lang

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


def read_post(text: str) -> Post:
    """Reads the post in `text`, the whole file. PostError says what is missing or wrong."""
    _, front, _, page = split(text)
    fields = load_fields(front)
    lang = _lang(fields)
    sections = sections_of(page.replace("\r\n", "\n"), lang)
    for name in ("description", "opportunity", "evaluation", "criteria"):
        if name not in sections:
            heading = WORDING[lang].background if name == "description" else getattr(WORDING[lang], name)
            raise PostError(f"The post has no section “{heading}”.")
    opportunity, issue_url = without_address(sections["opportunity"], lang)
    return Post(
        lang=lang,
        title=field_text(fields, "title", required=True),
        ref=field_text(fields, "ref", required=True),
        skills=tuple(skill for part in field_text(fields, "skills").split(",") if (skill := part.strip())),
        value=parse_price(field_text(fields, "value", required=True)),
        closing=day(fields, "closing_date"),
        selection=day(fields, "start_date"),
        delivery=day(fields, "delivery_date"),
        modified=day(fields, "last_modified"),
        short=field_text(fields, "short_desc", required=True),
        description=sections["description"],
        opportunity=opportunity,
        evaluation=sections["evaluation"],
        criteria=sections["criteria"],
        issue_url=issue_url,
        bidder=field_text(fields, "selected_bidder"),
        bidder_link=field_text(fields, "selected_bidder-link"),
        work_link=field_text(fields, "submitted_work-link"),
        closing_moved="closing_date" in field_text(fields, "update"),
        notice=sections["notice"],
        questions=questions(sections),
    )


def _lang(fields: Mapping[str, Any]) -> Lang:
    match field_text(fields, "lang", required=True):
        case "en":
            return "en"
        case "fr":
            return "fr"
        case other:
            raise PostError(f"The field “lang” must be en or fr, not “{other}”.")


def parse_price(written: str) -> Decimal:
    """Reads Canadian dollars from texts such as `$6,500 (excluding taxes)` or `6 500,50 $ (hors taxes)`."""
    together = re.sub(r"(?<=\d)[\s,](?=\d{3})", "", written).replace(",", ".")
    found = re.search(r"(?<![\d.])\d+(?:\.\d\d?)?(?![\d.])", together)
    if found and (value := Decimal(found[0])) > 0:
        return value
    raise PostError(f"The field “value” is not a price above zero: “{written}”.")


def sections_of(body: str, lang: Lang) -> dict[str, str]:
    """Returns the Markdown below each heading, by its field of `Post` or its question."""
    lines = body.split("\n")
    inline.check_quotations(body)
    tokens = inline.BLOCKS.parse(body)
    starts: list[tuple[str, int, int]] = []
    chapter = ""
    for opening, content in pairwise(tokens):
        if opening.type != "heading_open" or opening.level or opening.tag not in ("h2", "h3"):
            continue
        first, after = opening.map or (0, 0)
        heading, asked = plain_text.heading_key(content.content), question_or_answer(content.content)
        if asked or opening.tag == "h2":
            chapter = "asked" if asked else heading
        # A third-level heading that a client wrote in a later chapter is part of that chapter.
        if opening.tag == "h2" or chapter in ("description", "asked"):
            name = "{} {}".format(*asked) if asked else SECTIONS.get(heading, heading)
            starts.append((name, first, after))
    notice = find_notice(tokens, lang)
    sections = {"notice": notice.words if notice else ""}
    ends = [*(first for _, first, _ in starts), len(lines)][1:]
    for (name, _, after), end in zip(starts, ends, strict=True):
        sections.setdefault(name, "\n".join(lines[after:end]).strip("\n"))
    if introduction := sections.pop("introduction", ""):
        sections["description"] = f"{introduction}\n\n{sections.get('description', '')}".rstrip()
    return sections


def without_address(opportunity: str, lang: Lang) -> tuple[str, str | None]:
    """Splits off the address in the bot's last line of the section, and removes that line and the site's rule."""
    kept = re.sub(r"<hr ?/?>\Z", "", opportunity.rstrip()).rstrip()
    before, after = WORDING[lang].apply.split("{}")
    address = re.compile(re.escape(before) + r"(\S+?)" + re.escape(after))
    rest, _, last = kept.rpartition("\n")
    if found := address.fullmatch(last):
        return rest.rstrip(), found[1]
    return kept, None


def questions(sections: Mapping[str, str]) -> tuple[PostQuestion, ...]:
    """Returns the questions of a page in order, up to the first missing number."""
    asked: list[PostQuestion] = []
    while (question := sections.get(f"question {len(asked) + 1}")) is not None:
        number = len(asked) + 1
        asked.append(PostQuestion(question, sections.get(f"answer {number}", "")))
    return tuple(asked)


def as_form(en: Post, fr: Post, need: str, contact: str) -> str:
    """Returns the body of the issue whose statement these two posts show.

    Values that both languages share come from the English post; the price is before taxes.
    """
    values = {
        "need": need,
        "price": f"${en.value:,}",
        "closing": en.closing.isoformat(),
        "selection": en.selection.isoformat(),
        "delivery": en.delivery.isoformat(),
        "contact": contact,
    }
    for lang, post in (("en", en), ("fr", fr)):
        values |= {
            f"title.{lang}": post.title,
            f"short.{lang}": post.short,
            f"skills.{lang}": ", ".join(post.skills),
            f"description.{lang}": post.description,
            f"opportunity.{lang}": post.opportunity,
            f"evaluation.{lang}": post.evaluation,
            f"criteria.{lang}": post.criteria,
        }
    return "\n\n".join(
        f"### {heading}\n\n{values[name].strip() or '_No response_'}" for name, heading in FIELD_HEADINGS.items()
    )
