"""The pilot is measured by what happened, and what cannot be known yet is not zero."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from bot.published.measures import MEASURES, Measure, Tally, measures, shares, tallied
from bot.published.record import Record, make_record
from tests.pipeline.desk import Need, need_at


def known(need: Need) -> Record:
    return make_record(need.o, need.history, None)


def measured(*needs: Need) -> dict[str, Measure]:
    return measures(tallied(known(need) for need in needs))


def finished() -> Need:
    return need_at(9).pull("ore", "open", 31).pull("ore", "merged", 31)


def test_before_anything_happened_nothing_is_known():
    for found in (measured(), measured(Need())):
        assert {name for name, measure in found.items() if measure.value is not None} == set()
        assert {measure.met for measure in found.values()} == {None}
    assert list(measured()) == list(MEASURES)


def test_one_whole_opportunity_is_measured():
    found = measured(finished())
    assert found["applications"].value == 2
    assert (found["contracted"].value, found["delivered"].value, found["splitting"].value) == (1, 1, 0)
    assert found["value"].value == 650_000
    assert found["days-5"].value == 22, "from June 21 to the closing on July 12, seen the day after"
    assert (found["days-3"].value, found["days-3"].kind.planned, found["days-3"].kind.actual) == (0, 2, 23)
    assert (found["days-to-pay"].value, found["days-to-pay"].kind.planned) == (0, 7)
    assert (found["days-to-receive"].value, found["days-to-receive"].kind.planned) == (0, 26)
    assert found["days-to-done"].value == 22
    met = {name: measure.met for name, measure in found.items() if measure.met is not None}
    assert met == {"applications": True, "posted": False, "contracted": True, "delivered": True, "splitting": True}


def test_one_application_is_not_more_than_one():
    need = need_at(5).says("supplier-1", "/interested confirm").closes()
    applications = measured(need)["applications"]
    assert (applications.value, applications.met) == (1, False)


def test_while_it_is_open_nobody_knows_how_many_will_apply():
    assert measured(need_at(5).says("supplier-1", "/interested confirm"))["applications"].value is None


def test_what_runs_is_neither_a_success_nor_a_failure():
    found = measured(need_at(6))
    assert (found["contracted"].value, found["delivered"].value) == (None, None)
    assert measured(need_at(7))["delivered"].value is None


def test_posted_and_cancelled_had_no_supplier():
    found = measured(need_at(6).says("coordinator", "/cancel no need"), finished())
    assert (found["contracted"].value, found["contracted"].of, found["contracted"].met) == (Fraction(1, 2), 2, False)


def test_a_contract_that_was_ended_was_not_delivered():
    found = measured(need_at(7).says("coordinator", "/terminate nothing came"))
    assert (found["contracted"].value, found["delivered"].value, found["value"].value) == (1, 0, None)


def test_one_like_an_earlier_one_of_the_same_client_is_flagged():
    alike = Need(others={3: "Azure policies"}).at(2)
    splitting = measured(alike, finished())["splitting"]
    assert (splitting.value, splitting.met) == (Fraction(1, 2), False)


@pytest.mark.parametrize("count", [9, 10, 11])
def test_ten_a_year_are_wanted(count):
    tallies = {("posted", 2027): Tally(count, count), ("posted", 2028): Tally(10, 10)}
    posted = measures(tallies)["posted"]
    assert posted.years == {2027: count, 2028: 10}
    assert posted.met == (count >= 10)


def test_years_are_those_in_which_they_came_in():
    found = measures({("days-8", 2027): Tally(2, 8), ("days-8", 2028): Tally(1, 10)})["days-8"]
    assert (found.value, found.of, found.years) == (6, 3, {2027: 4, 2028: 10})


def test_no_days_are_counted_where_a_coordinator_had_it_go_back():
    back = known(need_at(6))
    back = replace(back, entered={**back.entered, 5: back.entered[6] + timedelta(days=1)})
    assert "days-4" in shares(back)
    assert "days-5" not in shares(back)
