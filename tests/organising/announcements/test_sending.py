"""Sending."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEntry, User
from events.actions import Refused
from events.models import Event
from organising.actions import announcing
from organising.actions.announcing import Texts
from tests.factories import WEEKS_BEFORE, AnnouncementFactory, EventFactory, RecipientFactory, SubscriptionFactory
from tests.organising.announcements.writing import mails, path, sent, written


def test_only_confirmed_followers_of_the_protest_itself_are_told(event: Event, owner: User, follower: Any) -> None:
    SubscriptionFactory(event=event, confirmed_at=None)
    SubscriptionFactory(event=EventFactory(title="Another"))
    SubscriptionFactory(event=event, recipient=RecipientFactory(suspended_at=WEEKS_BEFORE))
    SubscriptionFactory(event=None, scope="city", city=event.city, campaign=event.campaign)
    announcement = sent(event, owner)
    assert list(mails(announcement).values_list("recipient", flat=True)) == [follower.recipient_id]
    (mail,) = mails(announcement)
    assert mail.key == f"announcement:{announcement.pk}:{follower.recipient_id}"
    assert mail.not_before == WEEKS_BEFORE + timedelta(seconds=60)


def test_putting_it_into_the_outbox_twice_makes_one_mail(event: Event, owner: User, follower: Any) -> None:
    announcement = sent(event, owner)
    announcing.release(announcement, at=WEEKS_BEFORE)
    assert mails(announcement).count() == 1


def test_a_second_click_sends_nothing_more(room: Client, event: Event, follower: Any) -> None:
    announcement = AnnouncementFactory(event=event)
    for _n in range(2):
        assert room.post(path(event, announcement), {"do": "send", "version": "1"}).status_code == 302
    assert mails(announcement).count() == 1


def test_nothing_leaves_at_night_however_soon_it_starts(event: Event, owner: User, follower: Any, clock: Any) -> None:
    clock.move_to(datetime(2027, 10, 10, 21, 30, tzinfo=UTC))
    announcement = sent(event, owner)
    assert mails(announcement).get().not_before == datetime(2027, 10, 11, 6, 0, tzinfo=UTC)
    assert mails(announcement).get().ids["quiet"] == "Europe/Warsaw"


def test_what_somebody_else_changed_meanwhile_is_not_sent_unread(event: Event, owner: User, follower: Any) -> None:
    announcement = AnnouncementFactory(event=event)
    announcing.rewrite(announcement, Texts("en", "Other", "Words"), by=owner)
    with pytest.raises(Refused):
        announcing.send(announcement, version=1, by=owner)
    assert mails(announcement).count() == 0


def test_what_was_sent_is_not_changed_any_more(room: Client, event: Event, owner: User, follower: Any) -> None:
    announcement = sent(event, owner)
    response = room.post(path(event, announcement), {**written(text="Late words"), "do": "save"})
    assert response.status_code == 409
    assert "Late words" in response.content.decode()
    announcement.refresh_from_db()
    assert announcement.text != "Late words"


def test_without_followers_there_is_nothing_to_send(room: Client, event: Event) -> None:
    response = room.post(path(event, AnnouncementFactory(event=event)), {"do": "send", "version": "1"})
    assert response.status_code == 409
    assert "Nobody follows this protest yet." in response.content.decode()


def test_sending_leaves_a_line_without_words(event: Event, owner: User, follower: Any) -> None:
    announcement = sent(event, owner)
    entry = AuditEntry.objects.get(verb="announcement sent")
    assert (entry.object_id, entry.actor_id) == (announcement.pk, owner.actor_id)
    assert entry.codes == {"event": event.pk, "review": ""}


def test_the_database_holds_no_word_of_it(event: Event, owner: User) -> None:
    announcing.draft(
        event,
        Texts("en", "CANARYS", "CANARYT", {"pl": {"subject": "a", "text": "CANARYO"}}),
        key=uuid.uuid4(),
        by=owner,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, '') FROM organising_announcement a")
        assert "CANARY" not in cursor.fetchone()[0]
