"""From changes of protests to mails for their helpers, as for followers (reminders/notices.py). Shifts move with the
protest by themselves; here their people hear of it."""

import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from events.actions import SECOND_THOUGHTS
from events.models import EventChange
from organising.models import HelpersTold, Shift
from organising.shift_letters import NOTICE
from outbox.models import Priority
from outbox.quiet import after_quiet_hours
from reminders.notices import AT_ONCE, MOST_AT_ONCE, STAYS_USEFUL, is_urgent, without_twins
from reminders.planning import INSERT

Kind = EventChange.Kind

_CLAIM = """
    INSERT INTO organising_helperstold (change_id, at) SELECT unnest(%(changes)s::bigint[]), %(now)s
    ON CONFLICT (change_id) DO NOTHING RETURNING change_id
"""
_TELL = f"""
    {INSERT}
    SELECT DISTINCT u.recipient_id, '{NOTICE}', 'shift-notice:' || u.recipient_id || ':' || %(change)s, %(ids)s::jsonb,
           %(priority)s, %(now)s::timestamptz, %(not_before)s::timestamptz, %(useful_until)s::timestamptz,
           'queued', '', 0, 0, 0
    FROM organising_shiftsignup u
    JOIN organising_shift s ON s.id = u.shift_id AND s.removed_at IS NULL
    JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
    WHERE s.event_id = %(event)s AND u.state IN ('in', 'waiting') AND u.confirmed_at <= %(changed)s
    ON CONFLICT (key) DO NOTHING
"""


@transaction.atomic
def tell_helpers(now: datetime) -> int:
    """Make the mails of every change that helpers have not been told of and that can no longer be taken back unheard.
    Two at once share the work: a change is claimed by a unique mark. Returns how many changes."""
    with_shifts = Exists(Shift.objects.filter(event=OuterRef("event")))
    untold = ~Exists(HelpersTold.objects.filter(change=OuterRef("pk")))
    found = EventChange.objects.filter(with_shifts, untold).exclude(kind=Kind.PUBLISHED)
    ripe = found.filter(Q(kind__in=AT_ONCE) | Q(at__lte=now - SECOND_THOUGHTS)).order_by("pk")[:MOST_AT_ONCE]
    changes = {change.pk: change for change in ripe.select_related("event__campaign")}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"changes": sorted(changes), "now": now})
        ours = [changes[row[0]] for row in cursor.fetchall()]
        elsewhere = {(change.event_id, change.at) for change in ours if change.kind == Kind.PLACE_CHANGED}
        for change in without_twins(ours):
            if change.event.over_at > now:
                cursor.execute(_TELL, _mail(change, now, is_elsewhere=(change.event_id, change.at) in elsewhere))
    return len(ours)


def _mail(change: EventChange, now: datetime, *, is_elsewhere: bool) -> dict[str, Any]:
    urgent = is_urgent(change)
    not_before = now if urgent else after_quiet_hours(now, change.event.zone)
    quiet = None if urgent else change.event.timezone
    return {
        "change": change.pk,
        "event": change.event_id,
        "changed": change.at,
        "ids": json.dumps({"change": change.pk, "is_elsewhere": is_elsewhere, "quiet": quiet}),
        "priority": Priority.URGENT if urgent else Priority.NOTICE,
        "now": now,
        "not_before": not_before,
        "useful_until": max(change.event.over_at, not_before + STAYS_USEFUL),
    }
