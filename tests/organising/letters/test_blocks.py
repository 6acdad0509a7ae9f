"""Blocks."""

import uuid

import pytest
from django.test import Client

from events import contact
from events.models import BlockedSender, Message, Thread
from outbox.models import Recipient
from tests.factories import EventFactory, OrganiserFactory
from tests.guards import guards
from tests.log_in import logged_in
from tests.organising.letters.writing import ADDRESS, letter, page_of, press, rooms_of, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@pytest.mark.parametrize("address", [ADDRESS, "Visitor+other@EXAMPLE.org", "v.i.sitor@example.org"])
def test_a_blocked_sender_gets_the_same_answer_and_nothing_is_kept(event, owner, room, address):
    thread = letter(event)
    press(room, thread, "block")
    recipients = Recipient.objects.count()
    told = write(event, email=address)
    someone = write(event, email="else@example.org")
    assert (told.status_code, told["Location"]) == (someone.status_code, someone["Location"])
    assert told.content == someone.content
    assert Client().post(page_of(thread), {"message": "Again", **guards()}).status_code == 302
    assert Message.objects.count() == 2
    assert Recipient.objects.count() == recipients + 1
    assert letter(EventFactory(campaign=event.campaign), address=address)
    contact.write(uuid.uuid4(), "To the campaign", address, language="en")
    assert Thread.objects.to_campaign().count() == 1


def test_a_block_is_lifted_where_it_was_made(event, owner, room):
    thread = letter(event)
    press(room, thread, "block")
    blocked = BlockedSender.objects.get()
    path = f"{rooms_of(event)}blocked/{blocked.pk}/"
    assert path in room.get(rooms_of(event)).content.decode()
    assert path in room.get(f"{rooms_of(event)}{thread.pk}/").content.decode()
    assert room.get(path).status_code == 405
    stranger = OrganiserFactory(event=EventFactory(campaign=event.campaign))
    theirs = f"{rooms_of(stranger.event)}blocked/{blocked.pk}/"
    assert logged_in(stranger.user).post(theirs).status_code == 404
    assert logged_in(OrganiserFactory(event=event, role="helper").user).post(path).status_code == 403
    assert room.post(path).status_code == 302
    assert room.post(path).status_code == 404
    write(event)
    assert Thread.objects.count() == 2


def test_a_block_sets_aside_all_that_waits_of_the_mailbox_and_nothing_else(event, owner, room):
    first, _again = letter(event), letter(event, address="visitor+2@example.org")
    kept = {letter(event, address="else@example.org").pk, letter(EventFactory(campaign=event.campaign)).pk}
    press(room, first, "block")
    assert set(Thread.objects.waiting().values_list("pk", flat=True)) == kept


def test_letters_to_one_protest_do_not_take_the_room_of_another(event):
    other = EventFactory(campaign=event.campaign)
    for number in range(7):
        contact.write(uuid.uuid4(), f"Letter {number}", f"visitor+{number}@example.org", language="en", event=event)
    contact.write(uuid.uuid4(), "There", ADDRESS, language="en", event=other)
    contact.write(uuid.uuid4(), "Campaign", ADDRESS, language="en")
    assert Thread.objects.filter(event=event).count() == 5
    assert (Thread.objects.filter(event=other).count(), Thread.objects.to_campaign().count()) == (1, 1)
