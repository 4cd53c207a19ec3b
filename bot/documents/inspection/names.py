"""Checks the paths of posts: `_posts/en/2027-06-30-forms.md` and `_posts/fr/2027-06-30-formulaires-fr.md`.

The site makes addresses of the date and the name alone, without the folder of the language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from bot.documents.inspection.found import BaseSite, Change, PostFinding
from bot.documents.posts.writer import file_slug
from bot.pipeline.model.words import Line, Message
from bot.pipeline.text.language import Lang

_RIGHT = re.compile(r"_posts/(en|fr)/(\d{4}-\d\d-\d\d)-([a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*)\.md")
_DATED = re.compile(r"(\d{4})[-_.](\d{1,2})[-_.](\d{1,2})[-_. ]*(.*)")
_REVERSED = re.compile(r"(\d{1,2})[-_.](\d{1,2})[-_.](\d{4})[-_. ]*(.*)")


@dataclass(frozen=True)
class Name:
    """The parts of a post's path, as far as they can be read; `day` is None if there is no valid date."""

    lang: Lang | None
    day: date | None
    written: str
    """The date as written, "" if there is none."""
    slug: str
    ending: str
    folder: str


def parse_path(path: str) -> Name:
    folder, _, file = path.rpartition("/")
    stem, dot, ending = file.rpartition(".")
    if not dot:
        stem, ending = file, ""
    lang: Lang | None = None
    for part in folder.lower().split("/"):
        lang = "en" if part in ("en", "english", "anglais") else "fr" if part in ("fr", "french", "francais") else lang
    day, written = None, ""
    if found := _DATED.match(stem):
        written, stem, day = stem[: found.start(4)].rstrip("-_. "), found[4], _date(found[1], found[2], found[3])
    elif found := _REVERSED.match(stem):
        written, stem = stem[: found.start(4)].rstrip("-_. "), found[4]
    return Name(lang, day, written, stem, ending, folder)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def address(path: str) -> str:
    """Returns the name in a post's address on the site; it has no language, so two posts can collide."""
    return path.rpartition("/")[2].casefold()


def is_right(path: str, lang: Lang, today: date) -> bool:
    """Checks that a path has the right form, and that the site shows the post today."""
    found, name = _RIGHT.fullmatch(path), parse_path(path)
    return bool(found and found[1] == lang and name.day and name.day <= today)


def right_path(path: str, lang: Lang, today: date) -> str:
    """Corrects a path; a missing or later date becomes today's, because the site hides later posts."""
    name = parse_path(path)
    if is_right(path, lang, today):
        return path
    day = name.day if name.day and name.day <= today else today
    return f"_posts/{lang}/{day:%Y-%m-%d}-{file_slug(name.slug)}.md"


def free_path(path: str, taken: Collection[str]) -> str:
    """Returns `path`, or the first numbered variant whose address is not in `taken`."""
    stem, number = path.removesuffix(".md"), 2
    while address(path) in taken:
        path, number = f"{stem}-{number}.md", number + 1
    return path


def twin_path(path: str, lang: Lang) -> str:
    """Returns a path for the post in the other language if the bot has no title for it."""
    stem = path.rpartition("/")[2].removesuffix(".md")
    if lang == "en":
        return f"_posts/fr/{stem}-fr.md"
    return f"_posts/en/{stem.removesuffix('-fr') if stem.endswith('-fr') else f'{stem}-en'}.md"


def wrong_name(change: Change, lang: Lang, right: str, site: BaseSite) -> Iterator[PostFinding]:
    """Finds what is wrong with the path of a new post; `right` is the correct path."""
    path, name = change.path, parse_path(change.path)
    if path == right:
        return
    to = Line(right)
    if name.folder != f"_posts/{lang}":
        yield PostFinding(Message("inspect.folder", folder=Line(f"_posts/{lang}"), right=to), path)
    elif name.ending != "md":
        yield PostFinding(Message("inspect.ending", right=to), path)
    elif name.day is None or name.written != name.day.isoformat():
        yield PostFinding(Message("inspect.name-date", right=to), path)
    elif name.day > site.today:
        yield PostFinding(Message("inspect.hidden", day=name.day, today=site.today, right=to), path)
    elif not _RIGHT.fullmatch(path):
        yield PostFinding(Message("inspect.name-letters", right=to), path)
    elif path in site.paths or address(path) in {address(other) for other in site.paths}:
        yield PostFinding(Message("inspect.taken", right=to), path)
