"""When each mail is planned, against a calendar worked out by hand and against the rules told again in Python."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox import sender
from outbox.models import Delivery
from reminders.planning import AHEAD, plan
from tests.at_once import at_once
from tests.factories import FIRST_DAY
from tests.reminders.following import WARSAW, at, follower, follower_of, keys, plan_through, planned, protest
from tests.reminders.wall import is_quiet, on_the_spot, plan_of

WALL_TIMES = [
    # zone, day, start -> a week before, the day before, on the day
    ("Europe/Warsaw", "2027-10-11", "14:00", "10-04 09:00", "10-10 11:00", "10-11 11:00"),
    ("Europe/Kyiv", "2027-10-11", "11:30", "10-04 09:00", "10-10 11:00", "10-11 08:30"),
    ("Europe/Helsinki", "2027-10-11", "11:00", "10-04 09:00", "10-10 11:00", "10-11 08:00"),
    ("Europe/Vienna", "2027-10-12", "09:30", "10-05 09:00", "10-11 11:00", "10-12 08:00"),
    ("Europe/Warsaw", "2027-10-11", "09:00", "10-04 09:00", "10-10 11:00", "10-11 08:00"),
    ("Europe/Warsaw", "2027-10-11", "08:59", "10-04 09:00", "10-10 11:00", "10-10 20:00"),
    ("Europe/Warsaw", "2027-10-11", "08:30", "10-04 09:00", "10-10 11:00", "10-10 20:00"),
    ("Europe/Warsaw", "2027-10-11", "00:30", "10-04 09:00", "10-10 11:00", "10-10 20:00"),
    ("Europe/Warsaw", "2027-10-11", "23:30", "10-04 09:00", "10-10 11:00", "10-11 20:30"),
    # Clocks go forward in the night to 28 March and back in the night to 31 October.
    ("Europe/Warsaw", "2027-03-28", "09:00", "03-21 09:00", "03-27 11:00", "03-28 08:00"),
    ("Europe/Kyiv", "2027-03-28", "03:30", "03-21 09:00", "03-27 11:00", "03-27 20:00"),
    ("Europe/Lisbon", "2027-03-29", "08:30", "03-22 09:00", "03-28 11:00", "03-28 20:00"),
    ("Europe/Berlin", "2027-04-01", "18:00", "03-25 09:00", "03-31 11:00", "04-01 15:00"),
    ("Europe/Brussels", "2027-10-31", "02:30", "10-24 09:00", "10-30 11:00", "10-30 20:00"),
    ("Europe/Brussels", "2027-10-31", "10:15", "10-24 09:00", "10-30 11:00", "10-31 08:00"),
    ("America/New_York", "2027-11-07", "13:00", "10-31 09:00", "11-06 11:00", "11-07 10:00"),
    ("Asia/Kathmandu", "2027-10-12", "12:00", "10-05 09:00", "10-11 11:00", "10-12 09:00"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "day", "start", "week", "day_before", "hours"), WALL_TIMES)
def test_each_moment_comes_at_the_promised_time_on_the_spot(zone, day, start, week, day_before, hours):
    event = protest(date.fromisoformat(day), time.fromisoformat(start), zone)
    follower(event)
    plan_through(event)
    on_clock = [(moment, due.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")) for moment, due in planned()]
    assert sorted(on_clock) == sorted([("week", week), ("day", day_before), ("hours", hours)])


@pytest.mark.django_db
def test_a_protest_without_an_hour_is_told_of_the_day_before_only():
    event = protest(start=None)
    follower(event)
    for hour in range(24 * 9):
        plan(at("10-03 00:50") + timedelta(hours=hour))
    assert planned() == [("day", at("10-10 11:00"))]


@pytest.mark.django_db
def test_nothing_is_planned_earlier_than_it_need_be():
    follower(protest())
    plan(at("10-04 09:00") - AHEAD - timedelta(seconds=1))
    assert planned() == []
    plan(at("10-04 09:00") - AHEAD)
    assert planned() == [("week", at("10-04 09:00"))]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"week_before": False}, ["day", "hours"]),
        ({"day_before": False}, ["week", "hours"]),
        ({"on_the_day": False}, ["week", "day"]),
        ({"week_before": False, "day_before": False, "on_the_day": False}, []),
    ],
)
def test_the_follower_chooses_the_moments(chosen, expected):
    event = protest()
    follower(event, **chosen)
    plan_through(event)
    assert [moment for moment, _due in planned()] == expected


ZONES = [
    "Europe/Kyiv",
    "Europe/Warsaw",
    "Europe/Lisbon",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Auckland",
]


CHANGES_OF_CLOCKS = [date(2027, 3, 28), date(2027, 10, 31), date(2027, 4, 4), date(2027, 11, 7), date(2027, 10, 3)]


@pytest.mark.django_db
@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    night=st.sampled_from(CHANGES_OF_CLOCKS),
    days=st.integers(-2, 8),
    minute=st.one_of(st.none(), st.integers(0, 24 * 60 - 1)),
)
def test_any_start_in_any_zone_is_planned_at_the_right_wall_time_and_never_at_night(zone, night, days, minute):
    with transaction.atomic():
        start = None if minute is None else time(minute // 60, minute % 60)
        event = protest(night + timedelta(days=days), start, zone)
        follower(event)
        plan_through(event)
        assert dict(planned()) == plan_of(event)
        assert not [due for _moment, due in planned() if is_quiet(due, ZoneInfo(zone))]
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_planning_every_minute_makes_each_mail_once():
    event = protest()
    follower(event)
    for minute in range(0, 40, 5):
        plan(at("10-11 10:40") + timedelta(minutes=minute))
    assert planned() == [("day", at("10-11 10:40")), ("hours", at("10-11 11:00"))]


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_make_each_mail_once():
    event = protest()
    for _n in range(30):
        follower(event)
    follower_of("country", country="PL")
    at_once(*[lambda: plan(at("10-10 10:55"))] * 4)
    assert Delivery.objects.filter(letter="reminder", ids__moment="day").count() == 30
    assert len(keys()) == len(set(keys()))
    assert Delivery.objects.filter(letter="digest", ids__moment="day").count() == 1


@pytest.mark.django_db
def test_a_reminder_hours_before_the_start_waits_behind_none_for_another_day():
    tomorrow, today = protest(FIRST_DAY + timedelta(days=1)), protest(start=time(14, 30))
    for _n in range(3):
        follower(tomorrow)
    follower(today)
    follower_of("country", country="PL")
    with time_machine.travel(at("10-11 11:45"), tick=False):
        for moment in ("10-11 10:50", "10-11 11:45"):
            plan(at(moment))
        leaving = [(row.letter, row.ids["moment"]) for row in sender.claim(limit=10)]
    assert leaving == [
        *[("reminder", "hours")],
        *[("reminder", "day")] * 4,
        *[("digest", "hours"), ("digest", "day")],
    ]


@pytest.mark.django_db
def test_planning_takes_as_many_statements_however_many_follow(django_assert_num_queries):
    event = protest()
    for _n in range(20):
        follower(event)
    with django_assert_num_queries(3):
        plan(at("10-10 10:55"))
    assert len(planned()) == 20


@pytest.mark.django_db
def test_the_planner_asks_no_other_clock():
    """PostgreSQL's clock stands in 2026 and Python's in 2030: only the time handed in counts."""
    follower(protest())
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC)):
        plan(at("10-10 10:55"))
    assert planned() == [("day", at("10-10 11:00"))]
    assert on_the_spot(date(2027, 10, 10), time(11), WARSAW) == at("10-10 11:00")
