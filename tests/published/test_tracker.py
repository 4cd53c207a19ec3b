"""The tracker as people open it: in a spreadsheet, which must not run what others wrote."""

import csv
import io
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from xml.etree import ElementTree

import pytest

from bot.published.record import make_record
from bot.published.tracker import COLUMNS, csv_lines, tracker_headings, write_xlsx
from tests.pipeline.desk import need_at
from tests.tools import WORDS

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def finished(**changes):
    need = need_at(5)
    need.says("coordinator", "/extend 2027-07-19")
    need.at(9).pull("ore", "open", 31).pull("ore", "merged", 31)
    return replace(make_record(need.o, need.history, None), **changes)


def as_csv(*records) -> list[dict[str, str]]:
    text = "".join(csv_lines(records, WORDS["tracker"]))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def as_xlsx(*records) -> list[dict[str, object]]:
    """Rows by heading, as a reader of the format's own XML sees them: numbers are numbers, texts texts."""
    file = io.BytesIO()
    write_xlsx(records, WORDS["tracker"], file)
    with zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for line in sheet.iter(f"{SHEET}row"):
        cells = {}
        for cell in line.iter(f"{SHEET}c"):
            assert cell.find(f"{SHEET}f") is None, "no cell is a formula"
            place = "".join(filter(str.isalpha, cell.get("r")))
            text = "".join(part.text or "" for part in cell.iter() if part.tag in (f"{SHEET}t", f"{SHEET}v"))
            cells[place] = text if cell.get("t") == "inlineStr" else float(text)
        rows.append(cells)
    headings = rows[0]
    return [{headings[place]: value for place, value in cells.items()} for cells in rows[1:]]


def test_every_column_of_the_pilots_tracker_is_there():
    [row] = as_csv(finished())
    wanted = {
        "Client": "client",
        "Price before taxes / Prix avant taxes": "6500.00",
        "Stage / Étape": "9/exchange",
        "State / État": "done / terminée",
        "Closing date, original / Date de fermeture d’origine": "2027-07-12",
        "Closing date, extended / Date de fermeture prolongée": "2027-07-19",
        "Delivery date, original / Date de livraison d’origine": "2027-07-30",
        "Delivery date, extended / Date de livraison prolongée": "",
        "Opened / Ouverte": "2027-06-21",
        "Questions": "0",
        "Applicants / Soumissionnaires": "2",
        "Applicants who passed / Soumissionnaires qui ont réussi": "2",
        "Delivered? / Livrée\u00a0?": "yes / oui",
        "Repository / Dépôt": "https://github.com/supplier-1/policies",
        "In the Exchange? / Dans l’Échange\u00a0?": "yes / oui",
        "Paid? / Payée\u00a0?": "yes / oui",
    }
    assert {heading: row[heading] for heading in wanted} == wanted
    assert len(set(tracker_headings(WORDS["tracker"]))) == len(COLUMNS)


def test_in_a_workbook_dates_are_dates_and_amounts_numbers():
    [row] = as_xlsx(finished())
    closing = row["Closing date, extended / Date de fermeture prolongée"]
    assert datetime(1899, 12, 30) + timedelta(days=closing) == datetime(2027, 7, 19)  # noqa: DTZ001
    assert row["Price before taxes / Prix avant taxes"] == 6500.0
    assert row["Number / Numéro"] == 12.0
    assert "Delivery date, extended / Date de livraison prolongée" not in row


@pytest.mark.parametrize(
    "title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", '=HYPERLINK("https://evil.example")']
)
def test_what_people_wrote_is_never_a_formula(title):
    written = finished(title={"en": title, "fr": title}, ended=title)
    [row] = as_csv(written)
    assert row["Title (English) / Titre (anglais)"] == f"'{title}"
    assert row["Why it was cancelled / Motif de l’annulation"] == f"'{title}"
    [row] = as_xlsx(written)
    assert isinstance(row["Title (English) / Titre (anglais)"], str)


def test_a_need_of_which_little_is_known_has_empty_cells():
    new = replace(finished(), step=0, price=None, closing=None, selection=None, delivery=None, first={}, events={})
    [row] = as_csv(new)
    assert (row["Price before taxes / Prix avant taxes"], row["Opened / Ouverte"], row["Stage / Étape"]) == ("", "", "")
    assert as_xlsx(new)[0]["Number / Numéro"] == 12.0
    assert (as_csv(), as_xlsx()) == ([], [])


def test_commas_quotes_and_lines_stay_in_their_cell():
    title = 'Maps, "rivers"\nand more'
    [first, second] = as_csv(finished(title={"en": title, "fr": title}), finished(number=13))
    assert (first["Title (English) / Titre (anglais)"], second["Number / Numéro"]) == (title, "13")


def test_many_take_no_more_memory_than_few(tmp_path):
    one = finished(price=Decimal("1.00"), closing=date(2027, 7, 12))

    def most(times: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in csv_lines(repeat(one, times), WORDS["tracker"])) == times + 1
        with (tmp_path / "tracker.xlsx").open("wb") as file:
            write_xlsx(repeat(one, times), WORDS["tracker"], file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert most(600) < 2 * most(20)
