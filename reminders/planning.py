"""The reminder plan (DESIGN section 4) in SQL: one statement for reminders, one for digests, safe to run at any time.

A moment is due at a wall-clock time where the protest is, and stays useful until the next one. One rule therefore
covers the ordinary case, somebody who confirms late, and catching up after downtime: whatever window is open at `now`,
or opens within `AHEAD`, gets its row. The unique key makes a second run harmless. PostgreSQL's own clock is not asked.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from outbox.models import MOST_COPIES, Priority

AHEAD = timedelta(minutes=15)

# Wall-clock times on the spot. "On the day" is the later of 08:00 and three hours before the start, but never later
# than one hour before it; if that falls into the quiet hours, it is 20:00 the evening before.
_START = "e.day + e.start_time"
_ON_THE_DAY = f"LEAST(GREATEST(e.day + time '08:00', {_START} - interval '3 hours'), {_START} - interval '1 hour')"
IS_QUIET = "({0})::time >= time '21:00' OR ({0})::time < time '08:00'"

# The three windows of each published protest, as local times: from `due` until `until`.
_WINDOWS = f"""
    SELECT e.id AS event_id, e.campaign_id, e.city_id, e.country, e.day, e.timezone, e.starts_at, e.time_set_at,
           w.moment, w.due AT TIME ZONE e.timezone AS due, w.until AT TIME ZONE e.timezone AS until
    FROM events_event e
    CROSS JOIN LATERAL (
        SELECT CASE WHEN {IS_QUIET.format(_ON_THE_DAY)} THEN e.day - 1 + time '20:00' ELSE {_ON_THE_DAY} END
            AS on_the_day
    ) d
    CROSS JOIN LATERAL (VALUES
        ('week', e.day - 7 + time '09:00', e.day - 1 + time '11:00', e.start_time IS NOT NULL),
        ('day', e.day - 1 + time '11:00', COALESCE(d.on_the_day, e.day + time '12:00'), true),
        ('hours', d.on_the_day, e.day + e.start_time, e.start_time IS NOT NULL)
    ) AS w (moment, due, until, is_planned)
    WHERE e.state = 'published' AND w.is_planned
      AND e.day BETWEEN %(first_day)s AND %(last_day)s
"""

_CHOSEN = "CASE {moment} WHEN 'week' THEN s.week_before WHEN 'day' THEN s.day_before ELSE s.on_the_day END"

# When a mail that is due may leave: at its time; at once if its reader confirmed only afterwards; otherwise, catching
# up, not between 21:00 and 08:00, unless it would come too late to be of use.
_NOT_BEFORE = """
    CASE WHEN {due} >= %(now)s THEN {due}
         WHEN {confirmed} > {due} THEN %(now)s
         WHEN {morning} + interval '1 hour' >= {until} THEN %(now)s
         ELSE GREATEST(%(now)s, {morning})
    END
"""
# 08:00 on the spot after the quiet hours that this moment lies in; the moment itself in the daytime.
MORNING = """
    CASE WHEN (%(now)s AT TIME ZONE {zone})::time >= time '21:00'
             THEN ((%(now)s AT TIME ZONE {zone})::date + 1 + time '08:00') AT TIME ZONE {zone}
         WHEN (%(now)s AT TIME ZONE {zone})::time < time '08:00'
             THEN ((%(now)s AT TIME ZONE {zone})::date + time '08:00') AT TIME ZONE {zone}
         ELSE %(now)s
    END
"""


def _leaves(due: str, until: str, confirmed: str, *, zone: str) -> str:
    return _NOT_BEFORE.format(due=due, until=until, confirmed=confirmed, morning=MORNING.format(zone=zone))


# The campaign days on which something takes place in a scope that can be followed, and since when that is known.
_DAYS = """
    SELECT campaign_id, 'campaign' AS scope, NULL::int AS city_id, '' AS country, day, min(time_set_at) AS set_at
    FROM near GROUP BY campaign_id, day
    UNION ALL
    SELECT campaign_id, 'country', NULL, country, day, min(time_set_at) FROM near GROUP BY campaign_id, country, day
    UNION ALL
    SELECT campaign_id, 'city', city_id, '', day, min(time_set_at) FROM near WHERE city_id IS NOT NULL
    GROUP BY campaign_id, city_id, day
"""
_NEAR = """
    SELECT campaign_id, city_id, country, day, time_set_at FROM events_event
    WHERE state = 'published' AND day BETWEEN %(first_day)s AND %(last_day)s
"""
_FOLLOWED_DAYS = """
    SELECT s.recipient_id, s.campaign_id, s.week_before, s.day_before, s.on_the_day, s.confirmed_at,
           s.day, s.set_at, COALESCE(city.timezone, cc.timezone, campaign.timezone) AS zone,
           COALESCE(city.country, s.country) AS country
    FROM (
        SELECT subscription.*, days.day, days.set_at FROM days JOIN reminders_subscription subscription
            USING (campaign_id, scope, country) WHERE scope IN ('campaign', 'country')
        UNION ALL
        -- By itself, so that the followers of a city are found by an index, whose third column is the protest.
        SELECT subscription.*, days.day, days.set_at FROM days JOIN reminders_subscription subscription
            USING (campaign_id, scope, city_id) WHERE scope = 'city' AND event_id IS NULL
    ) s
    JOIN events_campaign campaign ON campaign.id = s.campaign_id
    LEFT JOIN events_city city ON city.geoname_id = s.city_id
    LEFT JOIN events_campaigncountry cc ON cc.campaign_id = s.campaign_id AND s.country <> '' AND cc.country = s.country
    WHERE s.confirmed_at IS NOT NULL
