"""Domains that say "later" are left in peace, others go on; a burst waits its turn; codes wait for nobody."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from outbox import actions, meter, pacing, sender, tasks
from outbox.models import Delivery, Domain, Priority
from outbox.pacing import Pace
from tests.outbox.conftest import RunningSink, point_to
from tests.outbox.test_sender import fresh, outcome, queue

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def burst(domain: str, count: int, **fields: Any) -> list[Delivery]:
    return [queue(f"p{n}@{domain}", **fields) for n in range(count)]


def of_domain(domain: str) -> Counter[tuple[str, str]]:
    rows = Delivery.objects.select_related("recipient")
    return Counter((row.state, row.reason) for row in rows if row.recipient.address.endswith(f"@{domain}"))


def test_a_domain_that_closes_the_connection_rests_longer_each_time_and_others_go_on(sink: RunningSink) -> None:
    burst("421.example", 6)
    others = burst("example.org", 3)
    rests = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert sender.send_due() == 3
        assert {outcome(other)[0] for other in others} == {State.SENT}
        assert of_domain("421.example") == {(State.QUEUED, "later 421"): 2, (State.QUEUED, "domain rests"): 4}
        for _rest in range(7):
            until = Domain.objects.get().rests_until
            assert until is not None
            rests.append(int((until - timezone.now()).total_seconds() / 60))
            clock.move_to(until)
            sender.send_due()

    assert rests == [1, 2, 5, 10, 15, 15, 15]


def test_of_the_answers_that_a_domain_gives_to_new_recipients_many_are_needed(
    sink: RunningSink, settings: Settings
) -> None:
    settings.OUTBOX_BATCH = 100
    greylisted = burst("450.example", pacing.ENOUGH - 1)
    sender.send_due()
    assert {outcome(delivery)[1] for delivery in greylisted} == {"later 450"}
    assert Domain.objects.get().rests_until is None

    last, beyond = queue("last@450.example"), queue("beyond@450.example")
    sender.send_due()
    assert [outcome(last)[1], outcome(beyond)[1]] == ["later 450", "domain rests"]


def test_a_domain_that_takes_a_mail_again_is_in_no_trouble_any_more() -> None:
    delivery = queue()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _answer in range(2):
            Pace([delivery]).said_later(delivery, is_closing=True)
        # One that was on its way when the rest began.
        Pace([delivery]).said_later(delivery, is_closing=True)
        assert Domain.objects.values_list("rests", "later_in_a_row").get() == (1, 0)
        clock.shift(timedelta(minutes=1))
        Pace([delivery]).accepted(delivery)
        assert not Domain.objects.in_trouble().exists()

        clock.shift(timedelta(hours=3))
        tasks.tidy()
    assert not Domain.objects.exists()


def test_a_code_and_what_has_no_time_left_are_tried_while_a_domain_rests(sink: RunningSink) -> None:
    first = queue("a@421.example")
    for _answer in range(2):
        Pace([first]).said_later(first, is_closing=True)
    code = queue("b@421.example", letter="test asked for", priority=Priority.CODE)
    last_call = queue("c@421.example", useful_until=timezone.now() + timedelta(seconds=15))
    sender.send_due()

    assert outcome(first) == (State.QUEUED, "domain rests", 0)
    assert outcome(code) == (State.QUEUED, "later 421", 1)
    assert outcome(last_call) == (State.FAILED, "too late", 1)


def test_a_suspect_rests_with_its_domain_and_no_attempt_is_counted(sink: RunningSink) -> None:
    suspect = queue("a@421.example")
    Delivery.objects.update(lost_leases=1)
    for _answer in range(2):
        Pace([suspect]).said_later(suspect, is_closing=True)
    sender.send_due()

    assert outcome(suspect) == (State.QUEUED, "domain rests", 0)


def test_no_domain_stands_in_the_table(sink: RunningSink) -> None:
    burst("421.example", 1)
    sender.send_due()

    row = Domain.objects.get()
    assert b"421" not in bytes(row.domain)
    assert str(row) == f"domain {bytes(row.domain).hex()[:8]}"


def turn(delivery: Delivery, since: datetime) -> int:
    """In which minute it is due."""
    return int((fresh(delivery).not_before - since).total_seconds() // 60)


def test_a_burst_to_one_domain_is_spread_over_the_minutes_that_it_takes(sink: RunningSink, settings: Settings) -> None:
    settings.OUTBOX_DOMAIN_RATE = 4
    settings.OUTBOX_BATCH = 3
    start = timezone.now().replace(second=0, microsecond=0)
    with time_machine.travel(start, tick=False) as clock:
        many = burst("example.org", 10, priority=Priority.DIGEST)
        other = queue("anna@example.net", priority=Priority.DIGEST)
        assert sender.send_due() == 5
        assert outcome(other)[0] == State.SENT
        assert [turn(delivery, start) for delivery in many[4:]] == [1, 1, 1, 1, 2, 2]
        assert {outcome(delivery) for delivery in many[4:]} == {(State.QUEUED, "domain's limit", 0)}

        urgent = queue("late@example.org", priority=Priority.URGENT)
        code = queue("code@example.org", priority=Priority.CODE, letter="test asked for")
        assert sender.send_due() == 1
        assert outcome(code)[0] == State.SENT
        sent = []
        for _minute in range(3):
            clock.shift(timedelta(minutes=1))
            clock.move_to(timezone.now().replace(second=59))
            sent.append(sender.send_due())
            clock.move_to(timezone.now().replace(second=0))
    assert sent == [4, 3, 0]
    assert outcome(urgent)[0] == State.SENT
    assert of_domain("example.org") == {(State.SENT, ""): 12}


def test_what_waits_for_its_turn_is_late_since_it_was_first_due(sink: RunningSink, settings: Settings) -> None:
    settings.OUTBOX_DOMAIN_RATE = 1
    start = timezone.now().replace(second=0, microsecond=0)
    late = []
    with time_machine.travel(start, tick=False) as clock:
        burst("example.org", 3)
        queue("later@example.net", not_before=start + timedelta(hours=1))
        for _minute in range(4):
            sender.send_due()
            late.append((meter.oldest_due(timezone.now()), meter.queue(timezone.now()).age(timezone.now())))
            clock.shift(timedelta(minutes=1))

    assert late == [(start, timedelta(minutes=n)) for n in range(2)] + [(None, timedelta())] * 2
    assert len(sink.accepted) == 3


def test_senders_side_by_side_share_the_limit(sink: RunningSink, settings: Settings) -> None:
    settings.OUTBOX_DOMAIN_RATE = 20
    settings.OUTBOX_BATCH = 7

    def work() -> None:
        sender.send_due()
        connection.close()

    with time_machine.travel(timezone.now().replace(second=10), tick=False):
        burst("example.org", 60)
        threads = [threading.Thread(target=work) for _n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(sink.accepted) == 20
    assert of_domain("example.org") == {(State.SENT, ""): 20, (State.QUEUED, "domain's limit"): 40}


def test_a_code_waits_for_no_burst_on_a_slow_server(
    start_sink: Callable[..., RunningSink], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LOOKS_UP_EVERY", 0.1)
    slow = start_sink(pause=0.05)
    point_to(settings, slow.port)
    burst("example.org", 60, priority=Priority.DIGEST)

    def work() -> None:
        sender.send_due()
        connection.close()

    working = threading.Thread(target=work)
    working.start()
    while len(slow.accepted) < 3:
        assert working.is_alive()
    queue("code@example.net", key="the code", letter="test asked for", priority=Priority.CODE)
    posted_after = len(slow.accepted)
    working.join()

    place = slow.subjects.index("Mail the code")
    assert place < posted_after + 20, f"posted after {posted_after} digests, sent after {place}"
    assert of_domain("example.org") == {(State.SENT, ""): 60}


def test_of_those_due_at_once_earlier_protests_go_first(sink: RunningSink) -> None:
    now = timezone.now()
    for hours in (5, 1, 3):
        queue(key=f"in {hours} hours", not_before=now, useful_until=now + timedelta(hours=hours))
    queue(key="overdue", not_before=now - timedelta(minutes=1), useful_until=now + timedelta(hours=9))
    queue(key="code", letter="test asked for", priority=Priority.CODE)
    queue(key="cancelled", priority=Priority.URGENT)

    sender.send_due()

    assert sink.subjects == [
        f"Mail {key}" for key in ("code", "cancelled", "overdue", "in 1 hours", "in 3 hours", "in 5 hours")
    ]


OTHER_WAYS = ["seqscan", "bitmapscan", "sort"]


def test_claiming_reads_no_more_rows_than_it_takes() -> None:
    """The index has the order in which mails leave: nothing is sorted."""
    recipient = queue().recipient
    actions.post_many("test", [(recipient, f"more {n}", {}) for n in range(300)], priority=Priority.REMINDER)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outbox_delivery")
        # Three hundred rows are sorted as fast: what is asked is whether the index could do without.
        for other_way in OTHER_WAYS:
            cursor.execute(f"SET enable_{other_way} = off")
        query = sender._CLAIM.format(which="lost_leases = 0")
        now = timezone.now()
        cursor.execute(f"EXPLAIN {query}", {"now": now, "lease": now, "limit": 50, "asked_for": []})
        plan = "\n".join(row[0] for row in cursor.fetchall())
        for other_way in OTHER_WAYS:
            cursor.execute(f"RESET enable_{other_way}")
    assert "using delivery_due" in plan
    assert "priority" not in plan
