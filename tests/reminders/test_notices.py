"""Who is told of a change, when, and in which words."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.actions import SECOND_THOUGHTS, change_state, write_details
from events.models import Event, EventChange, Revision
from outbox.models import Delivery
from reminders import tasks
from reminders.models import Subscription
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import (
    CampaignFactory,
    CityFactory,
    EventFactory,
    RecipientFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db

WARSAW = ZoneInfo("Europe/Warsaw")
LONG_BEFORE = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
Kind = EventChange.Kind


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.fixture
def event() -> Event:
    return EventFactory(created_at=LONG_BEFORE)


@pytest.fixture
def follower(event: Event) -> Subscription:
    return SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE)


def edit(event: Event, at: dt.datetime, **fields: Any) -> None:
    """What approving an edit did to the protest, so long ago that its followers may be told by *at*."""
    event.refresh_from_db()
    author = UserFactory()
    details = {**event.details(), **fields}
    revision = RevisionFactory(
        event=event, number=event.revisions.count() + 2, author=author, state=Revision.State.APPROVED, **details
    )
    write_details(revision, at=at - SECOND_THOUGHTS)
    event.refresh_from_db()


def cancel(event: Event, at: dt.datetime, reason: str = "The square is flooded.") -> None:
    change_state(event, Event.State.CANCELLED, Kind.CANCELLED, at=at, cancel_reason=reason)


def scope_follower(**fields: Any) -> Subscription:
    scope = "city" if "city" in fields else "country" if "country" in fields else "campaign"
    values = {"confirmed_at": LONG_BEFORE, "event": None, "campaign": CampaignFactory(), "scope": scope, **fields}
    return SubscriptionFactory(**values)


def at_warsaw(moment: dt.datetime) -> str:
    return f"{moment.astimezone(WARSAW):%Y-%m-%d %H:%M}"


def letters() -> list[tuple[str, str]]:
    return [(row.letter, at_warsaw(row.not_before)) for row in Delivery.objects.order_by("pk")]


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


def test_followers_of_a_country_get_the_changes_of_an_hour_in_one_mail(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    scope_follower(country="PL")
    other = EventFactory(created_at=LONG_BEFORE, title="Vigil")
    with time_machine.travel(local("2027-09-20T15:10"), tick=False) as clock:
        edit(event, local("2027-09-20T15:10"), start_time=dt.time(15, 0))
        cancel(other, local("2027-09-20T15:40"))
        notice_changes(local("2027-09-20T15:41"))
        assert letters() == [("changes", "2027-09-20 16:00")]
        assert delivered() == []
        clock.move_to(local("2027-09-20T16:00"))
        (mail,) = delivered()

    assert mail.subject == "2 changes"
    assert "New time: March for freedom of movement" in mail.text
    assert "Was: Monday 11 October, 14:00" in mail.text
    assert "Cancelled: Vigil" in mail.text


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


def night_of_two_moves(event: Event, clock: time_machine.Traveller) -> None:
    """Two moves, and a change of place, while nobody is written to."""
    for at, fields in (
        ("2027-09-20T22:00", {"start_time": dt.time(15), "end_time": dt.time(17)}),
        ("2027-09-20T23:00", {"venue": "Rynek", "address": ""}),
        ("2027-09-21T03:00", {"start_time": dt.time(18), "end_time": None}),
    ):
        clock.move_to(local(at))
        edit(event, local(at), **fields)
        notice_changes(local(at))


@pytest.mark.usefixtures("follower")
def test_changes_that_gather_before_the_first_notice_are_told_in_one_mail(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    with time_machine.travel(local("2027-09-20T20:00"), tick=False) as clock:
        night_of_two_moves(event, clock)
        clock.move_to(local("2027-09-21T08:00"))
        (mail,) = delivered()
        edit(event, local("2027-09-21T09:00"), start_time=dt.time(19))
        clock.move_to(local("2027-09-21T09:00"))
        notice_changes(local("2027-09-21T09:00"))
        late = delivered()[-1]

    assert mail.subject == "New time: March for freedom of movement, Monday 11 October"
    for part in (mail.text, " ".join(re.sub(r"<[^>]+>", " ", mail.html).split())):
        assert "Monday 11 October, 14:00–16:00" in part
        assert "Plac Zamkowy, Plac Zamkowy 1, Warszawa" in part
        assert "Monday 11 October, 18:00" in part
        assert "Rynek, Warszawa" in part
        assert "15:00" not in part
    assert set(Delivery.objects.filter(state="skipped").values_list("reason", flat=True)) == {
        "told with a later change"
    }
    assert "Was: Monday 11 October, 18:00\nNow: Monday 11 October, 19:00" in late.text
    assert "The place has changed" not in late.text


@pytest.mark.usefixtures("follower")
def test_a_late_urgent_move_tells_what_waited_for_the_morning(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    with time_machine.travel(local("2027-10-09T01:00"), tick=False) as clock:
        edit(event, local("2027-10-09T01:00"), start_time=dt.time(15))
        notice_changes(local("2027-10-09T01:00"))
        assert delivered() == []
        clock.move_to(local("2027-10-09T05:00"))
        edit(event, local("2027-10-09T05:00"), day=dt.date(2027, 10, 11), start_time=dt.time(2), end_time=None)
        notice_changes(local("2027-10-09T05:00"))
        (mail,) = delivered()
        clock.move_to(local("2027-10-09T08:00"))
        assert len(delivered()) == 1

    assert "Was: Monday 11 October, 14:00–16:00\nNow: Monday 11 October, 02:00" in mail.text


@pytest.mark.usefixtures("follower")
def test_a_move_there_and_back_is_not_told_when_nobody_has_heard_of_it(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    with time_machine.travel(local("2027-09-20T22:00"), tick=False) as clock:
        for at, hour in (("2027-09-20T22:00", 15), ("2027-09-20T23:00", 14)):
            edit(event, local(at), start_time=dt.time(hour))
            notice_changes(local(at))
        clock.move_to(local("2027-09-21T08:00"))
        mails = delivered()

    assert mails == []
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"told with a later change", "back again"}


def test_two_moves_of_an_hour_are_one_line_of_the_gathered_mail(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    scope_follower(country="PL")
    with time_machine.travel(local("2027-09-20T15:00"), tick=False) as clock:
        for at, hour in (("2027-09-20T15:10", 15), ("2027-09-20T15:20", 18)):
            clock.move_to(local(at))
            edit(event, local(at), start_time=dt.time(hour), end_time=None)
            notice_changes(local(at))
        clock.move_to(local("2027-09-20T16:00"))
        (mail,) = delivered()

    assert mail.subject == "1 change"
    assert "Was: Monday 11 October, 14:00–16:00\nNow: Monday 11 October, 18:00" in mail.text
    assert "15:00" not in mail.text


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


def test_who_may_not_know_the_place_is_told_of_the_new_time_alone(delivered: Callable[[], list[Mail]]) -> None:
    event = EventFactory(created_at=LONG_BEFORE, disclosure="followers", disclose_at=LONG_BEFORE)
    scope_follower(city=event.city)
    with time_machine.travel(local("2027-09-20T15:00"), tick=False):
        edit(event, local("2027-09-20T15:00"), venue="Rynek", start_time=dt.time(15), end_time=None)
        notice_changes(local("2027-09-20T15:00"))
        (mail,) = delivered()

    assert "The time has changed." in mail.text
    assert "The place has changed." not in mail.text


@pytest.mark.parametrize("scope", ["event", "country"])
def test_a_place_that_changes_there_and_back_is_not_told_when_nobody_has_heard_of_it(
    event: Event, scope: str, delivered: Callable[[], list[Mail]]
) -> None:
    if scope == "event":
        SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE)
    else:
        scope_follower(country="PL")
    with time_machine.travel(local("2027-09-20T22:05"), tick=False) as clock:
        for at, venue in (("2027-09-20T22:10", "Rynek"), ("2027-09-20T22:20", "Plac Zamkowy")):
            clock.move_to(local(at))
            edit(event, local(at), venue=venue)
            notice_changes(local(at))
        clock.move_to(local("2027-09-21T08:00"))
        assert delivered() == []


@pytest.mark.usefixtures("follower")
def test_a_time_that_is_back_is_not_called_new_beside_a_new_place(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    with time_machine.travel(local("2027-09-20T22:05"), tick=False) as clock:
        for at, hour, venue in (("2027-09-20T22:10", 15, "Plac Zamkowy"), ("2027-09-20T22:20", 14, "Rynek")):
            clock.move_to(local(at))
            edit(event, local(at), start_time=dt.time(hour), venue=venue)
            notice_changes(local(at))
        clock.move_to(local("2027-09-21T08:00"))
        (mail,) = delivered()

    assert mail.subject == "New place: March for freedom of movement, Monday 11 October"
    assert "The time has changed." not in mail.text
