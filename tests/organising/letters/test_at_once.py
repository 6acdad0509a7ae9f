"""Several at once."""

import uuid
from datetime import UTC, datetime

import pytest

from events import contact
from events.models import BlockedSender, Event, Message, Thread
from organising import letters
from outbox.models import Delivery
from tests.at_once import at_once
from tests.organising.letters.writing import letter, newest, notices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_the_same_moment_both_send_but_the_second_reads_the_first(event, owner, colleague):
    thread = letter(event)
    seen = newest(thread)

    def act(user, text, number):
        return lambda: letters.answer(
            Thread.objects.get(), Event.objects.get(), text, key=uuid.uuid4(), by=user, seen=number
        )

    results = at_once(act(owner, "First", seen), act(colleague, "Second", seen))
    assert sum(isinstance(result, Message) for result in results) == 1
    late = act(colleague, "Again", newest(thread))
    assert late().is_answer
    assert Delivery.objects.filter(letter="letter_answer").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_the_same_moment_write_one_mail(event, owner):
    letter(event)
    at_once(*[lambda: letters.tell_organisers(datetime.now(UTC))] * 2)
    assert notices().count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_letters_of_one_mailbox_at_the_same_moment_five_are_kept(event):
    def act(number):
        return lambda: contact.write(uuid.uuid4(), "Hello", f"visitor+{number}@example.org", language="en", event=event)

    at_once(*[act(number) for number in range(8)])
    assert Thread.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_block_pressed_by_two_at_once_is_one(event, owner, colleague):
    thread = letter(event)
    at_once(*[lambda user=user: letters.block(thread, event, by=user) for user in (owner, colleague)])
    assert BlockedSender.objects.count() == 1
