"""Rows for the outbox, made in one statement."""

from typing import Any

from django.db import connection
from django.utils import timezone

from outbox.models import Priority

HISTORY = "history"
FIXED = "bench"

_FILL = """
    INSERT INTO outbox_delivery (recipient_id, letter, key, ids, priority, created_at, not_before, useful_until,
                                 state, reason, attempts, postponed, lost_leases, finished_at)
    SELECT r.ids[1 + n %% cardinality(r.ids)], %(letter)s, %(letter)s || ':' || n,
           jsonb_build_object('event', n, 'moment', 'week', 'day', '2027-10-11', 'starts_at', n), %(priority)s,
           %(now)s, %(now)s - interval '1 minute', %(now)s + interval '1 day', %(state)s, '', 0, 0, 0,
           CASE WHEN %(state)s = 'sent' THEN %(now)s::timestamptz END
    FROM generate_series(1, %(number)s) n, (SELECT array_agg(id) AS ids FROM outbox_recipient) r
"""


def fill(number: int, *, letter: str, state: str) -> None:
    """This many mails of one letter to all recipients in turn."""
    values: dict[str, Any] = {
        "number": number,
        "letter": letter,
        "state": state,
        "now": timezone.now(),
        "priority": Priority.REMINDER.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)


def clear() -> None:
    """Drop all mails but the history."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox_delivery WHERE letter <> %s", [HISTORY])
