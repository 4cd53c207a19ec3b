"""The tracker: a row for each opportunity, for people who count with spreadsheets. As CSV, and as a workbook.

    for line in csv_lines(records): ...
    write_xlsx(records, file)

Rows are made one at a time, so that many take no more memory than one. Whatever people wrote stays text: a title that
begins like a formula is not run by the program that opens the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter

from bot.pipeline.calendar import eastern_date
from bot.pipeline.steps import STEPS
from bot.published.record import EVENTS, Record

Cell = str | int | Decimal | date | None
"""What stands in a cell; None where nothing is known."""

EVENT_HEADINGS = {
    "opened": ("Opened", "Ouverte"),
    "client-verified": ("Client verified", "Client vérifié"),
    "eligible": ("Eligible", "Admissible"),
    "description-approved": ("Description approved", "Description approuvée"),
    "funds-reserved": ("Funds reserved", "Fonds réservés"),
    "posted": ("Posted", "Publiée"),
    "closed-to-applications": ("Closed to applications", "Fermée aux soumissions"),
    "drawn": ("Supplier drawn", "Fournisseur tiré au sort"),
    "confirmed": ("Supplier confirmed", "Fournisseur confirmé"),
    "terms-signed": ("Terms signed", "Modalités signées"),
    "delivered": ("Work delivered", "Travail livré"),
    "accepted": ("Work accepted", "Travail accepté"),
    "invoice-received": ("Invoice received", "Facture reçue"),
    "invoice-approved": ("Invoice approved", "Facture approuvée"),
    "paid": ("Paid", "Payée"),
    "in-exchange": ("In the Open Resource Exchange", "Dans l’Échange de ressources ouvert"),
    "done": ("Done", "Terminée"),
    "cancelled": ("Cancelled", "Annulée"),
    "terminated": ("Contract terminated", "Contrat résilié"),
}

STATES = {
    "active": "active / active",
    "waitlisted": "waitlisted / en attente",
    "cancelled": "cancelled / annulée",
    "done": "done / terminée",
}

TURNS = {
    "client": "client / client",
    "coordinator": "coordinator / coordination",
    "finance": "finance / finances",
    "supplier": "supplier / fournisseur",
}

Column = tuple[str, str, Callable[[Record], Cell]]


def _moved(name: str, english: str, french: str) -> tuple[Column, Column]:
    """A date as it was posted first, and as it is by now."""

    def now(record: Record) -> Cell:
        day: date | None = getattr(record, name)
        return day

    return (
        (f"{english}, original", f"{french} d’origine", lambda record: record.first.get(name) or now(record)),
        (f"{english}, extended", f"{french} prolongée", lambda record: now(record) if name in record.first else None),
    )


def _event(name: str) -> Column:
    english, french = EVENT_HEADINGS[name]
    return english, french, lambda record: _day(record.events.get(name))


def _day(at: datetime | None) -> date | None:
    return eastern_date(at) if at else None


def _yes(name: str) -> Callable[[Record], Cell]:
    return lambda record: "yes / oui" if name in record.events else "no / non"


def _stage(record: Record) -> Cell:
    return STEPS[record.step - 1].label if record.step else None


COLUMNS: tuple[Column, ...] = (
    ("Number", "Numéro", lambda record: record.number),
    ("Title (English)", "Titre (anglais)", lambda record: record.title["en"]),
    ("Title (French)", "Titre (français)", lambda record: record.title["fr"]),
    ("Issue", "Fil", lambda record: record.url),
    ("Client", "Client", lambda record: record.client),
    ("Coordinator", "Coordination", lambda record: record.coordinator),
    ("Price before taxes", "Prix avant taxes", lambda record: record.price),
    ("Stage", "Étape", _stage),
    ("State", "État", lambda record: STATES[record.status]),
    ("Waiting for", "En attente de", lambda record: TURNS.get(record.turn or "")),
    ("On hold", "Suspendue", lambda record: "yes / oui" if record.on_hold else "no / non"),
    ("Times posted", "Publications", lambda record: record.run if "posted" in record.events else record.run - 1),
    *_moved("closing", "Closing date", "Date de fermeture"),
    *_moved("selection", "Selection date", "Date de sélection"),
    *_moved("delivery", "Delivery date", "Date de livraison"),
    *(_event(name) for name in EVENTS),
    ("Questions", "Questions", lambda record: record.questions),
    ("Applicants", "Soumissionnaires", lambda record: record.applicants),
    ("Applicants who passed", "Soumissionnaires qui ont réussi", lambda record: record.passed),
    ("Supplier", "Fournisseur", lambda record: record.supplier),
    ("Delivered?", "Livrée\u00a0?", _yes("delivered")),
    ("Repository", "Dépôt", lambda record: record.code),
    ("In the Exchange?", "Dans l’Échange\u00a0?", _yes("in-exchange")),
    ("Entry in the Exchange", "Inscription à l’Échange", lambda record: record.entry),
    ("Paid?", "Payée\u00a0?", _yes("paid")),
    ("Why it was cancelled", "Motif de l’annulation", lambda record: record.ended),
)
"""The tracker's columns: heading in English and French, and what stands there. Days are Eastern calendar days."""

HEADINGS = tuple(english if english == french else f"{english} / {french}" for english, french, _ in COLUMNS)

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What programs take for the beginning of a formula, some of them after white space."""


def row(record: Record) -> tuple[Cell, ...]:
    return tuple(value(record) for _, _, value in COLUMNS)


def csv_lines(records: Iterable[Record]) -> Iterator[str]:
    """The file line by line, headings first. The first one begins with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(HEADINGS)
    for record in records:
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_in_csv(cell) for cell in row(record)])
    yield buffer.getvalue()


def _in_csv(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell
    return "" if cell is None else str(cell)  # a date's text is ISO 8601


def write_xlsx(records: Iterable[Record], file: BinaryIO) -> None:
    """The file as a workbook of one sheet: texts are texts, dates are dates, headings stay in sight."""
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = workbook.add_worksheet("Tracker - Suivi")
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    day, money = (workbook.add_format({"num_format": form}) for form in ("yyyy-mm-dd", '"$"#,##0.00'))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(COLUMNS) - 1, 16)
    sheet.set_column(1, 2, 40)
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(0, column, heading, bold)
    last = 0
    for last, record in enumerate(records, 1):
        for column, cell in enumerate(row(record)):
            match cell:
                case str() if cell:
                    sheet.write_string(last, column, cell[:LONGEST])
                case date():
                    sheet.write_datetime(last, column, cell, day)
                case Decimal():
                    sheet.write_number(last, column, cell, money)
                case int():
                    sheet.write_number(last, column, cell)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    workbook.close()


LONGEST = 32_767
"""The most characters that a cell of a workbook takes."""
