"""From whatever version the tables are of, what is in them is there after the upgrade, and the bot goes on with it."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert, inspect, select, update

from bot.ledger import SHOWING, Delivery, Ledger, PullProgress, Row, Stuck, Watched
from bot.ledger.opening import open_database
from bot.ledger.tables import metadata
from bot.ledger.upgrading import MIGRATIONS, _revisions
from bot.pipeline.model.delivery import ReportedChange
from bot.pipeline.model.facts import Entered, Recorded
from bot.pipeline.model.remote import CommentState, Shown
from bot.published.record import make_record
from tests.pipeline.desk import Need

NOON = datetime(2027, 7, 12, 12, tzinfo=UTC)
KEY = "canada-ca/micro-acquisition#12"
PULL = "canada-ca/micro-acquisition!13"
FACT = Recorded(Entered(1), NOON, "client", "done", "opened")
STATUS = Shown("comment status", "abc", None, CommentState(7), NOON)


def delivery(guid):
    return Delivery(guid, "issues", KEY, NOON, b'{"action":"opened"}')


def lived_in(url):
    """The rows of a ledger that has something of everything."""
    ledger = Ledger(url)
    ledger.upgrade()
    ledger.accept([delivery("done"), delivery("unread"), delivery("given up")])
    first, _, third = ledger.unread(KEY)
    ledger.failed(third.id, "KeyError: issue", give_up=True)
    row = Row(1, "active", "Un besoin été", "coordinator", NOON, NOON, "client")
    need = Need()
    ledger.commit(
        KEY,
        version=0,
        row=row,
        facts=[FACT],
        things=[STATUS],
        done=[first.id],
        reported=[ReportedChange("text", NOON, "digest", "done")],
        unsettled=False,
        record=make_record(need.o, need.history, None),
    )
    ledger.watch(Watched(PULL, KEY, progress=PullProgress(sender="client"), things={STATUS.thing: STATUS}))
    ledger.hold(Stuck(KEY, SHOWING, "labels: 403 no", 1, 1, NOON, NOON + timedelta(minutes=15)))
    ledger.mark_searched("canada-ca/micro-acquisition", NOON)
    ledger.close()
    return rows_of(url)


def rows_of(url):
    """Every row, by table."""
    database = open_database(url)
    with database.reading() as connection:
        rows = {table.name: [dict(row._mapping) for row in connection.execute(select(table))] for table in TABLES}
    database.close()
    return rows


def only(rows, columns):
    """What a version knew that had only these columns."""
    return {
        name: [{column: row[column] for column in row if column in columns[name]} for row in rows[name]]
        for name in columns
    }


TABLES = metadata.sorted_tables

INDEXED = {
    "repository": "canada-ca/micro-acquisition",
    "number": 12,
    "phase": "pipeline",
    "status": "active",
    "step": 1,
    "year": 2027,
    "updated_at": NOON.replace(tzinfo=None),
    "found_by": "[]",
    "counted": "[]",
}
"""What revision 0007 kept beside a record's text, to search by it."""


def as_of(revision, url, rows):
    """Make the tables of a revision, put into them what it knew, and return that."""
    database = open_database(url)
    with database.upgrading() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with database.writing() as connection:
        look = inspect(connection)
        there = [table for table in TABLES if look.has_table(table.name)]
        known = only(rows, {table.name: {one["name"] for one in look.get_columns(table.name)} for table in there})
        for table in there:
            if table.name == "inbox":  # the database numbers them itself
                connection.execute(
                    insert(table), [{name: row[name] for name in row if name != "id"} for row in known["inbox"]]
                )
            elif table.name == "record_changes":  # a new ledger has its one row
                connection.execute(update(table).values(known[table.name][0]))
            elif table.name == "records":
                stored = Table("records", MetaData(), autoload_with=connection)
                more = {name: value for name, value in INDEXED.items() if name in stored.columns}
                connection.execute(insert(stored), [row | more for row in known["records"]])
            else:
                connection.execute(insert(table), known[table.name])
        if look.has_table("tallies"):
            tallies = Table("tallies", MetaData(), autoload_with=connection)
            shares = ({"name": "changes", "part": part, "count": 20, "total": 0} for part in (1, 2))
            connection.execute(insert(tallies), [*shares, {"name": "year", "part": 2027, "count": 1, "total": 0}])
    database.close()
    return known


@pytest.mark.parametrize("revision", sorted(_revisions()))
def test_from_every_revision_to_the_newest_everything_is_kept(revision, database_url, tmp_path):
    rows = lived_in(f"sqlite:///{tmp_path / 'lived-in.db'}")
    assert all(rows.values()), "a table that nothing was put into"
    known = as_of(revision, database_url, rows)
    ledger = Ledger(database_url)
    ledger.upgrade()
    ledger.ping()
    if revision == "0001":  # who opened it is found by a turn that each is given
        known["opportunities"][0]["unsettled"] = True
    assert only(rows_of(database_url), {name: set(found[0]) for name, found in known.items()}) == known

    if revision == "0007":
        assert ledger.latest_change() == 40, "the count goes on, so that no stored page passes for a newer one"
        assert [record.number for _, record in ledger.all_records()] == [12]
    loaded = ledger.load(KEY)
    assert (loaded.version, loaded.history, loaded.things) == (1, (FACT,), {STATUS.thing: STATUS})
    assert [one.guid for one in ledger.unread(KEY)] == ["unread"]
    assert ledger.accept([delivery("done"), delivery("new")]) == [False, True]
    row = Row(2, "active", "A need")
    assert (
        ledger.commit(
            KEY, version=1, row=row, facts=[FACT], reported=[ReportedChange("a", NOON, "", "b")], unsettled=True
        )
        == 2
    )
    assert len(ledger.load(KEY).history) == 2
    ledger.close()
