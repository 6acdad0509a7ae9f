"""Reminders of shifts, in SQL, safe to run at any time: the day before at 11:00, and three hours before.

As in the plan for followers (reminders/planning.py) the second one never comes at night: the later of 08:00 and three
hours before the start, not later than one hour before it; what falls into the quiet hours, at 20:00 the evening
before. Everything is worked out from the protest as it stands. Who got the place, or whose shift was moved, after a
reminder was due has been told by another mail, with the same in it.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from organising.shift_letters import REMINDER
from reminders.planning import AHEAD, INSERT, IS_QUIET, MORNING, ROW, URGENCY

_WANTED = """
    LEAST(GREATEST(date_trunc('day', clock.starts) + interval '8 hours', clock.starts - interval '3 hours'),
          clock.starts - interval '1 hour')
"""
_WINDOWS = f"""
    SELECT s.id AS shift_id, e.id AS event_id, e.timezone, clock.starts AT TIME ZONE e.timezone AS starts_at,
           GREATEST(e.time_set_at, s.time_set_at) AS set_at,
           w.moment, w.due AT TIME ZONE e.timezone AS due, w.until AT TIME ZONE e.timezone AS until
    FROM organising_shift s
    JOIN events_event e ON e.id = s.event_id
    CROSS JOIN LATERAL (SELECT e.day + COALESCE(e.start_time, time '00:00') + s.starts_after AS starts) clock
    CROSS JOIN LATERAL (SELECT {_WANTED} AS hours_before) h
    CROSS JOIN LATERAL (
        SELECT CASE WHEN {IS_QUIET.format("h.hours_before")}
                    THEN date_trunc('day', clock.starts) - interval '4 hours'
                    ELSE h.hours_before END AS hours_before
    ) d
    CROSS JOIN LATERAL (VALUES
        ('day', date_trunc('day', clock.starts) - interval '13 hours', d.hours_before),
        ('hours', d.hours_before, clock.starts)
    ) AS w (moment, due, until)
    WHERE e.state = 'published' AND s.removed_at IS NULL
      AND e.day BETWEEN %(today)s::date - 6 AND %(today)s::date + 8
"""
_PLAN = f"""
    WITH windows AS ({_WINDOWS}),
    planned AS (
        SELECT u.id AS sign_up_id, u.recipient_id, w.*,
               CASE WHEN w.due >= %(now)s THEN w.due
                    WHEN {MORNING.format(zone="w.timezone")} + interval '1 hour' >= w.until THEN %(now)s
                    ELSE {MORNING.format(zone="w.timezone")} END AS not_before
        FROM windows w
        JOIN organising_shiftsignup u ON u.shift_id = w.shift_id AND u.state = 'in'
        JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
        WHERE w.due <= %(now)s + %(ahead)s
          AND w.until > CASE w.moment WHEN 'hours' THEN %(now)s ELSE %(now)s + %(ahead)s END
          AND w.due >= w.set_at AND w.due >= u.in_since
    )
    {INSERT}
    SELECT recipient_id, '{REMINDER}',
           'shift-reminder:' || recipient_id || ':' || shift_id || ':' || moment || ':'
               || extract(epoch FROM starts_at)::bigint,
           jsonb_build_object('event', event_id, 'sign_up', sign_up_id, 'moment', moment, 'quiet', timezone,
                              'starts', extract(epoch FROM starts_at)::bigint),
           {URGENCY}, {ROW}
    FROM planned WHERE not_before < until
    ON CONFLICT (key) DO NOTHING
"""


def plan(now: datetime) -> int:
    """Put every reminder of a shift that is due, or will be within AHEAD, into the outbox. Returns how many."""
    values: dict[str, Any] = {"now": now, "today": now.date(), "ahead": AHEAD}
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, values)
        return int(cursor.rowcount)
