"""Who is told of a change, and when."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event, EventChange
from outbox.models import Delivery
from reminders import tasks
from reminders.models import Subscription
from reminders.notices import notice_changes
from tests.factories import CityFactory, EventFactory, RecipientFactory, SubscriptionFactory
from tests.reminders.changing import LONG_BEFORE, Kind, cancel, edit, letters, local, scope_follower

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("follower")
@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2027-09-20T15:00", "2027-09-20 15:00"),
        ("2027-09-20T21:00", "2027-09-21 08:00"),
        ("2027-09-21T03:00", "2027-09-21 08:00"),
        ("2027-09-21T08:00", "2027-09-21 08:00"),
        ("2027-10-09T22:00", "2027-10-09 22:00"),
    ],
)
def test_a_move_is_told_at_once_but_not_at_night_unless_it_is_close(event: Event, at: str, leaves: str) -> None:
    edit(event, local(at), start_time=dt.time(15, 0))

    notice_changes(local(at))

    assert letters() == [("notice", leaves)]


@pytest.mark.usefixtures("follower")
def test_a_cancellation_waits_for_no_morning(event: Event) -> None:
    cancel(event, local("2027-09-20T23:00"))

    notice_changes(local("2027-09-20T23:00"))

    assert letters() == [("notice", "2027-09-20 23:00")]
    assert Delivery.objects.get().priority == 0


def test_each_change_is_noticed_once_and_each_person_told_once(event: Event) -> None:
    person = RecipientFactory()
    SubscriptionFactory(event=event, recipient=person, confirmed_at=LONG_BEFORE)
    scope_follower(recipient=person, city=event.city)
    at = local("2027-09-20T15:00")
    edit(event, at, start_time=dt.time(15, 0))

    assert [notice_changes(at), notice_changes(at)] == [1, 0]
    assert letters() == [("notice", "2027-09-20 15:00")]


def test_followers_of_both_cities_hear_of_a_protest_that_changes_city(event: Event) -> None:
    krakow = CityFactory(geoname_id=3094802, name="Kraków", slug="krakow")
    scope_follower(city=event.city)
    scope_follower(city=krakow)
    at = local("2027-09-20T15:00")
    edit(event, at, city=krakow)

    notice_changes(at)

    assert letters() == [("notice", "2027-09-20 15:00")] * 2


def test_nobody_is_told_of_what_happened_before_they_came(event: Event) -> None:
    SubscriptionFactory(event=event, confirmed_at=local("2027-09-20T16:00"))
    edit(event, local("2027-09-20T15:00"), start_time=dt.time(15, 0))

    notice_changes(local("2027-09-20T17:00"))

    assert letters() == []


def test_many_changes_at_once_read_the_followers_of_the_edition_once(event: Event) -> None:
    now, times = local("2027-09-20 12:00"), [11, 10, 9]
    events = [event, EventFactory(country="DE", city=CityFactory(country="DE")), EventFactory()]
    for one, hour in zip(events, times, strict=True):
        at = now.replace(hour=hour)
        EventChange.objects.create(event=one, kind=Kind.PUBLISHED, at=at, before={}, after={})
    wanted = [
        scope_follower(),
        scope_follower(country="PL", confirmed_at=now.replace(hour=10, minute=30)),
        scope_follower(country="DE"),
    ]
    # Theirs was before they came; the later ones concern another country.
    scope_follower(country="DE", confirmed_at=now.replace(hour=10, minute=30))
    scope_follower(country="UA")
    with CaptureQueriesContext(connection) as queries:
        assert notice_changes(now) == 3
    assert len([query for query in queries if "s.scope = 'campaign'" in query["sql"]]) == 1
    mails = Delivery.objects.filter(letter="changes")
    assert set(mails.values_list("recipient", flat=True)) == {one.recipient_id for one in wanted}


def test_a_change_that_cannot_be_told_keeps_nobody_from_being_reminded(event: Event, follower: Subscription) -> None:
    now = local("2027-10-10T12:00")
    EventChange.objects.create(event=event, kind=Kind.MOVED, at=LONG_BEFORE, before={"day": "soon"}, after={})
    with time_machine.travel(now, tick=False), pytest.raises(ValueError, match="soon"):
        tasks.plan()
    assert [letter for letter, _leaves in letters()] == ["reminder"]


@pytest.mark.parametrize(
    ("disclosure", "at", "told"),
    [
        ("timed", "2027-10-05T15:00", set()),
        ("timed", "2027-10-06T15:00", {"follower", "city", "country"}),
        ("followers", "2027-10-05T15:00", set()),
        ("followers", "2027-10-06T15:00", {"follower"}),
    ],
)
def test_a_new_place_is_told_to_those_who_may_know_it(disclosure: str, at: str, told: set[str]) -> None:
    known_from = local("2027-10-06T12:00")
    event = EventFactory(created_at=LONG_BEFORE, disclosure=disclosure, disclose_at=known_from)
    if local(at) > known_from:
        Event.objects.filter(pk=event.pk).update(place_disclosed_at=known_from)
    readers = {
        SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE).recipient_id: "follower",
        scope_follower(city=event.city).recipient_id: "city",
        scope_follower(country="PL").recipient_id: "country",
    }
    edit(event, local(at), venue="Rynek")
    notice_changes(local(at))

    assert {readers[row.recipient_id] for row in Delivery.objects.all()} == told
