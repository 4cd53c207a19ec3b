"""Checks the body of a post: compares it with the same body as the bot would write it.

The bot's own pages pass the site's markdownlint, so a body without differences passes too. A difference is a few
lines; `reasons` explains it, and the bot's lines are the suggestion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher

from bot.documents.inspection.found import PostFinding, on_line
from bot.documents.inspection.headings import headings, own, righted
from bot.documents.inspection.page import PostLines
from bot.documents.inspection.reasons import Hunk, reason
from bot.documents.markdown import inline
from bot.documents.posts.post import Post, find_notice, question_or_answer
from bot.documents.posts.reader import questions, sections_of, without_address
from bot.documents.posts.writer import page_body
from bot.documents.text import PostError
from bot.pipeline.model.words import Line, Message
from bot.pipeline.text.language import Lang

_SECTIONS = ("description", "opportunity", "evaluation", "criteria")
_DAY = date(2000, 1, 1)
_BLANK = Post("en", "", "", (), Decimal(1), _DAY, _DAY, _DAY, _DAY, "", "", "", "", "")


@dataclass(frozen=True)
class Body:
    """The findings on a body, and its sections as the bot would write them."""

    findings: tuple[PostFinding, ...]
    sections: dict[str, str]
    """Empty if the sections cannot be told apart."""


def read_body(page: PostLines, lang: Lang, expected: Post | None, *, new: bool) -> Body:
    """Checks the lines below the front matter; `new`: the page has no notice yet."""
    try:
        inline.check_quotations("\n".join(page.body))
        return _read(page, lang, expected, new=new)
    except PostError:
        return Body((PostFinding(Message("inspect.tangled")),), {})


def _read(page: PostLines, lang: Lang, expected: Post | None, *, new: bool) -> Body:
    lines = righted(page.body, lang)
    right = own(lang)
    there = [each.first for each in headings(lines)]  # without those in code or HTML
    at = {name: each for name, line in right.items() for each in reversed(there) if lines[each] == line}
    found = [*_absent(page, at, right)]
    order = sorted(at, key=lambda name: at[name])
    noticed = None if new else find_notice(inline.BLOCKS.parse("\n".join(lines)), lang)
    first, after = noticed.lines if noticed else (0, 0)
    above = [*lines[:first], *lines[after : min(at.values(), default=0)]]
    if order != list(at) or any(line.strip() for line in above):
        wrong = next((name for name, other in zip(order, at, strict=True) if name != other), None)
        if wrong:
            words = tuple(Line(line) for line in right.values())
            found.append(_on_body(Message("inspect.heading-order", headings=words), page, at[wrong]))
        else:
            found.append(_on_body(Message("inspect.above-headings", heading=Line(next(iter(right.values())))), page, 0))
        return Body(tuple(found), {})
    if not {"opportunity", "evaluation"} <= at.keys():
        return Body(tuple(found), {})  # the rule stands between these two, so its place is unclear
    sections = sections_of("\n".join(lines), lang)
    asked = questions(sections)
    exchanges = [each for each in headings(lines) if each.level == 3 and question_or_answer(each.text)]
    for each in exchanges:
        again = [other.text for other in exchanges].count(each.text) > 1
        if again or int(each.text.split()[1]) > len(asked):
            found.append(_on_body(Message("inspect.question-number"), page, each.first))
            return Body(tuple(found), {})
    opportunity, address = without_address(sections.get("opportunity", ""), lang)
    address = expected.issue_url if expected and expected.issue_url else address
    if inline.absolute(address or "") is None:
        address = None
    post = replace(
        _BLANK,
        lang=lang,
        description=sections.get("description", ""),
        opportunity=opportunity,
        evaluation=sections.get("evaluation", ""),
        criteria=sections.get("criteria", ""),
        issue_url=address,
        notice=sections["notice"],
        questions=asked,
    )
    written = page_body(post).split("\n")[:-1]
    kept = without_headings(written, [right[name] for name in right if name not in at])
    hunks = [*differences(page.body, ["", *kept])]
    found += [_finding(hunk, page, right) for hunk in hunks]
    tidied = sections_of("\n".join(written), lang)
    tidied["opportunity"] = without_address(tidied.get("opportunity", ""), lang)[0]
    found += _empty(page, at, right, tidied)
    return Body(tuple(found), {name: tidied.get(name, "") for name in _SECTIONS if name in at})


def _absent(page: PostLines, at: dict[str, int], right: dict[str, str]) -> Iterator[PostFinding]:
    before = ""
    for name, line in right.items():
        if name not in at:
            below = line.startswith("###") and not before.startswith("###")  # nothing stands between the two
            where = {"before": before and Line(before), "below": below}
            yield PostFinding(Message("inspect.heading-missing", heading=Line(line), **where))
        before = line


def _empty(
    page: PostLines, at: dict[str, int], right: dict[str, str], sections: dict[str, str]
) -> Iterator[PostFinding]:
    for name in _SECTIONS:
        if name in at and not sections.get(name, "").strip():
            yield _on_body(Message("inspect.section-empty", heading=Line(right[name])), page, at[name])


def _on_body(message: Message, page: PostLines, index: int) -> PostFinding:
    """Returns a finding on one line of the body; `index` counts from 0."""
    return on_line(message, min(page.closes + 1 + index, len(page.lines)))


def without_headings(lines: Sequence[str], absent: Sequence[str]) -> list[str]:
    """Removes headings, each with the blank line below it."""
    kept: list[str] = []
    skip = False
    for line in lines:
        if line in absent:
            skip = True
        elif not (skip and not line):
            kept.append(line)
            skip = False
    return kept


def differences(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    """Yields the differences, each with lines to replace, because a suggestion on GitHub replaces lines.

    A difference that only adds lines, or leaves one blank line, includes the line before it.
    """
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            continue
        kept = 1 if i1 == i2 or list(new[j1:j2]) == [""] else 0
        yield Hunk(i1, tuple(old[i1:i2]), tuple(new[j1:j2]), kept, tuple(old), tuple(new), j1)


def _finding(hunk: Hunk, page: PostLines, right: dict[str, str]) -> PostFinding:
    message, fails = reason(hunk, tuple(right.values()))
    line = page.closes + 1 + hunk.at
    first, last = line - hunk.kept, max(line - 1, line + len(hunk.old) - 1)
    before = [page.lines[first - 1]] if hunk.kept else []
    lines = [*before, *hunk.new]
    return PostFinding(message, "", first, last, "\n".join(lines), fails)


def section_heading(page: PostLines, name: str, lang: Lang) -> int:
    """Returns the line of a section's heading, from 1 in the file; 0 if there is none."""
    line = own(lang)[name]
    lines = righted(page.body, lang)
    return page.closes + 1 + lines.index(line) if line in lines else 0
