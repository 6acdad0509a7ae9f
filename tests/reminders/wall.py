"""The reminder plan once more, in Python and from the words of the design alone: what the SQL is compared with."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.models import Event

QUIET_FROM, QUIET_UNTIL = time(21), time(8)


def on_the_spot(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks of *zone* show this."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def is_quiet(moment: datetime, zone: ZoneInfo) -> bool:
    return not QUIET_UNTIL <= moment.astimezone(zone).time() < QUIET_FROM


def plan_of(event: Event) -> dict[str, datetime]:
    """When each moment of *event* is due."""
    zone = ZoneInfo(event.timezone)
    day_before = on_the_spot(event.day - timedelta(days=1), time(11), zone)
    if event.start_time is None:
        return {"day": day_before}
    start = datetime.combine(event.day, event.start_time)
    hours = max(datetime.combine(event.day, QUIET_UNTIL), start - timedelta(hours=3))
    hours = min(hours, start - timedelta(hours=1))
    if not QUIET_UNTIL <= hours.time() < QUIET_FROM:
        hours = datetime.combine(event.day - timedelta(days=1), time(20))
    return {
        "week": on_the_spot(event.day - timedelta(days=7), time(9), zone),
        "day": day_before,
        "hours": hours.replace(tzinfo=zone).astimezone(UTC),
    }
