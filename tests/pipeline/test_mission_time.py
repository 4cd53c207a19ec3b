"""The mission's dates: what comes due, once, in its order; what a stopped clock moves; Eastern days all the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline.calendar import add_business_days, business_days, eastern_date, end_of, is_business_day, morning_of
from bot.pipeline.decide import next_due, next_look
from bot.pipeline.model import facts as f
from bot.pipeline.model.policy import Policy
from bot.pipeline.rules import Programme
from tests.pipeline.desk import OPENED, Need, body, need_at

WORK = "https://github.com/supplier-1/policies"
SECOND = timedelta(seconds=1)


def eastern(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("America/Toronto")).astimezone(UTC)


def at_time(need: Need, when: datetime) -> Need:
    """What is said next is said at that time."""
    need.now = when - timedelta(minutes=1)
    return need


def due(need: Need) -> datetime | None:
    return next_due(need.o, need.policy)


def reminders(need: Need) -> list[str]:
    return [r.fact.what for r in need.history if isinstance(r.fact, f.Reminded)]


# --- closing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closing", "closes"),
    [("2027-07-12", "2027-07-13T04:00Z"), ("2027-12-15", "2027-12-16T05:00Z"), ("2027-11-08", "2027-11-09T05:00Z")],
)
def test_applications_close_at_the_end_of_the_day_in_ottawa_in_summer_and_in_winter(closing, closes):
    need = Need(text=body(closing=closing, selection="2027-12-21", delivery="2028-01-31")).at(5)
    need.says("supplier-1", "/interested confirm").time_passes()
    assert reminders(need) == ["closing"]
    assert due(need) == datetime.fromisoformat(closes)
    at_time(need, due(need) - SECOND).says("supplier-2", "/interested confirm")
    assert need.answered == ["interested.done"]
    at_time(need, due(need)).says("supplier-3", "/interested confirm")
    assert need.shows("closed-to-applications")
    assert len(need.o.applicants) == 2


def test_late_interest_is_refused_with_the_closing_time():
    need = need_at(5).closes().says("supplier-1", "/interested confirm")
    assert "evaluation.closed" in need.answered
    (why,) = [said for said in need.answer.messages[0].within() if said.name == "evaluation.closed"]
    assert why.args["closing"] == date(2027, 7, 12)


def test_late_interest_is_refused_with_the_closing_time_in_later_steps_too():
    assert "evaluation.closed" in need_at(6).says("supplier-3", "/interested").answered


def test_a_statement_is_refused_that_would_be_open_for_less_than_five_business_days():
    need = need_at(3).edited(body(closing="2027-06-25")).labelled("description-approved", by="coordinator")
    assert "statement.closing-soon" in need.answered
    assert need.edited(body(closing="2027-06-28")).labelled("description-approved", by="coordinator").shows("4/posting")


def test_the_last_day_for_questions_is_two_business_days_before_closing():
    need = need_at(5)
    assert need.status["details"].args["questions_until"] == date(2027, 7, 8)
    at_time(need, eastern(2027, 7, 8, 23, 59)).says("supplier-1", "/ask In time?")
    assert need.answered == ["ask.done"]
    at_time(need, eastern(2027, 7, 9, 0, 0)).says("supplier-1", "/ask Too late?")
    assert need.answered == ["ask.refused-late"]


def test_an_extension_gives_more_time_for_questions():
    need = at_time(need_at(5), eastern(2027, 7, 9, 12)).says("coordinator", "/extend 2027-07-15")
    assert need.says("supplier-1", "/ask And now?").answered == ["ask.done"]


# --- extension -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closing", "selection", "delivery"),
    [
        ("2027-07-14", "2027-07-16", "2027-07-30"),
        ("2027-07-16", "2027-07-22", "2027-07-30"),
        ("2027-07-26", "2027-07-30", "2027-08-13"),
    ],
)
def test_an_extension_moves_the_selection_and_the_delivery_only_where_it_has_to(closing, selection, delivery):
    statement = need_at(5).says("coordinator", f"/extend {closing}").o.statement
    assert [str(day) for day in (statement.closing, statement.selection, statement.delivery)] == [
        closing,
        selection,
        delivery,
    ]


@given(st.integers(1, 200))
@settings(max_examples=30, deadline=None)
def test_after_any_extension_the_dates_are_business_days_in_their_order(days):
    closing = add_business_days(date(2027, 7, 12), days)
    now = need_at(5).says("coordinator", f"/extend {closing}").o.statement
    assert closing == now.closing < now.selection < now.delivery
    assert all(map(is_business_day, (now.closing, now.selection, now.delivery)))


def test_after_an_extension_the_reminder_comes_again_for_the_new_date():
    need = need_at(5).time_passes()
    assert need.status["soon"]
    need.says("coordinator", "/extend 2027-07-20")
    assert not need.status["soon"]
    assert need.time_passes().status["soon"]
    assert need.shows("open")


# --- reminders -----------------------------------------------------------------------------------------------


def test_three_business_days_before_closing_only_the_status_comment_says_so():
    need = need_at(5)
    marks = need.marks
    assert due(need) == eastern(2027, 7, 7, 9)
    need.time_passes()
    assert need.status["soon"]
    assert need.marks == marks
    assert need.answer is None


def test_three_business_days_before_delivery_the_supplier_is_reminded_once():
    need = need_at(7)
    while "delivery" not in reminders(need):
        need.time_passes()
    assert eastern_date(need.now) == date(2027, 7, 27)
    assert need.marks.count("due 2027-07-30 supplier-1") == 1
    comment = next(comment for comment in need.view.comments if comment.mark == "due 2027-07-30 supplier-1")
    assert comment.message.args["supplier"].name == need.o.chosen
    assert need.time_passes(need.now + timedelta(hours=1)).new == []


def test_the_day_after_a_missed_delivery_client_and_coordinator_are_told_what_they_can_do():
    need = need_at(7)
    while "missed" not in reminders(need):
        need.time_passes()
    assert eastern_date(need.now) == add_business_days(date(2027, 7, 30), 1)
    missed = next(comment for comment in need.view.comments if comment.mark == "missed 2027-07-30 supplier-1").message
    assert {(person.name, person.ping) for person in missed.args["people"]} == {("client", True), ("coordinator", True)}
    assert need.status["overdue"]


def test_what_was_delivered_in_time_is_not_reminded_of_nor_missed():
    need = need_at(7)
    need.says(need.o.chosen, f"/deliver {WORK}").time_passes(eastern(2027, 8, 20, 12))
    assert not {"delivery", "missed"} & set(reminders(need))


def test_a_new_delivery_date_has_its_own_reminders():
    need = need_at(7)
    need.time_passes(eastern(2027, 8, 4, 12)).says("coordinator", "/extend 2027-08-20")
    assert not [mark for mark in need.marks if mark.startswith(("due", "missed"))]
    need.time_passes(eastern(2027, 8, 17, 9))
    assert "due 2027-08-20 supplier-1" in need.marks


@pytest.mark.parametrize(
    ("step", "turn", "people"),
    [
        (1, "coordinator", {"coordinator"}),
        (2, "coordinator", {"coordinator"}),
        (3, "client", {"client", "coordinator"}),
        (4, "finance", {"coordinator"}),
        (6, "coordinator", {"coordinator"}),
        (7, "supplier", {"supplier-1", "supplier-2", "coordinator"}),
        (8, "supplier", {"supplier-1", "supplier-2", "coordinator"}),
        (9, "client", {"client", "coordinator"}),
    ],
)
def test_ten_business_days_of_silence_are_told_to_whoevers_turn_it_is(step, turn, people):
    need = need_at(step)
    if step == 4:  # with dates that let it wait
        need.edited(body(closing="2027-08-16", selection="2027-08-20", delivery="2027-09-17"))
        need.labelled("description-approved", by="coordinator")
    day = add_business_days(eastern_date(need.history[-1].at), 10)
    need.time_passes(morning_of(day) - SECOND - timedelta(minutes=1))
    assert f"silence {day}" not in need.marks
    need.time_passes(morning_of(day))
    assert need.shows(f"waiting: {turn}")
    silence = next(comment for comment in need.view.comments if comment.mark == f"silence {day}").message
    told = {person.name for person in silence.args["people"]}
    assert told <= people
    assert "coordinator" in told
    assert silence.args["missing"]


def test_silence_of_the_client_in_step_3_and_while_assessing():
    for need in (need_at(3).edited(body(price="")), need_at(7)):
        if need.o.step == 7:
            need.says(need.o.chosen, f"/deliver {WORK}")
        need.time_passes(morning_of(add_business_days(eastern_date(need.now), 10)))
        silence = next(comment for comment in need.view.comments if comment.mark.startswith("silence")).message
        assert "client" in {person.name for person in silence.args["people"]}


def test_suppliers_who_may_still_apply_are_not_silent():
    need = need_at(5).time_passes(eastern(2027, 7, 12, 20))
    assert reminders(need) == ["closing"]


def test_a_word_ends_the_silence():
    need = need_at(1)
    at_time(need, eastern(2027, 7, 5, 12)).says("client", "We are still looking for a date to meet.")
    need.time_passes(eastern(2027, 7, 12, 12))
    assert "silence" not in reminders(need)
    assert "silence" in reminders(need.time_passes(eastern(2027, 7, 19, 9)))


def test_a_command_that_only_asks_ends_the_silence_too():
    need = need_at(1)
    at_time(need, eastern(2027, 7, 5, 12)).says("client", "/why")
    assert "silence" not in reminders(need.time_passes(eastern(2027, 7, 6, 9)))


def test_silence_is_counted_from_when_the_turn_began_for_who_waited_in_line():
    need = Need(programme=Programme(running=10)).at(2).ticked(2).labelled("eligible", by="coordinator")
    need.programme = Programme()
    need.time_passes(eastern(2027, 8, 16, 12))
    assert need.shows("3/description")
    need.time_passes(need.now + timedelta(hours=1))
    assert not [mark for mark in need.marks if mark.startswith("silence")]


def test_silence_is_counted_from_when_the_turn_began_after_the_closing():
    need = Need(text=body(closing="2027-08-10", selection="2027-08-20", delivery="2027-09-17")).at(5)
    need.says("supplier-1", "/interested confirm").closes().time_passes(need.now + timedelta(hours=10))
    assert need.shows("waiting: client")
    assert not [mark for mark in need.marks if mark.startswith("silence")]


def test_reminders_come_at_nine_in_the_morning_in_summer_and_in_winter():
    for closing, day in (("2027-11-05", (2027, 11, 2)), ("2027-11-10", (2027, 11, 5)), ("2027-11-12", (2027, 11, 8))):
        need = Need(text=body(closing=closing, selection="2027-12-15", delivery="2028-01-31")).at(5)
        assert due(need) == eastern(*day, 9), "the clocks go back on November 7; the 11th is a holiday"


def test_the_policys_days_hold():
    policy = Policy.model_validate({"reminders": {"closing_days": 1, "silence_days": 2}})
    assert due(Need(policy=policy).at(5)) == eastern(2027, 7, 9, 9)
    assert due(Need(policy=policy)) == eastern(2027, 6, 23, 9)


# --- an outage -----------------------------------------------------------------------------------------------


def test_after_an_outage_of_weeks_everything_happens_once_and_in_its_order():
    need = need_at(5).says("supplier-1", "/interested confirm")
    need.time_passes(eastern(2027, 9, 1, 12))
    order = [type(fact).__name__ for fact in need.new]
    assert order[:2] == ["Reminded", "ApplicationsClosed"]
    assert not need.status["soon"], "a reminder of a closing that is past helps nobody"
    assert need.shows("closed-to-applications", "waiting: client")
    assert need.time_passes(need.now + timedelta(minutes=1)).new == []


def test_after_an_outage_over_the_delivery_only_the_missed_date_is_told():
    need = need_at(7).time_passes(eastern(2027, 9, 1, 12))
    days = [fact.day for fact in need.new if isinstance(fact, f.Reminded)]
    assert days == sorted(days)
    assert sorted(fact.what for fact in need.new) == ["delivery", "missed", "silence"]
    assert "due 2027-07-30 supplier-1" not in need.marks
    assert need.marks.count("missed 2027-07-30 supplier-1") == 1


def test_a_closing_waits_for_no_nightly_job():
    need = at_time(need_at(5).time_passes(), eastern(2027, 7, 12, 23))
    assert due(need) - need.now < timedelta(hours=1, minutes=2)
    assert next_look(need.o, need.policy, need.now) == eastern(2027, 7, 13)


# --- hold and resume -----------------------------------------------------------------------------------------


def held_and_resumed(need: Need, on: datetime, until: datetime) -> Need:
    at_time(need, on).says("coordinator", "/hold the budget").time_passes(until - timedelta(minutes=5))
    return at_time(need, until).says("coordinator", "/resume")


def test_nothing_comes_due_while_on_hold():
    for step in range(1, 10):
        need = need_at(step).says("coordinator", "/hold the budget")
        assert due(need) is None
        need.time_passes(need.now + timedelta(days=90))
        assert need.new == []
        assert need.status["turn"] is None


def test_a_hold_over_a_weekend_moves_the_dates_by_the_business_days_of_the_hold():
    need = held_and_resumed(need_at(5), eastern(2027, 6, 25, 12), eastern(2027, 6, 29, 12))
    now = need.o.statement
    assert (now.closing, now.selection) == (date(2027, 7, 14), date(2027, 7, 20))
    assert need.answer.messages[0].args["closing"] == date(2027, 7, 14)


def test_a_hold_over_a_holiday_moves_them_by_what_was_worked():
    need = held_and_resumed(need_at(5), eastern(2027, 6, 30, 12), eastern(2027, 7, 2, 12))  # Canada Day between
    assert need.o.statement.closing == date(2027, 7, 13)


def test_a_hold_of_a_weekend_or_a_few_hours_moves_nothing():
    need = held_and_resumed(need_at(5), eastern(2027, 6, 26, 12), eastern(2027, 6, 27, 12))
    assert need.o.statement.closing == date(2027, 7, 12)
    assert need.answered == ["resume.done"]


def test_a_hold_past_the_closing_leaves_applications_open_as_long_as_they_had_left():
    need = held_and_resumed(need_at(5), eastern(2027, 7, 9, 12), eastern(2027, 9, 8, 12))
    assert need.o.statement.closing == date(2027, 9, 9)
    assert need.shows("open")
    assert need.says("supplier-1", "/interested confirm").answered == ["interested.done"]


def test_a_hold_while_the_work_is_under_way_moves_its_delivery_only():
    need = held_and_resumed(need_at(7), eastern(2027, 7, 19, 12), eastern(2027, 7, 21, 12))
    assert (need.o.statement.delivery, need.o.statement.closing) == (
        add_business_days(date(2027, 7, 30), 2),
        date(2027, 7, 12),
    )


def test_a_hold_before_it_was_posted_or_after_delivery_moves_nothing():
    for need in (need_at(3), need_at(7)):
        if need.o.step == 7:
            need.says(need.o.chosen, f"/deliver {WORK}")
        before = need.o.statement
        held_and_resumed(need, need.now + timedelta(days=1), need.now + timedelta(days=20))
        assert need.o.statement == before


@given(st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24 * 120))
@settings(max_examples=60, deadline=None)
def test_however_long_the_hold_the_business_days_left_stay_the_same(start, length):
    """From October over the end of daylight saving, Remembrance Day and Christmas."""
    need = LATE_IN_THE_YEAR()
    on = eastern(2027, 10, 12, 9) + timedelta(minutes=start)
    until = on + timedelta(minutes=length + 10)
    before = need.o.statement
    held_and_resumed(need, on, until)
    now = need.o.statement
    for name in ("closing", "selection", "delivery"):
        left = business_days(eastern_date(on), getattr(before, name))
        assert business_days(eastern_date(until), getattr(now, name)) == left
        assert is_business_day(getattr(now, name))
    assert due(need) is None or due(need) > need.now or not need.time_passes(need.now).shows("closed-to-applications")


_late: list[Need] = []


def LATE_IN_THE_YEAR() -> Need:
    if not _late:
        _late.append(Need(text=body(closing="2027-11-12", selection="2027-11-19", delivery="2027-12-17")).at(5))
    need = need_at(5)
    need.history, need.now, need.text = list(_late[0].history), _late[0].now, _late[0].text
    return need


# --- the draw ------------------------------------------------------------------------------------------------


def test_the_draw_completes_by_itself_when_its_round_is_out():
    need = need_at(6).says("coordinator", "/draw")
    assert due(need) == need.o.announced.due
    need.randomness[need.o.announced.round] = "cd" * 32
    need.time_passes()
    assert need.o.drawn
    assert need.shows("waiting: supplier")


def test_a_draw_waits_for_a_round_that_is_late():
    need = need_at(6).says("coordinator", "/draw").time_passes()
    assert need.new == []
    need.randomness[need.o.announced.round] = "cd" * 32
    assert need.time_passes(need.now + timedelta(minutes=5)).o.drawn


def test_a_draw_announced_too_late_for_the_public_is_announced_anew():
    need = need_at(6).says("coordinator", "/draw")
    first = need.o.announced
    need.randomness[first.round], need.published = "cd" * 32, first.due + timedelta(hours=1)
    need.now = need.published
    need.time_passes()
    assert not need.o.drawn
    assert need.o.announced.pool == first.pool
    assert need.o.announced.round > first.round
    assert need.o.announced.due > need.now + timedelta(minutes=9)


def test_the_clock_of_an_opportunity_that_ended_stands_still():
    for need in (need_at(2).labelled("not-eligible", by="coordinator"), need_at(6).says("coordinator", "/cancel no")):
        assert due(need) is None
        assert next_look(need.o, need.policy, OPENED) is None
    assert due(need_at(9).pull("ore", "merged", 31)) is None
    assert end_of(date(2027, 7, 12)) == eastern(2027, 7, 12, 23, 59, 59)
