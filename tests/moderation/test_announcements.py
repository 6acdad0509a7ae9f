"""Letters to followers that wait for a moderator: who reads them, and what a decision does."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from events.actions import Refused
from events.models import Event
from moderation import announcements
from organising.actions import announcing
from organising.actions.announcing import Texts
from organising.models import Announcement
from outbox.models import Delivery
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    AnnouncementFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.log_in import log_in
from tests.moderation.test_races import won

QUEUE = "/moderation/announcements/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def event(db):
    event = EventFactory()
    SubscriptionFactory(event=event)
    return event


@pytest.fixture
def coordinator(event):
    return CoordinatorFactory(country="PL").user


@pytest.fixture
def room(client, coordinator):
    log_in(client, coordinator)
    return client


def waiting(event, **values):
    given = {"event": event, "state": "in_review", "review": "many", "sent_at": WEEKS_BEFORE, **values}
    if "actor_id" not in given:
        given["actor_id"] = OrganiserFactory(event=event).user.actor_id
    return AnnouncementFactory(**given)


def decide(client, announcement, verb, version=1, **answers):
    return client.post(f"{QUEUE}{announcement.pk}/", {"verb": verb, "version": version, **answers})


def test_what_waits_is_shown_as_its_readers_get_it(room, event):
    waiting(event, other_texts='{"pl": {"subject": "Woda", "text": "Gorąco."}}', review="listed")
    AnnouncementFactory(event=event, text="A draft")
    page = room.get(QUEUE).content.decode()
    assert "1 announcement waits" in page
    assert "The organisers of “March for freedom of movement” write" in page
    assert "Gorąco." in page
    assert "1 person follows it." in page
    assert "holds a listed word or link" in page
    assert "A draft" not in page


def test_what_is_released_leaves_after_a_minute(room, event, clock, delivered):
    announcement = waiting(event)
    assert decide(room, announcement, "release").status_code == 302
    assert delivered() == []
    clock.shift(61)
    assert len(delivered()) == 1
    entry = AuditEntry.objects.get(verb="announcement released")
    assert (entry.object_id, entry.codes) == (announcement.pk, {"event": event.pk})
    assert decide(room, announcement, "refuse", reason="x").status_code == 409


def test_what_is_refused_goes_back_with_the_reason(room, event, clock, delivered):
    owner = OrganiserFactory(event=event).user
    OrganiserFactory(event=event, role="helper")
    OrganiserFactory(event=event, user=UserFactory(is_active=False))
    announcement = waiting(event, actor_id=owner.actor_id)
    assert decide(room, announcement, "refuse").status_code == 409
    assert decide(room, announcement, "refuse", reason="It names a private person.").status_code == 302
    (mail,) = delivered()
    assert mail.to == owner.email
    assert mail.subject == "Your announcement was not sent: Bring water"
    assert "It names a private person." in mail.text
    assert "It names a private person." in mail.html
    assert f"/organise/{event.public_id}/announcements/{announcement.pk}/" in mail.text
    entry = AuditEntry.objects.get(verb="announcement refused")
    assert entry.codes == {"event": event.pk}
    room.force_login(owner)
    page = room.get(f"/organise/{event.public_id}/announcements/{announcement.pk}/").content.decode()
    assert "It names a private person." in page


def test_who_changes_it_meanwhile_gets_no_mail_of_a_refusal(room, event, clock, delivered):
    owner = OrganiserFactory(event=event).user
    announcement = waiting(event)
    decide(room, announcement, "refuse", reason="Why")
    announcing.rewrite(announcement, Texts("en", "New", "Words"), by=owner)
    assert delivered() == []


def test_what_was_read_is_what_is_released(room, event):
    announcement = waiting(event, version=2)
    assert decide(room, announcement, "release", version=1).status_code == 409
    assert decide(room, announcement, "release", version="x").status_code == 409
    assert "Choose what to do with it." in decide(room, announcement, "explode", version=2).content.decode()
    assert Delivery.objects.count() == 0


def test_other_countries_do_not_see_it(client, event):
    announcement = waiting(event)
    log_in(client, CoordinatorFactory(country="DE").user)
    assert "Nothing waits." in client.get(QUEUE).content.decode()
    assert decide(client, announcement, "release").status_code == 404


def test_a_draft_is_nobody_else_s(room, event):
    assert decide(room, AnnouncementFactory(event=event), "release").status_code == 404


def test_nobody_decides_on_their_own(room, event, coordinator):
    OrganiserFactory(event=event, user=coordinator)
    announcement = waiting(event)
    page = room.get(QUEUE).content.decode()
    assert "somebody else decides" in page
    assert 'value="release"' not in page
    assert decide(room, announcement, "release").status_code == 409


def test_of_what_is_hidden_meanwhile_nobody_is_told(room, event):
    announcement = waiting(event)
    Event.objects.filter(pk=event.pk).update(state="hidden")
    assert decide(room, announcement, "release").status_code == 409
    assert decide(room, announcement, "refuse", reason="Hidden").status_code == 302


def test_the_list_takes_no_more_queries_for_more_that_waits(room, event):
    waiting(event)
    room.get(QUEUE)
    with CaptureQueriesContext(connection) as few:
        room.get(QUEUE)
    for n in range(5):
        waiting(EventFactory(title=f"Protest {n}"))
    with CaptureQueriesContext(connection) as many:
        room.get(QUEUE)
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts():
    event = EventFactory()
    SubscriptionFactory(event=event)
    announcement = waiting(event)
    people = [CoordinatorFactory(country="PL").user for _n in range(2)]
    results = at_once(
        lambda: announcements.release_announcement(announcement, version=1, by=people[0]),
        lambda: announcements.refuse_announcement(announcement, version=1, reason="Why", by=people[1]),
    )
    assert won(results) == 1
    is_released = Announcement.objects.get().is_released
    assert Delivery.objects.filter(letter="announcement").count() == is_released


def test_a_release_after_it_was_taken_back_is_refused(event, coordinator):
    owner = OrganiserFactory(event=event).user
    announcement = waiting(event)
    announcing.stop(announcement, by=owner)
    with pytest.raises(Refused):
        announcements.release_announcement(announcement, version=2, by=coordinator)
    assert Announcement.objects.get().sent_at is None
