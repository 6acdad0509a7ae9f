"""When each mail is planned, against a calendar worked out by hand and against the rules told again in Python."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from events.models import Event, EventChange
from outbox import sender
from outbox.models import Delivery, Recipient
from reminders.models import Subscription
from reminders.planning import AHEAD, plan
from tests.at_once import at_once
from tests.factories import (
    FIRST_DAY,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    EventFactory,
    RecipientFactory,
    SubscriptionFactory,
)
from tests.reminders.wall import is_quiet, on_the_spot, plan_of

LONG_BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")


def protest(day=FIRST_DAY, start=time(14), zone="Europe/Warsaw", **values):
    """A protest that was published long ago."""
    values = {"created_at": LONG_BEFORE, "start_time": start, "end_time": None, "day": day, "timezone": zone, **values}
    return EventFactory(**values)


def follower(event=None, confirmed_at=LONG_BEFORE, **values):
    if event is not None:
        values["event"] = event
    return SubscriptionFactory(created_at=confirmed_at, confirmed_at=confirmed_at, **values)


def follower_of(scope, recipient=None, confirmed_at=LONG_BEFORE, **values):
    """A follower of a city, a country or the campaign of 2027."""
    return Subscription.objects.create(
        recipient=recipient or RecipientFactory(),
        campaign=CampaignFactory(),
        scope=scope,
        created_at=confirmed_at,
        confirmed_at=confirmed_at,
        **values,
    )


def at(text, zone=WARSAW):
    """“10-11 09:00” of 2027 on the clocks of *zone*."""
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def planned(letter="reminder"):
    """What lies in the outbox: (moment, not before)."""
    rows = Delivery.objects.filter(letter=letter).order_by("not_before", "pk")
    return [(row.ids["moment"], row.not_before) for row in rows]


def keys():
    return sorted(Delivery.objects.values_list("key", flat=True))


def plan_through(event, *, until=None):
    """Run the planner like beat does, but only just before each moment is due."""
    for due in sorted(plan_of(event).values()):
        plan(due - timedelta(minutes=7))
    if until:
        plan(until)


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


# ---- Late, and catching up ----


@pytest.mark.django_db
def test_whoever_confirms_late_gets_the_info_at_once_even_at_night():
    event = protest()
    follower(event, confirmed_at=at("10-08 23:10"))
    plan(at("10-08 23:11"))
    assert planned() == [("week", at("10-08 23:11"))]


@pytest.mark.django_db
def test_whoever_confirms_on_the_day_gets_only_what_is_still_ahead():
    event = protest()
    follower(event, confirmed_at=at("10-11 11:30"))
    plan(at("10-11 11:31"))
    assert planned() == [("hours", at("10-11 11:31"))]


@pytest.mark.django_db
def test_whoever_confirms_after_the_start_gets_nothing():
    follower(protest(), confirmed_at=at("10-11 14:01"))
    plan(at("10-11 14:02"))
    assert planned() == []


@pytest.mark.django_db
def test_catching_up_after_downtime_waits_for_the_morning():
    follower(protest())
    plan(at("10-10 22:30"))
    assert planned() == [("day", at("10-11 08:00"))]


@pytest.mark.django_db
def test_catching_up_by_day_is_at_once():
    follower(protest())
    plan(at("10-10 17:30"))
    assert planned() == [("day", at("10-10 17:30"))]


@pytest.mark.django_db
def test_catching_up_does_not_wait_for_a_morning_that_is_too_late():
    follower(protest(start=time(8, 15)))
    plan(at("10-11 05:00"))
    assert planned() == [("hours", at("10-11 05:00"))]


@pytest.mark.django_db
def test_a_moment_is_not_made_up_for_once_the_next_one_is_due():
    follower(protest())
    plan(at("10-10 11:30"))
    assert planned() == [("day", at("10-10 11:30"))]


@pytest.mark.django_db
def test_a_digest_that_was_empty_is_made_anew_when_something_changes_and_not_each_minute(delivered):
    event = protest()
    other = protest(state="cancelled")
    follower_of("country", country="PL", recipient=follower(event).recipient)

    def made(clock):
        with time_machine.travel(at(f"10-11 {clock}"), tick=False):
            plan(at(f"10-11 {clock}"))
            delivered()
        return list(Delivery.objects.filter(letter="digest").order_by("pk").values_list("reason", flat=True))

    for clock in ("08:00", "08:01", "08:02"):
        assert made(clock) == ["nothing to tell"]
    Event.objects.filter(pk=other.pk).update(state="published")
    EventChange.objects.create(event=other, kind="restored", at=at("10-11 08:03"), before={}, after={})
    assert made("08:03") == ["nothing to tell", ""]


# ---- The plan follows the protest ----


@pytest.mark.django_db
def test_a_moved_protest_is_reminded_of_at_its_new_time_only():
    event = protest()
    follower(event)
    plan(at("10-04 08:55"))
    event.start_time = time(17)
    event.time_set_at = at("10-09 12:00")
    event.save()
    event.refresh_from_db()
    plan_through(event, until=at("10-11 16:00"))
    assert planned() == [
        ("week", at("10-04 09:00")),
        ("day", at("10-10 11:00")),
        ("hours", at("10-11 14:00")),
    ]


@pytest.mark.django_db
def test_a_moment_that_was_over_when_the_time_was_set_is_left_to_the_notice():
    event = protest(time_set_at=at("10-10 12:00"))
    follower(event)
    plan(at("10-10 12:01"))
    assert planned() == []


@pytest.mark.django_db
def test_whoever_confirms_after_the_move_had_no_notice_and_gets_the_reminder():
    event = protest(time_set_at=at("10-10 12:00"))
    follower(event, confirmed_at=at("10-10 12:30"))
    plan(at("10-10 12:31"))
    assert planned() == [("day", at("10-10 12:31"))]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [Event.State.CANCELLED, Event.State.HIDDEN, Event.State.SUBMITTED])
def test_what_does_not_take_place_or_is_not_public_is_not_reminded_of(state):
    event = protest(state=state)
    follower(event)
    follower_of("country", country="PL")
    plan(at("10-10 10:55"))
    assert keys() == []


@pytest.mark.django_db
@pytest.mark.parametrize("gone", ["suspended_at", "never_again_at"])
def test_nobody_is_planned_for_who_cannot_be_written_to(gone):
    recipient = RecipientFactory(**{gone: LONG_BEFORE})
    follower(protest(), recipient=recipient)
    follower_of("country", recipient, country="PL")
    plan(at("10-10 10:55"))
    assert keys() == []


@pytest.mark.django_db
def test_nobody_is_planned_for_who_has_not_confirmed():
    SubscriptionFactory(event=protest(), created_at=LONG_BEFORE, confirmed_at=None)
    Subscription.objects.update(confirmed_at=None)
    plan(at("10-10 10:55"))
    assert keys() == []


# ---- Digests ----


@pytest.mark.django_db
def test_a_digest_comes_per_day_and_moment_in_the_zone_of_the_scope():
    city = CityFactory()
    for _n in range(3):
        protest(city=city)
    protest(FIRST_DAY + timedelta(days=1), city=city)
    follower_of("city", city=city)
    for due in ["10-04 09:00", "10-05 09:00", "10-10 11:00", "10-11 08:00", "10-11 11:00", "10-12 08:00"]:
        plan(at(due) - timedelta(minutes=7))
        Delivery.objects.update(state=Delivery.State.SENT)
    assert planned("digest") == [
        ("week", at("10-04 09:00")),
        ("week", at("10-05 09:00")),
        ("day", at("10-10 11:00")),
        ("hours", at("10-11 08:00")),
        ("day", at("10-11 11:00")),
        ("hours", at("10-12 08:00")),
    ]


@pytest.mark.django_db
def test_a_country_s_digest_follows_its_capital_s_clock():
    CampaignCountryFactory(country="FI", timezone="Europe/Helsinki")
    city = CityFactory(geoname_id=658225, country="FI", name="Helsinki", slug="helsinki", timezone="Europe/Helsinki")
    protest(zone="Europe/Helsinki", country="FI", city=city)
    follower_of("country", country="FI")
    helsinki = ZoneInfo("Europe/Helsinki")
    plan(at("10-10 10:55", helsinki))
    assert planned("digest") == [("day", at("10-10 11:00", helsinki))]


@pytest.mark.django_db
def test_following_several_scopes_makes_one_digest_at_the_earliest_of_their_times():
    CampaignCountryFactory(country="FI", timezone="Europe/Helsinki")
    city = CityFactory(geoname_id=658225, country="FI", name="Helsinki", slug="helsinki", timezone="Europe/Helsinki")
    protest(zone="Europe/Helsinki", country="FI", city=city)
    somebody = RecipientFactory()
    for scope, values in [("country", {"country": "FI"}), ("city", {"city": city}), ("campaign", {})]:
        follower_of(scope, somebody, **values)
    helsinki = ZoneInfo("Europe/Helsinki")
    for minutes in range(0, 120, 10):
        plan(at("10-10 10:50", helsinki) + timedelta(minutes=minutes))
    assert planned("digest") == [("day", at("10-10 11:00", helsinki))]


@pytest.mark.django_db
def test_no_digest_for_a_place_where_nothing_happens():
    protest()
    follower_of("country", country="DE")
    plan(at("10-10 10:55"))
    assert keys() == []


@pytest.mark.django_db
def test_a_protest_published_after_the_digest_was_due_is_left_to_the_notice():
    protest(time_set_at=at("10-10 14:00"))
    follower_of("country", country="PL")
    plan(at("10-10 14:01"))
    assert planned("digest") == []


@pytest.mark.django_db
def test_whoever_confirms_minutes_before_the_next_moment_gets_one_mail():
    follower(protest(), confirmed_at=at("10-10 10:50"))
    plan(at("10-10 10:51"))
    plan(at("10-10 11:01"))
    assert planned() == [("day", at("10-10 11:00"))]


@pytest.mark.django_db
@pytest.mark.parametrize("confirmed_at", [LONG_BEFORE, at("10-08 12:00"), at("10-08 23:00")])
def test_following_a_protest_and_its_country_makes_one_mail_at_each_moment(confirmed_at):
    event = protest()
    somebody = RecipientFactory()
    follower(event, recipient=somebody, confirmed_at=confirmed_at)
    follower_of("country", somebody, confirmed_at, country="PL")
    plan(max(confirmed_at + timedelta(minutes=1), at("10-04 08:55")))
    plan(at("10-10 10:55"))
    assert [moment for moment, _due in planned("digest")] == ["week", "day"]
    assert planned() == []
    plan(at("10-11 10:55"))
    assert planned() == [("hours", at("10-11 11:00"))]


@pytest.mark.django_db
def test_a_reminder_stands_in_for_a_digest_that_was_dropped_and_comes_too_late():
    event = protest()
    somebody = RecipientFactory()
    follower(event, recipient=somebody)
    follower_of("country", somebody, country="PL")
    plan(at("10-10 10:55"))
    set_state(event, "hidden")
    Delivery.objects.update(state=Delivery.State.SKIPPED, reason="nothing to tell", finished_at=at("10-10 11:00"))
    set_state(event, "published")
    plan(at("10-11 09:00"))
    assert planned() == [("day", at("10-11 09:00"))]


@pytest.mark.django_db
def test_a_protest_followed_after_the_digest_left_has_a_reminder_of_its_own():
    event = protest()
    somebody = RecipientFactory()
    follower_of("country", somebody, country="PL")
    plan(at("10-04 08:55"))
    Delivery.objects.update(state=Delivery.State.SENT, finished_at=at("10-04 09:00"))
    follower(event, recipient=somebody, confirmed_at=at("10-07 10:00"))
    plan(at("10-07 10:01"))
    assert planned() == [("week", at("10-07 10:01"))]


@pytest.mark.django_db
def test_a_scope_that_does_not_want_this_moment_leaves_the_reminder_alone():
    event = protest()
    somebody = RecipientFactory()
    follower(event, recipient=somebody)
    follower_of("country", somebody, country="PL", day_before=False)
    plan(at("10-10 10:55"))
    assert planned() == [("day", at("10-10 11:00"))]
    assert planned("digest") == []


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


WAYS_OUT_AND_BACK = {
    "cancelled": (lambda event, _s: set_state(event, "cancelled"), lambda event, _s: set_state(event, "published")),
    "hidden": (lambda event, _s: set_state(event, "hidden"), lambda event, _s: set_state(event, "published")),
    "left": (lambda _e, s: s.delete(), lambda event, s: follower(event, recipient=s.recipient)),
    "not chosen": (lambda _e, s: choose(s, day_before=False), lambda _e, s: choose(s, day_before=True)),
    "paused": (lambda _e, s: pause(s, at("10-20 08:00")), lambda _e, s: pause(s, None)),
    "address suspended": (lambda _e, s: suspend(s, LONG_BEFORE), lambda _e, s: suspend(s, None)),
}


def set_state(event, state):
    Event.objects.filter(pk=event.pk).update(state=state)


def choose(subscription, **moments):
    Subscription.objects.filter(pk=subscription.pk).update(**moments)


def pause(subscription, until):
    Recipient.objects.filter(pk=subscription.recipient_id).update(paused_until=until)


def suspend(subscription, when):
    Recipient.objects.filter(pk=subscription.recipient_id).update(suspended_at=when)


@pytest.mark.parametrize("way", WAYS_OUT_AND_BACK)
@pytest.mark.django_db
def test_what_was_dropped_and_is_wanted_again_is_sent_once(way, delivered):
    out, back = WAYS_OUT_AND_BACK[way]
    event = protest(state="published")
    subscription = follower(event)
    with time_machine.travel(at("10-10 10:58"), tick=False) as clock:
        plan(at("10-10 10:58"))
        out(event, subscription)
        clock.move_to(at("10-10 11:01"))
        assert delivered() == []
        plan(at("10-10 11:01"))
        assert Delivery.objects.get().state == "skipped"
        clock.move_to(at("10-10 11:05"))
        back(event, subscription)
        for minute in (5, 6, 7):
            clock.move_to(at(f"10-10 11:{minute:02}"))
            plan(at(f"10-10 11:{minute:02}"))
            mails = delivered()
    assert [mail.to for mail in mails] == [subscription.recipient.address]


@pytest.mark.django_db
def test_a_protest_that_moved_away_and_back_reminds(delivered):
    event = protest(state="published")
    follower(event)
    start = event.starts_at
    with time_machine.travel(at("10-10 10:58"), tick=False) as clock:
        plan(at("10-10 10:58"))
        Event.objects.filter(pk=event.pk).update(starts_at=start + timedelta(hours=1), start_time=time(15))
        clock.move_to(at("10-10 11:01"))
        assert delivered() == []
        Event.objects.filter(pk=event.pk).update(starts_at=start, start_time=time(14))
        clock.move_to(at("10-10 11:02"))
        plan(at("10-10 11:02"))
        assert len(delivered()) == 1
