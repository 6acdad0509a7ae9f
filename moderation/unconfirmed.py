"""Coordinators are told of protests whose organisers have not said that they take place (organising/still_on.py marks
them), gathered per person and hour. At night it waits for 08:00 on the spot, unless less than three hours would be left
then. Who is on holiday is spared and their cover told; where nobody coordinates, the superusers are.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from events import timetable, when
from events.models import Event
from events.models.event import EventQuerySet
from events.names import country_name
from moderation.permissions import events_of
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter
from reminders.planning import INSERT, IS_QUIET, ROW

LETTER = "unconfirmed"
MOST_LISTED = 30

_ON_DUTY = """
    SELECT c.campaign_id, c.country, c.languages, u.id AS user_id
    FROM events_coordinator c
    JOIN accounts_user u ON u.is_active AND u.id =
        CASE WHEN %(today)s::date BETWEEN c.away_from AND c.away_until THEN c.cover_id ELSE c.user_id END
"""
_TELL = f"""
    WITH on_duty AS ({_ON_DUTY}),
    silent AS (
        SELECT e.id, e.campaign_id, e.country, e.language, e.over_at, full_hour.at AS hour,
               full_hour.at AT TIME ZONE e.timezone AS local,
               (e.day + COALESCE(e.start_time, time '08:00')) AT TIME ZONE e.timezone AS starts,
               ((full_hour.at AT TIME ZONE e.timezone - interval '8 hours')::date + time '08:00' + interval '1 day')
                   AT TIME ZONE e.timezone AS morning
        FROM events_event e
        CROSS JOIN LATERAL (SELECT date_trunc('hour', e.unconfirmed_at, 'UTC') + interval '1 hour' AS at) full_hour
        WHERE e.state = 'published' AND e.unconfirmed_at IS NOT NULL AND e.over_at > %(now)s
          AND e.day BETWEEN %(today)s::date - 2 AND %(today)s::date + 3
    ),
    asked AS (
        SELECT s.*, d.user_id FROM silent s
        LEFT JOIN on_duty d ON d.campaign_id = s.campaign_id AND d.country IN ('', s.country)
                           AND (d.languages = '{{}}' OR s.language = ANY(d.languages))
    ),
    told AS (
        SELECT over_at, hour, local, starts, morning, user_id FROM asked WHERE user_id IS NOT NULL
        UNION ALL
        SELECT over_at, hour, local, starts, morning, u.id
        FROM asked JOIN accounts_user u ON u.is_superuser AND u.is_active
        WHERE asked.user_id IS NULL
    ),
    planned AS (
        SELECT u.recipient_id, leaves.at AS not_before, max(s.over_at) AS until
        FROM told s
        JOIN accounts_user u ON u.id = s.user_id
        JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
        CROSS JOIN LATERAL (
            SELECT CASE WHEN ({IS_QUIET.format("s.local")}) AND s.morning + interval '3 hours' <= s.starts
                        THEN s.morning ELSE s.hour END AS at
        ) leaves
        WHERE leaves.at < s.over_at
        GROUP BY u.recipient_id, leaves.at
    )
    {INSERT}
    SELECT recipient_id, '{LETTER}', 'unconfirmed:' || recipient_id || ':' || extract(epoch FROM not_before)::bigint,
           '{{}}'::jsonb, {Priority.NOTICE.value}, {ROW}
    FROM planned
    ON CONFLICT (key) DO NOTHING
"""


def tell_coordinators(now: datetime) -> int:
    """Put one mail for each person and hour into the outbox. Returns how many."""
    values: dict[str, Any] = {"now": now, "today": now.date()}
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
        return int(cursor.rowcount)


def unconfirmed(events: EventQuerySet, now: datetime) -> EventQuerySet:
    """Those of which the public is told that they are not confirmed."""
    return events.taking_place().upcoming(now).filter(unconfirmed_at__isnull=False)


def _theirs(delivery: Delivery) -> EventQuerySet:
    """What the letter lists: all that is unconfirmed now, not only what made it leave."""
    user = User.objects.get(recipient=delivery.recipient_id)
    return unconfirmed(events_of(user), timezone.now()).select_related("city").in_order()


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {delivery.pk: "all confirmed" for delivery in deliveries if not _theirs(delivery).exists()}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {delivery.pk: _letter(delivery) for delivery in deliveries}


def _hours(event: Event) -> list[str]:
    """With the zone: coordinators may be elsewhere."""
    return [when.hours_text(event), when.zone_text(event)] if event.start_time else []


def _letter(delivery: Delivery) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        rows = [
            {
                "title": event.display_title,
                "when": ", ".join(filter(None, [when.day_text(event.day), *_hours(event)])),
                "where": f"{timetable.where_text(event)}, {country_name(event.country)}",
                "url": settings.SITE_URL + reverse("moderation:protest", args=[event.public_id]),
            }
            for event in _theirs(delivery)[:MOST_LISTED]
        ]
    overview_url = settings.SITE_URL + reverse("moderation:overview_list", args=["unconfirmed"])
    return render_letter(LETTER, {"rows": rows, "overview_url": overview_url}, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