"""
# One row for each digest that somebody is to get: the earliest of the times in all scopes that are followed.
_DIGEST_WINDOWS = f"""
    SELECT d.recipient_id, d.campaign_id, d.day, d.moment, min(d.due) AS due, min(d.until) AS until,
           min(d.confirmed_at) AS confirmed_at, (array_agg(d.zone ORDER BY d.due))[1] AS zone,
           (array_agg(d.country ORDER BY d.due))[1] AS country,
           'digest:' || d.recipient_id || ':' || d.campaign_id || ':' || d.day || ':' || d.moment AS key
    FROM (
        SELECT s.*, w.moment, w.due AT TIME ZONE s.zone AS due, w.until AT TIME ZONE s.zone AS until
        FROM followed s
        CROSS JOIN LATERAL (VALUES
            ('week', s.day - 7 + time '09:00', s.day - 1 + time '11:00'),
            ('day', s.day - 1 + time '11:00', s.day + time '08:00'),
            ('hours', s.day + time '08:00', s.day + time '18:00')
        ) AS w (moment, due, until)
        WHERE {_CHOSEN.format(moment="w.moment")}
    ) d
    WHERE d.due >= d.set_at OR d.confirmed_at > d.set_at
    GROUP BY d.recipient_id, d.campaign_id, d.day, d.moment
"""
# A window is open to those who come late until shortly before the next mail, so that two do not come minutes apart.
_IS_OPEN = """
    {due} <= %(opens_by)s
    AND {until} > CASE {moment} WHEN 'hours' THEN %(now)s ELSE %(closes_after)s END
"""

# What falls into a pause is planned after it, as long as it is of use then.
_IS_REACHABLE = """
    r.suspended_at IS NULL AND r.never_again_at IS NULL AND (r.paused_until IS NULL OR r.paused_until <= %(now)s)
"""

_COLUMNS = """
    recipient_id, letter, key, ids, priority, created_at, not_before, useful_until,
    state, reason, attempts, postponed, lost_leases
"""
INSERT = f"INSERT INTO outbox_delivery ({_COLUMNS})"
INSERT_IN_BATCH = f"INSERT INTO outbox_delivery ({_COLUMNS}, batch)"
ROW = "%(now)s, not_before, until, 'queued', '', 0, 0, 0"
# Copies of a mail that gave its key away (see below) may have arrived: they are counted for ever.
_COPIES = """
    copied AS (
        SELECT split_part(key, ':dropped:', 1) AS key, max(copies) AS copies FROM outbox_delivery
        WHERE state = 'skipped' AND useful_until > %(now)s AND copies > 0 AND position(':dropped:' IN key) > 0
        GROUP BY split_part(key, ':dropped:', 1)
    )
"""
_INSERT_COUNTED = f"INSERT INTO outbox_delivery ({_COLUMNS}, copies, batch)"
_COUNTED_ROW = """
    %(now)s, not_before, until, 'queued', '', COALESCE(copied.copies, 0), 0, 0, COALESCE(copied.copies, 0)
"""

# A reminder of one protest. It is left out where a digest of the same day and moment tells of the protest anyway: one
# that is still to leave, or left when this was followed already. A moment that was over before the time was set (or
# moved) was told of by a notice; whoever confirmed later did not get that notice.
PLANNED_REMINDERS = f"""
    WITH near AS ({_NEAR}), days AS ({_DAYS}), followed AS ({_FOLLOWED_DAYS}), digests AS ({_DIGEST_WINDOWS}),
    windows AS ({_WINDOWS}),
    planned AS (
        SELECT s.recipient_id, w.*, {_leaves("w.due", "w.until", "s.confirmed_at", zone="w.timezone")} AS not_before,
               CASE WHEN s.confirmed_at <= w.due THEN w.timezone END AS quiet
        FROM windows w
        JOIN reminders_subscription s ON s.scope = 'event' AND s.event_id = w.event_id AND s.confirmed_at IS NOT NULL
        JOIN outbox_recipient r ON r.id = s.recipient_id AND {_IS_REACHABLE}
        -- Few follow a place as well: only of those is it asked which digests they get.
        LEFT JOIN (
            SELECT DISTINCT recipient_id FROM reminders_subscription WHERE scope <> 'event' AND confirmed_at IS NOT NULL
        ) AS of_places ON of_places.recipient_id = s.recipient_id
        WHERE {_IS_OPEN.format(due="w.due", until="w.until", moment="w.moment")}
          AND {_CHOSEN.format(moment="w.moment")}
          AND (w.due >= w.time_set_at OR s.confirmed_at > w.time_set_at)
          AND NOT (w.moment <> 'hours' AND of_places.recipient_id IS NOT NULL AND EXISTS (
              SELECT FROM digests d LEFT JOIN outbox_delivery mail ON mail.key = d.key
              WHERE d.recipient_id = s.recipient_id AND d.campaign_id = w.campaign_id AND d.day = w.day
                AND d.moment = w.moment
                AND CASE WHEN mail.id IS NULL OR mail.state = 'skipped' THEN d.until > %(now)s
                         ELSE COALESCE(mail.finished_at >= s.confirmed_at, true) END
          ))
    )
