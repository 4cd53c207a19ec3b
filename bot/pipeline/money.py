"""Canadian dollars, and the sales tax that decides whether a price stays under the ceiling.

The ceiling is on the total with taxes. A supplier charges the tax of the place of supply, which nobody can tell
before the selection. So the price must fit with the highest rate (15 %): $8,690 before tax.
Rates: Canada Revenue Agency, "Charge and collect the tax – Which rate to charge", and Revenu Québec.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")

TAX = {
    "AB": Decimal("0.05"),
    "BC": Decimal("0.12"),
    "MB": Decimal("0.12"),
    "NB": Decimal("0.15"),
    "NL": Decimal("0.15"),
    "NS": Decimal("0.14"),
    "NT": Decimal("0.05"),
    "NU": Decimal("0.05"),
    "ON": Decimal("0.13"),
    "PE": Decimal("0.15"),
    "QC": Decimal("0.14975"),
    "SK": Decimal("0.11"),
    "YT": Decimal("0.05"),
}
"""Sales tax (GST and PST, QST or HST together) by province or territory, as a fraction of the price."""


@dataclass(frozen=True, order=True)
class Money:
    """Canadian dollars; each use says whether before or after tax."""

    dollars: Decimal

    def with_tax(self, rate: Decimal) -> Money:
        """Adds the tax, to the nearest cent."""
        return Money((self.dollars * (1 + rate)).quantize(CENT, ROUND_HALF_UP))

    def highest_total(self) -> Money:
        """Returns the total with the highest tax in Canada."""
        return self.with_tax(max(TAX.values()))


_AMOUNT = re.compile(r"^(?:CA)?\$?\s*(?P<number>[\d\s.,\u00a0\u202f]*\d)\s*(?:\$|CAD|dollars?)?(?:\s*\(.*\))?$", re.I)


def amount(text: str) -> Money | None:
    """Reads an amount as people write it, `$6,500`, `6 500 $`, `6500.00`, `6 500,00 $`; None if it is none."""
    match = _AMOUNT.match(text.strip()) if len(text) <= 60 else None
    if not match:
        return None
    number = re.sub(r"\s", "", match["number"])
    cents = re.search(r"[.,](\d{2})$", number)
    whole = re.sub(r"[.,]", "", number[: cents.start()] if cents else number)
    if not cents and re.search(r"[.,]\d{1,2}$|[.,]\d{4,}$", number):
        return None
    try:
        dollars = Decimal(f"{whole}.{cents[1] if cents else '00'}").quantize(CENT)
    except InvalidOperation:
        return None
    return Money(dollars) if 0 < dollars < 1_000_000_000 else None  # a price is never higher
