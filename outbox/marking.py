"""The one statement between two mails: the last one is sent, this one is started. It is sent to PostgreSQL without
waiting, so that a sender has something else to do meanwhile, and done only when it is answered."""

from datetime import datetime, timedelta
from weakref import WeakSet

from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import Connection, errors, generators, pq

from outbox.models import Delivery

# Prepared once for each connection, as it is run for each mail: nothing is left to parse or to plan.
_PREPARE = """
    PREPARE mark (bigint, bigint, timestamptz, timestamptz, timestamptz) AS
    UPDATE outbox_delivery SET
        state = CASE id WHEN $1 THEN 'sent' ELSE 'started' END,
        attempts = attempts + CASE id WHEN $1 THEN 0 ELSE 1 END,
        lease_until = CASE id WHEN $1 THEN NULL ELSE $4 END,
        finished_at = CASE id WHEN $1 THEN $5 END,
        reason = ''
    WHERE id IN ($1, $2) AND CASE id
        WHEN $1 THEN state <> 'sent' ELSE state = 'claimed' AND lease_until = $3 AND lease_until > $5
    END
    RETURNING id
"""
_prepared: WeakSet[object] = WeakSet()


class Mark:
    """On its way to PostgreSQL; until `is_ours` was asked for, the connection takes no other query."""

    def __init__(self, *, sent: Delivery | None, started: Delivery | None) -> None:
        now = timezone.now()
        self._started = started
        self._lease = now + timedelta(seconds=settings.OUTBOX_LEASE)
        self._connection = _connection()
        values = [
            str(sent.pk if sent else -1).encode(),
            str(started.pk if started else -1).encode(),
            _as_text(started.lease_until if started else None),
            _as_text(self._lease),
            _as_text(now),
        ]
        with connection.wrap_database_errors:
            self._connection.pgconn.send_query_prepared(b"mark", values)

    def is_ours(self) -> bool:
        """Wait until it is done. False if the one to start is not leased to this sender any more."""
        with connection.wrap_database_errors:
            (result,) = self._connection.wait(generators.execute(self._connection.pgconn))
            if result.status != pq.ExecStatus.TUPLES_OK:
                raise errors.error_from_result(result)
        started = self._started
        if started is None or str(started.pk).encode() not in {
            result.get_value(row, 0) for row in range(result.ntuples)
        }:
            return False
        started.state = Delivery.State.STARTED
        started.lease_until = self._lease
        started.attempts += 1
        return True


def _connection() -> Connection:
    """Django's own, on which the statement is prepared."""
    connection.ensure_connection()
    if connection.connection not in _prepared:
        with connection.cursor() as cursor:
            cursor.execute(_PREPARE)
        _prepared.add(connection.connection)
    ours: Connection = connection.connection
    return ours


def _as_text(value: datetime | None) -> bytes | None:
    return value.isoformat().encode() if value else None
