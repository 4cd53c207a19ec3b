"""Reads the arguments of commands: a date, a result with its reason, the answer to a question, a rate and hours.

>>> read_result("@jo criterion 2 pass because it ran")
Result(passed=True, reason='it ran', criterion=2, supplier='jo')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from bot.pipeline.text.addresses import login
from bot.pipeline.text.language import Lang

_RESULT = r"(?P<result>pass(?:es|ed)?|not passed|fail(?:s|ed|ure)?|r[ée]ussi(?:e|t|te)?|[ée]chec|[ée]chou(?:e|é|ée))\b"
_EVALUATION = re.compile(
    rf"(?P<login>@?[\w-]+)\s+(?:crit(?:erion|[èe]re)\s+(?P<criterion>\d{{1,3}})\s+)?{_RESULT}[\s,:]*"
    r"(?:(?:because(?!\s+of\b)|car|parce qu['’e]\s*|since)\s*)?(?P<reason>.*)",
    re.DOTALL | re.IGNORECASE,
)
_MARK = re.compile(rf"(?P<criterion>\d{{1,3}})[\s:,]+{_RESULT}[\s,:]*(?P<reason>.*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Result:
    """Whether a supplier, or their work, passed: on one criterion, or as a whole."""

    passed: bool
    reason: str
    criterion: int | None
    supplier: str = ""


def read_result(text: str) -> Result | None:
    """Reads `@login [criterion N] pass|fail because reason`, or the same in French."""
    match = _EVALUATION.fullmatch(text.strip())
    name = login(match["login"]) if match else None
    return _result(match, name) if match and name else None


def read_mark(text: str) -> Result | None:
    """Reads `N pass|fail reason`, or the same in French."""
    match = _MARK.fullmatch(text.strip())
    return _result(match) if match else None


def _result(match: re.Match[str], supplier: str = "") -> Result:
    passed = match["result"].casefold().startswith(("pass", "r"))
    return Result(passed, match["reason"].strip(), int(match["criterion"]) if match["criterion"] else None, supplier)


def read_answer(text: str, lang: Lang) -> tuple[int, dict[str, str]] | None:
    """Reads `Q1 en: … fr: …`: the number of the question, and the answer by language.

    An answer without languages, or with words before the first, is wholly in `lang`.
    """
    match = re.match(r"[Qq]?(\d{1,4})\b[\s:.]*(.*)", text, re.DOTALL)
    if not match or not match[2]:
        return None
    before, *parts = re.split(r"(?:^|(?<=\s))(en|fr)\s?:\s*", match[2], flags=re.IGNORECASE)
    words = {name.casefold(): part.strip() for name, part in zip(parts[::2], parts[1::2], strict=True)}
    if not words or before.strip():
        words = {lang: match[2].strip()}
    return int(match[1]), words


def read_date(text: str) -> tuple[date | None, str]:
    """Reads a date as `YYYY-MM-DD` at the start of a text, and returns the text after it."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})\b[\s:,]*(.*)", text, re.DOTALL)
    try:
        return (date.fromisoformat(match[1]), match[2].strip()) if match else (None, text)
    except ValueError:
        return None, text


def read_rate(text: str) -> tuple[Decimal, Decimal] | None:
    """Reads `rate=80 hours=60` or `taux=80 heures=60`: dollars an hour and hours, each above 0 and below 10,000."""
    words = dict(re.findall(r"(\w{1,20})\s*=\s*(\S{1,20})", text[:200].casefold()))
    try:
        rate = Decimal((words.get("rate") or words["taux"]).strip("$").replace(",", "."))
        hours = Decimal((words.get("hours") or words["heures"]).replace(",", "."))
        return (rate, hours) if 0 < rate < 10_000 and 0 < hours < 10_000 else None
    except (KeyError, InvalidOperation):
        return None
