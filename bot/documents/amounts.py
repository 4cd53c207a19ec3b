"""Writes amounts for sentences and pages in each language."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency

from bot.pipeline.text.language import Lang

LOCALES: dict[Lang, str] = {"en": "en_CA", "fr": "fr_CA"}


def dollars(amount: Decimal, lang: Lang) -> str:
    """Writes `$6,500`, `6 500 $` with no-break spaces, and with cents if there are any."""
    whole = amount == amount.to_integral_value()
    pattern = {"en": "¤#,##0", "fr": "#,##0"}[lang] + ("" if whole else ".00")
    text = format_currency(amount, "CAD", pattern, locale=LOCALES[lang], currency_digits=False)
    return text if lang == "en" else f"{text}\u00a0$"
