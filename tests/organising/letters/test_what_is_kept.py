"""What it costs, and how long it is kept."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events import tasks
from events.models import BlockedSender, Message, Thread
from organising import letters
from outbox.models import Recipient
from reminders import tasks as reminders
from tests.factories import WEEKS_BEFORE, EventFactory, RecipientFactory, ThreadFactory
from tests.log_in import logged_in
from tests.organising.letters.writing import ADDRESS, answer, letter, page_of, press, rooms_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_the_list_takes_the_same_queries_for_one_and_sixty(event, owner, room):
    counts = set()
    for more in (1, 59):
        for _n in range(more):
            thread = ThreadFactory(campaign=event.campaign, event=event)
            Message.objects.create(thread=thread, at=WEEKS_BEFORE, text="Canary")
        with CaptureQueriesContext(connection) as queries:
            assert room.get(rooms_of(event)).status_code == 200
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 7


def test_how_many_wait_is_one_query(event, django_assert_num_queries):
    other, quiet = EventFactory(campaign=event.campaign), EventFactory(campaign=event.campaign)
    for address in ("a@example.org", "b@example.org"):
        letter(event, address=address)
    letter(other)
    with django_assert_num_queries(1):
        assert letters.waiting([event.pk, other.pk, quiet.pk]) == {event.pk: 2, other.pk: 1}


def test_letters_and_blocks_go_fourteen_days_after_the_edition_and_blocks_everywhere_stay(
    event, owner, room, clock, delivered
):
    thread = letter(event)
    answer(room, thread)
    delivered()
    press(room, thread, "block")
    BlockedSender.objects.create(event=event, mailbox_hash=thread.mailbox, is_everywhere=True, at=WEEKS_BEFORE)
    clock.move_to(datetime(2027, 10, 27, 12, tzinfo=UTC))
    tasks.forget()
    assert (Thread.objects.count(), BlockedSender.objects.count()) == (1, 2)
    clock.move_to(datetime(2027, 10, 28, 12, tzinfo=UTC))
    tasks.forget()
    reminders.forget()
    assert (Thread.objects.count(), Message.objects.count()) == (0, 0)
    assert [blocked.is_everywhere for blocked in BlockedSender.objects.all()] == [True]
    assert not Recipient.objects.filter(address=ADDRESS).exists()
    assert Client().get(page_of(thread)).status_code == 404
    assert logged_in(owner).get(f"{rooms_of(event)}{thread.pk}/").status_code == 404


def test_the_room_says_when_an_answer_would_not_arrive(event, owner, room):
    thread = ThreadFactory(
        campaign=event.campaign, event=event, recipient=RecipientFactory(never_again_at=WEEKS_BEFORE)
    )
    assert "an answer would not arrive" in room.get(f"{rooms_of(event)}{thread.pk}/").content.decode()
