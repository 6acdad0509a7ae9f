"""Forgetting."""

from datetime import UTC, datetime
from typing import Any

from django.test import Client

from accounts.models import User
from events.models import Event
from organising import forgetting
from organising.models import Announcement
from tests.factories import AnnouncementFactory
from tests.organising.announcements.writing import State, path, sent


def test_texts_go_with_the_edition_and_numbers_stay(
    room: Client, event: Event, owner: User, follower: Any, clock: Any
) -> None:
    announcement = sent(event, owner, other_texts='{"pl": {"subject": "x", "text": "y"}}')
    draft = AnnouncementFactory(event=event)
    forgetting.forget(datetime(2027, 10, 27, 12, tzinfo=UTC))
    assert Announcement.objects.filter(pk=draft.pk).exists()
    forgetting.forget(datetime(2027, 10, 28, 12, tzinfo=UTC))
    assert not Announcement.objects.filter(pk=draft.pk).exists()
    announcement.refresh_from_db()
    assert (announcement.subject, announcement.text, announcement.other_texts) == ("", "", "")
    assert announcement.state == State.RELEASED
    for page in (path(event), path(event, announcement)):
        assert "An announcement whose text is deleted" in room.get(page).content.decode()
