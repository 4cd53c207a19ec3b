"""Computes the measures of the pilot from records alone, and compares them with its targets.

    found = measures(tallied)                 # tallied: {("days-8", 2027): Tally(count=3, total=21), …}
    found["days-8"].value == Fraction(7)      # days to pay, on average; None without data

Each record adds its shares to the tallies of the year in which it was opened (`shares`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from bot.pipeline.calendar import eastern_date
from bot.pipeline.steps import STEPS
from bot.published.record import Record

Unit = Literal["number", "share", "days", "cents"]


@dataclass(frozen=True)
class Tally:
    """A sum, and the number of records in it."""

    count: int
    total: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.count + other.count, self.total + other.total)


Tallies = Mapping[tuple[str, int], Tally]
"""Tallies by name and year."""


@dataclass(frozen=True)
class MeasureKind:
    """The unit of a measure, and the numbers that it is compared with; None for no number.

    `target` is the pilot's target: the least to reach (`most`: the most allowed; `above`: more than that). `planned` is
    ESDC's plan for one opportunity by hand, `actual` the result of its one real case.
    """

    unit: Unit
    target: Fraction | None = None
    most: bool = False
    above: bool = False
    planned: int | None = None
    actual: int | None = None


ALL, NONE = Fraction(1), Fraction(0)

MEASURES: Mapping[str, MeasureKind] = {
    "applications": MeasureKind("number", target=Fraction(1), above=True),
    "posted": MeasureKind("number", target=Fraction(10)),
    "contracted": MeasureKind("share", target=ALL),
    "delivered": MeasureKind("share", target=ALL),
    "splitting": MeasureKind("share", target=NONE, most=True),
    "value": MeasureKind("cents"),
    "days-to-receive": MeasureKind("days", planned=26),
    "days-to-pay": MeasureKind("days", planned=7),
    "days-to-done": MeasureKind("days"),
    **{f"days-{step.number}": MeasureKind("days") for step in STEPS},
    "days-3": MeasureKind("days", planned=2, actual=23),
}
"""Every measure, in the order of the page. `days-N` are the calendar days in step N.

`applications`: to an opportunity that is closed to them, on average. `posted`: opportunities a year. `contracted`: of
those posted that have a contract or ended, how many have, or had, a supplier and signed terms. `delivered`: of those
with signed terms that ended one way or the other, how many were delivered and accepted. `splitting`: of those looked
at, how many resemble an earlier one of the same client. `value`: of all contracts, before taxes, in cents.
`days-to-receive`: from the beginning of the work to its last delivery; `days-to-pay`: from acceptance to payment.
"""


@dataclass(frozen=True)
class Measure:
    """One measure over all years and by year. `value` is None without data, never 0. `of` is the number of records."""

    name: str
    kind: MeasureKind
    value: Fraction | None
    of: int
    years: Mapping[int, Fraction] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Tells whether the target is reached; None without a target or without data."""
        target = self.kind.target
        if target is None or self.value is None:
            return None
        if self.kind.most:
            return self.value <= target
        return self.value > target if self.kind.above else self.value >= target


def shares(record: Record) -> dict[str, int]:
    """Returns the share of one record in each measure, by name: a number, or 0 or 1 for a proportion."""
    at, found = record.events, {}
    if "posted" in at:
        found["posted"] = 1
    if "closed-to-applications" in at:
        found["applications"] = record.applicants
    signed = {"confirmed", "terms-signed"} <= at.keys()
    if "posted" in at and (signed or record.phase == "past"):
        found["contracted"] = int(signed)
    if signed and ("accepted" in at or record.phase == "past" or record.supplier is None):
        found["delivered"] = int("accepted" in at)
    if 2 in record.entered:
        found["splitting"] = int(bool(record.resembles))
    if signed and record.supplier and record.price is not None:
        found["value"] = int(record.price * 100)
    return found | _days(record)


def _days(record: Record) -> dict[str, int]:
    """Returns the calendar days, Eastern, of every span that began and ended."""
    at, entered = record.events, record.entered
    spans: dict[str, tuple[datetime | None, datetime | None]] = {
        "days-to-receive": (entered.get(7), at.get("delivered")),
        "days-to-pay": (at.get("accepted"), at.get("paid")),
        "days-to-done": (at.get("opened"), at.get("done")),
    }
    for step in STEPS:
        left = at.get("done") if step is STEPS[-1] else entered.get(step.number + 1)
        spans[f"days-{step.number}"] = (entered.get(step.number), left)
    return {name: days for name, (began, ended) in spans.items() if (days := _between(began, ended)) is not None}


def _between(began: datetime | None, ended: datetime | None) -> int | None:
    if began is None or ended is None or ended < began:  # a coordinator moved it by override
        return None
    return (eastern_date(ended) - eastern_date(began)).days


def year_of(record: Record) -> int:
    """Returns the year when it was opened, Eastern; 0 if it was not opened yet."""
    opened = record.events.get("opened")
    return eastern_date(opened).year if opened else 0


def tallied(records: Iterable[Record]) -> dict[tuple[str, int], Tally]:
    """Returns the sums of these records' shares."""
    sums: dict[tuple[str, int], Tally] = {}
    for record in records:
        for name, number in shares(record).items():
            key = (name, year_of(record))
            sums[key] = sums.get(key, Tally(0, 0)) + Tally(1, number)
    return sums


def measures(tallies: Tallies) -> dict[str, Measure]:
    """Returns every measure by name, in the order of `MEASURES`."""
    found = {}
    for name, kind in MEASURES.items():
        by_year = {year: tally for (of, year), tally in sorted(tallies.items()) if of == name and tally.count}
        every = sum(by_year.values(), Tally(0, 0))
        if name == "posted":  # the average of the years with postings
            value = Fraction(every.total, len(by_year)) if by_year else None
            years = {year: Fraction(tally.total) for year, tally in by_year.items()}
        elif kind.unit == "cents":
            value = Fraction(every.total) if by_year else None
            years = {year: Fraction(tally.total) for year, tally in by_year.items()}
        else:
            value = Fraction(every.total, every.count) if by_year else None
            years = {year: Fraction(tally.total, tally.count) for year, tally in by_year.items()}
        found[name] = Measure(name, kind, value, every.count, years)
    return found
