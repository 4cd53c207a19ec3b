"""Checks the front matter of a post: one line for each field that the site's layouts read, in the templates' order.

Jekyll skips a post whose front matter is not YAML, and the layouts print the texts without escaping them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from bot.documents.inspection.found import BaseSite, PostFinding, on_line
from bot.documents.inspection.page import Field, PostLines, is_yaml, last_key, read_page
from bot.documents.posts.front_matter import FIELD_ORDER, end_of_day, field, unescaped
from bot.documents.posts.reader import parse_price
from bot.documents.posts.writer import SHORT_LIMIT, TITLE_LIMIT, money
from bot.documents.text import PostError, one_line
from bot.pipeline.calendar import EASTERN
from bot.pipeline.model.words import Line, Message
from bot.pipeline.text.language import Lang

_LIMITS: Final = {"title": TITLE_LIMIT, "short_desc": SHORT_LIMIT}
ENDS: Final = ("closing_date", "delivery_date")
_DAYS: Final = ("start_date", "last_modified")
BIDDER: Final = ("selected_bidder", "selected_bidder-link", "submitted_work-link")
_NEAR: Final = 70
REF = re.compile(r"opportunity[1-9]\d{0,5}")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMBER = re.compile(r":\w.*|[-+.\d][\d,._:-]*|(?i:y|n|yes|no|on|off|true|false|null|~)")


class Fault(NamedTuple):
    """What is wrong with a field, and the line that corrects it: "" deletes the field, None corrects nothing."""

    message: Message
    line: str | None = None


@dataclass(frozen=True)
class Terms:
    """The fields that this post should have, as far as the bot can derive them."""

    lang: Lang
    ref: str
    site: BaseSite
    lines: Mapping[str, str]
    """The lines from the statement, by field."""
    before: PostLines | None
    """The post before the pull request; None if it is new."""


def front_matter(page: PostLines, terms: Terms) -> Iterator[PostFinding]:
    """Finds what is wrong from the first line of hyphens to the second."""
    if not page.closes:
        yield _unclosed(page)
        return
    yield from _hyphens(page)
    for each in page.fields:
        if fault := _check_field(each, page, terms):
            yield PostFinding(fault.message, line=each.line, end=each.end, suggestion=fault.line)
    yield from _missing(page, terms)
    yield from _order(page)


def _unclosed(page: PostLines) -> PostFinding:
    if page.opens and (last := last_key(page)):
        return on_line(Message("inspect.front-unclosed"), last, f"{page.lines[last - 1]}\n---")
    return on_line(Message("inspect.front-none"), 1 if page.lines else 0)


def _hyphens(page: PostLines) -> Iterator[PostFinding]:
    """Finds what is wrong with the two lines of hyphens, and with lines between them that are no field."""
    first = next(at for at, line in enumerate(page.lines, 1) if line.strip())
    if not page.opens:
        yield on_line(Message("inspect.front-unopened"), first, f"---\n{page.lines[first - 1]}")
    elif page.opens > 1:
        yield PostFinding(Message("inspect.front-late"), line=1, end=page.opens - 1, suggestion="")
    for line in page.strays:
        yield on_line(Message("inspect.front-stray", text=Line(page.lines[line - 1].strip())), line, "")
    if not is_yaml(page) and all(each.value is not None for each in page.fields) and not page.strays:
        yield PostFinding(Message("inspect.front-broken"), line=page.opens, end=page.closes - 1)


def _check_field(each: Field, page: PostLines, terms: Terms) -> Fault | None:
    """Returns what is wrong with one field; of several faults, the one to correct first."""
    name = Line(each.name)
    if each.name not in FIELD_ORDER:
        near = _nearest(each.name, page)
        if near is None:
            return Fault(Message("inspect.key-unknown", field=name), "")
        renamed = re.sub(r"^[\w-]+[ \t]*:", f"{near}:", page.lines[each.line - 1])
        lines = "\n".join([renamed, *page.lines[each.line : each.end]])
        return Fault(Message("inspect.key-misspelt", field=name, nearest=Line(near)), lines)
    if page.get(each.name) is not each:
        return Fault(Message("inspect.key-twice", field=name), "")
    if each.value is None:
        text = re.sub(r"^[\"'>|]-?\s*|[\"']$", "", each.written).replace('\\"', '"')
        line = terms.lines.get(each.name) or field(each.name, one_line(unescaped(text)))
        return Fault(Message("inspect.yaml", field=name, line=Line(line)), line)
    return _check_value(each, terms)


def _nearest(name: str, page: PostLines) -> str | None:
    """Returns the missing field whose name is nearest to a misspelt one."""
    missing = [key for key in FIELD_ORDER if key != "update" and not page.get(key)]
    near = process.extractOne(name.lower(), missing, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return near[0] if near else None


def _check_value(each: Field, terms: Terms) -> Fault | None:
    """Compares a field with the statement's line, or checks its form where the statement has no such line."""
    line = terms.lines.get(each.name)
    if line is None:
        return _check_form(each, terms)
    if _value(line) == one_line(each.value or ""):
        return None
    fault = _check_form(each, terms)
    if fault and fault.line == line:
        return fault
    name = "inspect.held" if terms.before else "inspect.differs"
    return Fault(Message(name, field=Line(each.name), line=Line(line)), line)


def _value(line: str) -> str:
    """Returns the value in a line of front matter."""
    return one_line(read_page(f"---\n{line}\n---").value(line.partition(":")[0]))


