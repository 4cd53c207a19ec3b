"""One opportunity in short, as it stands along the road, off the road, and at any moment of any history."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline.model.fold import fold
from bot.pipeline.model.signals import IssueRemoved
from bot.pipeline.steps import turn_of
from bot.published.record import MILESTONES, Record, make_record
from tests.pipeline.desk import ISSUE, Need, body, need_at
from tests.pipeline.test_mission_monkey import doings, story


def known(need: Need) -> Record:
    turn = turn_of(need.o, need.moment)
    return make_record(need.o, need.history, turn.value if turn else None)


def test_a_need_that_has_just_come_in():
    new = known(Need())
    assert (new.repository, new.number, new.url) == ("canada-ca/micro-acquisition", 12, ISSUE)
    assert (new.phase, new.status, new.step, new.turn) == ("pipeline", "active", 1, "coordinator")
    assert new.title == {"en": "Azure policies", "fr": "Politiques Azure"}
    assert new.skills == {"en": ("PowerShell", "Azure"), "fr": ("PowerShell", "Azure")}
    assert (new.client, new.price, new.closing) == ("client", Decimal("6500.00"), date(2027, 7, 12))
    assert (list(new.events), list(new.entered)) == (["opened"], [1])


def test_a_title_in_one_language_serves_both_and_the_issue_has_one_anyway():
    assert known(Need(text=body(title_fr=""))).title == {"en": "Azure policies", "fr": "Azure policies"}
    assert known(Need(text=body(skills_en=""))).skills["en"] == ("PowerShell", "Azure")


def test_open_for_applications():
    need = need_at(5).says("supplier-1", "/interested confirm").says("supplier-2", "/interested")
    need.says("supplier-1", "/ask Why?").says("supplier-2", "/ask How?").says("client", "/answer Q2 en: So. fr: Ainsi.")
    now = known(need)
    assert (now.phase, now.turn, now.applicants, now.questions, now.answered) == ("open", "supplier", 1, 2, 1)
    assert now.posting == "https://github.com/pulls/30"
    assert [name for name in now.events if name not in ("opened", "client-verified", "eligible")] == [
        "description-approved",
        "funds-reserved",
        "posted",
    ]
    need.says("coordinator", "/hold the budget is reviewed")
    assert (known(need).phase, known(need).on_hold, known(need).turn) == ("open", True, None)


def test_closed_it_is_on_its_way_again():
    now = known(need_at(6))
    assert (now.phase, now.applicants, now.passed, now.supplier) == ("pipeline", 2, 2, None)
    assert list(now.events)[-1] == "closed-to-applications"


def test_dates_that_moved_are_there_as_they_were_posted():
    need = need_at(5)
    assert known(need).first == {}
    need.says("coordinator", "/extend 2027-07-19")
    now = known(need)
    assert (now.closing, now.first["closing"]) == (date(2027, 7, 19), date(2027, 7, 12))
    assert now.selection is not None
    assert now.selection > date(2027, 7, 19)
    assert now.first == {"closing": date(2027, 7, 12), "selection": date(2027, 7, 16)}


def test_all_the_way_to_the_exchange():
    need = need_at(9).pull("ore", "open", 31)
    assert known(need).entry == "https://github.com/pulls/31"
    need.pull("ore", "merged", 31)
    end = known(need)
    assert (end.phase, end.status, end.turn) == ("past", "done", None)
    assert (end.supplier, end.code) == (need.o.chosen, "https://github.com/supplier-1/policies")
    assert list(end.events) == [name for name in MILESTONES if name not in ("cancelled", "terminated")]
    assert list(end.entered) == list(range(1, 10))
    assert list(end.events.values()) == sorted(end.events.values())
    assert end.updated == end.events["done"]


def test_what_was_taken_back_has_no_date():
    need = need_at(8).labelled("invoice-received", by="finance")
    assert "invoice-received" in known(need).events
    need.labelled("invoice-received", by="finance", on=False)
    assert "invoice-received" not in known(need).events


def test_cancelled_with_its_reason():
    end = known(need_at(4).says("client", "/cancel the need has gone away"))
    assert (end.phase, end.status, end.ended) == ("past", "cancelled", "the need has gone away")
    assert list(end.events)[-1] == "cancelled"


def test_an_issue_that_is_gone_cancels_what_was_going_and_leaves_what_was_done():
    end = known(need_at(7).heard(IssueRemoved()))
    assert (end.phase, end.status, list(end.events)[-1]) == ("past", "cancelled", "cancelled")
    done = need_at(9).pull("ore", "open", 31).pull("ore", "merged", 31).heard(IssueRemoved())
    assert (known(done).status, list(known(done).events)[-1]) == ("done", "done")


def test_a_terminated_contract_is_told_and_the_next_supplier_begins_anew():
    need = need_at(7)
    first = need.o.chosen
    need.says(first, "/deliver https://github.com/supplier-1/policies/pull/1")
    need.says("coordinator", "/terminate nothing usable came")
    ended = known(need)
    assert (ended.supplier, ended.turn) == (None, "coordinator")
    assert {"drawn", "confirmed", "terms-signed", "delivered", "terminated"} <= ended.events.keys()
    need.says("coordinator", "/next")
    again = known(need)
    assert (again.step, again.supplier, list(again.entered)) == (6, None, [1, 2, 3, 4, 5, 6])
    assert {"drawn", "terminated"} <= again.events.keys()
    assert not {"confirmed", "terms-signed", "delivered"} & again.events.keys()
    need.says(need.o.chosen, "/confirm")
    assert known(need).supplier == need.o.chosen != first


def test_another_run_begins_with_its_description():
    need = need_at(5).closes()
    need.says("coordinator", "/repost")
    again = known(need)
    assert (again.run, again.step, again.phase, again.applicants) == (2, 3, "pipeline", 0)
    assert list(again.events) == ["opened", "client-verified", "eligible", "funds-reserved"]
    assert (list(again.entered), again.first, again.posting) == ([1, 2, 3], {}, "")


def test_earlier_ones_that_look_alike_are_named():
    need = Need(others={3: "Azure policies"}).at(2)
    assert known(need).resembles == (3,)


@given(st.integers(1, 9), doings)
@settings(deadline=None)
def test_at_every_moment_of_whatever_happens_it_agrees_with_the_opportunity(step, doings):
    need = story(step, doings)
    for length in range(len(need.history) + 1):
        history = need.history[:length]
        o = fold("canada-ca/micro-acquisition", 12, history)
        now = make_record(o, history, None)
        assert (now.status, now.step, now.run) == (o.status, o.step, o.run)
        assert (now.phase == "past") == (o.status in ("done", "cancelled"))
        assert (now.phase == "open") == o.open
        assert {name: at for name, at in now.events.items() if name in o.signals} == {
            name: at for name, at in o.signals.items() if name in MILESTONES
        }
        assert ("done" in now.events, "cancelled" in now.events) == (o.status == "done", o.status == "cancelled")
        assert now.updated == (max(recorded.at for recorded in history) if history else None)
        assert list(now.events) == [name for name in MILESTONES if name in now.events]
        assert now.supplier is None or {"confirmed", "drawn"} <= now.events.keys()
