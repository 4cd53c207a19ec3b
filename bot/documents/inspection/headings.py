"""Recognises the headings of a page as people write them: in other words, at another level, or as bold text.

`righted` corrects them without moving a line, so that the sections between them can be read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz

from bot.documents.markdown import inline
from bot.documents.posts.post import WORDING
from bot.documents.posts.reader import SECTIONS
from bot.documents.text import heading_key
from bot.pipeline.text.language import Lang

_NEAR: Final = 88
_BOLD = re.compile(r"\*\*([^*]+)\*\*:?|__([^_]+)__:?")
_RULE = re.compile(r"(?i)<hr\s*/?>|([-*_])(?:[ \t]*\1){2,}[ \t]*")
_ATX = re.compile(r" {0,3}#{1,6}(?=\w)")
_QUESTION = re.compile(r"(question|answer|reponse) \d+")


def own(lang: Lang) -> dict[str, str]:
    """Returns the lines of the page's headings, in order, by the name of their section."""
    words = WORDING[lang]
    return {
        "introduction": f"## {words.description}",
        "description": f"### {words.background}",
        "opportunity": f"### {words.opportunity}",
        "evaluation": f"## {words.evaluation}",
        "criteria": f"## {words.criteria}",
    }


def heading_words(name: str, lang: Lang) -> str:
    """Returns the words of a section's heading, without its signs."""
    return own(lang)[name].lstrip("# ")


@dataclass(frozen=True)
class Heading:
    """A heading outside lists and quotations: lines `first` to `after`, counted from 0."""

    first: int
    after: int
    level: int
    text: str
    """The words as `heading_key` compares them; level 7 is a bold line, level 8 one without a blank after #."""


def headings(lines: Sequence[str]) -> list[Heading]:
    tokens = inline.BLOCKS.parse("\n".join(lines))
    found: list[Heading] = []
    for opening, content in pairwise(tokens):
        if opening.level or not opening.map or opening.type not in ("heading_open", "paragraph_open"):
            continue
        first, after = opening.map
        level, text = int(opening.tag[1:] or 0) if opening.type == "heading_open" else 7, content.content
        if level == 7:
            if bold := _BOLD.fullmatch(text.strip()):
                text = bold[1] or bold[2]
            elif glued := _ATX.match(text):
                level, text = 8, text[glued.end() :]
                if "\n" in text:
                    continue
            else:
                continue
        found.append(Heading(first, after, level, heading_key(text).strip(" .:;#")))
    return found


def meant(heading: Heading) -> str | None:
    """Returns the section that a heading probably names, in either language, or None."""
    if heading.text in SECTIONS:
        return SECTIONS[heading.text]
    near = [(fuzz.ratio(heading.text, alias), name) for alias, name in SECTIONS.items()]
    score, name = max(near)
    return name if score >= _NEAR else None


def righted(lines: Sequence[str], lang: Lang) -> list[str]:
    """Returns the lines with the page's own headings corrected and all others at lower levels."""
    right, result = own(lang), list(lines)
    there = headings(lines)
    exact = {name: each for name, line in right.items() for each in reversed(there) if lines[each.first] == line}
    for each in there:
        name = meant(each)
        if name and name not in exact:
            exact[name] = each
            _put(result, each, right[name])
    chapter = ""
    for each in there:
        if name := next((name for name, one in exact.items() if one is each), None):
            chapter = "" if name in ("evaluation", "criteria") else "description"
        elif each.level < 3 or (each.level == 3 and chapter == "description" and not _QUESTION.fullmatch(each.text)):
            words = re.sub(r"^ {0,3}#+[ \t]*|[ \t]#+[ \t]*$", "", lines[each.first]).strip()
            _put(result, each, f"{'####' if chapter == 'description' else '###'} {words}")
    return _ruled(result, right["evaluation"])


def _put(lines: list[str], heading: Heading, line: str) -> None:
    lines[heading.first : heading.after] = [line] + [""] * (heading.after - heading.first - 1)


def _ruled(lines: list[str], evaluation: str) -> list[str]:
    """Writes the rule before the evaluation as the site does."""
    if evaluation in lines:
        above = [at for at in range(lines.index(evaluation)) if lines[at].strip()]
        if above and _RULE.fullmatch(lines[above[-1]].strip()):
            lines[above[-1]] = "<hr/>"
    return lines
