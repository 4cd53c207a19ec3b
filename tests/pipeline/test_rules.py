"""Money, dates and the draw: rules that have a source to be held against."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.calendar import add_business_days, business_days, end_of, is_business_day
from bot.pipeline.draw import rfc3797 as draw
from bot.pipeline.money import Money, amount


def test_the_worked_example_of_rfc_3797():
    key = draw.key(9319, [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45])
    assert key == "9319./2.5.8.10.12./9.18.26.34.41.45./"
    assert draw.order(range(1, 26), key)[:3] == (17, 7, 2)


@given(st.lists(st.text(), unique=True), st.integers(0, 2**256 - 1))
def test_a_draw_gives_everyone_one_place_and_the_same_place_again(pool, randomness):
    key = draw.beacon_key(f"{randomness:064x}")
    assert sorted(draw.order(pool, key)) == sorted(pool)
    assert draw.order(pool, key) == draw.order(pool, key)


@given(st.integers(1609459200, 4102444800), st.integers(1, 600))
def test_the_announced_round_is_the_first_one_not_yet_out(seconds, period):
    moment = datetime.fromtimestamp(seconds, UTC)
    number, due = draw.round_after(moment, 1595431050, period)
    assert 0 <= (due - moment).total_seconds() < period
    assert due.timestamp() == 1595431050 + (number - 1) * period


def test_the_highest_price_under_the_ceiling():
    assert Money(Decimal(8690)).highest_total() <= Money(Decimal(10000))
    assert Money(Decimal(8700)).highest_total() > Money(Decimal(10000))


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("$6,500", "6500"),
        ("6 500 $", "6500"),
        ("6\u00a0500,00\u00a0$", "6500"),
        ("6500.50", "6500.50"),
        ("CA$6,500.00 (excluding taxes)", "6500"),
        ("6 500$ (hors les taxes)", "6500"),
        ("a lot", None),
        ("6.5", None),
        ("-5", None),
        ("9" * 26, None),
        ("", None),
    ],
)
def test_amounts_as_people_write_them(text, dollars):
    found = amount(text)
    assert (found.dollars if found else None) == (Decimal(dollars) if dollars else None)


def test_business_days_pass_over_weekends_and_federal_holidays():
    assert not is_business_day(date(2027, 7, 1))  # Canada Day
    assert not is_business_day(date(2027, 3, 29))  # Easter Monday
    assert not is_business_day(date(2027, 9, 30))  # National Day for Truth and Reconciliation
    assert add_business_days(date(2027, 7, 2), -1) == date(2027, 6, 30)
    assert business_days(date(2027, 6, 30), date(2027, 7, 5)) == 2


def test_days_end_in_ottawa_in_winter_and_in_summer():
    assert end_of(date(2027, 1, 15)) == datetime(2027, 1, 16, 4, 59, 59, tzinfo=UTC)
    assert end_of(date(2027, 7, 12)) == datetime(2027, 7, 13, 3, 59, 59, tzinfo=UTC)
