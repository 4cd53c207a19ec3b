"""Amends a post on the site, and leaves everything else that people edited in its file.

    amend(text, "en", Amendment(modified=date(2027, 7, 9), closing=date(2027, 7, 19)))

An amendment can change fields of the front matter, the notice above the first heading, and the questions below the
last section. A text that is up to date comes back unchanged, so a second amendment changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import Any

from bot.documents.markdown import inline
from bot.documents.markdown.manner import Manner
from bot.documents.posts.front_matter import date_line, day, field, field_text, load_fields, put, split
from bot.documents.posts.post import WORDING, QuestionOrAnswer, Sections, find_notice, notice, question_or_answer
from bot.documents.text import PostError, one_line
from bot.pipeline.text.language import Lang


@dataclass(frozen=True)
class NewAnswer:
    """Question `number` with its answer in the page's language, as people wrote them in the issue."""

    number: int
    question: str
    answer: str
    changed: bool = False
    """Whether the answer changed since it was put on the page, so that the amendment replaces it."""


@dataclass(frozen=True)
class Amendment:
    """The new content of a post; None leaves a part as it is, and an empty text deletes it.

    `modified` is a Vancouver date, the others are Eastern dates, as in `Post`. `bidder` is the login and the address of
    the selected supplier, `work` the address of the delivery, and `notice` one paragraph in the bot's own words.
    """

    modified: date
    closing: date | None = None
    selection: date | None = None
    delivery: date | None = None
    bidder: tuple[str, str] | None = None
    work: str | None = None
    questions: tuple[NewAnswer, ...] = ()
    notice: str | None = None


def amend(text: str, lang: Lang, amendment: Amendment) -> str:
    """Returns `text`, the whole file, with the amendment. PostError if the post cannot take it."""
    opening, front, closing, page = split(text)
    newline = "\r\n" if opening.endswith("\r\n") else "\n"
    amended = _with_questions(page, lang, amendment.questions, newline)
    if amendment.notice is not None:
        amended = _with_notice(amended, lang, notice(amendment.notice, lang), newline)
    fields = load_fields(front)
    lines = _lines(fields, amendment)
    if amended == page and not lines:
        return text
    if _day(fields, "last_modified") != amendment.modified:
        lines.append(date_line("last_modified", amendment.modified))
    for line in lines:
        front = put(front, line)
    if amended and not closing.endswith("\n"):
        closing += newline
    return f"{opening}{front}{closing}{amended}"


# --- front matter --------------------------------------------------------------------------------------------


def _lines(fields: Mapping[str, Any], amendment: Amendment) -> list[str]:
    """Returns new lines for fields whose values differ; the way they are written does not matter."""
    days = {
        "closing_date": amendment.closing,
        "start_date": amendment.selection,
        "delivery_date": amendment.delivery,
    }
    texts: dict[str, str] = {}
    if amendment.bidder is not None:
        texts["selected_bidder"], texts["selected_bidder-link"] = amendment.bidder
    if amendment.work is not None:
        texts["submitted_work-link"] = amendment.work
    lines = [date_line(name, to) for name, to in days.items() if to is not None and _day(fields, name) != to]
    lines += [field(name, to) for name, each in texts.items() if field_text(fields, name) != (to := one_line(each))]
    updated = field_text(fields, "update")
    if amendment.closing not in (None, _day(fields, "closing_date")) and "closing_date" not in updated:
        lines.append(field("update", f"{updated}, closing_date" if updated else "closing_date"))
    return lines


def _day(fields: Mapping[str, Any], name: str) -> date | None:
    try:
        return day(fields, name)
    except PostError:
        return None


# --- the page ------------------------------------------------------------------------------------------------


@dataclass
class _Section:
    """Offsets in the page: of a heading, of the end of its text, and of the next section."""

    start: int
    filled: int
    end: int


@dataclass(frozen=True)
class _Outline:
    """The questions and answers of a page by number, and all headings by offset."""

    asked: dict[int, dict[QuestionOrAnswer, _Section]]
    headings: list[tuple[int, str]]


def _outline(page: str) -> _Outline:
    inline.check_quotations(page)
    starts, tokens = _starts(page), inline.BLOCKS.parse(page)
    outline, section = _Outline({}, []), _Section(0, 0, len(page))
    for opening, content in pairwise([*tokens, *tokens[-1:]]):
        start, after = (starts[line] for line in opening.map or (0, 0))
        if opening.type == "heading_open":
            outline.headings.append((start, content.content))
            if opening.level == 0 and opening.tag in ("h1", "h2", "h3"):
                section.end, section = start, _Section(start, start, len(page))
                if found := question_or_answer(content.content):
                    kind, number = found
                    outline.asked.setdefault(number, {}).setdefault(kind, section)
        if opening.level == 0 and opening.map:
            section.filled = after
    for section in (section for here in outline.asked.values() for section in here.values()):
        # Leave out blank lines that Markdown counts to a list.
        last = section.start + len(page[section.start : section.filled].rstrip())
        section.filled = page.find("\n", last) + 1 or len(page)
    return outline


