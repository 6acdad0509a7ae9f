"""R32: a mail that breaks, that kills its sender or that is far too large is given up; the others leave meanwhile."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from outbox import actions, sender, tasks
from outbox.models import Delivery, Priority, Recipient
from outbox.sealing import address_hash, mailbox_hash
from tests.faults.worker import Worker
from tests.outbox.conftest import RunningSink
from tests.outbox.test_sender import fresh, outcome, queue

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State

PATIENCE = 300


def test_a_mail_that_breaks_three_times_is_quarantined_and_can_be_sent_again(sink: RunningSink) -> None:
    delivery = queue(**{"raise": True})
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _n in range(3):
            sender.send_due()
            clock.move_to(fresh(delivery).not_before)
    assert outcome(delivery) == (State.QUARANTINED, "cannot be prepared: ValueError", 3)

    Delivery.objects.update(ids={})
    assert len(actions.send_again(Delivery.objects.all())) == 1
    assert sender.send_due() == 1


def test_a_mail_of_fifty_megabytes_is_refused_and_the_others_leave(sink: RunningSink) -> None:
    before, huge = queue(key="before"), queue("b@example.org", key="huge", lines=10_000_000)
    after = queue("c@example.org", key="after")

    sender.send_due()

    assert outcome(huge) == (State.FAILED, "refused 552", 1)
    assert [outcome(before)[0], outcome(after)[0]] == [State.SENT, State.SENT]


def test_the_alarm_names_the_mail_and_no_address(sink: RunningSink, caplog: pytest.LogCaptureFixture) -> None:
    poison = queue("canary@example.org", **{"raise": True})
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _n in range(3):
            sender.send_due()
            clock.move_to(fresh(poison).not_before)

    assert f"delivery {poison.pk} (test) is quarantined: cannot be prepared: ValueError" in caplog.text
    assert "canary" not in caplog.text


def queue_many(count: int) -> None:
    now = timezone.now()
    Recipient.objects.bulk_create(
        Recipient(
            address=f"p{n}@example.org",
            address_hash=address_hash(f"p{n}@example.org"),
            mailbox_hash=mailbox_hash(f"p{n}@example.org"),
            created_at=now,
        )
        for n in range(count)
    )
    for recipient in Recipient.objects.all():
        actions.post("test", recipient, key=f"test:{recipient.pk}", ids={}, priority=Priority.REMINDER)


def test_a_mail_that_kills_its_sender_is_quarantined_and_the_others_leave(
    start_sink: Callable[..., RunningSink], tmp_path: Path
) -> None:
    queue_many(20)
    killer = Delivery.objects.order_by("pk")[5]
    killer.ids = {"kill": True}
    killer.save()
    sink = start_sink()

    short = {"smtp_timeout": 1, "OUTBOX_LEASE": "3", "OUTBOX_BATCH": "10"}
    with Worker(smtp_port=sink.port, log=tmp_path / "worker.log", **short):
        deadline = time.monotonic() + PATIENCE
        while Delivery.objects.waiting().exists():
            assert time.monotonic() < deadline, Counter(Delivery.objects.values_list("state", "reason"))
            tasks.tidy.delay()
            tasks.send_due.delay()
            time.sleep(0.2)

    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states == {Delivery.State.SENT: 19, Delivery.State.QUARANTINED: 1}
    killer.refresh_from_db()
    assert (killer.state, killer.reason, killer.attempts) == (Delivery.State.QUARANTINED, "sender died", 3)
    assert len(sink.accepted) == 19
