"""Writes days and times for sentences and pages in each language. Times are Eastern."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_time

from bot.documents.amounts import LOCALES
from bot.pipeline.calendar import EASTERN
from bot.pipeline.text.language import Lang

_PATTERNS: dict[tuple[Lang, bool], str] = {
    ("en", True): "EEEE, MMMM d, yyyy",
    ("en", False): "MMMM d, yyyy",
    ("fr", True): "EEEE d MMMM yyyy",
    ("fr", False): "d MMMM yyyy",
}


def spelled(day: date, lang: Lang, *, weekday: bool = False) -> str:
    """Writes `Friday, July 9, 2027`, `vendredi 9 juillet 2027`; without the day of the week `July 9, 2027`."""
    text = format_date(day, _PATTERNS[lang, weekday], locale=LOCALES[lang])
    return f" {text}".replace(" 1 ", " 1ᵉʳ ", 1).strip() if lang == "fr" else text


def at(moment: datetime, lang: Lang) -> str:
    """Writes `July 9, 2027, 2:05 p.m.`, `9 juillet 2027, 14 h 05`."""
    local = moment.astimezone(EASTERN)
    time = format_time(local, "h:mm a" if lang == "en" else "H\u00a0'h'\u00a0mm", locale=LOCALES[lang])
    return f"{spelled(local.date(), lang)}, {time}"
