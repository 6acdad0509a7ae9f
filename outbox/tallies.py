"""How many of the mails of a batch arrived. A batch is what is told to many at once: one letter of organisers, one
change. Its numbers outlive its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# What is there still, and what was counted before it was deleted.
_COUNT = """
    SELECT batch, sum(sent)::int, sum(failed)::int, sum(waiting)::int, sum(skipped)::int FROM (
        SELECT batch, count(*) FILTER (WHERE state = 'sent') AS sent,
               count(*) FILTER (WHERE state IN ('failed', 'quarantined')) AS failed,
               count(*) FILTER (WHERE state IN ('queued', 'claimed', 'started')) AS waiting,
               count(*) FILTER (WHERE state = 'skipped') AS skipped
        FROM outbox_delivery WHERE batch = ANY(%(batches)s) AND batch <> '' GROUP BY batch
        UNION ALL
        SELECT batch, sent, failed, 0, skipped FROM outbox_tally WHERE batch = ANY(%(batches)s)
    ) counted GROUP BY batch
"""
# One statement, so that no mail is deleted uncounted or counted twice.
_FORGET = """
    WITH gone AS (DELETE FROM outbox_delivery WHERE {which} RETURNING batch, state),
    counted AS (INSERT INTO outbox_tally AS known (batch, sent, failed, skipped)
    SELECT batch, count(*) FILTER (WHERE state = 'sent'),
           count(*) FILTER (WHERE state IN ('failed', 'quarantined')), count(*) FILTER (WHERE state = 'skipped')
    FROM gone WHERE batch <> '' GROUP BY batch ORDER BY batch
    ON CONFLICT (batch) DO UPDATE
    SET sent = known.sent + excluded.sent, failed = known.failed + excluded.failed,
        skipped = known.skipped + excluded.skipped)
    SELECT count(*) FROM gone
"""


@dataclass(frozen=True)
class Counts:
    """What became of the mails of one batch, or of several."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.sent + other.sent,
            self.failed + other.failed,
            self.waiting + other.waiting,
            self.skipped + other.skipped,
        )

    @property
    def total(self) -> int:
        return self.sent + self.failed + self.waiting + self.skipped


def counts_of(batches: Iterable[str]) -> dict[str, Counts]:
    """What became of the mails of these batches, in one query; those without any mail are missing."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"batches": list(batches)})
        return {row[0]: Counts(*row[1:]) for row in cursor.fetchall()}


def _forget(which: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET.format(which=which), values)
        return int(cursor.fetchone()[0])


def forget_finished(before: datetime) -> int:
    """Delete the mails that were finished before then, and keep the numbers of their batches. Returns how many."""
    return _forget("finished_at < %(before)s", before=before)


def forget_mails_to(recipients: Sequence[int]) -> int:
    """Delete all mails to these, also those that wait, and keep the numbers of their batches. Returns how many."""
    return _forget("recipient_id = ANY(%(recipients)s)", recipients=recipients)


def forget_mails_about(ids: Mapping[str, Sequence[int]]) -> int:
    """Delete all mails whose ids name one of these: {"event": [17, 18]}. Returns how many."""
    which = " OR ".join(f"(ids->>'{name}')::bigint = ANY(%({name})s)" for name in ids)
    return _forget(which, **ids)
