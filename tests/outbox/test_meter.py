"""What is known of the queue and of the mails that have left, at a cost that does not grow with their number."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from outbox import meter
from outbox.models import Delivery, Priority, Reading
from tests.factories import DeliveryFactory, RecipientFactory

pytestmark = pytest.mark.django_db

State = Delivery.State
NOW = dt.datetime(2027, 10, 10, 9, 30, 20, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def _finished(state: State, at: dt.datetime, number: int = 1, **fields: object) -> None:
    for _ in range(number):
        DeliveryFactory(state=state, finished_at=at, **fields)


def test_the_queue_is_counted_by_priority_and_state_and_knows_its_oldest() -> None:
    DeliveryFactory(priority=Priority.DIGEST, not_before=NOW - 3 * MINUTE)
    DeliveryFactory(priority=Priority.URGENT, not_before=NOW - MINUTE, attempts=1)
    DeliveryFactory(priority=Priority.URGENT, not_before=NOW + MINUTE, attempts=2)
    DeliveryFactory(priority=Priority.URGENT, state=State.STARTED, lease_until=NOW + MINUTE)
    _finished(State.SENT, NOW)

    queue = meter.queue(NOW)

    assert queue.counts == {
        (Priority.URGENT, State.QUEUED): 2,
        (Priority.URGENT, State.STARTED): 1,
        (Priority.DIGEST, State.QUEUED): 1,
    }
    assert (queue.total, queue.tried, queue.age(NOW)) == (4, 2, 3 * MINUTE)
    assert meter.oldest_due(NOW) == NOW - 3 * MINUTE


def test_an_empty_queue_has_no_age() -> None:
    DeliveryFactory(not_before=NOW + MINUTE)

    assert meter.oldest_due(NOW) is None
    assert meter.queue(NOW).age(NOW) == dt.timedelta()


def test_readings_go_on_from_the_last_one_and_count_each_mail_once() -> None:
    _finished(State.SENT, NOW - 10 * MINUTE, 2)
    _finished(State.QUARANTINED, NOW - 10 * MINUTE)
    meter.read(NOW - 8 * MINUTE)
    _finished(State.SENT, NOW - 5 * MINUTE, 3)
    _finished(State.FAILED, NOW - 5 * MINUTE)
    _finished(State.SENT, NOW)  # younger than a minute: counted next time
    meter.read(NOW)
    meter.read(NOW + dt.timedelta(seconds=30))

    first, second = Reading.objects.order_by("at")
    assert (first.sent, first.failed, first.quarantined) == (2, 0, 1)
    assert (second.sent, second.failed, second.skipped, second.quarantined) == (5, 1, 0, 1)
    assert second.at == dt.datetime(2027, 10, 10, 9, 29, tzinfo=dt.UTC)
    assert second.read_at == NOW + dt.timedelta(seconds=30)


def test_numbers_outlive_the_rows_they_were_counted_from() -> None:
    _finished(State.SENT, NOW - 10 * MINUTE, 2)
    meter.read(NOW - 8 * MINUTE)
    Delivery.objects.all().delete()
    _finished(State.SENT, NOW - 5 * MINUTE)
    meter.read(NOW)

    assert meter.latest(NOW).sent == 3


def test_the_pace_is_what_was_sent_between_two_readings() -> None:
    assert meter.pace(NOW).per_second == 0.0
    for minutes, sent in ((20, 0), (12, 6000), (7, 6600), (1, 6600)):
        Reading.objects.create(at=NOW - minutes * MINUTE, read_at=NOW, sent=sent)

    assert meter.pace(NOW, 6 * MINUTE) == meter.Pace(seconds=360.0, sent=0, failed=0, skipped=0, quarantined=0)
    assert meter.pace(NOW, 10 * MINUTE).per_second == pytest.approx(600 / 660)


def test_the_rate_that_is_reached_shows_where_mail_was_waiting_all_the_time() -> None:
    rows = [(30, 0, 0), (25, 900, 0), (20, 1000, 500), (15, 1600, 300), (9, 2200, 900), (3, 2300, 0)]
    for minutes, sent, due in rows:
        Reading.objects.create(at=NOW - minutes * MINUTE, read_at=NOW, sent=sent, due=due)
    assert meter.fastest(NOW) == pytest.approx(2.0)

    Reading.objects.update(due=0)
    assert meter.fastest(NOW) == 0.0


def test_a_reading_from_the_future_is_not_believed() -> None:
    Reading.objects.create(at=NOW + dt.timedelta(days=365), read_at=NOW + dt.timedelta(days=365), sent=9)
    meter.read(NOW)

    assert meter.latest(NOW).sent == 0


def test_old_readings_go_but_for_what_is_counted_from() -> None:
    Reading.objects.create(at=NOW - dt.timedelta(days=61), read_at=NOW, sent=7)
    meter.read(NOW)

    assert [reading.sent for reading in Reading.objects.all()] == [7]


def test_what_did_not_arrive_is_told_by_reason() -> None:
    _finished(State.FAILED, NOW, 2, letter="reminder", reason="refused 550")
    _finished(State.QUARANTINED, NOW, letter="digest", reason="sender died")
    _finished(State.FAILED, NOW - dt.timedelta(days=9), letter="digest", reason="too late")
    _finished(State.SKIPPED, NOW, 3, letter="notice", reason="too late")
    _finished(State.SKIPPED, NOW, letter="notice", reason="overtaken")

    assert meter.undelivered(NOW - dt.timedelta(days=7)) == [
        ("notice", "skipped", "too late", 3),
        ("reminder", "failed", "refused 550", 2),
        ("digest", "quarantined", "sender died", 1),
    ]


def test_suspended_addresses_are_counted() -> None:
    RecipientFactory()
    RecipientFactory(suspended_at=NOW)

    assert meter.suspended() == 1


@pytest.mark.parametrize("statement", ["_READ", "_WAITING", "_OLDEST"])
def test_no_statement_reads_the_whole_table(statement: str) -> None:
    Reading.objects.create(at=NOW - 5 * MINUTE, read_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        values = {"at": timezone.now(), "now": NOW, "priorities": Priority.values, "has_limit": True, "over_limit": ""}
        cursor.execute(f"EXPLAIN {getattr(meter, statement)}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "delivery_" in plan
    assert "Seq Scan on outbox_delivery" not in plan


def test_what_did_not_arrive_is_found_by_its_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "delivery_undelivered" in Delivery.objects.dead().filter(finished_at__gte=NOW).explain()
