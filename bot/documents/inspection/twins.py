"""Compares the two languages of a post, and finds facts that an amendment may not change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from bot.documents.inspection.found import PostFinding
from bot.documents.inspection.front import BIDDER, day_of
from bot.documents.inspection.page import PostLines
from bot.documents.posts.reader import parse_price
from bot.documents.text import PostError, one_line
from bot.pipeline.model.words import Line, Message

FACTS: Final = ("value", "closing_date", "start_date", "delivery_date", *BIDDER)


def fact(page: PostLines, name: str) -> Decimal | date | str | None:
    """Returns the value of a field, whatever its form in each language; None if it cannot be read."""
    written = one_line(page.value(name))
    if name == "value":
        try:
            return parse_price(written)
        except (PostError, ArithmeticError):
            return None
    return day_of(written) if name.endswith("_date") else written


def unlike(
    page: PostLines,
    twin: PostLines,
    before: tuple[PostLines, PostLines] | None,
    twin_path: str,
    facts: Collection[str] = FACTS,
) -> Iterator[PostFinding]:
    """Finds facts that differ between `page` and its twin, and did not differ so `before` (page and twin)."""
    for name in facts:
        mine, theirs = fact(page, name), fact(twin, name)
        if mine is None or theirs is None or mine == theirs or not page.get(name) or not twin.get(name):
            continue  # equal, or another finding reports it
        if before and (fact(before[0], name), fact(before[1], name)) == (mine, theirs):
            continue
        said = [Line(words) if (words := one_line(each.value(name))) else "" for each in (page, twin)]
        message = Message("inspect.twins-differ", field=Line(name), mine=said[0], theirs=said[1], twin=Line(twin_path))
        yield _on(page, name, message)


def repriced(page: PostLines, before: PostLines) -> Iterator[PostFinding]:
    """Finds a changed price: suppliers apply for the posted one, and funds are reserved for it."""
    old = before.get("value")
    if old and fact(before, "value") is not None and fact(page, "value") != fact(before, "value"):
        line = before.lines[old.line - 1]
        message = Message("inspect.price-changed", price=Line(one_line(old.value or "")))
        yield _on(page, "value", message, line if old.line == old.end else None)


def _on(page: PostLines, name: str, message: Message, suggestion: str | None = None) -> PostFinding:
    if field := page.get(name):
        return PostFinding(message, "", field.line, field.end, suggestion)
    return PostFinding(message)
