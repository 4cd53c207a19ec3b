"""The front matter of a post: what the site's layouts read, a line each, in the order of its templates.

Jekyll drops a post whose front matter is no YAML, and its layouts print the texts without escaping them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from rapidfuzz import fuzz, process

from bot.documents.inspection.found import Finding, Site
from bot.documents.inspection.page import Field, Page, is_yaml, last_key, read_page
from bot.documents.posts.front_matter import ORDER, end_of_day, field
from bot.documents.posts.reader import price
from bot.documents.posts.writer import SHORT_LIMIT, TITLE_LIMIT, money
from bot.documents.text import PostError, one_line
from bot.pipeline.calendar import EASTERN
from bot.pipeline.model.words import Lang, Line, Message

LIMITS: Final = {"title": TITLE_LIMIT, "short_desc": SHORT_LIMIT}
ENDS: Final = ("closing_date", "delivery_date")
DAYS: Final = ("start_date", "last_modified")
BIDDER: Final = ("selected_bidder", "selected_bidder-link", "submitted_work-link")
NEAR: Final = 70
REF = re.compile(r"opportunity[1-9]\d{0,5}")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMBER = re.compile(r":\w.*|[-+.\d][\d,._:-]*|(?i:y|n|yes|no|on|off|true|false|null|~)")


@dataclass(frozen=True)
class Terms:
    """What this post should say, as far as that is known."""

    lang: Lang
    ref: str
    site: Site
    said: Mapping[str, str]
    """The statement's lines, by field."""
    before: Page | None
    """The post before the pull request; None where it is new."""


def front_matter(page: Page, terms: Terms) -> Iterator[Finding]:
    """What is wrong from the first line of hyphens to the second."""
    if not page.closes:
        yield _unclosed(page)
        return
    yield from _place(page)
    for each in page.fields:
        yield from _field(each, page, terms)
    yield from _missing(page, terms)
    yield from _order(page)


def _unclosed(page: Page) -> Finding:
    if page.opens and (last := last_key(page)):
        return Finding(Message("inspect.front-unclosed"), "", last, last, f"{page.lines[last - 1]}\n---")
    return Finding(Message("inspect.front-none"), line=1 if page.lines else 0, end=1 if page.lines else 0)


def _place(page: Page) -> Iterator[Finding]:
    first = next(at for at, line in enumerate(page.lines, 1) if line.strip())
    if not page.opens:
        said = f"---\n{page.lines[first - 1]}"
        yield Finding(Message("inspect.front-unopened"), "", first, first, said)
    elif page.opens > 1:
        yield Finding(Message("inspect.front-late"), "", 1, page.opens - 1, "")
    for line in page.strays:
        yield Finding(Message("inspect.front-stray", text=Line(page.lines[line - 1].strip())), "", line, line, "")
    if not is_yaml(page) and all(each.value is not None for each in page.fields) and not page.strays:
        yield Finding(Message("inspect.front-broken"), "", page.opens, page.closes - 1)


def _field(each: Field, page: Page, terms: Terms) -> Iterator[Finding]:
    """What is wrong with one field; of several things, the one that its suggestion puts right first."""

    def found(message: Message, suggestion: str | None = None) -> Finding:
        return Finding(message, "", each.line, each.end, suggestion)

    name = Line(each.name)
    if each.name not in ORDER:
        if near := _nearest(each.name, page):
            renamed = re.sub(r"^[\w-]+[ \t]*:", f"{near}:", page.lines[each.line - 1])
            lines = "\n".join([renamed, *page.lines[each.line : each.end]])
            yield found(Message("inspect.key-misspelt", field=name, nearest=Line(near)), lines)
        else:
            yield found(Message("inspect.key-unknown", field=name), "")
    elif page.get(each.name) is not each:
        yield found(Message("inspect.key-twice", field=name), "")
    elif each.value is None:
        text = re.sub(r"^[\"'>|]-?\s*|[\"']$", "", each.written).replace('\\"', '"')
        line = terms.said.get(each.name) or field(each.name, _meant(text))
        yield found(Message("inspect.yaml", field=name, line=Line(line)), line)
    else:
        yield from _differing(each, found, terms)


def _nearest(name: str, page: Page) -> str | None:
    """The missing field that a misspelt one is meant to be."""
    missing = [key for key in ORDER if key != "update" and not page.get(key)]
    near = process.extractOne(name.lower(), missing, scorer=fuzz.ratio, score_cutoff=NEAR)
    return near[0] if near else None


def _differing(each: Field, found: Callable[..., Finding], terms: Terms) -> Iterator[Finding]:
    said = terms.said.get(each.name)
    if said is not None and _value(said) == one_line(each.value or ""):
        return  # as the bot itself would write it
    wrong = _form(each, terms)
    if said is None:
        if wrong:
            yield found(*wrong)
    elif wrong and wrong[1] == said:
        yield found(*wrong)
    else:
        name = "inspect.held" if terms.before else "inspect.differs"
        yield found(Message(name, field=Line(each.name), line=Line(said)), said)


def _value(line: str) -> str:
    """What a line of front matter says."""
    return one_line(read_page(f"---\n{line}\n---").value(line.partition(":")[0]))


def _form(each: Field, terms: Terms) -> tuple[Message, str | None] | None:
    """What is wrong with the form of a field, and the line as it should be, where that can be told."""
    name, value = each.name, one_line(each.value or "")
    match name:
        case "layout" if value != "post":
            return Message("inspect.layout"), "layout: post"
        case "lang" if value != terms.lang:
            return Message("inspect.lang", lang=Line(terms.lang)), f"lang: {terms.lang}"
        case "ref":
            return _ref(value, terms)
        case "title" | "short_desc" | "skills":
            return _text(each, value)
        case "value":
            return _price(value, terms.lang)
        case "closing_date" | "delivery_date" | "start_date" | "last_modified":
            return _date(name, value)
        case "selected_bidder" | "selected_bidder-link" | "submitted_work-link" if value and not terms.before:
            return Message("inspect.bidder", field=Line(name)), f"{name}:"
        case "update" if not terms.before:
            return Message("inspect.update-new"), ""
        case "update" if value != "closing_date":
            return Message("inspect.update"), "update: closing_date"
    return None


