"""R27 and R28, small: workers are killed in the middle of a batch, Redis is emptied, and every mail arrives."""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from redis import Redis

from outbox import actions, tasks
from outbox.models import Delivery, Priority, Recipient
from outbox.sealing import address_hash, mailbox_hash
from tests.faults.worker import Worker
from tests.outbox.conftest import RunningSink

pytestmark = [pytest.mark.django_db(transaction=True)]

MAILS = 500
LEASE = 3
# Seconds that the sink waits between writing a mail down and its 250: so most kills hit a mail in flight.
PAUSE = 0.004
PATIENCE = 120


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


def wait_for(sink: RunningSink, mails: int) -> None:
    """Until the sink has accepted so many; the tasks are what beat would send meanwhile."""
    deadline = time.monotonic() + PATIENCE
    nudged = 0.0
    while len(sink.accepted) < mails:
        assert time.monotonic() < deadline, f"only {len(sink.accepted)} of {mails} arrived"
        if time.monotonic() > nudged + 1:
            tasks.tidy.delay()
            tasks.send_due.delay()
            nudged = time.monotonic()
        time.sleep(0.02)


def test_killed_workers_and_an_emptied_redis_lose_nothing(
    start_sink: Callable[..., RunningSink],
    tmp_path: Path,
    is_long: bool,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    kills = 50 if is_long else 3
    mails = MAILS * (4 if is_long else 1)
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    record_testsuite_property("seed of the kills", seed)
    queue_many(mails)
    sink = start_sink(pause=PAUSE)
    redis = Redis.from_url(settings.CACHE_URL)

    for kill in range(1, kills + 1):
        with Worker(smtp_port=sink.port, log=tmp_path / "worker.log", OUTBOX_LEASE=str(LEASE)) as worker:
            wait_for(sink, len(sink.accepted) + chance.randint(1, max(2, mails // (2 * kills))))
            worker.kill()
        if kill % 2:
            redis.flushall()
    with Worker(smtp_port=sink.port, log=tmp_path / "worker.log", OUTBOX_LEASE=str(LEASE)):
        deadline = time.monotonic() + PATIENCE
        while Delivery.objects.waiting().exists():
            assert time.monotonic() < deadline, Counter(Delivery.objects.values_list("state", "reason"))
            tasks.tidy.delay()
            tasks.send_due.delay()
            time.sleep(0.5)

    copies = Counter(mail["id"] for mail in sink.accepted)
    expected = {delivery.message_id for delivery in Delivery.objects.all()}
    assert set(copies) == expected, f"lost or unknown mails, seed {seed}"
    repeated = {message_id: count for message_id, count in copies.items() if count > 1}
    repeats = sum(count - 1 for count in repeated.values())
    record_testsuite_property("repeats after the kills", f"{repeats} of {mails} mails, {kills} kills")
    assert repeats <= kills, f"seed {seed}"
    assert max(copies.values()) <= 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.SENT}


def test_a_mail_that_kills_its_sender_is_quarantined_and_the_others_leave(
    start_sink: Callable[..., RunningSink], tmp_path: Path
) -> None:
    queue_many(20)
    killer = Delivery.objects.order_by("pk")[5]
    killer.ids = {"kill": True}
    killer.save()
    sink = start_sink()

    with Worker(smtp_port=sink.port, log=tmp_path / "worker.log", OUTBOX_LEASE="3", OUTBOX_BATCH="10"):
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
