"""From changes of protests to mails: followers of the protest and of its city are told at once, followers of a country
or the campaign find all changes of an hour in one mail. One mail per follower and change."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from events.models import Event, EventChange
from outbox.models import Priority

Kind = EventChange.Kind

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
SOON = timedelta(hours=48)
HOUR = timedelta(hours=1)
# How long a notice is worth sending for a protest without an hour, or one that is over.
STAYS_USEFUL = timedelta(days=1)
MOST_AT_ONCE = 200

_INSERT = """
    INSERT INTO outbox_delivery (recipient_id, letter, key, ids, priority, created_at, not_before, useful_until,
                                 state, reason, attempts, postponed, lost_leases)
    SELECT DISTINCT s.recipient_id, %(letter)s, %(key)s || s.recipient_id || %(key_end)s, %(ids)s::jsonb, %(priority)s,
           %(now)s::timestamptz, %(not_before)s::timestamptz, %(useful_until)s::timestamptz, 'queued', '', 0, 0, 0
    FROM reminders_subscription s
    JOIN outbox_recipient r ON r.id = s.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
    WHERE s.campaign_id = %(campaign)s AND s.confirmed_at <= %(changed)s
"""
_AT_ONCE = f"""
    {_INSERT} AND ((s.scope = 'event' AND s.event_id = %(event)s) OR (s.scope = 'city' AND s.city_id = ANY(%(cities)s)))
    ON CONFLICT (key) DO NOTHING
"""
_HOURLY = f"""
    {_INSERT} AND ((s.scope = 'country' AND s.country = ANY(%(countries)s)) OR s.scope = 'campaign')
    ON CONFLICT (key) DO NOTHING
"""


def after_quiet_hours(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant from *moment* on that does not lie between 21:00 and 08:00 in *zone*."""
    local = moment.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return moment
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, zone)


def is_urgent(change: EventChange) -> bool:
    """Whether quiet hours do not count: cancelled, or anything else within 48 hours of the start, old or new."""
    if change.kind == Kind.CANCELLED:
        return True
    starts = [start for start in (change.event.starts_at, start_before(change)) if start]
    return change.kind != Kind.PUBLISHED and any(start - SOON <= change.at <= start for start in starts)


def start_before(change: EventChange) -> datetime | None:
    """When it started before the change; None if the hour was not known, or nothing was kept."""
    was = change.before
    if not was.get("day") or not was.get("start_time"):
        return None
    local = datetime.fromisoformat(f"{was['day']}T{was['start_time']}")
    return local.replace(tzinfo=ZoneInfo(was["timezone"]))


def release_of(change: EventChange) -> datetime:
    """When the gathered mail leaves that tells of this change: at the full hour, after the campaign's quiet hours."""
    next_hour = change.at.replace(minute=0, second=0, microsecond=0) + HOUR
    return next_hour if is_urgent(change) else after_quiet_hours(next_hour, ZoneInfo(change.event.campaign.timezone))


def notice_changes(now: datetime) -> int:
    """Make the notices of every change that has none yet. Several planners share the work. Returns how many changes."""
    with transaction.atomic():
        changes = (
            EventChange.objects.unnoticed()
            .select_related("event__campaign")
            .select_for_update(of=["self"], skip_locked=True)
            .order_by("pk")[:MOST_AT_ONCE]
        )
        for change in changes:
            _notice(change, now)
        return EventChange.objects.filter(pk__in=[change.pk for change in changes]).update(noticed_at=now)


def _notice(change: EventChange, now: datetime) -> None:
    event = change.event
    values = {
        "campaign": event.campaign_id,
        "event": event.pk,
        "now": now,
        "changed": change.at,
        "cities": _cities(change),
        "countries": list({event.country, change.before.get("country", event.country)}),
    }
    with connection.cursor() as cursor:
        cursor.execute(_AT_ONCE, values | _single_mail(change, now))
        if change.kind != Kind.PLACE_DISCLOSED:
            cursor.execute(_HOURLY, values | _gathered_mail(change, now))


def _cities(change: EventChange) -> list[int]:
    """The cities whose followers are told; none where only followers of the protest may know."""
    if change.kind == Kind.PLACE_DISCLOSED:
        return []
    before = change.before.get("city")
    return [city for city in {change.event.city_id, int(before) if before else None} if city]


def _single_mail(change: EventChange, now: datetime) -> dict[str, Any]:
    urgent = is_urgent(change)
    not_before = now if urgent else after_quiet_hours(now, change.event.zone)
    return {
        "letter": "notice",
        "key": "notice:",
        "key_end": f":{change.pk}",
        "ids": f'{{"change": {change.pk}}}',
        "priority": Priority.URGENT if urgent else Priority.NOTICE,
        "not_before": not_before,
        "useful_until": _useful_until(change.event, not_before),
    }


def _gathered_mail(change: EventChange, now: datetime) -> dict[str, Any]:
    release = int(release_of(change).timestamp())
    not_before = max(release_of(change), now)
    return {
        "letter": "changes",
        "key": "changes:",
        "key_end": f":{change.event.campaign_id}:{release}",
        "ids": f'{{"campaign": {change.event.campaign_id}, "release": {release}}}',
        "priority": Priority.NOTICE,
        "not_before": not_before,
        "useful_until": not_before + STAYS_USEFUL,
    }


def _useful_until(event: Event, not_before: datetime) -> datetime:
    """A day at least: who finds nobody at the place still wants to know why."""
    return max(event.over_at, not_before + STAYS_USEFUL)
