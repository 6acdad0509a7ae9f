"""How the post office does: what waits, how long already, how fast mails leave, and what became of them.

Counted once a minute into a `Reading`, so that no question costs more after a million mails than after ten. The queue
itself is counted through the indexes of what is unfinished.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count

from outbox.models import Delivery, Priority, Reading, Recipient

# Mails finished less than a minute ago may not be committed yet.
SETTLES = timedelta(minutes=1)
KEPT = timedelta(days=60)
# Rates are taken over this time; a single minute says little.
STRETCH = timedelta(minutes=5)
# Fewer mails than these are due for a moment at any time.
BUSY = 200

_READ = """
    INSERT INTO outbox_reading (at, read_at, sent, failed, skipped, quarantined, due)
    SELECT %(at)s, %(now)s, COALESCE(last.sent, 0) + n.sent, COALESCE(last.failed, 0) + n.failed,
           COALESCE(last.skipped, 0) + n.skipped, COALESCE(last.quarantined, 0) + n.quarantined,
           (SELECT count(*) FROM outbox_delivery WHERE state = 'queued' AND not_before <= %(now)s)
    FROM (SELECT) once
    LEFT JOIN LATERAL (SELECT * FROM outbox_reading WHERE at < %(at)s ORDER BY at DESC LIMIT 1) last ON true
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE state = 'failed') AS failed,
               count(*) FILTER (WHERE state = 'skipped') AS skipped,
               count(*) FILTER (WHERE state = 'quarantined') AS quarantined
        FROM outbox_delivery WHERE finished_at >= COALESCE(last.at, '-infinity') AND finished_at < %(at)s
    ) n
    ON CONFLICT (at) DO UPDATE SET read_at = excluded.read_at
"""
_WAITING = """
    SELECT priority, 'queued', count(*) FROM outbox_delivery WHERE state = 'queued' GROUP BY priority
    UNION ALL
    SELECT priority, state, count(*) FROM outbox_delivery WHERE state IN ('claimed', 'started') GROUP BY priority, state
"""
# One short look into the index for each priority; where a limit sets mails aside (outbox/pacing.py), at those too.
_OLDEST = """
    SELECT LEAST(min(first.not_before), (
               SELECT to_timestamp(min((ids->>'due')::float8)) FROM outbox_delivery
               WHERE %(has_limit)s AND state = 'queued' AND reason = %(over_limit)s
           )), (SELECT count(*) FROM outbox_delivery WHERE state = 'queued' AND attempts > 0)
    FROM unnest(%(priorities)s) p (priority)
    CROSS JOIN LATERAL (
        SELECT not_before FROM outbox_delivery
        WHERE state = 'queued' AND priority = p.priority AND not_before <= %(now)s ORDER BY not_before LIMIT 1
    ) first
"""


def read(now: datetime) -> None:
    """Take a reading; a second one in the same minute only says that somebody was there."""
    at = now.replace(second=0, microsecond=0) - SETTLES
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"at": at, "now": now})
    Reading.objects.filter(at__lt=at - KEPT).delete()


@dataclass(frozen=True)
class Queue:
    """What is unfinished: how many by priority and state, since when the oldest due mail waits, and how many are
    tried again."""

    counts: dict[tuple[Priority, Delivery.State], int]
    oldest_due: datetime | None
    tried: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def age(self, now: datetime) -> timedelta:
        return now - self.oldest_due if self.oldest_due else timedelta()


def queue(now: datetime) -> Queue:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        counts = {(Priority(priority), Delivery.State(state)): number for priority, state, number in cursor.fetchall()}
    return Queue(counts, *_oldest_and_tried(now))


def oldest_due(now: datetime) -> datetime | None:
    """Since when the oldest due mail waits."""
    return _oldest_and_tried(now)[0]


def _oldest_and_tried(now: datetime) -> tuple[datetime | None, int]:
    limit = {"has_limit": bool(settings.OUTBOX_DOMAIN_RATE), "over_limit": Delivery.OVER_LIMIT}
    values: dict[str, Any] = {"now": now, "priorities": Priority.values, **limit}
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, values)
        oldest, tried = cursor.fetchone()
    return oldest, tried


def latest(now: datetime) -> Reading | None:
    """The last reading; one from the future, left by a clock that was wrong, is none."""
    return Reading.objects.filter(at__lte=now).order_by("at").last()


@dataclass(frozen=True)
class Pace:
    """What was finished between two readings."""

    seconds: float
    sent: int
    failed: int
    skipped: int
    quarantined: int

    @property
    def per_second(self) -> float:
        return self.sent / self.seconds if self.seconds else 0.0


def pace(now: datetime, stretch: timedelta = STRETCH) -> Pace:
    """What was finished in about the last *stretch* of time that was read."""
    new = latest(now)
    old = Reading.objects.filter(at__lte=new.at - stretch).order_by("at").last() if new else None
    if new is None or old is None:
        return Pace(0, 0, 0, 0, 0)
    return Pace(
        (new.at - old.at).total_seconds(),
        new.sent - old.sent,
        new.failed - old.failed,
        new.skipped - old.skipped,
        new.quarantined - old.quarantined,
    )


_FASTEST = """
    SELECT max((r.sent - old.sent) / extract(epoch FROM r.at - old.at)) FROM outbox_reading r
    CROSS JOIN LATERAL (
        SELECT sent, at, due FROM outbox_reading o WHERE o.at <= r.at - %(stretch)s ORDER BY o.at DESC LIMIT 1
    ) old
    WHERE r.at <= %(now)s AND r.due >= %(busy)s AND old.due >= %(busy)s
"""


def fastest(now: datetime) -> float:
    """Mails a second in the best stretch that began and ended with mail waiting: what workers and mail server have
    shown that they reach; 0 if they were never kept busy for so long."""
    values: dict[str, Any] = {"now": now, "stretch": STRETCH, "busy": BUSY}
    with connection.cursor() as cursor:
        cursor.execute(_FASTEST, values)
        return float(cursor.fetchone()[0] or 0)


def suspended() -> int:
    """How many addresses nothing but codes is sent to."""
    return Recipient.objects.filter(suspended_at__isnull=False).count()


def has_sent_since(moment: datetime) -> bool:
    return Delivery.objects.filter(state=Delivery.State.SENT, finished_at__gte=moment).exists()


def quarantined_since(moment: datetime) -> int:
    return Delivery.objects.filter(state=Delivery.State.QUARANTINED, finished_at__gte=moment).count()


def undelivered(since: datetime) -> list[tuple[str, str, str, int]]:
    """What somebody should have got and did not: letter, state, reason and how many, the most frequent first."""
    found = Delivery.objects.dead().filter(finished_at__gte=since)
    counted: list[tuple[str, str, str, int]] = list(
        found.values_list("letter", "state", "reason").annotate(number=Count("pk")).order_by("-number", "letter")[:50]
    )
    return counted
