"""Business days of the Government of Canada, in Eastern time.

Closing and delivery dates are calendar dates that end at 23:59:59 in `America/Toronto`; business days are
Monday to Friday without the federal public service's holidays, of which the library lacks Easter Monday
(Treasury Board collective agreements, designated paid holidays).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

EASTERN = ZoneInfo("America/Toronto")


@lru_cache(maxsize=64)
def _federal(year: int) -> frozenset[date]:
    days = holidays.country_holidays("CA", categories=("government",), years=year)
    easter_monday = {day + timedelta(days=3) for day, name in days.items() if name == "Good Friday"}
    return frozenset(days) | easter_monday


def is_business_day(day: date) -> bool:
    """Returns whether the Government of Canada works on a date."""
    return day.weekday() < 5 and day not in _federal(day.year)


def add_business_days(day: date, count: int) -> date:
    """Returns the business day `count` after `day`, or before it for a negative count."""
    step = timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_business_day(day):
            day += step
    return day


def business_days(after: date, until: date) -> int:
    """Counts the business days after one date, up to and with another; 0 if there are none."""
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(is_business_day(day) for day in days)


def end_of(day: date) -> datetime:
    """Returns the last second of a date in Eastern time, as an aware UTC time."""
    return datetime.combine(day, time(23, 59, 59), EASTERN).astimezone(UTC)


def morning_of(day: date) -> datetime:
    """Returns the time of reminders on a date, 9 a.m. in Eastern time, as an aware UTC time."""
    return datetime.combine(day, time(9), EASTERN).astimezone(UTC)


def midnight_after(at: datetime) -> datetime:
    """Returns the beginning of the next date in Eastern time, as an aware UTC time."""
    return datetime.combine(eastern_date(at) + timedelta(days=1), time(), EASTERN).astimezone(UTC)


def eastern_date(at: datetime) -> date:
    """Returns the date in Ottawa at that time."""
    return at.astimezone(EASTERN).date()
