"""“Still on?”: who organises a protest is asked shortly before whether it takes place; while nobody answers, its page
says so.

The owner is asked 72 hours before the start, without an answer all organisers 48 and 24 hours before; 12 hours before
the protest is marked as not confirmed (moderation/unconfirmed.py tells the coordinators). Hours are those of the clock
on the spot, and a protest without an hour counts from 08:00. What falls into the quiet hours is asked the evening
before. To press the button, to send a change, or to be published meanwhile is an answer. A protest that moves is asked
about anew: everything is worked out from its present start. All statements may run at any time, and twice at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Event, SiteStamp
from outbox.models import Priority
from reminders.planning import AHEAD, INSERT, MORNING, ROW

LETTER = "still_on"

# The evening before if a wall-clock time lies in the quiet hours.
WAKING = """
    CASE WHEN ({0})::time < time '08:00' THEN ({0})::date - 1 + time '20:00'
         WHEN ({0})::time >= time '21:00' THEN ({0})::date + time '20:00'
         ELSE {0} END
"""
# Each public protest with its instants, and whether somebody has answered since it is asked about.
_QUESTIONS = f"""
    SELECT e.id AS event_id, e.timezone, clock.starts AT TIME ZONE e.timezone AS starts,
           clock.first AT TIME ZONE e.timezone AS asked_from,
           (clock.first + interval '24 hours') AT TIME ZONE e.timezone AS again_from,
           (clock.first + interval '48 hours') AT TIME ZONE e.timezone AS last_from,
           clock.starts AT TIME ZONE e.timezone - interval '12 hours' AS silent_from,
           GREATEST(e.confirmed_at, e.published_at, edited.at) >= clock.first AT TIME ZONE e.timezone AS is_answered
    FROM events_event e
    CROSS JOIN LATERAL (SELECT e.day + COALESCE(e.start_time, time '08:00') AS starts) wall
    CROSS JOIN LATERAL (SELECT wall.starts, {WAKING.format("(wall.starts - interval '72 hours')")} AS first) clock
    LEFT JOIN LATERAL (SELECT max(r.submitted_at) AS at FROM events_revision r WHERE r.event_id = e.id) edited ON true
    WHERE e.state = 'published'
"""
_SOON = "e.day BETWEEN %(today)s::date - 2 AND %(today)s::date + 5 AND e.over_at > %(now)s"

# Of what is asked or told in steps: a row for each of those who run the protest. What is late leaves in the morning, or
# at once if the next step is near.
WHO_RUNS_IT = f"""
    SELECT u.recipient_id, s.*, o.id AS organiser_id,
           CASE WHEN s.due >= %(now)s THEN s.due
                WHEN {MORNING.format(zone="s.timezone")} + interval '1 hour' >= s.until THEN %(now)s
                ELSE {MORNING.format(zone="s.timezone")} END AS not_before
    FROM steps s
    JOIN events_organiser o ON o.event_id = s.event_id AND o.role <> 'helper'
    JOIN accounts_user u ON u.id = o.user_id AND u.is_active
    JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
"""

# Of the questions only the latest: one that is about to be followed by the next is not caught up with any more.
_ASK = f"""
    WITH questions AS ({_QUESTIONS} AND {_SOON}),
    steps AS (
        SELECT q.*, s.step, s.due, s.until
        FROM questions q
        CROSS JOIN LATERAL (VALUES
            (72, q.asked_from, q.again_from), (48, q.again_from, q.last_from), (24, q.last_from, q.starts)
        ) AS s (step, due, until)
        WHERE NOT q.is_answered AND s.due <= %(now)s + %(ahead)s
          AND s.until > CASE s.step WHEN 24 THEN %(now)s ELSE %(now)s + %(ahead)s END
    ),
    planned AS (
        {WHO_RUNS_IT}
        WHERE s.step < 72 OR o.role = 'owner'
           OR NOT EXISTS (SELECT FROM events_organiser own WHERE own.event_id = s.event_id AND own.role = 'owner')
    )
    {INSERT}
    SELECT recipient_id, '{LETTER}',
           'still-on:' || event_id || ':' || step || ':' || extract(epoch FROM starts)::bigint || ':' || recipient_id,
           jsonb_build_object('event', event_id, 'organiser', organiser_id, 'step', step, 'quiet', timezone,
                              'starts', extract(epoch FROM starts)::bigint),
           {Priority.NOTICE.value}, {ROW}
    FROM planned WHERE not_before < until
    ON CONFLICT (key) DO NOTHING
"""

# What the public is told follows from the questions alone, so that a mark that is no longer true goes by itself.
_MARK = f"""
    WITH questions AS ({_QUESTIONS} AND {_SOON}),
    due AS (
        SELECT e.id, q.is_silent FROM events_event e
        JOIN (SELECT event_id, NOT is_answered AND silent_from <= %(now)s AS is_silent FROM questions) q
          ON q.event_id = e.id
        WHERE q.is_silent <> (e.unconfirmed_at IS NOT NULL)
        ORDER BY e.id FOR NO KEY UPDATE OF e SKIP LOCKED
    )
    UPDATE events_event e
    SET unconfirmed_at = CASE WHEN due.is_silent THEN %(now)s::timestamptz END,
        changed_at = %(now)s, sequence = e.sequence + 1
    FROM due WHERE e.id = due.id
"""


@dataclass(frozen=True)
class Question:
    """When a public protest is asked about, and whether that is answered."""

    event_id: int
    starts: datetime
    asked_from: datetime
    is_answered: bool

    def is_open(self, now: datetime) -> bool:
        """Whether an answer is waited for."""
        return not self.is_answered and self.asked_from <= now


def _values(now: datetime) -> dict[str, Any]:
    return {"now": now, "today": now.date(), "ahead": AHEAD}


def ask(now: datetime) -> int:
    """Put every question that is due, or will be within AHEAD, into the outbox. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ASK, _values(now))
        return int(cursor.rowcount)


@transaction.atomic
def mark_unconfirmed(now: datetime) -> int:
    """Tell the public of which protests nobody has said that they take place, and no longer of those that somebody
    has. Returns of how many."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, _values(now))
        changed = int(cursor.rowcount)
    if changed:
        SiteStamp.objects.bump()
    return changed


def questions_of(events: Iterable[int]) -> dict[int, Question]:
    """What these protests are asked, by their keys; those that are not public are missing."""
    chosen = f"SELECT event_id, starts, asked_from, is_answered FROM ({_QUESTIONS} AND e.id = ANY(%(events)s)) q"
    with connection.cursor() as cursor:
        cursor.execute(chosen, {"events": list(events)})
        return {row[0]: Question(*row) for row in cursor.fetchall()}


@transaction.atomic
def confirm(event: Event, *, by: User) -> Event:
    """An organiser says that it takes place as planned. Followers are not told: they took it for granted. Too early and
    once more it changes nothing."""
    event = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    now = timezone.now()
    question = questions_of([event.pk]).get(event.pk)
    if question is None or event.over_at <= now:
        raise Refused(_("Only a protest that is public and not over can be confirmed."))
    if not question.is_open(now):
        return event
    if event.unconfirmed_at:
        event.unconfirmed_at, event.changed_at = None, now
        event.sequence += 1
        SiteStamp.objects.bump()
    event.confirmed_at = now
    event.save(update_fields=["confirmed_at", "unconfirmed_at", "changed_at", "sequence"])
    record("still on", by=by, on=event)
    return event
