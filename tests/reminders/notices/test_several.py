"""Several changes, told in one mail or not at all."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
import time_machine

from events.models import Event
from outbox.models import Delivery
from reminders.notices import notice_changes
from tests.factories import EventFactory, SubscriptionFactory
from tests.reminders.changing import LONG_BEFORE, cancel, edit, letters, local, scope_follower
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db


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
