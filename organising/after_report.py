"""“How was it?”: who runs a protest is asked for a report the morning after it, and once more if nothing was sent.

It is asked at 10:00 on the spot; a night belongs to the day before until 06:00. Five days later it is asked once more.
What was missed is caught up with for a week. The statement may run at any time, and twice at once.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from outbox.models import Priority
from reminders.planning import AHEAD, INSERT, MORNING, ROW

LETTER = "after_report"
FIRST, AGAIN = 1, 2

# Only the latest of the two questions leaves, and none once a report was sent or could not be changed any more.
_ASK = f"""
    WITH ended AS (
        SELECT e.id AS event_id, e.timezone, morning.first AT TIME ZONE e.timezone AS first_from,
               (morning.first + interval '5 days') AT TIME ZONE e.timezone AS again_from,
               (morning.first + interval '12 days') AT TIME ZONE e.timezone AS again_until,
               (c.actions_to + %(kept)s + 1)::timestamp AT TIME ZONE 'UTC' AS closes
        FROM events_event e
        JOIN events_campaign c ON c.id = e.campaign_id AND c.state <> 'draft'
        CROSS JOIN LATERAL (
            SELECT ((e.over_at AT TIME ZONE e.timezone) - interval '6 hours')::date + 1 + time '10:00' AS first
        ) morning
        WHERE e.state = 'published' AND e.over_at <= %(now)s AND e.day >= %(today)s::date - 16
          AND NOT EXISTS (
              SELECT FROM events_afterreport told WHERE told.event_id = e.id AND told.submitted_at IS NOT NULL
          )
    ),
    planned AS (
        SELECT u.recipient_id, o.id AS organiser_id, ended.event_id, ended.timezone, s.step,
               LEAST(s.until, ended.closes) AS until,
               CASE WHEN s.due >= %(now)s THEN s.due ELSE {MORNING.format(zone="ended.timezone")} END AS not_before
        FROM ended
        CROSS JOIN LATERAL (VALUES
            ({FIRST}, ended.first_from, ended.again_from), ({AGAIN}, ended.again_from, ended.again_until)
        ) AS s (step, due, until)
        JOIN events_organiser o ON o.event_id = ended.event_id AND o.role <> 'helper'
        JOIN accounts_user u ON u.id = o.user_id AND u.is_active
        JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
        WHERE s.due <= %(now)s + %(ahead)s AND s.until > %(now)s + %(ahead)s
    )
    {INSERT}
    SELECT recipient_id, '{LETTER}', '{LETTER}:' || event_id || ':' || step || ':' || recipient_id,
           jsonb_build_object('event', event_id, 'organiser', organiser_id, 'step', step, 'quiet', timezone),
           {Priority.NOTICE.value}, {ROW}
    FROM planned WHERE not_before < until
    ON CONFLICT (key) DO NOTHING
"""


def ask(now: datetime) -> int:
    """Put every question that is due, or will be within AHEAD, into the outbox. Returns how many."""
    values: dict[str, Any] = {"now": now, "today": now.date(), "ahead": AHEAD, "kept": settings.FORGET_AFTER_DAYS}
    with connection.cursor() as cursor:
        cursor.execute(_ASK, values)
        return int(cursor.rowcount)
