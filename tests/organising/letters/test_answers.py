"""Answers."""

import uuid

import pytest
from django.test import Client

from events import contact
from events.models import Event, Message, Thread
from organising import letters
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE
from tests.log_in import logged_in
from tests.organising.letters.writing import ADDRESS, OWNER, answer, letter, newest, page_of, rooms_of, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_answered_meanwhile_is_said_and_the_words_stay(event, owner, colleague, room, delivered):
    thread = letter(event)
    form = {"seen": newest(thread)}
    assert answer(logged_in(colleague), thread, "First").status_code == 302
    page = answer(room, thread, "Second <b>", **form)
    assert page.status_code == 409
    for said in ("Somebody has answered meanwhile", "First", "Second &lt;b&gt;</textarea>"):
        assert said in page.content.decode()
    assert len(delivered()) == 1
    again = page.context["form"]
    assert answer(room, thread, "Second <b>", key=again["key"].value(), seen=again["seen"].value()).status_code == 302
    assert len(delivered()) == 2


def test_a_further_letter_is_not_answered_unread(event, owner, room):
    thread = letter(event)
    form = {"seen": newest(thread)}
    contact.write_again(thread, uuid.uuid4(), "And when?")
    page = answer(room, thread, "At the fountain", **form)
    assert page.status_code == 409
    assert "The visitor has written again meanwhile" in page.content.decode()
    assert Thread.objects.waiting().count() == 1


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "\0"])
def test_a_number_that_makes_no_sense_sends_nothing_and_keeps_the_words(event, owner, room, seen):
    page = answer(room, letter(event), "Kept words", seen=seen)
    assert page.status_code in {200, 409}
    assert "Kept words</textarea>" in page.content.decode()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "x" * 4001])
def test_an_answer_without_words_or_with_too_many_is_explained(event, owner, room, text):
    page = answer(room, letter(event), text)
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["message"])
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["A\u0000B\u000bC\u2028D", "<script>alert(1)</script>", "=1+1", "a\u202eb\r\nBcc: x@y.z"]
)
def test_hostile_letters_stay_text(event, owner, room, delivered, text):
    write(event, message=text + " https://evil.example/")
    thread = Thread.objects.get()
    answer(room, thread, text)
    (mail,) = delivered()
    assert mail.message["Bcc"] is None
    assert "<script>alert" not in mail.html
    for page in (room.get(rooms_of(event)), room.get(f"{rooms_of(event)}{thread.pk}/"), Client().get(page_of(thread))):
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert 'href="https://evil.example' not in page.content.decode()


@pytest.mark.parametrize("title", ["March\r\nBcc: x@y.z", "March\u000b\u2028x", "March\0"])
def test_no_title_makes_a_header(event, owner, room, delivered, title):
    Event.objects.filter(pk=event.pk).update(title=title.replace("\0", "\u0001"))
    thread = letter(event)
    letters.tell_organisers(WEEKS_BEFORE)
    answer(room, thread)
    mails = delivered()
    assert {mail.to for mail in mails} == {ADDRESS, OWNER} or {mail.to for mail in mails} == {ADDRESS}
    for mail in mails:
        assert mail.message["Bcc"] is None
        assert "\n" not in mail.subject