def _check_form(each: Field, terms: Terms) -> Fault | None:
    """Returns what is wrong with the form of a field."""
    name, value = each.name, one_line(each.value or "")
    match name:
        case "layout" if value != "post":
            return Fault(Message("inspect.layout"), "layout: post")
        case "lang" if value != terms.lang:
            return Fault(Message("inspect.lang", lang=Line(terms.lang)), f"lang: {terms.lang}")
        case "ref":
            return _check_ref(value, terms)
        case "title" | "short_desc" | "skills":
            return _check_text(each, value)
        case "value":
            return _check_price(value, terms.lang)
        case "closing_date" | "delivery_date" | "start_date" | "last_modified":
            return _check_date(name, value)
        case "selected_bidder" | "selected_bidder-link" | "submitted_work-link" if value and not terms.before:
            return Fault(Message("inspect.bidder", field=Line(name)), f"{name}:")
        case "update" if not terms.before:
            return Fault(Message("inspect.update-new"), "")
        case "update" if value != "closing_date":
            return Fault(Message("inspect.update"), "update: closing_date")
    return None


def _check_ref(value: str, terms: Terms) -> Fault | None:
    if value == terms.ref:
        return None
    line, ref = f"ref: {terms.ref}", Line(terms.ref)
    if not REF.fullmatch(value):
        return Fault(Message("inspect.ref-form", ref=ref), line)
    if value in terms.site.refs:
        return Fault(Message("inspect.ref-taken", taken=Line(value), ref=ref), line)
    return Fault(Message("inspect.ref-twin", ref=ref), line)


def _check_text(each: Field, value: str) -> Fault | None:
    name, meant = Line(each.name), one_line(unescaped(value))
    cut = each.plain and re.search(r"\s#", each.written)
    if not meant and not cut:
        return Fault(Message("inspect.empty", field=name))
    if re.search(r"<|\{\{|\{%", value):
        return Fault(Message("inspect.markup", field=name), field(each.name, meant))
    if cut:
        return Fault(
            Message("inspect.unquoted", field=name), field(each.name, one_line(unescaped(each.written)), quoted=True)
        )
    if each.plain and _NUMBER.fullmatch(value):
        return Fault(Message("inspect.unquoted", field=name), field(each.name, meant, quoted=True))
    if (limit := _LIMITS.get(each.name)) and len(meant) > limit:
        return Fault(Message("inspect.long-text", field=name, length=len(meant), limit=limit))
    if each.name == "skills":
        parts = re.split(r"," if "," in meant else r";", meant)
        listed = ", ".join(part for each in parts if (part := each.strip()))
        if listed and listed != meant:
            return Fault(Message("inspect.skills"), field("skills", listed))
    return None


def _check_price(value: str, lang: Lang) -> Fault | None:
    try:
        amount = parse_price(value)
        right = money(amount, lang)
    except (PostError, ArithmeticError):  # thirty digits are not a price
        return Fault(
            Message("inspect.value-unreadable", example=Line(money(parse_price("6500"), lang)), french=lang == "fr")
        )
    if right == value:
        return None
    return Fault(Message("inspect.value", right=Line(right), french=lang == "fr"), f"value: {right}")


def _check_date(name: str, value: str) -> Fault | None:
    day, whole = day_of(value), name in _DAYS
    if day is None:
        return Fault(Message("inspect.day-unreadable" if whole else "inspect.end-unreadable", field=Line(name)))
    right = day.isoformat() if whole else end_of_day(day)
    if right == value:
        return None
    message = Message("inspect.day" if whole else "inspect.end", field=Line(name), right=Line(right))
    return Fault(message, f"{name}: {right}")


def day_of(value: str) -> date | None:
    """Returns the Eastern day of a date as people write it; an hour in UTC counts as the Eastern day at that hour."""
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


def _missing(page: PostLines, terms: Terms) -> Iterator[PostFinding]:
    """Finds missing fields; each finding stands on the field before them."""
    moved = terms.before is not None and _moved(page, terms.before)
    line = page.opens
    right = {"layout": "layout: post", "ref": f"ref: {terms.ref}", "lang": f"lang: {terms.lang}"}
    right |= {name: f"{name}:" for name in BIDDER} | {"update": "update: closing_date"} | dict(terms.lines)
    if terms.before is None:
        right["last_modified"] = f"last_modified: {terms.site.today.isoformat()}"
    meant = {_nearest(each.name, page) for each in page.fields if each.name not in FIELD_ORDER}
    behind: dict[int, list[str]] = {}
    for key in FIELD_ORDER:
        if there := page.get(key):
            line = there.end
        elif key not in meant and (key != "update" or moved):
            behind.setdefault(line, []).append(key)
    for line, keys in behind.items():
        added = [page.lines[line - 1], *(right.get(key, f"{key}:") for key in keys)] if line else []
        suggestion = "\n".join(added) if line else None  # the line of hyphens is missing too, so add that first
        if keys == ["update"]:
            yield on_line(Message("inspect.update-missing"), line, suggestion)
        else:
            yield on_line(Message("inspect.key-missing", fields=tuple(map(Line, keys))), line, suggestion)


def _moved(page: PostLines, before: PostLines) -> bool:
    return day_of(page.value("closing_date")) != day_of(before.value("closing_date"))


def _order(page: PostLines) -> Iterator[PostFinding]:
    """Finds fields in the wrong order, and suggests the lines from the first to the last of them in order."""
    right = sorted(
        page.fields, key=lambda each: FIELD_ORDER.index(each.name) if each.name in FIELD_ORDER else len(FIELD_ORDER)
    )
    wrong = [at for at, (one, other) in enumerate(zip(page.fields, right, strict=True)) if one is not other]
    if wrong:
        first, last = wrong[0], wrong[-1]
        lines = [line for each in right[first : last + 1] for line in page.lines[each.line - 1 : each.end]]
        message = Message("inspect.key-order", fields=tuple(Line(each.name) for each in right))
        line, end = page.fields[first].line, page.fields[last].end
        yield PostFinding(message, line=line, end=end, suggestion="\n".join(lines))
