"""“Still on?”: who is asked when, what counts as an answer, and what the public is told without one."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from events.models import Event, Organiser
from organising import still_on
from outbox.models import Delivery
from tests.factories import FIRST_DAY, EventFactory, OrganiserFactory

LONG_BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")


def protest(day: date = FIRST_DAY, start: time | None = time(14), zone: str = "Europe/Warsaw", **values: Any) -> Event:
    """A protest that was published long ago."""
    values = {"created_at": LONG_BEFORE, "start_time": start, "end_time": None, "day": day, "timezone": zone, **values}
    return EventFactory(**values)


def owned(**values: Any) -> tuple[Event, Organiser]:
    event = protest(**values)
    return event, OrganiserFactory(event=event)


def at(text: str, zone: ZoneInfo = WARSAW) -> datetime:
    """“10-11 09:00” of 2027 on the clocks of *zone*."""
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def asked() -> list[tuple[int, str]]:
    """The questions in the outbox: the step, and when it leaves on the clock in Warsaw."""
    rows = Delivery.objects.filter(letter="still_on").order_by("not_before", "pk")
    return [(row.ids["step"], f"{row.not_before.astimezone(WARSAW):%m-%d %H:%M}") for row in rows]


def marked(event: Event) -> bool:
    event.refresh_from_db()
    return event.is_unconfirmed


def go_through(first: datetime, last: datetime, every: timedelta = timedelta(hours=1)) -> None:
    """Do what beat does, from one moment to another."""
    while first <= last:
        still_on.ask(first)
        still_on.mark_unconfirmed(first)
        first += every


# zone, day, start -> asked first, again, for the last time; marked
WALL_TIMES = [
    ("Europe/Warsaw", "2027-10-11", "14:00", "10-08 14:00", "10-09 14:00", "10-10 14:00", "10-11 02:00"),
    ("Europe/Warsaw", "2027-10-11", "08:00", "10-08 08:00", "10-09 08:00", "10-10 08:00", "10-10 20:00"),
    # What falls into the night is asked the evening before.
    ("Europe/Kyiv", "2027-10-11", "07:30", "10-07 20:00", "10-08 20:00", "10-09 20:00", "10-10 19:30"),
    ("Europe/Vienna", "2027-10-12", "21:00", "10-09 20:00", "10-10 20:00", "10-11 20:00", "10-12 09:00"),
    ("Europe/Vienna", "2027-10-12", "20:59", "10-09 20:59", "10-10 20:59", "10-11 20:59", "10-12 08:59"),
    ("Europe/Warsaw", "2027-10-11", "00:30", "10-07 20:00", "10-08 20:00", "10-09 20:00", "10-10 12:30"),
    # Without an hour it counts from 08:00.
    ("Europe/Helsinki", "2027-10-11", None, "10-08 08:00", "10-09 08:00", "10-10 08:00", "10-10 20:00"),
    # Clocks go forward in the night to 28 March and back in the night to 31 October.
    ("Europe/Warsaw", "2027-03-28", "14:00", "03-25 14:00", "03-26 14:00", "03-27 14:00", "03-28 01:00"),
    ("Europe/Brussels", "2027-10-31", "10:15", "10-28 10:15", "10-29 10:15", "10-30 10:15", "10-30 23:15"),
    ("America/New_York", "2027-11-07", "15:00", "11-04 15:00", "11-05 15:00", "11-06 15:00", "11-07 03:00"),
    ("Asia/Kathmandu", "2027-10-12", "12:00", "10-09 12:00", "10-10 12:00", "10-11 12:00", "10-12 00:00"),
]
