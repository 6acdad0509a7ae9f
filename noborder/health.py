"""What /readyz looks at, and what it says where something is wrong: reasons in plain words, never a name of a person,
an address or a server."""

from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from moderation import alarms
from outbox import holding, meter

# Beat has the meter read once a minute.
BEAT_IS_LATE = timedelta(minutes=5)


def is_database_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def is_redis_up() -> bool:
    client = redis.Redis.from_url(settings.CACHE_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def failures(now: datetime) -> dict[str, str]:
    """What fails, by name, and what that means; empty if this site can do its work."""
    found = {}
    if not is_redis_up():
        found["redis"] = "it does not answer. Pages can be read; forms that send mail are closed, and mail waits."
    if not is_database_up():
        return {"database": "it does not answer. Nothing works but the pages kept in memory.", **found}
    return found | _failures_of_mail(now)


def _failures_of_mail(now: datetime) -> dict[str, str]:
    found, reading = {}, meter.latest(now)
    late = "" if holding.is_on_hold() else _lateness(now)
    if late:
        found["mail"] = late
    if reading is None or now - reading.read_at > BEAT_IS_LATE:
        since = f"since {reading.read_at:%Y-%m-%d %H:%M} UTC" if reading else "yet"
        found["beat"] = f"it has not ticked {since}: no reminder is planned and no mail sent."
    return found


def _lateness(now: datetime) -> str:
    """What a server has told to come later is due later, and so never late: there it counts that none leaves."""
    oldest = meter.oldest_due(now)
    if oldest and now - oldest > timedelta(minutes=settings.MAIL_LATE_MINUTES):
        return f"the oldest mail that is due waits for {int((now - oldest).total_seconds() // 60)} minutes."
    stopped = alarms.found(now).get(alarms.Alarm.STOPPED)
    return f"the mail server takes none. {stopped} mails wait." if stopped else ""
