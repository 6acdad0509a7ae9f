"""Who may."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.actions import Refused
from events.models import Event, Organiser
from organising.actions import announcing
from tests.factories import WEEKS_BEFORE, AnnouncementFactory, EventFactory, OrganiserFactory, UserFactory
from tests.organising.announcements.writing import TEXTS, path, sent, written
from tests.reminders.conftest import Mail


@pytest.mark.parametrize("rest", ["", "new/", "1/"])
def test_strangers_find_nothing_and_helpers_are_refused(client: Client, event: Event, rest: str) -> None:
    stranger, helper = UserFactory(), OrganiserFactory(event=event, role=Organiser.Role.HELPER).user
    for user, status in ((stranger, 404), (helper, 403)):
        client.force_login(user)
        assert client.get(path(event) + rest).status_code == status
        assert client.post(path(event) + rest, written()).status_code in {status, 405}


def test_a_letter_of_another_protest_does_not_exist(room: Client, event: Event) -> None:
    other = AnnouncementFactory()
    assert room.get(path(event, other)).status_code == 404
    assert room.post(path(event, other), {"do": "send", "version": "1"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["submitted", "hidden", "withdrawn"])
def test_nobody_is_told_of_what_is_not_public(state: str) -> None:
    event = EventFactory(state=state)
    owner = OrganiserFactory(event=event).user
    with pytest.raises(Refused):
        announcing.draft(event, TEXTS, key=uuid.uuid4(), by=owner)
    with pytest.raises(Refused):
        sent(event, owner)


def test_followers_may_be_thanked_while_the_edition_is_open_and_for_a_week(
    event: Event, owner: User, follower: Any, clock: Any
) -> None:
    clock.move_to(datetime(2027, 10, 18, 13, tzinfo=UTC))
    sent(event, owner)
    clock.shift(timedelta(days=1))
    with pytest.raises(Refused):
        sent(event, owner)
    clock.move_to(WEEKS_BEFORE)
    event.campaign.state = "closed"
    event.campaign.save()
    with pytest.raises(Refused):
        sent(event, owner)


def test_followers_of_what_is_cancelled_may_be_told_where_else_to_go(
    event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    Event.objects.filter(pk=event.pk).update(state="cancelled", cancel_reason="Rain")
    sent(event, owner)
    clock.shift(61)
    (mail,) = delivered()
    assert "This protest does not take place:" in mail.text
    assert "/coming/" not in mail.text
