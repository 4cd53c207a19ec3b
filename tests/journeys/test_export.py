"""The opportunities as files, as an operator has them written: beside a bot that runs."""

import asyncio
import csv
import io
import json
import zipfile

import pytest

from bot.ledger import Ledger, Row
from tests.journeys.test_demo import run
from tests.pipeline.desk import body, need_at


async def test_the_files_tell_of_every_opportunity(stage, tmp_path):
    done = await stage.opportunity(at=10)
    await stage.opportunity(at=2, text=body(title_en="=1+1", title_fr="=1+1"))
    url = stage.bot.settings.database_url

    async def export(*arguments: str):
        written = await asyncio.to_thread(run, "export", *arguments, DATABASE_URL=url)
        assert written.returncode == 0, written.stderr
        return written

    tracker = (await export("csv")).stdout.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(tracker)))
    assert [row["Stage / Étape"] for row in rows] == ["9/exchange", "2/eligibility"]
    assert (rows[0]["Supplier / Fournisseur"], rows[0]["Paid? / Payée\u00a0?"]) == (done.winner, "yes / oui")
    assert rows[1]["Title (English) / Titre (anglais)"] == "'=1+1"

    book = tmp_path / "tracker.xlsx"
    assert f"2 opportunities are in {book}" in (await export("xlsx", "--out", str(book))).stdout
    assert zipfile.ZipFile(book).testzip() is None

    package = json.loads((await export("ocds")).stdout)
    assert {tag for release in package["releases"] for tag in release["tag"]} >= {
        "planning",
        "tender",
        "implementation",
    }
    assert package["publishedDate"] == max(release["date"] for release in package["releases"])
    file = tmp_path / "records.json"
    address = "https://board.example/ocds/records.json"
    await export("ocds", "--records", "--uri", address, "--out", str(file))
    records = json.loads(file.read_text())
    assert (records["uri"], len(records["records"])) == (address, 2)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_where_nothing_is_yet_it_says_so(tmp_path):
    url = f"sqlite:///{tmp_path}/bot.db"
    unmade = run("export", "csv", DATABASE_URL=url)
    assert (unmade.returncode, "has no tables yet" in unmade.stderr) == (2, True)
    assert run("db", "upgrade", DATABASE_URL=url).returncode == 0
    for arguments in (("csv",), ("xlsx", "--out", f"{tmp_path}/t.xlsx"), ("ocds", "--records")):
        none = run("export", *arguments, DATABASE_URL=url)
        assert (none.returncode, none.stdout, none.stderr) == (1, "", "Error: there is no opportunity yet\n")
    assert not (tmp_path / "t.xlsx").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pdf",), "pdf"),
        (("csv", "--records"), "--records"),
        (("xlsx", "--out", "docs"), "docs"),
        ((), "csv|xlsx|ocds"),
    ],
)
def test_wrong_use_is_one_sentence(arguments, words, tmp_path):
    url = f"sqlite:///{tmp_path}/bot.db"
    ledger = Ledger(url)
    ledger.upgrade()
    need = need_at(1)
    row = Row(1, "active", need.o.title, client="client")
    ledger.commit("o/r#12", version=0, facts=need.history, row=row, unsettled=False)
    ledger.close()
    done = run("export", *arguments, DATABASE_URL=url)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
