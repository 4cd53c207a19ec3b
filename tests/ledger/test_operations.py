"""What people who look after the bot ask of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from bot.ledger import Delivery

NOON = datetime(2027, 7, 12, 12, tzinfo=UTC)


def arrives(ledger, guid: str, key: str, ago: timedelta) -> None:
    ledger.accept([Delivery(guid, "issues", key, NOON - ago, b'{"body": "said"}')])


def test_what_waits_is_told_by_age_and_the_oldest_first(ledger):
    assert ledger.queue(NOON).ages == (0, 0, 0, 0)
    assert ledger.queue(NOON).oldest == ()
    for number, minutes in enumerate((0.5, 5, 5, 30, 90)):
        arrives(ledger, f"guid-{number}", f"o/r#{number // 2}", timedelta(minutes=minutes))
    [read] = [one.id for one in ledger.unread("o/r#0") if one.guid == "guid-0"]
    ledger.commit("o/r#0", version=0, facts=[], row=None, done=[read], unsettled=False)
    queue = ledger.queue(NOON, limit=2)
    assert queue.ages == (0, 2, 1, 1)
    assert [(one.key, one.count, one.since) for one in queue.oldest] == [
        ("o/r#2", 1, NOON - timedelta(minutes=90)),
        ("o/r#1", 2, NOON - timedelta(minutes=30)),
    ]


def test_the_last_deliveries_are_told_without_what_they_say(ledger):
    for number in range(4):
        arrives(ledger, f"guid-{number}", "o/r#1", timedelta(minutes=number))
    ledger.failed(ledger.unread("o/r#1")[0].id, "KeyError('x')", give_up=True)
    recent = ledger.recent(limit=3)
    assert [one.guid for one in recent] == ["guid-3", "guid-2", "guid-1"]
    assert not hasattr(recent[0], "body")
    set_aside = ledger.recent()[-1]
    assert (set_aside.error, set_aside.done_at is None) == ("KeyError('x')", False)


def test_neither_reads_what_was_decided(ledger):
    """The plan of SQLite names the index; of PostgreSQL's tables a handful of rows says nothing."""
    if ledger.libpq:
        assert ledger.heartbeats() == []
        return
    assert ledger.heartbeats() is None
    asked = []
    with ledger._database.reading() as connection:
        event.listen(connection.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    ledger.queue(NOON)
    ledger.recent()
    with ledger._database.reading() as connection:
        plans = []
        for statement, values in [one for one in asked if one[0].startswith("SELECT")]:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append(" ".join(row[3] for row in found))
    assert len(plans) == 3
    assert all("USING INDEX inbox_unread" in plan or "USING COVERING INDEX inbox_unread" in plan for plan in plans[:2])
    assert "TEMP B-TREE" not in plans[2]
