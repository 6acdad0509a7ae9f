"""Letters of visitors to those who run a protest: who is told of them, answering, and keeping abuse out.

Whoever runs the protest gets one mail in 15 minutes at most, without a word of what was written and not between 21:00
and 08:00 there, while something waits that is newer than the last such mail. The statement may run at any time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events import letters
from events.actions import Refused
from events.models import BlockedSender, Event, Message, Thread
from events.models.thread import ThreadQuerySet
from outbox.models import Priority
from outbox.quiet import after_quiet_hours
from reminders.planning import INSERT, IS_QUIET, ROW

LETTER = "letters_to_organisers"
GAP = timedelta(minutes=15)
# Nobody is told of older ones: well before the outbox forgets (14 days) that they were told of.
NEWS_FOR = timedelta(days=10)
# Only one planner at a time, so that each sees what the other has planned. Any number that nobody else locks.
_LOCK = 4_204_035

_TELL = f"""
    WITH waiting AS (
        SELECT event_id, max(last_at) AS at FROM events_thread
        WHERE waiting_since IS NOT NULL AND event_id IS NOT NULL AND last_at > %(oldest)s GROUP BY event_id
    ),
    due AS (
        SELECT u.recipient_id, o.id AS organiser_id, e.id AS event_id, e.timezone,
               GREATEST(last.not_before + %(gap)s, %(now)s) AS slot
        FROM waiting w
        JOIN events_event e ON e.id = w.event_id
        JOIN events_organiser o ON o.event_id = e.id AND o.role <> 'helper'
        JOIN accounts_user u ON u.id = o.user_id AND u.is_active
        JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
        LEFT JOIN LATERAL (
            SELECT max(not_before) AS not_before FROM outbox_delivery d
            WHERE d.recipient_id = u.recipient_id AND d.letter = '{LETTER}' AND (d.ids->>'event')::bigint = e.id
        ) last ON true
        WHERE last.not_before IS NULL OR w.at > last.not_before
    ),
    planned AS (
        SELECT due.*, leaves.at AS not_before, leaves.at + interval '1 day' AS until
        FROM due
        CROSS JOIN LATERAL (
            SELECT CASE WHEN {IS_QUIET.format("slot AT TIME ZONE timezone")}
                        THEN ((slot AT TIME ZONE timezone + interval '3 hours')::date + time '08:00')
                             AT TIME ZONE timezone
                        ELSE slot END AS at
        ) leaves
    )
    {INSERT}
    SELECT recipient_id, '{LETTER}',
           '{LETTER}:' || event_id || ':' || recipient_id || ':' || extract(epoch FROM not_before)::bigint,
           jsonb_build_object('event', event_id, 'organiser', organiser_id, 'quiet', timezone),
           {Priority.NOTICE.value}, {ROW}
    FROM planned
    ON CONFLICT (key) DO NOTHING
"""


@transaction.atomic
def tell_organisers(now: datetime) -> int:
    """Put what organisers should hear of waiting letters into the outbox. Returns how many mails."""
    values: dict[str, Any] = {"now": now, "gap": GAP, "oldest": now - NEWS_FOR}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_TELL, values)
        return int(cursor.rowcount)


def waiting(events: Iterable[int]) -> dict[int, int]:
    """How many letters wait for an answer, by protest; those for which none does are missing."""
    threads = Thread.objects.waiting().filter(event__in=events).order_by()
    return dict(threads.values_list("event").annotate(Count("pk")))


def letters_of(event: Event) -> ThreadQuerySet:
    """What visitors wrote to those who run *event*; `is_blocked` says of each whether its sender is blocked by now."""
    theirs = BlockedSender.objects.of_protest(event).filter(mailbox_hash=OuterRef("recipient__mailbox_hash"))
    return Thread.objects.filter(event=event).annotate(is_blocked=Exists(theirs))


def answer(thread: Thread, event: Event, text: str, *, key: UUID, by: User, seen: int | None) -> Message:
    """Mail an answer, in the daytime where the protest is. Refused while moderators hide it: then nothing is mailed in
    its name."""
    if not event.is_visible:
        raise Refused(_("The protest is not public: no letters leave in its name."))
    leaves = after_quiet_hours(timezone.now(), event.zone)
    return letters.answer(thread, text, key=key, by=by, seen=seen, leaves=leaves)


@transaction.atomic
def block(thread: Thread, event: Event, *, by: User) -> None:
    """Keep no further letters of this mailbox to *event*, and set aside what waits of it."""
    blocked, is_new = BlockedSender.objects.get_or_create(
        event=event, mailbox_hash=thread.mailbox, is_everywhere=False, defaults={"at": timezone.now()}
    )
    if is_new:
        record("sender blocked", by=by, on=blocked)
    letters.set_all_aside(Thread.objects.filter(event=event), thread.mailbox, by=by)


@transaction.atomic
def unblock(blocked: BlockedSender, *, by: User) -> None:
    deleted, _by_model = BlockedSender.objects.filter(pk=blocked.pk).delete()
    if deleted:
        record("sender unblocked", by=by, on=blocked)


@transaction.atomic
def report(thread: Thread, *, by: User) -> None:
    """Let the moderators read this thread. Once they are done with it, it can be reported again."""
    open_already = Thread.objects.reported().filter(report_closed_at=None)
    if (
        Thread.objects.filter(pk=thread.pk)
        .exclude(pk__in=open_already)
        .update(reported_at=timezone.now(), report_closed_at=None)
    ):
        record("letter reported", by=by, on=thread)
