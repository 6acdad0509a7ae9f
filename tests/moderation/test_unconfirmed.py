"""Coordinators are told of protests that nobody has confirmed: whom, when, and no more than once an hour."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import User
from events.models import Event
from moderation.unconfirmed import tell_coordinators
from organising import still_on
from outbox.models import Delivery
from tests.factories import FIRST_DAY, CampaignFactory, CoordinatorFactory, EventFactory, OrganiserFactory, UserFactory
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db
LONG_BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")


def at(text: str) -> datetime:
    """“10-11 09:00” of 2027 on the clocks of Warsaw."""
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=WARSAW)


def silent(since: str, start: time | None = time(14), **values: Any) -> Event:
    """A protest that is marked as not confirmed since a moment."""
    values = {"created_at": LONG_BEFORE, "day": FIRST_DAY, "end_time": None, **values}
    return EventFactory(start_time=start, unconfirmed_at=at(since), **values)


def told() -> dict[int, list[str]]:
    """When mails to whom leave, on the clock in Warsaw."""
    found: dict[int, list[str]] = {}
    for mail in Delivery.objects.filter(letter="unconfirmed").order_by("not_before"):
        found.setdefault(mail.recipient_id, []).append(f"{mail.not_before.astimezone(WARSAW):%m-%d %H:%M}")
    return found


# since, start -> when the coordinator is told
MOMENTS = [
    # By day at the end of the hour.
    ("10-11 08:00", time(20), "10-11 09:00"),
    ("10-11 08:59", time(20), "10-11 09:00"),
    ("10-10 18:30", time(6, 30), "10-10 19:00"),
    # At night in the morning, if three hours are left then.
    ("10-11 02:00", time(14), "10-11 08:00"),
    ("10-10 23:00", time(11), "10-11 08:00"),
    ("10-10 22:59", time(10, 59), "10-10 23:00"),
    ("10-10 21:00", time(9), "10-10 22:00"),
    # Without an hour the day begins at 08:00.
    ("10-10 20:00", None, "10-10 21:00"),
]


@pytest.mark.parametrize(("since", "start", "expected"), MOMENTS)
def test_it_leaves_at_the_end_of_the_hour_and_not_at_night_unless_it_must(
    since: str, start: time | None, expected: str
) -> None:
    coordinator = CoordinatorFactory().user
    silent(since, start)
    tell_coordinators(at(since))
    assert told() == {coordinator.recipient_id: [expected]}


def test_those_of_the_country_and_the_language_are_told_and_covers_instead_of_the_absent() -> None:
    campaign, today = CampaignFactory(), date(2027, 10, 11)
    country = CoordinatorFactory(campaign=campaign).user
    everything = CoordinatorFactory(campaign=campaign, country="").user
    speaks = CoordinatorFactory(campaign=campaign, languages=["en", "pl"]).user
    cover = UserFactory()
    CoordinatorFactory(campaign=campaign, away_from=today, away_until=today, cover=cover)
    CoordinatorFactory(campaign=campaign, away_from=today, away_until=today)
    CoordinatorFactory(campaign=campaign, country="DE")
    CoordinatorFactory(campaign=campaign, languages=["uk"])
    CoordinatorFactory(campaign=campaign, user=UserFactory(is_active=False))
    CoordinatorFactory(campaign=CampaignFactory(slug="2026"))
    UserFactory(is_superuser=True)
    silent("10-11 09:30", time(21))
    tell_coordinators(at("10-11 09:30"))
    assert set(told()) == {user.recipient_id for user in (country, everything, speaks, cover)}


def test_where_nobody_coordinates_superusers_are_told() -> None:
    CoordinatorFactory(country="DE")
    superuser = UserFactory(is_superuser=True)
    silent("10-11 09:30", time(21))
    tell_coordinators(at("10-11 09:30"))
    assert set(told()) == {superuser.recipient_id}


def test_what_is_silent_in_one_hour_or_one_night_is_one_mail() -> None:
    coordinator = CoordinatorFactory().user
    for since, start in (("10-11 01:00", 13), ("10-11 02:00", 14), ("10-11 07:30", 19), ("10-11 09:10", 21)):
        silent(since, time(start))
    for minute in range(10, 60, 10):
        tell_coordinators(at(f"10-11 09:{minute}"))
    assert told() == {coordinator.recipient_id: ["10-11 08:00", "10-11 10:00"]}


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"unconfirmed_at": None}, {"day": date(2027, 10, 10)}])
def test_nobody_is_told_of_what_is_cancelled_confirmed_or_over(change: dict[str, Any]) -> None:
    CoordinatorFactory()
    event = silent("10-11 09:30", time(21))
    Event.objects.filter(pk=event.pk).update(**change)
    assert tell_coordinators(at("10-11 09:31")) == 0


@pytest.fixture
def coordinator() -> User:
    return CoordinatorFactory(user=UserFactory(language="en")).user


def test_the_mail_names_them_with_a_way_to_each_page(coordinator: User, delivered: Callable[[], list[Mail]]) -> None:
    event, second = silent("10-11 09:30", time(21)), silent("10-11 09:40", time(21), title="Vigil")
    tell_coordinators(at("10-11 09:45"))
    with time_machine.travel(at("10-11 10:00"), tick=False):
        (mail,) = delivered()
    assert mail.subject == "2 protests are not confirmed"
    for shown in (event, second):
        assert shown.title in mail.text
        assert f"/moderation/protests/{shown.public_id}/" in mail.text
        assert f"/moderation/protests/{shown.public_id}/" in mail.html
    assert "Monday 11 October, 21:00" in mail.text
    assert "Plac Zamkowy" not in mail.text + mail.html
    assert "/moderation/overview/unconfirmed/" in mail.text


def test_nothing_leaves_once_all_are_confirmed(coordinator: User, delivered: Callable[[], list[Mail]]) -> None:
    event = silent("10-11 09:30", time(21))
    organiser = OrganiserFactory(event=event).user
    tell_coordinators(at("10-11 09:45"))
    with time_machine.travel(at("10-11 10:00"), tick=False):
        still_on.confirm(event, by=organiser)
        assert delivered() == []
    assert Delivery.objects.get(letter="unconfirmed").reason == "all confirmed"


def test_telling_takes_one_statement_however_many_there_are(coordinator: User, django_assert_num_queries: Any) -> None:
    for _ in range(5):
        silent("10-11 09:30", time(21))
    with django_assert_num_queries(1):
        assert tell_coordinators(at("10-11 09:31")) == 1
