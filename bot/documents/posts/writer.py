"""Writes an opportunity for the Micro-Acquisition site: one post in English and one in French.

    >>> file_slug("Élaboration de politiques")
    'elaboration-de-politiques'

`write_post` writes the whole file, and `read_post` reads it, also if people wrote it by hand. The site's templates
(`_posts/en/template-opportunity.md`) and its layout `_layouts/post.html` define the content of the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from bot.documents import text
from bot.documents.amounts import dollars
from bot.documents.markdown import inline
from bot.documents.posts.front_matter import date_line, field
from bot.documents.posts.post import SHORT_LIMIT, TITLE_LIMIT, WORDING, Post, PostQuestion, Sections, notice
from bot.documents.posts.reader import read_post
from bot.documents.text import PostError
from bot.pipeline.text.language import Lang

__all__ = [
    "SHORT_LIMIT",
    "TITLE_LIMIT",
    "WORDING",
    "Lang",
    "Post",
    "PostError",
    "PostQuestion",
    "file_slug",
    "money",
    "next_ref",
    "paths",
    "publication_date",
    "read_post",
    "refs",
    "write_post",
]

SITE_TIME: Final = ZoneInfo("America/Vancouver")  # `timezone` in the site's _config.yml
_SLUG_LIMIT = 60


def write_post(post: Post) -> str:
    """Writes the whole file of `post`. PostError if it exceeds a limit of the site."""
    return f"---\n{_front_matter(post)}---\n\n{page_body(post)}"


def _front_matter(post: Post) -> str:
    title, short = text.one_line(post.title), text.one_line(post.short)
    skills = [word for skill in post.skills for part in skill.split(",") if (word := text.one_line(part))]
    if not title or len(title) > TITLE_LIMIT:
        raise PostError(f"The title must have 1 to {TITLE_LIMIT} characters; this one has {len(title)}.")
    if len(short) > SHORT_LIMIT:
        raise PostError(f"The short description must have at most {SHORT_LIMIT} characters.")
    lines = [
        "layout: post",
        field("title", title),
        field("ref", post.ref),
        field("lang", post.lang),
        field("skills", ", ".join(skills)),
        f"value: {money(post.value, post.lang)}",
        date_line("closing_date", post.closing),
        date_line("start_date", post.selection),
        date_line("delivery_date", post.delivery),
        field("selected_bidder", text.one_line(post.bidder)),
        field("selected_bidder-link", text.one_line(post.bidder_link)),
        field("submitted_work-link", text.one_line(post.work_link)),
        date_line("last_modified", post.modified),
        *(["update: closing_date"] if post.closing_moved else []),
        field("short_desc", short, quoted=True),
    ]
    return "".join(f"{line}\n" for line in lines)


def money(value: Decimal, lang: Lang) -> str:
    """Writes a price before taxes: `$6,500 (excluding taxes)`, `6 500 $ (hors taxes)`, with cents if there are any."""
    note = "(excluding taxes)" if lang == "en" else "(hors taxes)"
    return f"{dollars(value.quantize(Decimal('0.01')), lang)} {note}"


def page_body(post: Post) -> str:
    """Writes the page below the front matter."""
    words, sections = WORDING[post.lang], Sections(post.lang, len(post.questions))
    blocks = [
        notice(post.notice, post.lang),
        f"## {words.description}",
        f"### {words.background}",
        sections.tidied(post.description, 4),
        f"### {words.opportunity}",
        sections.tidied(post.opportunity, 4),
        words.apply.format(_address(post.issue_url)) if post.issue_url else "",
        "<hr/>",
        f"## {words.evaluation}",
        sections.tidied(post.evaluation, 3),
        f"## {words.criteria}",
        sections.tidied(post.criteria, 3),
    ]
    for number, question in enumerate(post.questions, 1):
        blocks += sections.question_and_answer(number, question.text, question.answer)
    return "\n\n".join(block for block in blocks if block) + "\n"


def _address(url: str) -> str:
    if (address := inline.absolute(url)) is None:
        raise PostError(f"The address of the issue is not a web address: {url}.")
    return address


def paths(en: Post, fr: Post, published: date) -> tuple[str, str]:
    """Returns the paths of the two posts. `published` is a Vancouver date (`publication_date`): a later one hides them.

    Addresses on the site contain no language, so the two names must differ.
    """
    name, nom = file_slug(en.title), f"{file_slug(fr.title)}-fr"
    if name == nom:
        nom += "-fr"
    return f"_posts/en/{published:%Y-%m-%d}-{name}.md", f"_posts/fr/{published:%Y-%m-%d}-{nom}.md"


def publication_date(moment: datetime) -> date:
    """Returns the date at `moment` (aware) by the site's clock."""
    return moment.astimezone(SITE_TIME).date()


def file_slug(title: str) -> str:
    """Returns the name of a post's file: ASCII, at most 60 characters, cut between words, never empty."""
    whole = text.slug(title) or "opportunity"
    if len(whole) <= _SLUG_LIMIT:
        return whole
    return (whole[: _SLUG_LIMIT + 1].rpartition("-")[0] or whole)[:_SLUG_LIMIT]


def next_ref(texts: Iterable[str]) -> str:
    """Returns the next `opportunityN`: one more than the highest in `texts`.

    The texts are posts and pages with a `ref`, and patches of open pull requests that add one. If two opportunities
    have the same `ref`, the site links the wrong pages to each other.
    """
    used = [int(ref.removeprefix("opportunity")) for ref in refs(texts)]
    return f"opportunity{max(used, default=0) + 1}"


def refs(texts: Iterable[str]) -> set[str]:
    """Returns every `opportunityN` that is a `ref` in these posts, pages and patches."""
    return {
        f"opportunity{int(number)}"
        for each in texts
        for number in re.findall(r"""(?mi)^[+ ]?ref:[ \t]*["']?opportunity(\d{1,6})["']?[ \t]*\r?$""", each)
    }
