"""From changes of protests to mails: followers of the protest and of its city are told at once, followers of a country
or the campaign find all changes of an hour in one mail. One mail per follower and change."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q

from events.actions import SECOND_THOUGHTS
from events.merging import heir_of
from events.models import Event, EventChange
from events.models.campaign import Disclosure
from events.models.trail import PLACE_SHOWN
from outbox.models import Priority
from outbox.quiet import QUIET_UNTIL, after_quiet_hours
from reminders.coming import recounting

Kind = EventChange.Kind

SOON = timedelta(hours=48)
HOUR = timedelta(hours=1)
MARGIN = timedelta(minutes=2)
# From a notice to its gathered mail: a night and an hour, when clocks go back.
LONGEST_WAIT = timedelta(hours=14)
# A day at least: who finds nobody at the place still wants to know why.
STAYS_USEFUL = timedelta(days=1)
MOST_AT_ONCE = 200

# What cannot wait until a moderator has thought twice.
AT_ONCE = (Kind.HIDDEN, Kind.CANCELLED)
# What concerns only those who follow the protest itself.
FOLLOWERS_ONLY = (Kind.MERGED, Kind.HANDED_OVER)
# What the public does not see where only followers may know the place.
UNSEEN = (Kind.PLACE_CHANGED, Kind.PLACE_DISCLOSED)

_INSERT = """
    INSERT INTO outbox_delivery (recipient_id, letter, key, ids, priority, created_at, not_before, useful_until,
                                 state, reason, attempts, postponed, lost_leases, batch)
    SELECT DISTINCT s.recipient_id, %(letter)s, %(key)s || s.recipient_id || %(key_end)s, %(ids)s::jsonb, %(priority)s,
           %(now)s::timestamptz, GREATEST(%(not_before)s::timestamptz, r.paused_until),
           %(useful_until)s::timestamptz, 'queued', '', 0, 0, 0, %(batch)s
    FROM reminders_subscription s
    JOIN outbox_recipient r ON r.id = s.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
         AND (r.paused_until IS NULL OR r.paused_until <= %(now)s
              OR (%(outlasts_pause)s AND r.paused_until < %(useful_until)s))
    WHERE s.campaign_id = %(campaign)s AND s.confirmed_at <= %(changed)s
"""
_AT_ONCE = f"""
    {_INSERT} AND ((s.scope = 'event' AND s.event_id = %(event)s) OR
         (s.scope = 'city' AND s.city_id = ANY(%(cities)s) AND s.with_changes))
    ON CONFLICT (key) DO NOTHING
"""
# In one order, so that two planners do not wait for each other.
_HOURLY = f"""
    {_INSERT} AND s.with_changes AND (s.scope = 'campaign' OR
         (s.scope = 'country' AND s.confirmed_at <= (%(countries)s::jsonb ->> s.country)::timestamptz))
    ORDER BY s.recipient_id
    ON CONFLICT (key) DO NOTHING
