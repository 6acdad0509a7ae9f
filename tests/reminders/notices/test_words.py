"""In which words a change is told, and what digests and reminders say after it."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine

from events.actions import change_state
from events.models import Event, EventChange
from outbox.models import Delivery
from reminders.models import Subscription
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import EventFactory, RecipientFactory, SubscriptionFactory
from tests.reminders.changing import LONG_BEFORE, Kind, cancel, edit, local, scope_follower
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("follower")
def test_a_notice_shows_old_and_new_with_the_zone(event: Event, delivered: Callable[[], list[Mail]]) -> None:
    with time_machine.travel(local("2027-09-20T15:00"), tick=False):
        edit(event, local("2027-09-20T15:00"), start_time=dt.time(15, 30), venue="Rynek")
        notice_changes(local("2027-09-20T15:00"))
        (moved,) = delivered()

    assert moved.subject == "New time: March for freedom of movement, Monday 11 October"
    assert "Was: Monday 11 October, 14:00" in moved.text
    assert "Now: Monday 11 October, 15:30" in moved.text
    assert "local time in Warszawa (CEST)" in moved.text
    assert "Was: Plac Zamkowy" in moved.text
    assert "Now: Rynek" in moved.text
    assert moved.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.usefixtures("follower")
def test_a_move_that_was_overtaken_by_a_cancellation_is_not_told(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    with time_machine.travel(local("2027-09-20T22:00"), tick=False) as clock:
        edit(event, local("2027-09-20T22:00"), start_time=dt.time(15, 30))
        notice_changes(local("2027-09-20T22:00"))
        clock.move_to(local("2027-09-20T22:30"))
        cancel(event, local("2027-09-20T22:30"))
        notice_changes(local("2027-09-20T22:30"))
        clock.move_to(local("2027-09-21T09:00"))
        mails = delivered()

    assert [mail.subject for mail in mails] == ["Cancelled: March for freedom of movement, Monday 11 October"]
    assert "The square is flooded." in mails[0].text
    assert set(Delivery.objects.values_list("state", "reason")) == {("sent", ""), ("skipped", "overtaken")}


def test_a_venue_that_is_its_address_is_named_once(delivered: Callable[[], list[Mail]]) -> None:
    event = EventFactory(created_at=LONG_BEFORE, venue="Dam", address="Dam")
    SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE)
    with time_machine.travel(local("2027-10-10T11:00"), tick=False):
        plan(local("2027-10-10T11:00"))
        (mail,) = delivered()

    assert "\nDam, Warszawa\n" in mail.text


@pytest.mark.usefixtures("follower")
def test_a_hidden_protest_is_told_without_details(event: Event, delivered: Callable[[], list[Mail]]) -> None:
    at = local("2027-09-20T15:00")
    with time_machine.travel(at, tick=False):
        change_state(event, Event.State.HIDDEN, Kind.HIDDEN, at=at)
        notice_changes(at)
        (mail,) = delivered()

    assert mail.subject == "No longer listed: March for freedom of movement, Monday 11 October"
    assert "Plac Zamkowy" not in mail.text + mail.html
    assert event.public_id not in mail.text


def test_an_undisclosed_place_is_told_to_followers_of_the_protest_alone(delivered: Callable[[], list[Mail]]) -> None:
    event = EventFactory(
        created_at=LONG_BEFORE, disclosure="followers", disclose_at=local("2027-10-10T12:00"), venue="Canary Yard"
    )
    follower = SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE)
    scope_follower(city=event.city)
    with time_machine.travel(local("2027-10-10T11:00"), tick=False) as clock:
        plan(local("2027-10-10T11:00"))
        early = delivered()
        clock.move_to(local("2027-10-10T12:00"))
        EventChange.objects.create(event=event, kind=Kind.PLACE_DISCLOSED, at=local("2027-10-10T11:59"))
        notice_changes(local("2027-10-10T12:00"))
        late = delivered()[len(early) :]

    assert [mail for mail in early if "Canary" in mail.text + mail.html] == []
    assert [mail.to for mail in late] == [follower.recipient.address]
    assert "Canary Yard" in late[0].text


def test_a_reminder_that_waits_is_dropped_when_the_protest_is_cancelled_or_moved(
    event: Event, follower: Subscription, delivered: Callable[[], list[Mail]]
) -> None:
    moved = EventFactory(created_at=LONG_BEFORE, title="Moved away")
    SubscriptionFactory(event=moved, recipient=follower.recipient, confirmed_at=LONG_BEFORE)
    with time_machine.travel(local("2027-10-11T10:50"), tick=False) as clock:
        assert plan(local("2027-10-11T10:50")) >= 2
        Delivery.objects.exclude(ids__moment="hours").delete()
        cancel(event, local("2027-10-11T10:55"))
        edit(moved, local("2027-10-11T10:55"), start_time=dt.time(18, 0), end_time=None)
        clock.move_to(local("2027-10-11T11:00"))
        assert [mail.subject for mail in delivered()] == []
        clock.move_to(local("2027-10-11T15:00"))
        plan(local("2027-10-11T15:00"))
        mails = delivered()

    assert [mail.subject for mail in mails] == ["Monday 11 October, 18:00: Moved away"]
    reasons = set(Delivery.objects.filter(state="skipped").values_list("reason", flat=True))
    assert reasons == {"protest cancelled", "moved"}


def test_a_digest_names_followed_protests_first_and_in_full(delivered: Callable[[], list[Mail]]) -> None:
    person = RecipientFactory(language="de")
    other = EventFactory(created_at=LONG_BEFORE, title="Early vigil", start_time=dt.time(9), end_time=None)
    mine = EventFactory(
        created_at=LONG_BEFORE, title="My march", disclosure="followers", disclose_at=LONG_BEFORE, venue="Canary Yard"
    )
    SubscriptionFactory(event=mine, recipient=person, confirmed_at=LONG_BEFORE)
    scope_follower(recipient=person)
    with time_machine.travel(local("2027-10-10T11:00"), tick=False):
        plan(local("2027-10-10T11:00"))
        (mail,) = delivered()

    assert "Montag, 11. Oktober" in mail.subject
    assert mail.text.index("Canary Yard") < mail.text.index(other.title)
    assert "Plac Zamkowy" in mail.text
    assert "/de/protests/" in mail.text


def test_a_digest_lists_thirty_and_links_the_rest(delivered: Callable[[], list[Mail]]) -> None:
    for n in range(33):
        EventFactory(created_at=LONG_BEFORE, title=f"March {n}")
    scope_follower()
    with time_machine.travel(local("2027-10-10T11:00"), tick=False):
        plan(local("2027-10-10T11:00"))
        (mail,) = delivered()

    assert mail.subject == "Monday 11 October: 33 protests"
    assert "And 3 more: " in mail.text
    assert "/en/protests/?day=2027-10-11" in mail.text
    assert mail.text.count("March ") == 30


def test_who_may_not_know_the_place_is_told_of_the_new_time_alone(delivered: Callable[[], list[Mail]]) -> None:
    event = EventFactory(created_at=LONG_BEFORE, disclosure="followers", disclose_at=LONG_BEFORE)
    scope_follower(city=event.city)
    with time_machine.travel(local("2027-09-20T15:00"), tick=False):
        edit(event, local("2027-09-20T15:00"), venue="Rynek", start_time=dt.time(15), end_time=None)
        notice_changes(local("2027-09-20T15:00"))
        (mail,) = delivered()

    assert "The time has changed." in mail.text
    assert "The place has changed." not in mail.text
