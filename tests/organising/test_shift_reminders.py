"""Helpers are reminded the day before and three hours before, never at night, at the hour that holds by then; and told
of what becomes of the protest."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from events.actions import change_state, record_change
from events.models import Event, EventChange
from organising import shift_notices, shift_planning, tasks
from organising.actions import cancel_event, shifts
from organising.actions.shifts import Need
from organising.models import HelpersTold, Shift
from organising.models.shifts import distance_from
from outbox.models import Delivery
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import (
    FIRST_DAY,
    EventFactory,
    OrganiserFactory,
    RecipientFactory,
    ShiftFactory,
    ShiftSignUpFactory,
    UserFactory,
)
from tests.reminders.conftest import Mail
from tests.reminders.wall import is_quiet, on_the_spot

LONG_BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")
HOUR = timedelta(hours=1)


def at(text: str, zone: ZoneInfo = WARSAW) -> datetime:
    """“10-11 09:00” of 2027 on the clocks of *zone*."""
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def clock(text: str) -> datetime:
    """What the clock on the spot shows."""
    return at(text).replace(tzinfo=None)


def protest(day: date = FIRST_DAY, start: time = time(14), zone: str = "Europe/Warsaw", **values: Any) -> Event:
    values = {"created_at": LONG_BEFORE, "start_time": start, "end_time": None, "day": day, "timezone": zone, **values}
    return EventFactory(**values)


def shift_at(event: Event, local: datetime, hours: int = 2) -> Shift:
    start = distance_from(event, local)
    return ShiftFactory(event=event, starts_after=start, ends_after=start + hours * HOUR, created_at=LONG_BEFORE)


def helper(shift: Shift, **values: Any) -> Any:
    return ShiftSignUpFactory(shift=shift, created_at=LONG_BEFORE, **values)


def planned(zone: ZoneInfo = WARSAW) -> list[tuple[str, str]]:
    """The reminders in the outbox: the moment, and when it leaves on the clock there."""
    rows = Delivery.objects.filter(letter="shift_reminder").order_by("not_before", "pk")
    return [(row.ids["moment"], f"{row.not_before.astimezone(zone):%m-%d %H:%M}") for row in rows]


def go_through(first: datetime, last: datetime, every: timedelta = timedelta(minutes=30)) -> None:
    """Do what beat does, from one moment to another."""
    while first <= last:
        shift_planning.plan(first)
        first += every


WALL_TIMES = [
    # zone, the shift, the day before, some hours before
    ("Europe/Warsaw", "2027-10-11 12:00", "10-10 11:00", "10-11 09:00"),
    ("Europe/Warsaw", "2027-10-11 14:00", "10-10 11:00", "10-11 11:00"),
    ("Europe/Kyiv", "2027-10-11 09:00", "10-10 11:00", "10-11 08:00"),
    ("Europe/Kyiv", "2027-10-11 08:59", "10-10 11:00", "10-10 20:00"),
    ("Europe/Vienna", "2027-10-11 07:00", "10-10 11:00", "10-10 20:00"),
    ("Europe/Vienna", "2027-10-12 00:30", "10-11 11:00", "10-11 20:00"),
    ("Europe/Vienna", "2027-10-11 23:30", "10-10 11:00", "10-11 20:30"),
    # The day before and the day after the protest.
    ("Europe/Warsaw", "2027-10-10 18:00", "10-09 11:00", "10-10 15:00"),
    ("Europe/Warsaw", "2027-10-12 10:00", "10-11 11:00", "10-12 08:00"),
    # Clocks go forward in the night to 28 March and back in the night to 31 October.
    ("Europe/Warsaw", "2027-03-28 12:00", "03-27 11:00", "03-28 09:00"),
    ("Europe/Brussels", "2027-10-31 10:15", "10-30 11:00", "10-31 08:00"),
    ("America/New_York", "2027-11-07 15:00", "11-06 11:00", "11-07 12:00"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "start", "day_before", "hours_before"), WALL_TIMES)
def test_each_reminder_leaves_at_its_time_on_the_spot(
    zone: str, start: str, day_before: str, hours_before: str
) -> None:
    there = ZoneInfo(zone)
    local = datetime.fromisoformat(start)
    event_day = FIRST_DAY if local.month == 10 and local.day < 20 else local.date()
    helper(shift_at(protest(day=event_day, zone=zone), local))
    go_through(local.replace(tzinfo=there) - timedelta(hours=40), local.replace(tzinfo=there))
    assert planned(there) == [("day", day_before), ("hours", hours_before)]


@pytest.mark.django_db
@settings(max_examples=25)
@given(
    hour=st.times(min_value=time(0), max_value=time(23, 59)).map(lambda t: t.replace(second=0, microsecond=0)),
    day=st.integers(-3, 3),
    zone=st.sampled_from(["Europe/Warsaw", "Asia/Kathmandu", "America/Anchorage", "Pacific/Auckland"]),
)
def test_the_plan_is_that_of_the_design_and_never_at_night(hour: time, day: int, zone: str) -> None:
    there = ZoneInfo(zone)
    local = datetime.combine(FIRST_DAY + timedelta(days=day), hour)
    Delivery.objects.all().delete()
    Event.objects.all().delete()
    helper(shift_at(protest(zone=zone), local))
    soon = local - 3 * HOUR
    wanted = min(max(datetime.combine(local.date(), time(8)), soon), local - HOUR)
    if not time(8) <= wanted.time() < time(21):
        wanted = datetime.combine(local.date() - timedelta(days=1), time(20))
    go_through(local.replace(tzinfo=there) - timedelta(hours=40), local.replace(tzinfo=there), HOUR / 4)
    left = dict(Delivery.objects.values_list("ids__moment", "not_before"))
    assert left == {
        "day": on_the_spot(local.date() - timedelta(days=1), time(11), there),
        "hours": wanted.replace(tzinfo=there).astimezone(UTC),
    }
    assert not any(is_quiet(moment, there) for moment in left.values())


@pytest.mark.django_db
def test_running_twice_plans_once() -> None:
    helper(shift_at(protest(), clock("10-11 12:00")))
    for _run in range(2):
        go_through(at("10-10 10:00"), at("10-11 12:00"))
    assert [moment for moment, _time in planned()] == ["day", "hours"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["waiting", "left", "removed", "unconfirmed"])
def test_only_those_who_are_in_are_reminded(state: str) -> None:
    helper(shift_at(protest(), clock("10-11 12:00")), state=state)
    go_through(at("10-10 10:00"), at("10-11 12:00"))
    assert planned() == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["cancelled", "hidden"])
def test_nobody_is_reminded_of_what_does_not_take_place(state: str) -> None:
    helper(shift_at(protest(state=state), clock("10-11 12:00")))
    go_through(at("10-10 10:00"), at("10-11 12:00"))
    assert planned() == []


@pytest.mark.django_db
def test_of_a_removed_shift_nobody_is_reminded() -> None:
    shift = shift_at(protest(), clock("10-11 12:00"))
    helper(shift)
    Shift.objects.update(removed_at=LONG_BEFORE)
    go_through(at("10-10 10:00"), at("10-11 12:00"))
    assert planned() == []


@pytest.mark.django_db
def test_after_a_standstill_the_latest_reminder_leaves_and_not_at_night() -> None:
    helper(shift_at(protest(), clock("10-11 14:00")))
    shift_planning.plan(at("10-10 23:00"))
    assert planned() == [("day", "10-11 08:00")]


@pytest.mark.django_db
def test_who_gets_the_place_after_a_reminder_was_due_has_it_by_another_mail() -> None:
    shift = shift_at(protest(), clock("10-11 14:00"))
    ShiftSignUpFactory(shift=shift, created_at=at("10-10 15:00"))
    go_through(at("10-10 10:00"), at("10-11 14:00"))
    assert planned() == [("hours", "10-11 11:00")]


@pytest.mark.django_db
def test_a_reminder_tells_job_time_place_note_and_how_to_leave(delivered: Callable[[], list[Mail]]) -> None:
    shift = shift_at(protest(), clock("10-11 12:00"))
    Shift.objects.update(note="Bring water.")
    helper(shift)
    with time_machine.travel(at("10-10 11:00"), tick=False):
        shift_planning.plan(at("10-10 11:00"))
        [mail] = delivered()
    expected = ["Monday 11 October, 12:00–14:00", "local time in Warszawa (CEST)", "Plac Zamkowy", "Bring water."]
    for words in [*expected, "/help/leave/"]:
        assert words in mail.text
        assert words in mail.html
    assert "Steward" in mail.subject


@pytest.mark.django_db
def test_a_reminder_is_in_the_helpers_language(delivered: Callable[[], list[Mail]]) -> None:
    helper(shift_at(protest(), clock("10-11 12:00")), recipient=RecipientFactory(language="de"))
    with time_machine.travel(at("10-10 11:00"), tick=False):
        shift_planning.plan(at("10-10 11:00"))
        [mail] = delivered()
    assert "Montag, 11. Oktober" in mail.text
    assert mail.link("/help/leave/").startswith("/de/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "happens", ["leave", "remove", "remove_person", "cancel", "hide", "move", "change", "fewer", "forget"]
)
def test_what_is_no_longer_true_when_it_would_leave_is_not_sent(
    happens: str, delivered: Callable[[], list[Mail]]
) -> None:
    event = protest()
    shift = shift_at(event, clock("10-11 12:00"))
    sign_up, by = helper(shift), UserFactory()
    need = Need(shift.job, "", shift.starts_after, shift.ends_after, 2)
    shift_planning.plan(at("10-10 10:50"))
    assert len(planned()) == 1
    with time_machine.travel(at("10-10 10:55"), tick=False):
        match happens:
            case "leave":
                shifts.leave(sign_up)
            case "remove":
                shifts.remove_shift(shift, by=by)
            case "remove_person":
                shifts.remove_person(sign_up, by=by)
            case "cancel":
                cancel_event(event, by=by, reason="Rain")
            case "hide":
                change_state(event, Event.State.HIDDEN, EventChange.Kind.HIDDEN, at=at("10-10 10:55"))
            case "move":
                Event.objects.update(start_time=time(15))
            case "change":
                shifts.change_shift(shift, Need("steward", "", -HOUR, HOUR, 2), by=by)
            case "fewer":
                first = helper(shift, line=0)
                shifts.change_shift(shift, Need(**vars(need) | {"needed": 1}), by=by)
                assert first.is_in
            case "forget":
                sign_up.delete()
    with time_machine.travel(at("10-10 11:00"), tick=False):
        mails = delivered()
    assert [mail for mail in mails if "Your shift:" in mail.text and "Warszawa" in mail.text] == []
    assert Delivery.objects.get(letter="shift_reminder").state == "skipped"


@pytest.mark.django_db
def test_reminders_follow_a_protest_that_moves() -> None:
    helper(shift_at(protest(), clock("10-11 12:00")))
    go_through(at("10-10 10:00"), at("10-10 12:00"))
    Event.objects.update(day=date(2027, 10, 12), time_set_at=at("10-10 12:00"))
    go_through(at("10-10 12:00"), at("10-12 12:00"))
    assert planned() == [("day", "10-10 11:00"), ("day", "10-11 11:00"), ("hours", "10-12 09:00")]


# Changes of the protest


def changed(event: Event, kind: EventChange.Kind, moment: datetime, **before: str) -> EventChange:
    event.refresh_from_db()
    return record_change(event, kind, at=moment, before=before)


def told() -> list[tuple[int, int]]:
    rows = Delivery.objects.filter(letter="shift_notice").order_by("pk")
    return [(row.recipient_id, row.ids["change"]) for row in rows]


@pytest.mark.django_db
def test_helpers_hear_of_a_move_with_the_new_time_of_their_shift(delivered: Callable[[], list[Mail]]) -> None:
    event = protest()
    shift = shift_at(event, clock("10-11 12:00"))
    helper(shift)
    Event.objects.update(day=date(2027, 10, 12), start_time=time(16))
    now = at("09-20 12:00")
    was = {"day": "2027-10-11", "start_time": "14:00", "timezone": "Europe/Warsaw"}
    changed(event, EventChange.Kind.MOVED, now - timedelta(seconds=61), **was)
    assert shift_notices.tell_helpers(now) == 1
    assert shift_notices.tell_helpers(now) == 0
    with time_machine.travel(now, tick=False):
        [mail] = delivered()
    assert "Was: Monday 11 October, 14:00" in mail.text
    assert "Tuesday 12 October, 14:00–16:00" in mail.text
    assert "/help/leave/" in mail.text


@pytest.mark.django_db
def test_both_readers_of_a_change_read_it_whoever_comes_first() -> None:
    event = protest()
    sign_up = helper(shift_at(event, clock("10-11 12:00")))
    now = at("09-20 12:00")
    one = changed(event, EventChange.Kind.CANCELLED, now)
    notice_changes(now)
    shift_notices.tell_helpers(now)
    other = changed(event, EventChange.Kind.RESTORED, now)
    shift_notices.tell_helpers(now + timedelta(seconds=61))
    assert notice_changes(now + timedelta(seconds=61)) == 1
    assert told() == [(sign_up.recipient_id, one.pk), (sign_up.recipient_id, other.pk)]
    assert HelpersTold.objects.count() == 2


@pytest.mark.django_db
def test_a_cancellation_is_told_at_once_in_the_night_too_and_reminders_stop(
    delivered: Callable[[], list[Mail]],
) -> None:
    event = protest()
    helper(shift_at(event, clock("10-11 12:00")))
    helper(shift_at(event, clock("10-11 18:00")), state="waiting")
    now = at("09-20 23:00")
    with time_machine.travel(now, tick=False):
        cancel_event(event, by=OrganiserFactory(event=event).user, reason="Too much rain.")
        tasks.look_after_shifts()
        mails = delivered()
    assert len(mails) == 2
    assert all("Too much rain." in mail.text and "Your shift is cancelled:" in mail.text for mail in mails)
    go_through(at("10-10 10:00"), at("10-11 12:00"))
    assert planned() == []


@pytest.mark.django_db
def test_a_hidden_protest_is_told_without_its_place(delivered: Callable[[], list[Mail]]) -> None:
    event = protest()
    helper(shift_at(event, clock("10-11 12:00")))
    now = at("09-20 12:00")
    change_state(event, Event.State.HIDDEN, EventChange.Kind.HIDDEN, at=now)
    with time_machine.travel(now, tick=False):
        shift_notices.tell_helpers(now)
        [mail] = delivered()
    assert "no longer listed" in mail.text
    assert "Plac Zamkowy" not in mail.text


@pytest.mark.django_db
def test_a_change_far_ahead_waits_for_the_morning_and_one_within_two_days_does_not() -> None:
    event = protest()
    helper(shift_at(event, clock("10-11 12:00")))
    for now, leaves in ((at("09-20 23:00"), at("09-21 08:00")), (at("10-10 03:00"), at("10-10 03:00"))):
        change = changed(event, EventChange.Kind.PLACE_CHANGED, now - timedelta(seconds=61))
        shift_notices.tell_helpers(now)
        assert Delivery.objects.get(ids__change=change.pk).not_before == leaves


@pytest.mark.django_db
def test_who_said_yes_after_a_change_or_left_before_it_hears_nothing_of_it() -> None:
    event = protest()
    shift = shift_at(event, clock("10-11 12:00"))
    now = at("09-20 12:00")
    helper(shift, state="left")
    ShiftSignUpFactory(shift=shift, created_at=now)
    changed(event, EventChange.Kind.MOVED, now - timedelta(seconds=61))
    shift_notices.tell_helpers(now)
    assert told() == []


@pytest.mark.django_db
def test_one_edit_of_time_and_place_is_one_mail() -> None:
    event = protest()
    helper(shift_at(event, clock("10-11 12:00")))
    now = at("09-20 12:00")
    for kind in (EventChange.Kind.MOVED, EventChange.Kind.PLACE_CHANGED):
        changed(event, kind, now - timedelta(seconds=61))
    assert shift_notices.tell_helpers(now) == 2
    assert [row.ids["is_elsewhere"] for row in Delivery.objects.filter(letter="shift_notice")] == [True]


@pytest.mark.django_db
def test_helpers_learn_a_place_that_opens_for_followers(delivered: Callable[[], list[Mail]]) -> None:
    event = protest(disclosure="followers", disclose_at=at("10-10 09:00"))
    helper(shift_at(event, clock("10-11 12:00")))
    now = at("10-10 09:02")
    changed(event, EventChange.Kind.PLACE_DISCLOSED, at("10-10 09:00"))
    with time_machine.travel(now, tick=False):
        shift_notices.tell_helpers(now)
        [mail] = delivered()
    assert "Plac Zamkowy" in mail.text


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in EventChange.Kind if kind != "published"])
def test_every_kind_of_change_makes_a_mail_that_can_be_read(
    kind: EventChange.Kind, delivered: Callable[[], list[Mail]]
) -> None:
    states = {"cancelled": "cancelled", "hidden": "hidden", "merged": "hidden"}
    other = protest(title="The other") if kind == "merged" else None
    event = protest(state=states.get(kind, "published"), merged_into=other)
    helper(shift_at(event, clock("10-11 12:00")))
    now = at("09-20 12:00")
    was = {"day": "2027-10-11", "start_time": "13:00", "timezone": "Europe/Warsaw"}
    changed(event, kind, now - timedelta(seconds=61), **was)
    with time_machine.travel(now, tick=False):
        shift_notices.tell_helpers(now)
        [mail] = delivered()
    assert "Steward" in mail.text or kind == "merged"
    assert "/help/" in mail.html


@pytest.mark.django_db
def test_the_tasks_run_on_an_empty_house() -> None:
    tasks.look_after_shifts()
    tasks.forget_shifts()
    assert plan(at("10-11 12:00")) == 0


@pytest.mark.django_db
def test_forgetting_takes_the_marks_of_what_was_told_along() -> None:
    event = protest()
    helper(shift_at(event, clock("10-11 12:00")))
    changed(event, EventChange.Kind.MOVED, at("09-20 12:00"))
    shift_notices.tell_helpers(at("09-20 12:02"))
    shifts.forget(at("10-28 12:00"))
    assert (HelpersTold.objects.count(), Shift.objects.count()) == (0, 0)