"""

# Of two subscriptions of one person the confirmed one stays, with the answer that either gave.
_FOLLOW_THE_OTHER = (
    """
    UPDATE reminders_subscription known SET is_coming = s.is_coming, answered_at = s.answered_at
    FROM reminders_subscription s
    WHERE s.event_id = %(event)s AND s.is_coming IS NOT NULL AND s.recipient_id = known.recipient_id
      AND known.event_id = %(other)s AND known.confirmed_at IS NOT NULL AND known.is_coming IS NULL
    """,
    """
    DELETE FROM reminders_subscription wish USING reminders_subscription s
    WHERE wish.event_id = %(other)s AND wish.confirmed_at IS NULL
      AND s.recipient_id = wish.recipient_id AND s.event_id = %(event)s AND s.confirmed_at IS NOT NULL
    """,
    """
    DELETE FROM reminders_subscription s USING reminders_subscription known
    WHERE s.event_id = %(event)s AND known.recipient_id = s.recipient_id AND known.event_id = %(other)s
    """,
    "UPDATE reminders_subscription SET event_id = %(other)s WHERE event_id = %(event)s",
)


def is_urgent(change: EventChange) -> bool:
    """Whether quiet hours do not count: cancelled, or anything else within 48 hours of the start, old or new."""
    if change.kind == Kind.CANCELLED:
        return True
    starts = [start for start in (start_after(change.event), start_before(change)) if start]
    return change.kind != Kind.PUBLISHED and any(abs(start - change.at) <= SOON for start in starts)


def start_after(event: Event) -> datetime:
    """When it starts now; without an hour, as early as it may."""
    return datetime.combine(event.day, event.start_time or QUIET_UNTIL, event.zone)


def start_before(change: EventChange) -> datetime | None:
    """When it started before the change; None if nothing was kept."""
    was = change.before
    if not was.get("day"):
        return None
    hour = time.fromisoformat(was["start_time"]) if was.get("start_time") else QUIET_UNTIL
    return datetime.combine(date.fromisoformat(was["day"]), hour, ZoneInfo(was["timezone"]))


def release_of(change: EventChange, noticed_at: datetime) -> datetime:
    """When the gathered mail leaves that tells of a change noticed at this moment: at a full hour, after the quiet
    hours on the spot. Never so soon that the mail could be on its way before the notice is committed."""
    hour = (noticed_at + MARGIN).replace(minute=0, second=0, microsecond=0) + HOUR
    return hour if is_urgent(change) else after_quiet_hours(hour, change.event.zone)


@dataclass(frozen=True)
class Told:
    """Who is told of a change beside those who follow the protest itself."""

    cities: list[int]
    countries: list[str]
    is_wide: bool


def audience_of(change: EventChange) -> Told:
    """Of a place that only followers may know, nobody else is told; of a protest that changes its city or country, the
    followers of both."""
    event, was = change.event, change.before
    if change.kind in FOLLOWERS_ONLY:
        return Told(cities=[], countries=[], is_wide=False)
    if change.kind in UNSEEN and event.disclosure == Disclosure.FOLLOWERS and change.ends_as(change, PLACE_SHOWN):
        return Told(cities=[], countries=[], is_wide=False)
    cities = {event.city_id, int(was["city"]) if was.get("city") else None}
    countries = {event.country, was.get("country") or event.country}
    return Told(sorted(filter(None, cities)), sorted(countries), is_wide=change.kind != Kind.PLACE_DISCLOSED)


def without_twins(changes: Iterable[EventChange]) -> list[EventChange]:
    """One edit may leave two changes, of time and of place: the one of time tells of both."""
    changes = list(changes)
    moved = {(change.event_id, change.at) for change in changes if change.kind == Kind.MOVED}
    return [c for c in changes if c.kind != Kind.PLACE_CHANGED or (c.event_id, c.at) not in moved]


def notice_changes(now: datetime) -> int:
    """Make the notices of every change that has none yet and can no longer be taken back unheard. Several planners
    share the work. Returns how many changes."""
    merged: set[int] = set()
    with transaction.atomic():
        changes = list(
            EventChange.objects.unnoticed()
            .filter(Q(kind__in=AT_ONCE) | Q(at__lte=now - SECOND_THOUGHTS))
            .select_related("event__campaign", "other")
            .select_for_update(of=["self"], skip_locked=True)
            .order_by("pk")[:MOST_AT_ONCE]
        )
        elsewhere = {(change.event_id, change.at) for change in changes if change.kind == Kind.PLACE_CHANGED}
        single = without_twins(changes)
        to_tell = [change for change in single if change.event.over_at > now]
        for change in to_tell:
            _notice(change, now, is_elsewhere=(change.event_id, change.at) in elsewhere)
        _gather([change for change in to_tell if audience_of(change).is_wide], now)
        for change in single:
            if change.kind == Kind.MERGED and change.other:
                heir = heir_of(change.other)
                _lead_followers(change.event, heir)
                merged |= {change.event_id, heir.pk}
        noticed = EventChange.objects.filter(pk__in=[change.pk for change in changes]).update(noticed_at=now)
    # Only now: whoever decides locks a protest before its changes.
    if merged:
        with recounting(merged):
            pass
    return noticed


def _notice(change: EventChange, now: datetime, *, is_elsewhere: bool) -> None:
    values: dict[str, Any] = {
        "campaign": change.event.campaign_id,
        "event": change.event_id,
        "now": now,
        "changed": change.at,
        "cities": audience_of(change).cities,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AT_ONCE, values | _single_mail(change, now, is_elsewhere=is_elsewhere))


def _gather(changes: list[EventChange], now: datetime) -> None:
    """One statement for all changes that leave in one mail: it reads every follower of the edition, so a hundred new
    protests at once must not be a hundred of them."""
    hours: dict[tuple[int, datetime], list[EventChange]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.at):
        hours[change.event.campaign_id, release_of(change, now)].append(change)
    for (campaign, _release), told in sorted(hours.items(), key=lambda hour: hour[0]):
        latest = {country: change.at.isoformat() for change in told for country in audience_of(change).countries}
        values: dict[str, Any] = {"campaign": campaign, "now": now, "changed": told[-1].at}
        values["countries"] = json.dumps(latest)
        with connection.cursor() as cursor:
            cursor.execute(_HOURLY, values | _gathered_mail(told[0], now))


def _lead_followers(event: Event, other: Event) -> None:
    """Those who follow *event* follow *other* from now on."""
    with connection.cursor() as cursor:
        for statement in _FOLLOW_THE_OTHER:
            cursor.execute(statement, {"event": event.pk, "other": other.pk})


def _single_mail(change: EventChange, now: datetime, *, is_elsewhere: bool) -> dict[str, Any]:
    urgent = is_urgent(change)
    not_before = now if urgent else after_quiet_hours(now, change.event.zone)
    return {
        "letter": "notice",
        "batch": f"change:{change.pk}",
        # Of a protest that is off one hears after a pause, too: reminders do not tell of it any more.
        "outlasts_pause": change.kind == Kind.CANCELLED,
        "key": "notice:",
        "key_end": f":{change.pk}",
        "ids": json.dumps({"change": change.pk, "is_elsewhere": is_elsewhere, "quiet": _quiet_zone(change)}),
        "priority": Priority.URGENT if urgent else Priority.NOTICE,
        "not_before": not_before,
        "useful_until": max(change.event.over_at, not_before + STAYS_USEFUL),
    }


def _quiet_zone(change: EventChange) -> str | None:
    """By whose clock the mail keeps quiet at night, should it be late (outbox/quiet.py)."""
    return None if is_urgent(change) else change.event.timezone


def _gathered_mail(change: EventChange, now: datetime) -> dict[str, Any]:
    not_before = release_of(change, now)
    release = int(not_before.timestamp())
    return {
        "letter": "changes",
        "batch": "",
        "outlasts_pause": False,
        "key": "changes:",
        "key_end": f":{change.event.campaign_id}:{release}",
        "ids": json.dumps({"campaign": change.event.campaign_id, "release": release, "quiet": _quiet_zone(change)}),
        "priority": Priority.NOTICE,
        "not_before": not_before,
        "useful_until": not_before + STAYS_USEFUL,
    }
