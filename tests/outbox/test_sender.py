"""What becomes of a mail, on a real PostgreSQL and a real SMTP server that misbehaves on request."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from outbox import actions, outcomes, sender
from outbox.models import Delivery, Priority, Recipient
from tests.outbox.conftest import RunningSink, free_port, point_to

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def queue(address: str = "anna@example.org", key: str = "", letter: str = "test", **fields: Any) -> Delivery:
    recipient = actions.recipient_for(address, language="en")
    key = key or f"key of {address}"
    posting = {name: fields.pop(name) for name in ("priority", "not_before", "useful_until") if name in fields}
    posting.setdefault("priority", Priority.REMINDER)
    actions.post(letter, recipient, key=key, ids=fields, **posting)
    return Delivery.objects.get(key=key)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def outcome(delivery: Delivery) -> tuple[str, str, int]:
    row = fresh(delivery)
    return (row.state, row.reason, row.attempts)


def test_a_due_mail_leaves_once_with_its_message_id(sink: RunningSink) -> None:
    delivery = queue()

    assert sender.send_due() == 1
    assert sender.send_due() == 0
    assert [(mail["to"], mail["id"]) for mail in sink.accepted] == [("anna@example.org", delivery.message_id)]
    assert outcome(delivery) == (State.SENT, "", 1)
    assert fresh(delivery).finished_at is not None


def test_posting_twice_with_one_key_makes_one_mail() -> None:
    recipient = actions.recipient_for("anna@example.org", language="en")

    posted = [actions.post("test", recipient, key="k", ids={}, priority=Priority.NOTICE) for _n in range(2)]

    assert posted == [True, False]
    assert Delivery.objects.count() == 1


def test_what_is_not_due_waits(sink: RunningSink) -> None:
    delivery = queue(not_before=timezone.now() + timedelta(hours=1))

    assert sender.send_due() == 0
    assert outcome(delivery) == (State.QUEUED, "", 0)
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert sender.send_due() == 1


def test_the_most_urgent_leaves_first(sink: RunningSink, settings: Settings) -> None:
    settings.OUTBOX_BATCH = 2
    for priority in (Priority.DIGEST, Priority.REMINDER, Priority.URGENT, Priority.NOTICE):
        queue(key=priority.name, priority=priority)

    sender.send_due()

    assert sink.subjects == ["Mail URGENT", "Mail NOTICE", "Mail REMINDER", "Mail DIGEST"]


TROUBLES: list[tuple[dict[str, Any], str, str, int]] = [
    ({"unwanted": "event cancelled"}, State.SKIPPED, "event cancelled", 0),
    ({"letter": "of nobody"}, State.QUARANTINED, "no such letter", 0),
    ({"raise": True}, State.QUEUED, "cannot be prepared: ValueError", 1),
    ({"raise later": True}, State.QUEUED, "cannot be prepared: ValueError", 1),
    ({"nothing": True}, State.QUEUED, "nothing rendered", 1),
]


@pytest.mark.parametrize(("fields", "state", "reason", "attempts"), TROUBLES)
def test_one_mail_in_trouble_stops_no_other(
    sink: RunningSink, fields: dict[str, Any], state: str, reason: str, attempts: int
) -> None:
    before = queue(key="before")
    troubled = queue(**{"key": "troubled", **fields})
    after = queue("zoe@example.org", key="after")

    sender.send_due()

    assert outcome(troubled) == (state, reason, attempts)
    assert [outcome(before)[0], outcome(after)[0]] == [State.SENT, State.SENT]
    assert sink.subjects == ["Mail before", "Mail after"]


def test_nothing_reaches_somebody_who_said_never_again(sink: RunningSink) -> None:
    waiting = queue()
    actions.never_again(waiting.recipient)
    later = queue(key="later", letter="test asked for")
    sender.send_due()

    recipient = Recipient.objects.get()
    assert (recipient.address, recipient.never_again_at is None) == ("", False)
    assert outcome(waiting) == (State.SKIPPED, "never again", 0)
    assert outcome(later) == (State.SKIPPED, "never again", 0)
    assert sink.accepted == []


def test_when_the_time_is_over_the_rest_is_due_again_at_once(sink: RunningSink, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 1
    deliveries = [queue("a@hang.example"), queue("b@example.org"), queue("c@example.org")]

    assert sender.send_due(for_seconds=0.5) == 0
    assert [outcome(delivery) for delivery in deliveries[1:]] == [(State.QUEUED, "", 0)] * 2
    assert sender.send_due() == 2


def test_useless_mails_are_skipped_with_the_reason(sink: RunningSink) -> None:
    now = timezone.now()
    late = queue(not_before=now - timedelta(hours=2), useful_until=now - timedelta(hours=1))
    later = queue(key="b", not_before=now - timedelta(hours=2), useful_until=now - timedelta(hours=1))

    assert outcomes.drop_useless() == 2
    assert outcome(late) == (State.SKIPPED, "too late", 0)
    Delivery.objects.filter(pk=later.pk).update(state=State.QUEUED, finished_at=None)
    sender.send_due()
    assert outcome(later) == (State.SKIPPED, "too late", 0)
    assert sink.accepted == []


def test_without_a_mail_server_everything_waits_untouched(
    start_sink: Callable[..., RunningSink], settings: Settings
) -> None:
    port = free_port()
    point_to(settings, port)
    deliveries = [queue(key=f"k{n}") for n in range(3)]

    assert sender.send_due() == 0
    assert {outcome(delivery) for delivery in deliveries} == {(State.QUEUED, "", 0)}

    sink = start_sink(port)
    assert sender.send_due() == 3
    assert len(sink.accepted) == 3


def test_a_lost_lease_makes_suspects_and_three_deaths_end_it() -> None:
    claimed, started = queue(key="claimed"), queue("b@example.org", key="started")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for round_number in range(1, 4):
            both = [*sender.claim(limit=9), *sender.claim(limit=9, suspects=True)]
            assert {delivery.key for delivery in both} == {"claimed", "started"}
            assert sender._mark(sent=None, started=next(d for d in both if d.key == "started"))
            assert outcomes.take_back_abandoned() == 0
            clock.shift(timedelta(hours=1))
            assert outcomes.take_back_abandoned() == (2 if round_number < 3 else 1)

    assert outcome(claimed) == (State.QUEUED, "", 0)
    assert outcome(started) == (State.QUARANTINED, "sender died", 3)


def test_a_sender_whose_lease_ran_out_leaves_the_mail_to_the_next(sink: RunningSink) -> None:
    delivery = queue()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        (mine,) = sender.claim(limit=1)
        clock.shift(timedelta(hours=1))
        outcomes.take_back_abandoned()
        assert sender._mark(sent=None, started=mine) is False
        assert sender.send_due() == 1
    assert outcome(delivery) == (State.SENT, "", 1)


def test_a_mail_that_was_announced_and_is_not_ours_any_more_does_not_leave(
    sink: RunningSink, settings: Settings
) -> None:
    delivery = queue()
    settings.OUTBOX_LEASE = 0
    assert sender.send_due(for_seconds=0.2) == 0
    assert (sink.accepted, fresh(delivery).attempts) == ([], 0)

    settings.OUTBOX_LEASE = 90
    assert sender.send_due() == 1
    assert len(sink.accepted) == 1


def test_a_sender_that_comes_back_late_changes_nothing(sink: RunningSink) -> None:
    queue(**{"raise": True})
    with time_machine.travel(timezone.now(), tick=False) as clock:
        (late,) = sender.claim(limit=1)
        clock.shift(timedelta(hours=1))
        outcomes.take_back_abandoned()
        (mine,) = sender.claim(limit=1, suspects=True)
        sender._mark(sent=None, started=mine)
        sender._prepare([late])

    assert outcome(mine) == (State.STARTED, "", 1)


@pytest.mark.parametrize(("priority", "commits"), [(Priority.URGENT, "on"), (Priority.NOTICE, "off")])
def test_marks_of_urgent_mails_wait_for_the_disk(sink: RunningSink, priority: Priority, commits: str) -> None:
    queue(priority=priority)

    with CaptureQueriesContext(connection) as queries:
        sender.send_due()

    settings = [query["sql"] for query in queries if "synchronous_commit" in query["sql"]]
    assert settings == [f"SELECT set_config('synchronous_commit', '{commits}', false)", "RESET synchronous_commit"]


def test_no_address_is_logged(sink: RunningSink, caplog: pytest.LogCaptureFixture) -> None:
    queue("canary@example.org", **{"raise": True})
    queue("canary@550.example")
    queue("canary@hang.example", letter="of nobody")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _n in range(3):
            sender.send_due()
            clock.shift(timedelta(hours=1))

    assert Counter(Delivery.objects.values_list("state", flat=True)) == {State.QUARANTINED: 2, State.FAILED: 1}
    assert len(caplog.records) > 3
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("claimed", "seconds", "size"), [(100, 0.05, 1000), (100, 0.2, 500), (500, 5.0, 100), (3, 0.01, 300), (1, 9.0, 100)]
)
def test_a_batch_is_what_leaves_in_a_second(claimed: int, seconds: float, size: int) -> None:
    assert sender._next_size(claimed, seconds) == size


def test_a_batch_ends_long_before_its_lease(start_sink: Callable[..., RunningSink], settings: Settings) -> None:
    settings.OUTBOX_LEASE = 1
    slow = start_sink(pause=0.25)
    point_to(settings, slow.port)
    for n in range(8):
        queue(f"person{n}@example.org")

    with CaptureQueriesContext(connection) as queries:
        assert sender.send_due() == 8

    claims = [
        query for query in queries if "SET state = 'claimed'" in query["sql"] and "lost_leases = 0" in query["sql"]
    ]
    # Two mails in each third of a second, and a last look.
    assert len(claims) >= 5
    assert Counter(Delivery.objects.values_list("state", "lost_leases")) == {(State.SENT, 0): 8}


def test_a_code_waits_for_no_texts_of_digests_that_were_claimed_with_it(sink: RunningSink) -> None:
    for n in range(3):
        queue(f"person{n}@example.org", priority=Priority.DIGEST, counts=True)
    queue("code@example.org", letter="test asked for", priority=Priority.CODE)

    assert sender.send_due() == 4
    assert sink.subjects == ["Mail key of code@example.org"] + 3 * ["Made when 1 were sent"]


def test_a_large_batch_is_prepared_in_portions(sink: RunningSink, settings: Settings) -> None:
    batch = [queue(f"person{n}@example.org", counts=True) for n in range(9)]
    settings.OUTBOX_BATCH = 3

    assert [len(portion) for portion in sender._portions(batch)] == [3, 6]
    assert sender.send_due() == 9
    assert sink.subjects[:6] == 3 * ["Made when 0 were sent"] + 3 * ["Made when 3 were sent"]


def test_what_takes_long_to_prepare_leaves_although_codes_keep_coming(
    sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LOOKS_UP_EVERY", 0)
    queue("digest@example.org", priority=Priority.DIGEST, **{"posts a code": True})

    sender.send_due(for_seconds=5)

    assert "Mail key of digest@example.org" in sink.subjects


def test_many_senders_side_by_side_send_each_mail_once(sink: RunningSink, settings: Settings) -> None:
    settings.OUTBOX_BATCH = 7
    for n in range(200):
        queue(f"person{n}@example.org")

    def work() -> None:
        sender.send_due()
        connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(mail["to"] for mail in sink.accepted) == sorted(f"person{n}@example.org" for n in range(200))
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_a_round_costs_few_queries_a_mail(
    sink: RunningSink, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine twenty mails take longer than that.
    monkeypatch.setattr(sender, "LOOKS_UP_EVERY", 600)
    queue("first@example.org")
    sender.send_due()
    for n in range(20):
        queue(f"person{n}@example.org")

    # Claim and fetch, domains in trouble, relaxed commits on and off, give back; two empty claims a round. The 21 marks
    # go to PostgreSQL by a way of their own.
    with django_assert_num_queries(1 + 2 + 1 + 2 + 1 + 2):
        sender.send_due()
