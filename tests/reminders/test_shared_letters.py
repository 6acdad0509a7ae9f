"""Readers of one batch who are told the same share what it takes to tell them; the others do not."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.actions import SECOND_THOUGHTS
from events.models import Event, EventChange
from outbox import letters
from outbox.models import Delivery
from reminders.models import Subscription
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import CityFactory, EventFactory, RecipientFactory, SubscriptionFactory
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db

WARSAW = ZoneInfo("Europe/Warsaw")
LONG_BEFORE = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
Kind = EventChange.Kind
Scope = Subscription.Scope


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.fixture
def event() -> Event:
    return EventFactory(created_at=LONG_BEFORE)


def follow(event: Event, scope: Subscription.Scope, **fields: Any) -> Subscription:
    of = {
        Scope.EVENT: {"event": event},
        Scope.CITY: {"event": None, "city": event.city},
        Scope.COUNTRY: {"event": None, "country": event.country},
        Scope.CAMPAIGN: {"event": None},
    }[scope]
    return SubscriptionFactory(campaign=event.campaign, scope=scope, confirmed_at=LONG_BEFORE, **of, **fields)


def change(event: Event, kind: EventChange.Kind, at: dt.datetime) -> None:
    EventChange.objects.create(event=event, kind=kind, at=at - SECOND_THOUGHTS, before={}, after={})


def queries_for(letter: str) -> int:
    """That it takes to sort out and render all mails of this letter, as one batch."""
    batch = list(Delivery.objects.filter(letter=letter).select_related("recipient"))
    kind = letters.kind(letter)
    with CaptureQueriesContext(connection) as queries:
        assert kind.unwanted(batch) == {}
        made = kind.letters_to(batch)
    assert len(made) == len(batch)
    assert len({one.text for one in made.values()}) == len(batch), "each has links of its own"
    return len(queries)


def tell(letter: str, event: Event) -> None:
    now = local("2027-10-10T11:00")
    if letter in {"reminder", "digest"}:
        plan(now)
    else:
        change(event, Kind.PUBLISHED if letter == "changes" else Kind.MOVED, now)
        notice_changes(now)


@pytest.mark.parametrize(
    ("letter", "scope"),
    [
        ("reminder", Scope.EVENT),
        ("digest", Scope.CITY),
        ("digest", Scope.CAMPAIGN),
        ("notice", Scope.EVENT),
        ("notice", Scope.CITY),
        ("changes", Scope.COUNTRY),
    ],
)
def test_twenty_readers_of_the_same_cost_no_more_queries_than_two(
    event: Event, letter: str, scope: Subscription.Scope
) -> None:
    with time_machine.travel(local("2027-10-10T11:00"), tick=False):
        for _n in range(2):
            follow(event, scope)
        tell(letter, event)
        for_two = queries_for(letter)
        Delivery.objects.all().delete()
        EventChange.objects.all().delete()
        for _n in range(18):
            follow(event, scope)
        tell(letter, event)
        assert Delivery.objects.filter(letter=letter).count() == 20
        assert queries_for(letter) == for_two


def test_who_wants_to_hear_of_a_city_at_once_does_not_find_it_in_the_mail_of_the_hour(
    event: Event, delivered: Callable[[], list[Mail]]
) -> None:
    elsewhere = EventFactory(created_at=LONG_BEFORE, title="Vigil", city=CityFactory(slug="lodz", name="Łódź"))
    for name, with_changes in (("anna", True), ("zoe", False)):
        recipient = RecipientFactory(address=f"{name}@example.org")
        follow(event, Scope.COUNTRY, recipient=recipient)
        follow(event, Scope.CITY, recipient=recipient, with_changes=with_changes)
    now = local("2027-09-20T15:10")
    with time_machine.travel(now, tick=False) as clock:
        for one in (event, elsewhere):
            change(one, Kind.MOVED, now)
        notice_changes(now)
        clock.move_to(local("2027-09-20T16:00"))
        mails = {mail.to: mail.text for mail in delivered() if "2 changes" in mail.subject or "Vigil" in mail.text}
    assert {to: event.title in text for to, text in mails.items()} == {
        "anna@example.org": False,
        "zoe@example.org": True,
    }


def test_a_digest_follows_what_each_has_chosen(event: Event, delivered: Callable[[], list[Mail]]) -> None:
    vigil = EventFactory(created_at=LONG_BEFORE, title="Vigil", country="DE", city=CityFactory(country="DE"))
    for name, scope, one in (
        ("anna", Scope.COUNTRY, event),
        ("bela", Scope.COUNTRY, vigil),
        ("cleo", Scope.COUNTRY, event),
        ("dana", Scope.CAMPAIGN, event),
    ):
        follow(one, scope, recipient=RecipientFactory(address=f"{name}@example.org"))
    with time_machine.travel(local("2027-10-10T11:00"), tick=False):
        plan(local("2027-10-10T11:00"))
        told = {mail.to: ("Vigil" in mail.text, event.title in mail.text) for mail in delivered()}
    assert told == {
        "anna@example.org": (False, True),
        "bela@example.org": (True, False),
        "cleo@example.org": (False, True),
        "dana@example.org": (True, True),
    }
