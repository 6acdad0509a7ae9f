"""Pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.models import Event
from organising.actions import announcing
from organising.models import Announcement
from tests.factories import WEEKS_BEFORE, AnnouncementFactory, RecipientFactory, SubscriptionFactory
from tests.organising.announcements.writing import path, sent, written
from tests.reminders.conftest import Mail


def test_a_text_is_kept_shown_as_the_mail_and_sent(
    room: Client, event: Event, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    page = room.get(path(event, rest="new/")).content.decode()
    assert 'name="subject"' in page
    response = room.post(path(event, rest="new/"), written())
    announcement = Announcement.objects.get()
    assert response.url == path(event, announcement)
    page = room.get(response.url).content.decode()
    assert "The organisers of “March for freedom of movement” write to all who follow it" in page
    assert "1 person follows it." in page
    assert room.post(response.url, {"do": "send", "version": "1"}).status_code == 302
    assert delivered() == []
    clock.shift(61)
    (mail,) = delivered()
    assert (mail.to, mail.subject) == ("anna@example.org", "March for freedom of movement: Bring water")
    assert "It is hot." in mail.text
    assert "It is hot." in mail.html
    assert "Plac Zamkowy" in mail.text
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/reminders/one-click/" in mail.message["List-Unsubscribe"]
    assert mail.link("/reminders/coming/")
    assert mail.message["Auto-Submitted"] == "auto-generated"
    board = room.get(path(event)).content.decode()
    assert "<b>1</b> told" in board


def test_a_text_is_asked_for_in_other_languages_than_its_own(room: Client, event: Event) -> None:
    page = room.get(path(event, rest="new/")).content.decode()
    assert 'name="text_pl"' in page
    assert 'name="text_en"' not in page
    response = room.post(path(event, rest="new/"), written(language="pl", subject="", text=""))
    page = response.content.decode()
    assert "Write a subject." in page
    assert "Write something." in page
    assert 'name="text_pl"' not in page
    assert 'name="text_en"' in page
    # What was written in it already is not lost.
    page = room.post(path(event, rest="new/"), written(text_en="It is hot.")).content.decode()
    assert 'name="text_en"' in page


def test_the_preview_speaks_each_language_and_takes_its_text_from_the_translation(
    room: Client, event: Event, follower: Any
) -> None:
    room.post(path(event, rest="new/"), written(subject_pl="Weźcie wodę", text_pl="Będzie gorąco."))
    announcement = Announcement.objects.get()
    page = room.get(path(event, announcement), {"language": "pl"}).content.decode()
    assert "Będzie gorąco." in page
    assert '<a href="?language=fi">' in page
    assert "It is hot." in room.get(path(event, announcement), {"language": "uk"}).content.decode()
    assert room.get(path(event, announcement), {"language": "xx"}).status_code == 200


@pytest.mark.django_db
def test_readers_get_their_language(event: Event, owner: User, clock: Any, delivered: Callable[[], list[Mail]]) -> None:
    for language in ("pl", "uk"):
        recipient = RecipientFactory(address=f"{language}@example.org", language=language)
        SubscriptionFactory(event=event, recipient=recipient)
    announcement = AnnouncementFactory(event=event, other_texts='{"pl": {"subject": "Woda", "text": "Gorąco."}}')
    announcing.send(announcement, version=1, by=owner)
    clock.shift(61)
    texts = {mail.to: mail.text for mail in delivered()}
    assert "Gorąco." in texts["pl@example.org"]
    assert "It will be **hot**" in texts["uk@example.org"]


def test_text_that_looks_like_html_stays_text(
    event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    sent(event, owner, subject="<b>x</b>", text="<script>alert(1)</script> **hot**")
    clock.shift(61)
    (mail,) = delivered()
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "<strong>hot</strong>" in mail.html


def test_a_form_that_is_sent_twice_makes_one(room: Client, event: Event) -> None:
    data = written()
    first, second = (room.post(path(event, rest="new/"), data) for _n in range(2))
    assert first.url == second.url
    assert Announcement.objects.count() == 1


def test_a_key_of_another_protest_loses_nothing(room: Client, event: Event) -> None:
    other = AnnouncementFactory()
    response = room.post(path(event, rest="new/"), written(key=str(other.key), text="Mine alone"))
    assert response.status_code == 409
    assert "Mine alone" in response.content.decode()
    assert str(other.key) not in response.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"subject": ""}, "Write a subject."),
        ({"text": ""}, "Write something."),
        ({"text": "x" * 4001}, "at most 4000"),
        ({"key": "no"}, "Please press the button again."),
        ({"language": "xx"}, "Select a valid choice"),
        ({"subject_pl": "Woda"}, "A translation needs a text too."),
        ({"text_pl": "Woda"}, "A translation needs a subject too."),
        ({"subject_en": "Water", "text_en": "Water"}, "This is the language of your text above."),
        ({"text": "Look at https://evil.example/x"}, "looks like a link"),
        ({"subject_pl": "x", "text_pl": "evil.example"}, "looks like a link"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_lost(room: Client, event: Event, wrong: dict[str, str], said: str) -> None:
    response = room.post(path(event, rest="new/"), {**written(subject="Kept words"), **wrong})
    assert response.status_code == 200
    page = response.content.decode()
    assert said in page
    assert "subject" in wrong or "Kept words" in page
    assert Announcement.objects.count() == 0


def test_signs_that_do_not_show_are_dropped(room: Client, event: Event) -> None:
    room.post(path(event, rest="new/"), written(subject="Wa\u202eter\r\nBcc: x", text="a\x0b\u202eb"))
    announcement = Announcement.objects.get()
    assert (announcement.subject, announcement.text) == ("Water Bcc: x", "a\nb")


def test_a_place_that_followers_do_not_know_is_warned_of(room: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(
        disclosure="followers", disclose_at=WEEKS_BEFORE + timedelta(days=9), place_disclosed_at=None
    )
    data = written(text="We meet at plac zamkowy.")
    page = room.post(path(event, rest="new/"), data).content.decode()
    assert "which followers are not to know yet" in page
    room.post(path(event, rest="new/"), {**data, "names_place": "on"})
    assert Announcement.objects.count() == 1


def test_a_place_that_they_know_is_not(room: Client, event: Event) -> None:
    room.post(path(event, rest="new/"), written(text="We meet at Plac Zamkowy."))
    assert Announcement.objects.count() == 1


def test_a_mail_holds_no_place_that_followers_do_not_know(
    event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    Event.objects.filter(pk=event.pk).update(
        disclosure="followers", disclose_at=WEEKS_BEFORE + timedelta(days=9), place_disclosed_at=None
    )
    sent(event, owner)
    clock.shift(61)
    (mail,) = delivered()
    assert "Zamkowy" not in mail.text + mail.html