def _with_questions(page: str, lang: Lang, questions: Sequence[NewAnswer], newline: str) -> str:
    outline = _outline(page)
    standing = {number: here for number, here in outline.asked.items() if "question" in here}
    last = {each.number: each for each in sorted(questions, key=lambda each: each.number)}
    wanted = [each for each in last.values() if each.changed or each.number not in standing]
    if not wanted:
        return page
    if not outline.headings:
        raise PostError("The post has no headings, so there is no section to put questions below.")
    going = [section for each in wanted for section in standing.get(each.number, {}).values()]
    staying = [text for at, text in outline.headings if not any(each.start <= at < each.filled for each in going)]
    sections = Sections(lang, max([*standing, wanted[-1].number]), staying)
    manner = Manner(_edited(page, [(each.start, each.filled, "") for each in going], "\n"))
    edits: list[tuple[int, int, str]] = []
    for each in wanted:
        _check_free(each.number, lang, staying)
        asked, answered = (
            manner.like(text) for text in sections.question_and_answer(each.number, each.question, each.answer)
        )
        both = "\n\n".join(filter(None, (asked, answered)))
        here = standing.get(each.number)
        if here is None:
            at = _place(each.number, standing, len(page))
            edits.append((at, at, both))
        elif "answer" not in here or here["answer"].start == here["question"].end:
            edits.append((here["question"].start, here.get("answer", here["question"]).filled, both))
        else:  # people put something between the two
            answered = answered or f"### {WORDING[lang].answer} {each.number}"
            question, answer = here["question"], here["answer"]
            edits += [(question.start, question.filled, asked), (answer.start, answer.filled, answered)]
    amended = _edited(page, edits, newline)
    if not {each.number for each in wanted} <= _outline(amended).asked.keys():
        raise PostError("The post ends inside code or HTML that is never closed, where a question would not be seen.")
    return amended


def _check_free(number: int, lang: Lang, headings: Sequence[str]) -> None:
    for kind in (WORDING[lang].question, WORDING[lang].answer):
        if f"{kind} {number}".casefold() in (heading.casefold() for heading in headings):
            raise PostError(f"The post has a heading “{kind} {number}” where no question stands: take it out.")


def _place(number: int, standing: Mapping[int, Mapping[QuestionOrAnswer, _Section]], end: int) -> int:
    """Returns the offset for question `number`: after the one before it, before the first, or at the end."""
    if before := [each for each in standing if each < number]:
        return max(section.end for section in standing[max(before)].values())
    return standing[min(standing)]["question"].start if standing else end


def _edited(page: str, edits: Sequence[tuple[int, int, str]], newline: str) -> str:
    """Replaces the text between two offsets by each new text, or inserts it between blank lines."""
    parts, done = list[str](), 0
    for (start, end), texts in groupby(sorted(edits, key=lambda edit: edit[:2]), key=lambda edit: edit[:2]):
        text = "\n\n".join(each for _, _, each in texts) + "\n"
        if start == end:
            before = page[:start].replace("\r\n", "\n")
            missing = "" if before.endswith("\n\n") else "\n" if before.endswith("\n") or not before else "\n\n"
            text = missing + text + ("\n" if page[start:] else "")
        parts += [page[done:start], text.replace("\n", newline)]
        done = end
    return "".join([*parts, page[done:]])


def _with_notice(page: str, lang: Lang, paragraph: str, newline: str) -> str:
    """Returns `page` with `paragraph` as its notice, or without a notice if that is empty."""
    inline.check_quotations(page)
    if found := find_notice(inline.BLOCKS.parse(page), lang):
        start, end = (_starts(page)[line] for line in found.lines)
        if page[start:end].rstrip() == paragraph:
            return page
        if paragraph:
            return f"{page[:start]}{paragraph}{newline}{page[end:]}"
        return page[:start] + re.sub(r"\A[ \t]*\r?\n", "", page[end:])
    if not paragraph:
        return page
    gap = "" if not page or page.startswith(("\n", "\r\n")) else newline
    return f"{newline}{paragraph}{newline}{gap}{page}"


def _starts(page: str) -> list[int]:
    """Returns the offset of each line that Markdown counts, and of the end of the page."""
    return [0, *(found.end() for found in re.finditer(r"\r\n?|\n", page)), len(page)]
