"""An opportunity as the Micro-Acquisition site shows it: one post in English and one in French.

    >>> slug("Élaboration de politiques")
    'elaboration-de-politiques'

`write` makes the whole file; `read` takes one back, also those people wrote by hand. What the files must
hold is in the site's templates (`_posts/en/template-opportunity.md`) and its layout `_layouts/post.html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import yaml

from bot.documents import inline, text
from bot.documents.amounts import dollars
from bot.documents.markdown import tidy
from bot.documents.post import SHORT_LIMIT, TITLE_LIMIT, WORDING, Post, PostError, Question
from bot.documents.post_reader import read
from bot.pipeline.calendar import EASTERN
from bot.pipeline.words import Lang

__all__ = [
    "SHORT_LIMIT",
    "TITLE_LIMIT",
    "WORDING",
    "Lang",
    "Post",
    "PostError",
    "Question",
    "body",
    "end_of_day",
    "field",
    "money",
    "next_ref",
    "paths",
    "publication_date",
    "read",
    "slug",
    "write",
]

SITE_TIME: Final = ZoneInfo("America/Vancouver")  # `timezone` in the site's _config.yml
_SLUG_LIMIT = 60
_ENTITY = re.compile(r"&(?=#?\w+;)")


def write(post: Post) -> str:
    """The whole file of `post`. PostError where a limit of the site is passed."""
    return f"---\n{_front_matter(post)}---\n\n{body(post)}"


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
        f"closing_date: {end_of_day(post.closing)}",
        f"start_date: {post.selection.isoformat()}",
        f"delivery_date: {end_of_day(post.delivery)}",
        field("selected_bidder", text.one_line(post.bidder)),
        field("selected_bidder-link", text.one_line(post.bidder_link)),
        field("submitted_work-link", text.one_line(post.work_link)),
        f"last_modified: {post.modified.isoformat()}",
        *(["update: closing_date"] if post.closing_moved else []),
        field("short_desc", short, quoted=True),
    ]
    return "".join(f"{line}\n" for line in lines)


class _Quoted(str):
    """A text that is double-quoted whatever it holds."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Quoted, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')
)


def field(name: str, value: str, *, quoted: bool = False) -> str:
    """One line of front matter, safe for YAML and for the layouts, which escape nothing; `value` is one line."""
    if not value:
        return f"{name}:"
    # The layouts print these as they are, so what HTML or Liquid would read is written as entities.
    shown = re.sub(r"\{(?=[{%])", "&#123;", _ENTITY.sub("&amp;", value).replace("<", "&lt;"))
    # Jekyll's YAML takes more for numbers and symbols than PyYAML does ("1,000", ":a").
    scalar = shown if shown[0].isalpha() and not quoted else _Quoted(shown)
    line: str = yaml.dump({name: scalar}, Dumper=_Dumper, allow_unicode=True, width=10**6)
    return line.rstrip("\n")


def money(value: Decimal, lang: Lang) -> str:
    """Before taxes: `$6,500 (excluding taxes)`, `6 500 $ (hors taxes)`; cents only where there are any."""
    note = "(excluding taxes)" if lang == "en" else "(hors taxes)"
    return f"{dollars(value.quantize(Decimal('0.01')), lang)} {note}"


def end_of_day(day: date) -> str:
    """The last second of `day` in Eastern time, with the offset of that day: the site shows it as it is."""
    return datetime.combine(day, time(23, 59, 59), EASTERN).isoformat()


def body(post: Post) -> str:
    """What follows the front matter: the page's own headings and rule, and the client's texts made tidy."""
    words = WORDING[post.lang]
    own = {words.description, words.background, words.opportunity, words.evaluation, words.criteria}
    for number in range(1, max(99, len(post.questions)) + 1):  # also those still to come
        own |= {f"{words.question} {number}", f"{words.answer} {number}"}
    taken, numbers = list(own), dict[str, int]()

    def section(markdown: str, top: int) -> str:
        tidied = tidy(markdown, top=top, taken=taken, numbers=numbers)
        taken.extend(tidied.headings)
        numbers.update(tidied.numbers)
        return tidied.text

    blocks = [
        f"## {words.description}",
        f"### {words.background}",
        section(post.description, 4),
        f"### {words.opportunity}",
        section(post.opportunity, 4),
        words.apply.format(_address(post.issue_url)) if post.issue_url else "",
        "<hr/>",
        f"## {words.evaluation}",
        section(post.evaluation, 3),
        f"## {words.criteria}",
        section(post.criteria, 3),
    ]
    for number, question in enumerate(post.questions, 1):
        blocks += [f"### {words.question} {number}", section(question.text, 4)]
        if answer := section(question.answer, 4):
            blocks += [f"### {words.answer} {number}", answer]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _address(url: str) -> str:
    if (address := inline.absolute(url)) is None:
        raise PostError(f"The address of the issue is not a web address: {url}.")
    return address


def paths(en: Post, fr: Post, published: date) -> tuple[str, str]:
    """Where the two posts go. `published` is a Vancouver date (`publication_date`): a later one hides them.

    Addresses on the site have no language in them, so the two names must differ.
    """
    name, nom = slug(en.title), f"{slug(fr.title)}-fr"
    if name == nom:
        nom += "-fr"
    return f"_posts/en/{published:%Y-%m-%d}-{name}.md", f"_posts/fr/{published:%Y-%m-%d}-{nom}.md"


def publication_date(moment: datetime) -> date:
    """The day it is at `moment` (aware) where the site's clock stands."""
    return moment.astimezone(SITE_TIME).date()


def slug(title: str) -> str:
    """The name of a post's file: ASCII, at most 60 characters, cut between words, never empty."""
    whole = text.slug(title) or "opportunity"
    if len(whole) <= _SLUG_LIMIT:
        return whole
    return (whole[: _SLUG_LIMIT + 1].rpartition("-")[0] or whole)[:_SLUG_LIMIT]


def next_ref(texts: Iterable[str]) -> str:
    """The next `opportunityN`: one more than the highest in `texts`.

    These are posts and pages, whose front matter holds `ref`, and the patches of open pull requests, which
    add such lines. A `ref` that is used twice makes the site link the wrong pages to each other.
    """
    used = [
        int(number)
        for each in texts
        for number in re.findall(r"""(?mi)^[+ ]?ref:[ \t]*["']?opportunity(\d{1,6})["']?[ \t]*\r?$""", each)
    ]
    return f"opportunity{max(used, default=0) + 1}"