"""
# In the last hours before a start it must not wait behind what many others get for another day.
URGENCY = f"CASE moment WHEN 'hours' THEN {Priority.NOTICE.value} ELSE {Priority.REMINDER.value} END"
_REMINDERS = f"""
    {PLANNED_REMINDERS}, {_COPIES}
    {_INSERT_COUNTED}
    SELECT recipient_id, 'reminder', key,
           jsonb_build_object('event', event_id, 'moment', moment, 'day', day, 'quiet', quiet,
                              'starts_at', extract(epoch FROM starts_at)::bigint),
           {URGENCY}, {_COUNTED_ROW}, 'reminder:' || event_id || ':' || moment
    FROM (
        SELECT *, 'reminder:' || recipient_id || ':' || event_id || ':' || moment || ':'
                      || COALESCE(extract(epoch FROM starts_at)::bigint::text, day::text) AS key
        FROM planned WHERE not_before < until
    ) mails LEFT JOIN copied USING (key)
    -- The order in which they leave: who starts first, and readers of the same text together.
    ORDER BY starts_at, event_id, recipient_id
    ON CONFLICT (key) DO NOTHING
"""

PLANNED_DIGESTS = f"""
    WITH near AS ({_NEAR}), days AS ({_DAYS}), followed AS ({_FOLLOWED_DAYS}), digests AS ({_DIGEST_WINDOWS}),
    planned AS (
        SELECT d.*, {_leaves("d.due", "d.until", "d.confirmed_at", zone="d.zone")} AS not_before,
               CASE WHEN d.confirmed_at <= d.due THEN d.zone END AS quiet
        FROM digests d
        JOIN outbox_recipient r ON r.id = d.recipient_id AND {_IS_REACHABLE}
        WHERE {_IS_OPEN.format(due="d.due", until="d.until", moment="d.moment")}
    )
"""
_DIGESTS = f"""
    {PLANNED_DIGESTS}, {_COPIES}
    {_INSERT_COUNTED}
    SELECT recipient_id, 'digest', key,
           jsonb_build_object('campaign', campaign_id, 'day', day, 'moment', moment, 'quiet', quiet),
           {Priority.DIGEST.value}, {_COUNTED_ROW}, ''
    FROM planned LEFT JOIN copied USING (key) WHERE not_before < until
    ON CONFLICT (key) DO NOTHING
"""


# Why a mail was dropped that is wanted again if its row is planned anew: the protest was cancelled, hidden or moved,
# and is back; its reader follows again, is back from a pause, or reachable again. It gives its key to the new row.
DROPPED = [
    "protest cancelled",
    "protest hidden",
    "moved",
    "not followed any more",
    "nothing to tell",
    "paused",
    "address suspended",
]
# A digest that was empty is not made anew each minute, but when something changes on its day, or choices may have.
_GIVE_KEYS_BACK = f"""
    UPDATE outbox_delivery mail SET key = key || ':dropped:' || id
    WHERE state = 'skipped' AND useful_until > %(now)s AND letter IN ('reminder', 'digest')
      AND reason = ANY(%(dropped)s) AND copies < {MOST_COPIES} AND position(':dropped:' IN key) = 0
      AND (reason <> 'nothing to tell' OR finished_at <= %(now)s - interval '1 hour' OR EXISTS (
          SELECT FROM events_eventchange c JOIN events_event e ON e.id = c.event_id
          WHERE e.campaign_id = (mail.ids->>'campaign')::bigint AND e.day = (mail.ids->>'day')::date
            AND c.at >= mail.finished_at
      ))
"""


# A protest's windows lie within these days before and after it, whatever its zone.
_BEFORE, _AFTER = timedelta(days=9), timedelta(days=2)


def windows_between(now: datetime, opens_by: datetime, *, closes_after: datetime) -> dict[str, Any]:
    """What the statements need to know to find the windows that are open between *now* and *opens_by*."""
    days = {"first_day": now.date() - _AFTER, "last_day": opens_by.date() + _BEFORE}
    return {"now": now, "opens_by": opens_by, "closes_after": closes_after, **days}


def plan(now: datetime) -> int:
    """Put every reminder and digest whose window is open, or opens within AHEAD, into the outbox. Returns how many."""
    values = windows_between(now, now + AHEAD, closes_after=now + AHEAD)
    planned = 0
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_KEYS_BACK, {"now": now, "dropped": DROPPED})
        for statement in (_DIGESTS, _REMINDERS):
            cursor.execute(statement, values)
            planned += cursor.rowcount
    return planned