def _ref(value: str, terms: Terms) -> tuple[Message, str] | None:
    if value == terms.ref:
        return None
    line, ref = f"ref: {terms.ref}", Line(terms.ref)
    if not REF.fullmatch(value):
        return Message("inspect.ref-form", ref=ref), line
    if value in terms.site.refs:
        return Message("inspect.ref-taken", taken=Line(value), ref=ref), line
    return Message("inspect.ref-twin", ref=ref), line


def _meant(value: str) -> str:
    """The text that a field shows: the site shows character references as what they stand for."""
    return one_line(re.sub(r"&#?\w+;", lambda entity: html.unescape(entity[0]), value))


def _text(each: Field, value: str) -> tuple[Message, str | None] | None:
    name, meant = Line(each.name), _meant(value)
    cut = each.plain and re.search(r"\s#", each.written)
    if not meant and not cut:
        return Message("inspect.empty", field=name), None
    if re.search(r"<|\{\{|\{%", value):
        return Message("inspect.markup", field=name), field(each.name, meant)
    if cut:
        return Message("inspect.unquoted", field=name), field(each.name, _meant(each.written), quoted=True)
    if each.plain and _NUMBER.fullmatch(value):
        return Message("inspect.unquoted", field=name), field(each.name, meant, quoted=True)
    if (limit := LIMITS.get(each.name)) and len(meant) > limit:
        return Message("inspect.long-text", field=name, length=len(meant), limit=limit), None
    if each.name == "skills":
        parts = re.split(r"," if "," in meant else r";", meant)
        listed = ", ".join(part for each in parts if (part := each.strip()))
        if listed and listed != meant:
            return Message("inspect.skills"), field("skills", listed)
    return None


def _price(value: str, lang: Lang) -> tuple[Message, str | None] | None:
    try:
        amount = price(value)
        right = money(amount, lang)
    except (PostError, ArithmeticError):  # nobody's price has thirty digits
        return Message("inspect.value-unreadable", example=Line(money(price("6500"), lang)), french=lang == "fr"), None
    if right == value:
        return None
    return Message("inspect.value", right=Line(right), french=lang == "fr"), f"value: {right}"


def _date(name: str, value: str) -> tuple[Message, str | None] | None:
    day = day_of(value)
    if name in DAYS:
        if day is None:
            return Message("inspect.day-unreadable", field=Line(name)), None
        right = day.isoformat()
        return (
            None
            if right == value
            else (Message("inspect.day", field=Line(name), right=Line(right)), f"{name}: {right}")
        )
    if day is None:
        return Message("inspect.end-unreadable", field=Line(name)), None
    right = end_of_day(day)
    return None if right == value else (Message("inspect.end", field=Line(name), right=Line(right)), f"{name}: {right}")


def day_of(value: str) -> date | None:
    """The Eastern day that a date is meant to be: of an hour in UTC, the one it is by then in the East."""
    if value.endswith("Z") and "T" in value:
        try:
            return datetime.fromisoformat(value).astimezone(EASTERN).date()
        except (ValueError, OverflowError):
            return None
    found = _DAY.match(value)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _missing(page: Page, terms: Terms) -> Iterator[Finding]:
    """Fields that are not there, behind the one they follow."""
    moved = terms.before is not None and _moved(page, terms.before)
    line, known = page.opens, {"layout": "layout: post", "ref": f"ref: {terms.ref}", "lang": f"lang: {terms.lang}"}
    known |= {name: f"{name}:" for name in BIDDER} | {"update": "update: closing_date"} | dict(terms.said)
    if terms.before is None:
        known["last_modified"] = f"last_modified: {terms.site.today.isoformat()}"
    meant = {_nearest(each.name, page) for each in page.fields if each.name not in ORDER}
    behind: dict[int, list[str]] = {}
    for key in ORDER:
        if there := page.get(key):
            line = there.end
        elif key not in meant and (key != "update" or moved):
            behind.setdefault(line, []).append(key)
    for line, keys in behind.items():
        added = [page.lines[line - 1], *(known.get(key, f"{key}:") for key in keys)] if line else []
        suggestion = "\n".join(added) if line else None  # the line of hyphens is missing too, and comes first
        if keys == ["update"]:
            yield Finding(Message("inspect.update-missing"), "", line, line, suggestion)
        else:
            yield Finding(Message("inspect.key-missing", fields=tuple(map(Line, keys))), "", line, line, suggestion)


def _moved(page: Page, before: Page) -> bool:
    return day_of(page.value("closing_date")) != day_of(before.value("closing_date"))


def _order(page: Page) -> Iterator[Finding]:
    """The lines from the first to the last field out of place, put in order."""
    right = sorted(page.fields, key=lambda each: ORDER.index(each.name) if each.name in ORDER else len(ORDER))
    wrong = [at for at, (one, other) in enumerate(zip(page.fields, right, strict=True)) if one is not other]
    if wrong:
        first, last = wrong[0], wrong[-1]
        lines = [line for each in right[first : last + 1] for line in page.lines[each.line - 1 : each.end]]
        where = page.fields[first].line, page.fields[last].end
        fields = tuple(Line(each.name) for each in right)
        yield Finding(Message("inspect.key-order", fields=fields), "", *where, "\n".join(lines))
