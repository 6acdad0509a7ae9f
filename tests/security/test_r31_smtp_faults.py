"""R31: a mail server that refuses, postpones, hangs or greylists loses no mail, repeats none, and holds up no other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from outbox import sender
from outbox.models import Delivery, Recipient
from tests.outbox.conftest import RunningSink, point_to
from tests.outbox.test_sender import fresh, outcome, queue

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


# A server that hangs is not waited for long, and a slow machine is not taken for one.
SECONDS = 3


@pytest.fixture
def sink(start_sink: Callable[..., RunningSink], settings: Settings) -> RunningSink:
    running = start_sink()
    point_to(settings, running.port, timeout=SECONDS)
    return running


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"address": "a@421.example"}, State.QUEUED, "later 421"),
    ({"address": "a@450.example"}, State.QUEUED, "later 450"),
    ({"address": "a@452.example"}, State.QUEUED, "later 452"),
    ({"address": "a@data451.example"}, State.QUEUED, "later 451"),
    ({"address": "a@data452.example"}, State.QUEUED, "later 452"),
    ({"address": "a@early.example"}, State.QUEUED, "later SMTPServerDisconnected"),
    ({"address": "a@550.example"}, State.FAILED, "refused 550"),
    ({"address": "a@552.example"}, State.FAILED, "refused 552"),
    ({"address": "a@data552.example"}, State.FAILED, "refused 552"),
    ({"address": "a@data554.example"}, State.FAILED, "refused 554"),
    ({"lines": 300_000}, State.FAILED, "refused 552"),
    ({"address": "a@hang.example"}, State.QUEUED, "no answer: SMTPServerDisconnected"),
    ({"address": "a@cut.example"}, State.QUEUED, "no answer: SMTPServerDisconnected"),
]


@pytest.mark.parametrize(("fields", "state", "reason"), FAULTS)
def test_one_mail_in_trouble_stops_no_other(sink: RunningSink, fields: dict[str, Any], state: str, reason: str) -> None:
    before = queue(key="before")
    troubled = queue(**{"key": "troubled", **fields})
    after = queue("zoe@example.org", key="after")

    sender.send_due()

    assert outcome(troubled) == (state, reason, 1)
    assert [outcome(before)[0], outcome(after)[0]] == [State.SENT, State.SENT]
    assert sink.subjects == ["Mail before", "Mail after"]


def test_a_server_that_wants_each_line_by_itself_is_asked_so(
    start_sink: Callable[..., RunningSink], settings: Settings
) -> None:
    point_to(settings, start_sink(ways=["plain"]).port, timeout=SECONDS)
    mails = [
        (queue(f"a{n}@{fields['address'].partition('@')[2]}", key=f"mail {n}"), (state, reason, 1))
        for n, (fields, state, reason) in enumerate(FAULTS)
        if "address" in fields
    ]
    for mail, expected in mails:
        after = queue(f"after{mail.pk}@example.org", key=f"after {mail.pk}")
        sender.send_due()
        assert outcome(mail) == expected
        assert outcome(after)[0] == State.SENT


def test_an_address_that_is_refused_gets_nothing_more_but_codes(sink: RunningSink) -> None:
    queue("a@550.example", key="first")
    sender.send_due()
    assert Recipient.objects.get().suspended_at is not None

    later, code = queue("a@550.example", key="later"), queue("a@550.example", key="code", letter="test asked for")
    sender.send_due()

    assert outcome(later) == (State.SKIPPED, "address suspended", 0)
    assert outcome(code) == (State.FAILED, "refused 550", 1)


def test_an_address_is_not_blamed_for_what_the_server_minds_about_us(sink: RunningSink) -> None:
    delivery = queue("a@policy.example")
    sender.send_due()

    assert outcome(delivery) == (State.FAILED, "refused 550", 1)
    assert Recipient.objects.get().suspended_at is None


def test_later_is_asked_again_for_as_long_as_the_mail_is_useful(sink: RunningSink) -> None:
    delivery = queue("a@450.example", useful_until=timezone.now() + timedelta(hours=3))
    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while fresh(delivery).state == State.QUEUED:
            sender.send_due()
            waits.append(fresh(delivery).not_before - timezone.now())
            clock.move_to(max(fresh(delivery).not_before, timezone.now()))

    assert [wait.total_seconds() / 60 for wait in waits[:5]] == [1, 2, 5, 15, 30]
    assert outcome(delivery)[:2] == (State.FAILED, "too late")
    assert fresh(delivery).attempts > 8


@pytest.mark.parametrize(
    ("address", "state", "reason"),
    [
        ("a@hang.example", State.QUARANTINED, "no answer: SMTPServerDisconnected"),
        ("a@cut.example", State.QUARANTINED, "no answer: SMTPServerDisconnected"),
        ("a@early.example", State.QUEUED, "later SMTPServerDisconnected"),
        ("a@450.example", State.QUEUED, "later 450"),
    ],
)
def test_only_a_mail_that_may_have_been_taken_is_given_up_after_three_times(
    sink: RunningSink, address: str, state: str, reason: str
) -> None:
    delivery = queue(address)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _n in range(3):
            sender.send_due()
            clock.move_to(fresh(delivery).not_before)

    assert outcome(delivery) == (state, reason, 3)


def test_a_server_that_keeps_hanging_up_is_left_alone_and_the_rest_waits_untouched(sink: RunningSink) -> None:
    deliveries = [queue(f"a{n}@early.example") for n in range(5)]

    assert sender.send_due() == 0
    assert [outcome(delivery)[2] for delivery in deliveries] == [1, 1, 1, 0, 0]
    assert {outcome(delivery)[0] for delivery in deliveries} == {State.QUEUED}


def test_a_server_that_greylists_for_a_quarter_of_an_hour_gets_the_mail_once(sink: RunningSink) -> None:
    """It says "later" until fifteen minutes have passed since the first try: four tries are in between."""
    delivery = queue("a@grey4.example", useful_until=timezone.now() + timedelta(hours=3))
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        while fresh(delivery).state == State.QUEUED:
            clock.move_to(max(fresh(delivery).not_before, timezone.now()))
            sender.send_due()
        took = timezone.now() - start

    assert outcome(delivery) == (State.SENT, "", 5)
    assert timedelta(minutes=15) < took < timedelta(minutes=30)
    assert [mail["id"] for mail in sink.accepted] == [delivery.message_id]
    assert Recipient.objects.get().suspended_at is None


@pytest.mark.parametrize("way", ["EMAIL_USE_TLS", "EMAIL_USE_SSL"])
def test_without_the_tls_that_was_asked_for_nothing_is_handed_over(
    sink: RunningSink, settings: Settings, way: str
) -> None:
    deliveries = [queue(key=f"k{n}") for n in range(3)]

    setattr(settings, way, True)
    assert sender.send_due() == 0
    assert {outcome(delivery) for delivery in deliveries} == {(State.QUEUED, "", 0)}
    assert sink.accepted == []

    setattr(settings, way, False)
    assert sender.send_due() == 3
