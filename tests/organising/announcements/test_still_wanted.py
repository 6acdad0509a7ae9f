"""Still wanted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.models import Event
from organising.actions import announcing
from tests.factories import WEEKS_BEFORE, AnnouncementFactory, SubscriptionFactory
from tests.organising.announcements.writing import State, mails, path, sent
from tests.reminders.conftest import Mail


def lose(event: Event, follower: Any) -> None:
    follower.delete()


def hide(event: Event, follower: Any) -> None:
    Event.objects.filter(pk=event.pk).update(state="hidden")


@pytest.mark.parametrize("change", [lose, hide])
def test_it_does_not_leave_to_who_left_or_of_what_is_hidden(
    event: Event,
    owner: User,
    follower: Any,
    clock: Any,
    delivered: Callable[[], list[Mail]],
    change: Callable[[Event, Any], None],
) -> None:
    announcement = sent(event, owner)
    change(event, follower)
    clock.shift(61)
    assert delivered() == []
    assert mails(announcement).get().state == "skipped"


def test_what_is_stopped_within_a_minute_is_a_draft_again_and_costs_nothing(
    room: Client, event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    announcement = sent(event, owner)
    for _n in range(2):
        assert room.post(path(event, announcement), {"do": "stop"}).status_code == 302
    announcement.refresh_from_db()
    assert (announcement.state, announcement.sent_at, mails(announcement).count()) == (State.DRAFT, None, 0)
    # The button that sent it before sends nothing; the page as it is now does.
    assert room.post(path(event, announcement), {"do": "send", "version": "1"}).status_code == 409
    assert room.post(path(event, announcement), {"do": "send", "version": "2"}).status_code == 302
    clock.shift(61)
    assert len(delivered()) == 1


def test_what_is_on_its_way_is_stopped_for_the_others(
    event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    SubscriptionFactory(event=event)
    announcement = sent(event, owner)
    clock.shift(61)
    mails(announcement).filter(recipient=follower.recipient).update(state="sent", finished_at=WEEKS_BEFORE)
    announcing.stop(announcement, by=owner)
    announcement.refresh_from_db()
    assert announcement.state == State.STOPPED
    assert delivered() == []
    assert sorted(mails(announcement).values_list("state", "reason")) == [("sent", ""), ("skipped", "stopped")]
    assert announcing.stop(announcement, by=owner).state == State.STOPPED


def test_a_mail_that_a_sender_holds_is_not_sent_once_it_is_stopped(
    event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    SubscriptionFactory(event=event)
    announcement = sent(event, owner)
    held = mails(announcement).filter(recipient=follower.recipient)
    held.update(state="claimed", lease_until=WEEKS_BEFORE + timedelta(seconds=90))
    announcing.stop(announcement, by=owner)
    held.update(state="queued", lease_until=None)
    clock.shift(61)
    assert delivered() == []


def test_what_has_left_cannot_be_stopped(room: Client, event: Event, owner: User, follower: Any) -> None:
    announcement = sent(event, owner)
    mails(announcement).update(state="sent", finished_at=WEEKS_BEFORE)
    assert room.post(path(event, announcement), {"do": "stop"}).status_code == 409


def test_an_unknown_button_changes_nothing(room: Client, event: Event) -> None:
    announcement = AnnouncementFactory(event=event)
    assert room.post(path(event, announcement), {"do": "explode"}).status_code == 409
    assert room.post(path(event, announcement), {"do": "send", "version": "9" * 50}).status_code == 409
