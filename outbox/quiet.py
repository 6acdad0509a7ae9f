"""The quiet hours: from 21:00 to 08:00 on the spot nothing leaves but what cannot wait."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from outbox.models import Delivery

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
# What would be of use for less than this in the morning is sent at night.
OF_USE_FOR = timedelta(hours=1)


def after_quiet_hours(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant from *moment* on that does not lie between 21:00 and 08:00 in *zone*."""
    local = moment.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return moment
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, zone)


def morning_for(delivery: Delivery, now: datetime) -> datetime | None:
    """Until when a mail waits that is late, for want of a mail server or of workers, and whose ids name the zone by
    whose clock it keeps quiet; None if it may leave."""
    zone = delivery.ids.get("quiet")
    if not zone:
        return None
    morning = after_quiet_hours(now, ZoneInfo(zone))
    return morning if now < morning < delivery.useful_until - OF_USE_FOR else None
