"""Times."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from events.models import Event
from organising.models import Shift
from organising.models.shifts import distance_from, overlapping
from tests.factories import EventFactory, ShiftFactory
from tests.organising.shifts.line import HOUR, added

pytestmark = pytest.mark.django_db


def test_a_shift_keeps_its_distance_to_the_start_when_the_protest_moves() -> None:
    event = EventFactory()
    shift = added(event, starts_after=-2 * HOUR, ends_after=-HOUR)
    assert shift.starts_at.isoformat() == "2027-10-11T12:00:00+02:00"
    Event.objects.filter(pk=event.pk).update(day=date(2027, 10, 12), start_time=time(18), end_time=None)
    moved = Shift.objects.get()
    assert (moved.starts_at.isoformat(), moved.ends_at.isoformat()) == (
        "2027-10-12T16:00:00+02:00",
        "2027-10-12T17:00:00+02:00",
    )


@pytest.mark.parametrize("hour", [time(0, 30), time(2, 30), time(3, 30), time(14)])
@pytest.mark.parametrize("day", [date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 30), date(2027, 10, 31)])
@pytest.mark.parametrize("zone", ["Europe/Warsaw", "Asia/Kathmandu", "America/New_York"])
def test_python_and_postgresql_read_the_same_instant_in_any_night(hour: time, day: date, zone: str) -> None:
    event = EventFactory(day=day, start_time=time(12), end_time=None, timezone=zone)
    start = datetime.combine(day, hour)
    distance = distance_from(event, start)
    shift = ShiftFactory(event=event, starts_after=distance - HOUR, ends_after=distance)
    end = Shift.objects.get(pk=shift.pk).ends_at
    standing = Shift.objects.filter(pk=shift.pk)
    assert not standing.not_over(end).exists()
    assert standing.not_over(end - timedelta(seconds=1)).exists()


def test_shifts_at_the_same_time_are_named_and_those_that_touch_are_not() -> None:
    event = EventFactory()
    hours = ((0, 2), (1, 3), (3, 4))
    shifts_of_it: list[Any] = [
        ShiftFactory(event=event, starts_after=start * HOUR, ends_after=end * HOUR) for start, end in hours
    ]
    one, same, after = shifts_of_it
    assert overlapping([after, same, one]) == [(one, same)]
