"""What the ledger promises: nothing twice, nothing lost, nothing changed afterwards."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from threading import Event, Thread
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.ledger import PEOPLE, SHOWING, Delivery, Ledger, LedgerError, Row, StaleVersion, Stuck, Watched
from bot.ledger.tables import metadata
from bot.ledger.upgrading import upgrade
from bot.pipeline.model.facts import Assigned, DrawAnnounced, Entered, Recorded
from bot.pipeline.model.remote import CommentState, PullRequestState, Shown

NOON = datetime(2027, 7, 12, 12, tzinfo=UTC)
KEY = "canada-ca/micro-acquisition#12"
ROW = Row(1, "active", "A small need")


def delivery(key=KEY, guid=None, minute=0):
    return Delivery(guid or str(uuid4()), "issues", key, NOON + timedelta(minutes=minute), b'{"action":"opened"}')


def recorded(fact, at=NOON):
    return Recorded(fact, at, "client", "guid-1", "/status")


def opened(ledger, key=KEY, row=ROW, **more):
    more = {"facts": [recorded(Entered(1))], "unsettled": False} | more
    return ledger.commit(key, version=0, row=row, **more)


def test_errors_do_not_tell_what_people_wrote(ledger):
    wrong = text("INSERT INTO opportunities (key) SELECT 'a key alone' WHERE :said <> ''")
    with ledger._database.writing() as connection, pytest.raises(IntegrityError) as told:
        connection.execute(wrong, {"said": "what somebody wrote"})
    assert "INSERT INTO" in str(told.value)
    assert "what somebody wrote" not in str(told.value) + repr(told.value)


def test_a_machine_that_is_gone_is_noticed_by_whoever_is_connected_to_it(postgresql):
    ledger = Ledger(postgresql)
    with ledger._database.reading() as connection:
        used = connection.connection.driver_connection.info.get_parameters()
    theirs = psycopg.conninfo.conninfo_to_dict(ledger.libpq)
    for name in ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "connect_timeout"):
        assert used[name] == theirs[name]
    ledger.close()
    other = Ledger(f"{postgresql}&keepalives_idle=99")
    assert psycopg.conninfo.conninfo_to_dict(other.libpq)["keepalives_idle"] == "99", "what an operator sets holds"


# --- deliveries ------------------------------------------------------------------------------------------


def test_a_delivery_is_stored_once_however_often_it_comes(ledger):
    first, second = delivery(), delivery()
    assert ledger.accept([first]) == [True]
    assert ledger.accept([second, first, second]) == [True, False, False]
    assert ledger.accept([first, second]) == [False, False]
    assert ledger.accept([]) == []
    assert [unread.guid for unread in ledger.unread(KEY)] == [first.guid, second.guid]


def test_deliveries_are_read_in_the_order_they_were_accepted(ledger):
    many = [delivery(f"o/r#{number % 3}") for number in range(2500)]
    assert all(ledger.accept(many))
    read = ledger.unread("o/r#1", limit=1000)
    assert [unread.guid for unread in read] == [one.guid for one in many if one.key == "o/r#1"]
    assert (read[0].received_at, read[0].body, read[0].tries) == (NOON, b'{"action":"opened"}', 0)


def test_a_delivery_that_is_given_up_is_not_lost(ledger):
    ledger.accept([delivery(guid="poison")])
    [unread] = ledger.unread(KEY)
    ledger.failed(unread.id, "KeyError: issue", give_up=False)
    assert ledger.unread(KEY)[0].tries == 1
    assert ledger.stats().given_up == 0
    ledger.failed(unread.id, "KeyError: issue", give_up=True)
    assert ledger.unread(KEY) == []
    [given_up] = ledger.given_up()
    assert (given_up.guid, given_up.tries, given_up.error) == ("poison", 2, "KeyError: issue")
    assert ledger.stats().given_up == 1


def test_deliveries_that_concern_no_opportunity_are_only_marked_read(ledger):
    ledger.accept([delivery("o/r")])
    [unread] = ledger.unread("o/r")
    assert ledger.commit("o/r", version=0, facts=[], row=None, done=[unread.id], unsettled=False) == 0
    assert ledger.unread("o/r") == []
    assert ledger.keys() == []


# --- one opportunity -------------------------------------------------------------------------------------


def test_what_a_turn_decides_is_there_afterwards(ledger):
    ledger.accept([delivery()])
    [unread] = ledger.unread(KEY)
    status = Shown("comment status", "abc", None, CommentState(7), NOON)
    facts = [
        recorded(Entered(1)),
        recorded(DrawAnnounced(("b", "a"), 5, NOON), NOON.astimezone(timezone(timedelta(hours=-4)))),
    ]
    version = opened(ledger, facts=facts, things=[status], done=[unread.id], unsettled=True)
    loaded = ledger.load(KEY)
    assert (loaded.version, loaded.unsettled) == (version, True) == (1, True)
    assert loaded.history == tuple(facts)
    assert loaded.history[1].at.tzinfo is UTC
    assert loaded.things == {"comment status": status}
    assert ledger.unread(KEY) == []
    assert ledger.rows() == {KEY: ROW}


def test_a_worker_that_slept_too_long_writes_nothing(ledger):
    ledger.accept([delivery()])
    [unread] = ledger.unread(KEY)
    opened(ledger)
    for stale in (0, 2):
        with pytest.raises(StaleVersion):
            ledger.commit(
                KEY,
                version=stale,
                facts=[recorded(Entered(9))],
                row=Row(9, "done", "changed"),
                things=[Shown("labels", "x")],
                done=[unread.id],
                unsettled=True,
            )
        with pytest.raises(StaleVersion):
            ledger.commit(KEY, version=stale, facts=[], row=None, done=[unread.id], unsettled=False)
    loaded = ledger.load(KEY)
    assert (loaded.version, len(loaded.history), loaded.things, loaded.unsettled) == (1, 1, {}, False)
    assert ledger.rows()[KEY] == ROW
    assert len(ledger.unread(KEY)) == 1


def test_a_commit_is_whole_or_not_at_all(ledger):
    naive = recorded(Entered(2), at=datetime(2027, 7, 12))  # noqa: DTZ001
    with pytest.raises(Exception, match="without a zone"):
        opened(ledger, facts=[recorded(Entered(1)), naive])
    assert ledger.load(KEY).version == 0


def test_facts_cannot_be_changed_even_by_hand(ledger):
    opened(ledger)
    ledger.commit(KEY, version=1, facts=[recorded(Assigned("kim"))], row=ROW, unsettled=False)
    with ledger._database.reading() as by_hand:
        facts = by_hand.execute(text("SELECT seq, kind FROM facts ORDER BY seq")).all()
    assert facts == [(1, "Entered"), (2, "Assigned")]
    for change in ("UPDATE facts SET actor = 'x'", "DELETE FROM facts"):
        with pytest.raises(IntegrityError, match="append-only"), ledger._database.writing() as by_hand:
            by_hand.execute(text(change))


def test_a_thing_is_noted_before_and_after_it_is_made(ledger):
    version = opened(ledger, unsettled=True)
    ledger.show(KEY, Shown("pull posting", begun=NOON))
    ledger.show(KEY, Shown("pull posting", "digest", remote=PullRequestState(number=3)))
    assert ledger.load(KEY).things["pull posting"] == Shown("pull posting", "digest", remote=PullRequestState(number=3))
    assert ledger.load(KEY).version == version


def test_settling_an_old_version_leaves_the_new_one_unsettled(ledger):
    version = opened(ledger, unsettled=True)
    ledger.settle(KEY, version + 1)
    assert ledger.load(KEY).unsettled
    ledger.settle(KEY, version)
    assert not ledger.load(KEY).unsettled


def test_waking_outlasts_a_turn_under_way(ledger):
    version = opened(ledger)
    ledger.wake([KEY, "unknown/one#1"])
    ledger.settle(KEY, version)
    assert ledger.waiting(NOON) == [KEY]
    with pytest.raises(StaleVersion):
        ledger.commit(KEY, version=version, facts=[], row=ROW, unsettled=False)


def test_closing_waits_for_who_is_at_it_and_nothing_opens_it_again(ledger):
    began, go_on, closed = Event(), Event(), Event()

    def read():
        with ledger._database.reading():
            began.set()
            go_on.wait(10)

    def close():
        ledger.close()
        closed.set()

    threads = [Thread(target=read), Thread(target=close)]
    threads[0].start()
    assert began.wait(10)
    threads[1].start()
    assert not closed.wait(0.05)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert closed.is_set()
    with pytest.raises(LedgerError, match="closed already"):
        ledger.keys()


# --- all of them -----------------------------------------------------------------------------------------


def test_the_sweep_finds_what_is_unread_due_or_unsettled_oldest_first(ledger):
    opened(ledger, "o/r#1", Row(5, "active", "due", next_due_at=NOON + timedelta(minutes=2)))
    opened(ledger, "o/r#2", Row(5, "active", "later", next_due_at=NOON + timedelta(minutes=9)))
    opened(ledger, "o/r#3", unsettled=True)
    opened(ledger, "o/r#4")
    ledger.accept([delivery("o/r#4", minute=3), delivery("o/r", minute=1), delivery("o/r#1", minute=4)])
    due = ledger.waiting(NOON + timedelta(minutes=5))
    # "unsettled" dates from the real clock of this commit, which may lie on either side of NOON.
    assert [key for key in due if key != "o/r#3"] == ["o/r", "o/r#1", "o/r#4"]
    assert "o/r#3" in due
    assert ledger.waiting(NOON + timedelta(minutes=5), limit=2) == due[:2]


def test_places_line_and_loads_are_counted(ledger):
    waits = [NOON + timedelta(minutes=minute) for minute in (5, 1)]
    opened(ledger, "o/r#1", Row(2, "waitlisted", "a", "kim", waits[0]))
    opened(ledger, "o/r#2", Row(2, "waitlisted", "b", "kim", waits[1]))
    opened(ledger, "o/r#3", Row(3, "active", "c", "lee"))
    opened(ledger, "o/r#10", Row(8, "active", "d", "kim"))
    opened(ledger, "o/r#5", Row(9, "active", "e"))
    opened(ledger, "o/r#6", Row(8, "cancelled", "f", "lee"))
    opened(ledger, "o/r#7", Row(9, "done", "g", "lee"))
    assert ledger.running() == 2
    assert ledger.waitlist() == ["o/r#2", "o/r#1"]
    assert ledger.loads() == {"kim": 3, "lee": 1}
    assert ledger.keys()[-1] == "o/r#10"
    stats = ledger.stats()
    assert (stats.opportunities, stats.running, stats.waitlisted, stats.unread) == (7, 2, 2, 0)
    assert stats.oldest_unread is None


# --- the file --------------------------------------------------------------------------------------------


def test_migrations_make_the_tables_the_code_uses(ledger):
    ours = {"include_name": lambda name, kind, parents: not (name or "").startswith("procrastinate_")}
    with ledger._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=ours), metadata) == []


def test_upgrading_twice_keeps_everything(database_url):
    upgrade(database_url)
    ledger = Ledger(database_url)
    opened(ledger)
    ledger.upgrade()
    ledger.ping()
    assert ledger.keys() == [KEY]
    ledger.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://bot:secret@db/bot", "of the kind mysql, neither SQLite nor PostgreSQL"),
        ("var/bot.db", "not the address of a database"),
        ("sqlite://", "must name a file"),
        ("sqlite:////dev/null/bot.db", "folder /dev/null .* cannot be made"),
    ],
)
def test_a_wrong_address_is_answered_with_a_right_one(url, says):
    with pytest.raises(LedgerError, match=says) as error:
        Ledger(url).upgrade()
    assert "secret" not in str(error.value)
    assert str(error.value).count(". ") == 0


def test_who_only_looks_makes_no_database_where_an_address_is_mistyped(tmp_path):
    place = tmp_path / "none" / "bot.db"
    ledger = Ledger(f"sqlite:///{place}")
    with pytest.raises(LedgerError, match="has no tables yet"):
        ledger.ping()
    ledger.close()
    assert not place.parent.exists()


def test_an_unusable_file_is_named_with_what_to_do(tmp_path):
    (tmp_path / "text.db").write_text("not a database, but long enough to look at " * 20)
    (tmp_path / "folder.db").mkdir()
    for name, says in (("text.db", "is not a SQLite database"), ("folder.db", "cannot be opened")):
        with pytest.raises(LedgerError, match=f"{name} {says}"):
            Ledger(f"sqlite:///{tmp_path / name}").upgrade()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://bot:secret@127.0.0.1:1/bot", "does not answer: start PostgreSQL"),
        ("postgres://bot:secret@no.such.host.invalid/bot", "machine that is not known"),
    ],
)
def test_a_server_that_cannot_be_had_is_named_with_what_to_do(url, says):
    with pytest.raises(LedgerError, match=says) as error:
        Ledger(url).upgrade()
    assert "secret" not in str(error.value)


def test_a_database_that_does_not_exist_is_named(postgresql):
    with pytest.raises(LedgerError, match="does not exist: make it with `createdb`"):
        Ledger(postgresql.replace("bot@/", "bot@/no-such-")).upgrade()


def test_a_connection_that_the_server_cut_is_made_anew(postgresql):
    ledger = Ledger(postgresql)
    ledger.upgrade()
    with psycopg.connect(postgresql, autocommit=True) as by_hand:
        by_hand.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert ledger.accept([delivery()]) == [True]
    ledger.close()


def test_only_one_is_inside_at_a_time_and_who_stands_still_there_is_put_out(postgresql, monkeypatch):
    monkeypatch.setattr("bot.ledger.postgresql.LONGEST_ALONE", 3)
    first, second = Ledger(postgresql), Ledger(postgresql)
    order = []

    def other():
        with second.alone("places"):
            order.append("second")

    thread = Thread(target=other)

    def stand_still():
        with first.alone("places"):
            thread.start()
            thread.join(0.3)
            order.append("first")
            thread.join(10)  # a process that was stopped: the second gets in after three seconds
            order.append("late")

    with pytest.raises(LedgerError, match="closed the connection"):
        stand_still()
    assert order == ["first", "second", "late"]
    first.close(), second.close()


def test_what_postgresql_quotes_of_a_row_is_not_told(postgresql):
    ledger = Ledger(postgresql)
    trouble = "DO $$ BEGIN RAISE E'two\\nlines' USING DETAIL = 'what a person wrote'; END $$"
    with pytest.raises(LedgerError, match=r"failed: two lines\.$"), ledger._database.writing() as connection:
        connection.exec_driver_sql(trouble)
    ledger.close()


def test_who_stands_still_in_the_middle_of_a_commit_keeps_nobody_from_the_turn(postgresql, monkeypatch):
    second = Ledger(postgresql)
    second.upgrade()
    version = opened(second)
    monkeypatch.setattr("bot.ledger.postgresql.LONGEST_IDLE", 1)
    first = Ledger(postgresql)
    taken_over = Thread(
        target=lambda: second.commit(KEY, version=version, facts=(), row=replace(ROW, title="Theirs"), unsettled=True)
    )
    with pytest.raises(LedgerError, match="closed the connection"), first._database.writing() as connection:  # noqa: PT012
        connection.exec_driver_sql("UPDATE opportunities SET version = version + 1")
        taken_over.start()
        taken_over.join(20)  # a process that was stopped: the second one's commit is through after a second
        assert not taken_over.is_alive()
    assert (first.load(KEY).version, first.load(KEY).unsettled) == (version + 1, True)
    first.close(), second.close()


def test_a_base_that_moves_and_a_turn_never_wait_for_each_other(postgresql):
    """A commit wakes the pull requests of its opportunity, and a push to the base wakes both."""
    first, second = Ledger(postgresql), Ledger(postgresql)
    first.upgrade()
    opened(first)
    home, over = KEY.partition("#")[0], Event()
    for number in range(2, 5):
        first.watch(Watched(f"{home}!{number}", opportunity=KEY))

    def move():
        while not over.is_set():
            second.base_moved(home, [KEY])

    with ThreadPoolExecutor() as pool:
        moving = pool.submit(move)
        try:
            for _ in range(200):
                with suppress(StaleVersion):
                    version = first.load(KEY).version
                    first.commit(KEY, version=version, facts=[recorded(Entered(1))], row=ROW, unsettled=True)
        finally:
            over.set()
        moving.result()
    first.close(), second.close()


def test_a_database_without_tables_or_from_the_future_is_refused(database_url):
    ledger = Ledger(database_url)
    for call in (ledger.ping, ledger.keys):
        with pytest.raises(LedgerError, match="db upgrade"):
            call()
    ledger.upgrade()
    with ledger._database.writing() as by_hand:
        by_hand.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for call in (ledger.ping, ledger.upgrade):
        with pytest.raises(LedgerError, match="newer version"):
            call()
    ledger.close()


# --- what cannot go on ---------------------------------------------------------------------------------------


def test_what_is_stuck_is_kept_with_its_reason_until_it_goes_on(ledger):
    opened(ledger)
    later = NOON + timedelta(minutes=15)
    refused = Stuck(KEY, SHOWING, "labels: 403 no", 1, 1, NOON, later)
    waits = Stuck("o/r#1", PEOPLE, "people have to act first", 1, 4, NOON + timedelta(hours=1), later)
    ledger.hold(waits)
    ledger.hold(refused)
    refused = replace(refused, tries=2)
    ledger.hold(refused)
    assert ledger.stuck() == [refused, waits]
    assert ledger.load(KEY).stuck == refused
    assert ledger.watched("o/r!1").stuck is None
    stats = ledger.stats()
    assert (stats.stuck, stats.stuck_since) == ({SHOWING: 1, PEOPLE: 1}, NOON)

    assert ledger.hurry() == [KEY], "nobody is hurried by what people have to do"
    assert ledger.hurry("o/r#1") == ["o/r#1"]
    assert ledger.hurry("o/r#2") == []
    assert all(one.again_at != later for one in ledger.stuck())
    ledger.release(KEY)
    assert [one.key for one in ledger.stuck()] == ["o/r#1"]


def test_who_gives_turns_is_counted_where_there_may_be_several(ledger):
    assert ledger.workers() == (0 if ledger.libpq else None)


def test_of_all_who_use_a_database_one_does_what_is_to_be_done_from_time_to_time(ledger, database_url):
    other = Ledger(database_url)
    assert ledger.claim("deliveries", timedelta(minutes=5))
    assert not other.claim("deliveries", timedelta(minutes=5))
    assert other.claim("look", timedelta(minutes=5)), "that is something else"
    assert other.claim("deliveries", timedelta(0))
    other.close()
