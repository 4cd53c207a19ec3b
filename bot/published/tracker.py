"""Writes the tracker, a row for each opportunity, as CSV and as a workbook for spreadsheets.

    for line in csv_lines(records, words): ...
    write_xlsx(records, words, file)

Only one row at a time is in memory. A text of a person stays text: a spreadsheet does not run a title that begins
like a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter

from bot.documents.catalogs import Catalog
from bot.pipeline.calendar import eastern_date
from bot.pipeline.steps import STEPS
from bot.published.record import MILESTONES, Record

Cell = str | int | Decimal | date | None
"""The value of a cell; None for an empty cell."""


@dataclass(frozen=True)
class Word:
    """A cell with a word of the tracker, in both languages; `key` is the word's key."""

    key: str


Column = Callable[[Record], Cell | Word]


def _dates(name: str) -> dict[str, Column]:
    """Returns two columns: a date as it was first posted, and its later date if it moved."""

    def now(record: Record) -> Cell:
        day: date | None = getattr(record, name)
        return day

    return {
        f"{name}.first": lambda record: record.first.get(name) or now(record),
        f"{name}.now": lambda record: now(record) if name in record.first else None,
    }


def _event(name: str) -> Column:
    return lambda record: _day(record.events.get(name))


def _day(at: datetime | None) -> date | None:
    return eastern_date(at) if at else None


def _happened(name: str) -> Column:
    return lambda record: _yes(name in record.events)


def _yes(so: bool) -> Word:
    return Word("yes" if so else "no")


def _stage(record: Record) -> Cell:
    return STEPS[record.step - 1].label if record.step else None


COLUMNS: Mapping[str, Column] = {
    "number": lambda record: record.number,
    "title-en": lambda record: record.title["en"],
    "title-fr": lambda record: record.title["fr"],
    "issue": lambda record: record.url,
    "client": lambda record: record.client,
    "coordinator": lambda record: record.coordinator,
    "price": lambda record: record.price,
    "stage": _stage,
    "state": lambda record: Word(f"state.{record.status}"),
    "turn": lambda record: Word(f"turn.{record.turn}") if record.turn else None,
    "on-hold": lambda record: _yes(record.on_hold),
    "times-posted": lambda record: record.run if "posted" in record.events else record.run - 1,
    **_dates("closing"),
    **_dates("selection"),
    **_dates("delivery"),
    **{f"on.{name}": _event(name) for name in MILESTONES},
    "questions": lambda record: record.questions,
    "applicants": lambda record: record.applicants,
    "passed": lambda record: record.passed,
    "supplier": lambda record: record.supplier,
    "delivered": _happened("delivered"),
    "repository": lambda record: record.code,
    "in-exchange": _happened("in-exchange"),
    "entry": lambda record: record.entry,
    "paid": _happened("paid"),
    "ended": lambda record: record.ended,
}
"""The value of each column. Its heading is `column.` and its key in the words. Days are Eastern calendar days."""


def tracker_headings(words: Catalog) -> list[str]:
    """Returns the headings in English and French; one heading where both are equal."""
    keys = [f"column.{name}" for name in COLUMNS]
    return [words["en"][key] if words["en"][key] == words["fr"][key] else _both(words, key) for key in keys]


def _both(words: Catalog, key: str) -> str:
    return f"{words['en'][key]} / {words['fr'][key]}"


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Characters that begin a formula in spreadsheets, in some of them after white space."""


def row(record: Record, words: Catalog) -> list[Cell]:
    """Returns the cells of an opportunity, in the order of `COLUMNS`."""
    cells = (value(record) for value in COLUMNS.values())
    return [_both(words, cell.key) if isinstance(cell, Word) else cell for cell in cells]


def csv_lines(records: Iterable[Record], words: Catalog) -> Iterator[str]:
    """Yields the file line by line, headings first. It begins with the byte order mark, by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(tracker_headings(words))
    for record in records:
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_in_csv(cell) for cell in row(record, words)])
    yield buffer.getvalue()


def _in_csv(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell
    return "" if cell is None else str(cell)  # a date's text is ISO 8601


def write_xlsx(records: Iterable[Record], words: Catalog, file: BinaryIO) -> None:
    """Writes a workbook of one sheet: texts are texts, dates are dates, and the headings stay in sight."""
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = workbook.add_worksheet("Tracker - Suivi")
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    day, money = (workbook.add_format({"num_format": form}) for form in ("yyyy-mm-dd", '"$"#,##0.00'))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(COLUMNS) - 1, 16)
    sheet.set_column(1, 2, 40)
    for column, heading in enumerate(tracker_headings(words)):
        sheet.write_string(0, column, heading, bold)
    last = 0
    for last, record in enumerate(records, 1):
        for column, cell in enumerate(row(record, words)):
            match cell:
                case str() if cell:
                    sheet.write_string(last, column, cell[:LONGEST_CELL])
                case date():
                    sheet.write_datetime(last, column, cell, day)
                case Decimal():
                    sheet.write_number(last, column, cell, money)
                case int():
                    sheet.write_number(last, column, cell)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    workbook.close()


LONGEST_CELL = 32_767
"""The most characters in a cell of a workbook."""
