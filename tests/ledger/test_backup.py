"""A backup is whole, of one moment, and never in the place of another file."""

from __future__ import annotations

import sqlite3
from threading import Event, Thread

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.cli.database import backup
from bot.cli.rebuild import rebuild
from bot.ledger import Ledger, LedgerError, ReportedChange
from bot.pipeline.model.remote import Shown
from bot.settings import Settings
from tests.ledger.test_ledger import KEY, NOON, delivery, opened


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    ledger.upgrade()
    yield ledger
    ledger.close()


def test_a_backup_holds_everything_in_one_file_and_can_be_used_as_it_is(ledger, tmp_path):
    opened(ledger)
    ledger.accept([delivery(guid="one")])
    told = []
    ledger.back_up(tmp_path / "copy.db", told.append)
    ledger.accept([delivery(guid="two")])
    assert told[-1] == 1
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]
    copy = Ledger(f"sqlite:///{tmp_path / 'copy.db'}")
    copy.ping()
    assert copy.keys() == [KEY]
    assert [row.guid for row in copy.unread(KEY)] == ["one"]
    assert copy.load(KEY) == ledger.load(KEY)
    copy.close()


def test_it_is_of_one_moment_though_deliveries_come_in_all_the_time(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.ledger.sqlite.PAGES", 1)
    ledger.accept([delivery() for _ in range(2000)])
    over, began = Event(), []

    def go_on_accepting():
        while not over.is_set():
            ledger.accept([delivery(), delivery()])
            began.append(1)

    thread = Thread(target=go_on_accepting)
    thread.start()
    while not began:
        pass
    ledger.back_up(tmp_path / "copy.db")
    over.set()
    thread.join()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        [(count, last)] = copy.execute("SELECT count(*), max(id) FROM inbox")
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert count == last
    assert count % 2 == 0


def test_another_file_is_never_written_over_and_nothing_is_left_where_it_fails(ledger, tmp_path):
    (tmp_path / "taken").write_text("precious")
    for name, says in (("taken", "is there already: name another one"), ("no/such/folder", "cannot be written")):
        with pytest.raises(LedgerError, match=says):
            ledger.back_up(tmp_path / name)
    assert (tmp_path / "taken").read_text() == "precious"

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.back_up(tmp_path / "copy.db", stop)
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]


def test_a_repository_is_forgotten_whole_and_others_stay_with_their_facts_kept(database_url):
    ledger = Ledger(database_url)
    ledger.upgrade()
    other = "canada-ca/micro-acquisition-2#12"
    for key in (KEY, other):
        ledger.accept([delivery(key, guid=f"guid {key}"), delivery(key.replace("#", "!"))])
        opened(
            ledger, key, things=[Shown("labels", "x")], reported=[ReportedChange("text", NOON, "digest", f"guid {key}")]
        )
    ledger.mark_searched("Canada-CA/micro-acquisition", NOON)
    kept = ledger.load(other)
    ledger.forget("Canada-CA/micro-acquisition")
    assert ledger.keys() == [other]
    assert ledger.load(other) == kept
    assert (ledger.reported_changes(KEY), ledger.unread(KEY), ledger.searched_until("canada-ca/micro-acquisition")) == (
        [],
        [],
        None,
    )
    assert [len(ledger.reported_changes(other)), len(ledger.unread(other))] == [1, 1]
    with pytest.raises(IntegrityError, match="append-only"), ledger._database.writing() as by_hand:
        by_hand.execute(text("DELETE FROM facts"))
    assert opened(ledger) == 1
    ledger.close()


def test_rebuilding_what_is_there_has_to_be_asked_for(ledger, tmp_path, monkeypatch):
    opened(ledger)
    settings = Settings.model_construct(
        database_url=f"sqlite:///{tmp_path / 'bot.db'}", bot_config="config/pipeline.yaml", github_app_id=""
    )
    nobody = CliRunner().invoke(rebuild, ["canada-ca/micro-acquisition"], obj=settings)
    assert "GITHUB_APP_ID is not set" in str(nobody.exception)
    monkeypatch.setattr(Settings, "check_credentials", lambda self: None)
    busy = CliRunner().invoke(rebuild, ["canada-ca/micro-acquisition", "--yes"], obj=settings)
    assert "the database is in use: stop the bot" in str(busy.exception)
    ledger.close()
    refused = CliRunner().invoke(rebuild, ["canada-ca/micro-acquisition"], obj=settings)
    assert "holds 1 opportunities of canada-ca/micro-acquisition: stop the bot, and say --yes" in str(refused.exception)
    elsewhere = CliRunner().invoke(rebuild, ["canada-ca/other", "--yes"], obj=settings)
    assert "is not where the opportunities live" in str(elsewhere.exception)
    assert Ledger(settings.database_url).keys() == [KEY]


def test_the_command_says_what_it_did_and_what_to_do_with_postgresql(ledger, tmp_path, postgresql):
    def run(url):
        return CliRunner().invoke(backup, [str(tmp_path / "copy.db")], obj=Settings.model_construct(database_url=url))

    done = run(f"sqlite:///{tmp_path / 'bot.db'}")
    assert done.exit_code == 0
    assert "The backup is whole" in done.output
    Ledger(postgresql).upgrade()
    refused = run(postgresql)
    assert isinstance(refused.exception, LedgerError)
    assert f"run `pg_dump --format=custom --file={tmp_path / 'copy.db'} DATABASE_URL`" in str(refused.exception)


def test_whether_a_bot_is_at_work_with_a_file_is_known(ledger, tmp_path):
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    opened(ledger)
    other = Ledger(url)
    assert other.in_use()
    ledger.close()
    assert not other.in_use()
    assert other.keys() == [KEY], "which leaves it as it was"
    other.close()
    assert not Ledger(f"sqlite:///{tmp_path / 'none.db'}").in_use()
    assert not (tmp_path / "none.db").exists()


def test_with_postgresql_it_is_known_by_the_signs_of_life(postgresql):
    ledger = Ledger(postgresql)
    assert not ledger.in_use(), "there are no tables yet"
    ledger.upgrade()
    assert not ledger.in_use()
    with ledger._database.writing() as connection:
        connection.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
    assert ledger.in_use()
    ledger.close()
