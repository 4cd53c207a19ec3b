"""What the board asks the ledger: each record is found by what it says now, and all of them add up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.ledger import Ledger, Row, StaleVersion
from bot.pipeline.model.facts import Recorded
from bot.pipeline.model.policy import Policy
from bot.published.lists import Filters
from bot.published.measures import tallied
from bot.published.recording import record_of, recorder
from tests.pipeline.desk import Need, need_at

NOON = datetime(2027, 7, 12, 12, tzinfo=UTC)
HOME = "canada-ca/micro-acquisition"
MAKE = recorder(Policy(), lambda: NOON)


def known(need: Need, number: int = 12, **changes):
    return replace(record_of(need.o, need.history, Policy(), NOON), number=number, **changes)


def keep(ledger: Ledger, record, facts=(), version: int | None = None) -> int:
    """Commit a record, as a turn does."""
    key = f"{HOME}#{record.number}"
    version = ledger.load(key).version if version is None else version
    row = Row(record.step, record.status, record.title["en"])
    return ledger.commit(key, version=version, facts=facts, row=row, record=record, unsettled=False)


def numbers(records) -> list[int]:
    return [record.number for record in records]


def done(number: int, **changes):
    return known(need_at(9).pull("ore", "open", 31).pull("ore", "merged", 31), number, **changes)


# --- one record ------------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written(ledger):
    record = known(need_at(9))
    keep(ledger, record)
    assert ledger.record(f"{HOME}#12") == record
    assert ledger.record(f"{HOME}#13") is None


def test_it_is_written_with_its_facts_or_not_at_all(ledger):
    first = known(Need())
    keep(ledger, first)
    for stale in (0, 2):
        with pytest.raises(StaleVersion):
            keep(ledger, replace(first, title={"en": "Older", "fr": "Ancien"}), version=stale)
    naive = Recorded(need_at(1).history[0].fact, datetime(2027, 7, 12), "client", "", "")  # noqa: DTZ001
    with pytest.raises(Exception, match="without a zone"):
        keep(ledger, replace(first, title={"en": "Newer", "fr": "Nouveau"}), facts=[naive])
    assert ledger.record(f"{HOME}#12") == first
    assert [skill.count for skill in ledger.skills("en")] == [1, 1]


def test_every_change_is_told_and_only_a_change(ledger):
    told = [ledger.latest_change()]
    record = known(Need())
    for new in (record, replace(record, turn="client"), replace(record, number=13), replace(record, disputed=True)):
        keep(ledger, new)
        told.append(ledger.latest_change())
        keep(ledger, new)
        assert ledger.latest_change() == told[-1]
    ledger.forget(HOME)
    told.append(ledger.latest_change())
    assert told == sorted(set(told)), "it goes up each time"


# --- lists -----------------------------------------------------------------------------------------------


def test_open_ones_close_soonest_first(ledger):
    for number, day in ((1, 20), (2, 14), (3, 16)):
        keep(ledger, known(need_at(5), number, closing=date(2027, 7, day)))
    keep(ledger, known(need_at(6), 4))
    assert numbers(ledger.open_now()) == [2, 3, 1]
    assert numbers(ledger.open_now(limit=1)) == [2]
    keep(ledger, known(need_at(6), 2))
    assert numbers(ledger.open_now()) == [3, 1]


def test_the_pipeline_shows_each_step_with_how_many_are_in_it(ledger):
    for number in range(1, 5):
        keep(ledger, known(need_at(2), number, updated=NOON + timedelta(minutes=number)))
    keep(ledger, known(need_at(5), 5))
    keep(ledger, done(6))
    shown = ledger.pipeline(limit=3)
    assert {step: (numbers(some.records), some.total) for step, some in shown.items() if some.total} == {
        2: ([4, 3, 2], 4),
        5: ([5], 1),
    }
    assert list(shown) == list(range(1, 10))
    keep(ledger, known(need_at(3), 4))
    assert [ledger.pipeline()[step].total for step in (2, 3)] == [3, 1]


def test_open_ones_and_those_on_their_way_are_found_by_the_same_filters(ledger, monkeypatch):
    maps = {"title": {"en": "Maps", "fr": "Cartes"}, "price": Decimal(3000), "skills": {"en": ("Rust",), "fr": ()}}
    for number in range(1, 8):
        more = maps if number in (2, 5) else {}
        keep(ledger, known(need_at(5), number, closing=date(2027, 7, 30 - number), **more))
    keep(ledger, known(need_at(2), 8, **maps))
    keep(ledger, done(9, **maps))
    wanted = [Filters(text="cart"), Filters(skill="Rust"), Filters(most=Decimal(3000)), Filters(text="maps", year=2027)]
    for many in (60, 1):  # found by a few keys, and on the way through all of them
        monkeypatch.setattr("bot.ledger.board.COUNTED", many)
        for filters in wanted:
            assert numbers(ledger.open_now(filters=filters)) == [5, 2]
            some = ledger.pipeline(filters=filters)
            assert {step: numbers(found.records) for step, found in some.items() if found.total} == {2: [8], 5: [5, 2]}
            first = ledger.pipeline(1, filters)[5]
            assert (numbers(first.records), first.total, first.more) == ([5], 1, True)
        assert ledger.open_now(filters=Filters(text="maps", year=2026)) == ()


def test_past_ones_are_found_by_each_filter(ledger):
    maps = {"en": "Maps of rivers", "fr": "Cartes des rivières"}
    python = {"en": ("Python", "GIS"), "fr": ("Python", "SIG")}
    keep(ledger, done(1, title=maps, skills=python, price=Decimal("4000.00"), updated=NOON))
    keep(ledger, done(2, updated=NOON + timedelta(days=1)))
    keep(ledger, known(need_at(4).says("client", "/cancel no need"), 3, updated=NOON + timedelta(days=2)))
    keep(ledger, known(need_at(5), 4))

    def found(**filters) -> list[int]:
        some = ledger.past(filters=Filters(**filters))
        assert some.total == len(some.records)
        return numbers(some.records)

    assert found() == [3, 2, 1]
    assert found(skill="python") == found(skill=" PYTHON ") == found(skill="sig") == [1]
    assert found(status="cancelled") == [3]
    assert found(year=2027) == [3, 2, 1]
    assert found(year=2026) == []
    assert found(least=Decimal(4001)) == [3, 2]
    assert found(most=Decimal(4000)) == [1]
    assert found(least=Decimal(4000), most=Decimal(4000)) == [1]
    assert found(text="RIVIERE") == found(text="rivières cart") == found(text="maps") == [1]
    assert found(text="iviere") == [], "words are found by their beginnings"
    assert found(text="azure polic") == [3, 2]
    assert found(text="azure", status="done") == [2]
    assert found(text="2") == [2]
    assert found(text="%") == found(text="…") == [3, 2, 1], "signs are no words"
    assert found(skill="cobol") == []


def test_pages_have_the_count_of_all(ledger):
    for number in range(1, 8):
        keep(ledger, done(number, updated=NOON + timedelta(days=number)))
    second = ledger.past(2, 3)
    assert (numbers(second.records), second.total) == ([4, 3, 2], 7)
    filtered = ledger.past(3, 3, Filters(skill="azure"))
    assert (numbers(filtered.records), filtered.total) == ([1], 7)
    assert ledger.past(9, 3).records == ()


def test_a_search_that_fits_very_many_is_counted_so_far_and_no_further(ledger, monkeypatch):
    monkeypatch.setattr("bot.ledger.board.COUNTED", 4)
    maps = {"en": "Maps", "fr": "Cartes"}
    for number in range(1, 8):
        keep(ledger, done(number, updated=NOON + timedelta(days=number), **({"title": maps} if number < 3 else {})))
    some = ledger.past(1, 2, Filters(skill="azure"))
    assert (numbers(some.records), some.total, some.more) == ([7, 6], 4, True)
    last = ledger.past(4, 2, Filters(skill="azure"))
    assert (numbers(last.records), last.total, last.more) == ([1], 7, False), "all of them can be reached"
    assert (ledger.past().total, ledger.past().more) == (7, False)
    for filters in (Filters(skill="azure", text="maps"), Filters(text="powershell carte"), Filters(text="maps carte")):
        found = ledger.past(filters=filters)
        assert (numbers(found.records), found.total, found.more) == ([2, 1], 2, False)


def test_skills_and_years_are_counted(ledger):
    keep(ledger, done(1, skills={"en": ("Éclair", "Azure"), "fr": ("Azur",)}))
    keep(ledger, known(need_at(5), 2))
    assert [(skill.name, skill.written, skill.count) for skill in ledger.skills("en")] == [
        ("azure", "Azure", 2),
        ("eclair", "Éclair", 1),
        ("powershell", "PowerShell", 1),
    ]
    assert [skill.written for skill in ledger.skills("fr")] == ["Azur", "Azure", "PowerShell"]
    assert ledger.years() == {2027: 2}
    keep(ledger, known(need_at(5), 1))
    assert [skill.count for skill in ledger.skills("en")] == [2, 2]


def test_feeds_and_calendars_read_what_is_posted_and_what_comes(ledger):
    keep(ledger, known(need_at(2), 1, updated=NOON))
    keep(ledger, known(need_at(5), 2, updated=NOON + timedelta(hours=2), published=NOON))
    keep(ledger, done(3, updated=NOON + timedelta(hours=1), published=NOON + timedelta(hours=1)))
    assert numbers(ledger.published()) == [3, 2]
    assert numbers(ledger.dated(date(2027, 7, 30))) == [2, 3]
    assert numbers(ledger.dated(date(2027, 7, 31))) == []


def test_all_are_read_in_their_order_a_few_at_a_time(ledger):
    for number in (2, 11, 3, 1, 12):
        keep(ledger, known(need_at(2), number))
    assert [record.number for _, record in ledger.all_records()] == [1, 2, 3, 11, 12]
    assert [key for key, _ in ledger.numbered((HOME, 3), 2)] == [f"{HOME}#11", f"{HOME}#12"]
    assert [record.number for _, record in ledger.numbered_before((HOME, 11), 2)] == [2, 3]


# --- made anew -------------------------------------------------------------------------------------------


def told(ledger: Ledger, need: Need, number: int) -> None:
    """A history that a turn of older code committed, without a record."""
    row = Row(need.o.step, need.o.status, need.o.title)
    key = f"{HOME}#{number}"
    version = ledger.load(key).version
    have = len(ledger.load(key).history)
    ledger.commit(key, version=version, facts=need.history[have:], row=row, unsettled=False)


def test_records_that_are_missing_or_outdated_are_made_from_the_facts(ledger):
    for number in range(1, 46):
        told(ledger, need_at(5 if number % 2 else 2), number)
    heard = []
    assert ledger.derive(MAKE, lambda done, of: heard.append((done, of))) == 45
    assert heard == [(20, 45), (40, 45), (45, 45)]
    assert len(ledger.open_now()) == 23
    record = ledger.record(f"{HOME}#1")
    assert record == known(need_at(5), 1)
    assert ledger.derive(MAKE) == 0

    need = need_at(5).says("supplier-1", "/interested confirm")
    told(ledger, need, 1)
    with ledger._database.writing() as by_hand:
        by_hand.execute(text("UPDATE records SET made_by = 0, data = '{}' WHERE key LIKE '%#2'"))
    before = ledger.latest_change()
    assert ledger.derive(MAKE) == 2
    assert ledger.record(f"{HOME}#1").applicants == 1
    assert ledger.record(f"{HOME}#2") == known(need_at(2), 2)
    assert ledger.latest_change() > before
    assert [skill.count for skill in ledger.skills("en")] == [45, 45], "nothing is counted twice"


def test_processes_that_start_together_make_each_record_once(ledger):
    for number in range(1, 61):
        told(ledger, need_at(5), number)
    wrong = []

    def start():
        try:
            ledger.derive(MAKE)
        except Exception as error:
            wrong.append(error)

    threads = [Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(1, 61, 7):  # and turns are given meanwhile
        keep(ledger, known(need_at(6), number))
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {number for number in range(1, 61) if ledger.record(f"{HOME}#{number}").step == 6} == set(range(1, 61, 7))
    assert [skill.count for skill in ledger.skills("en")] == [60, 60]
    assert ledger.pipeline()[5].total + ledger.pipeline()[6].total == 60


STEPS = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 10)), min_size=1, max_size=8)


@given(STEPS)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_becomes_of_them_the_sums_are_those_of_the_records(ledger, moves):
    ledger.forget(HOME)
    for number, step in moves:
        keep(ledger, done(number) if step == 10 else known(need_at(step), number))
    records = [record for _, record in ledger.all_records()]
    assert ledger.measured() == tallied(records)
    assert {step: some.total for step, some in ledger.pipeline().items() if some.total} == {
        step: len([r for r in records if r.step == step and r.phase != "past"])
        for step in {r.step for r in records if r.phase != "past"}
    }
    assert ledger.past().total == len([record for record in records if record.phase == "past"])
