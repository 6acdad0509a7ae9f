"""Of one reminder nobody gets more than three copies, whatever happens between two tries that nobody answered."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from events.models import Event
from outbox import sender
from outbox.models import MOST_COPIES, Delivery
from reminders import actions
from reminders.models import Subscription
from reminders.planning import plan
from tests.factories import RecipientFactory, SubscriptionFactory
from tests.outbox.conftest import RunningSink, point_to, start_sink
from tests.reminders.following import LONG_BEFORE, at, follower_of, protest

__all__ = ["start_sink"]

pytestmark = pytest.mark.django_db

TOMORROW = at("10-11 00:00").date()


def pause(subscription: Subscription) -> None:
    actions.pause(subscription.recipient, TOMORROW)


def go_on(subscription: Subscription) -> None:
    subscription.recipient.refresh_from_db()
    actions.go_on(subscription.recipient)


def cancel(subscription: Subscription) -> None:
    Event.objects.filter(campaign=subscription.campaign).update(state="cancelled")


def restore(subscription: Subscription) -> None:
    Event.objects.filter(campaign=subscription.campaign).update(state="published")


@pytest.mark.parametrize(("away", "back"), [(pause, go_on), (cancel, restore)])
@pytest.mark.parametrize("letter", ["reminder", "digest"])
def test_what_is_dropped_between_unanswered_tries_and_wanted_again_arrives_three_times_at_most(
    start_sink: Callable[..., RunningSink],
    settings: Settings,
    letter: str,
    away: Callable[[Subscription], None],
    back: Callable[[Subscription], None],
) -> None:
    sink = start_sink()
    point_to(settings, sink.port)
    reader = RecipientFactory(address="anna@kept.example")
    event = protest()
    if letter == "reminder":
        one = SubscriptionFactory(event=event, recipient=reader, confirmed_at=LONG_BEFORE)
    else:
        one = follower_of("country", reader, country="PL")

    with time_machine.travel(at("10-10 11:00"), tick=False) as clock:

        def tick() -> None:
            plan(timezone.now())
            sender.send_due()

        for _round in range(5):
            tick()
            clock.shift(timedelta(minutes=31))
            away(one)
            tick()
            clock.shift(timedelta(minutes=31))
            back(one)

    assert [mail["to"] for mail in sink.accepted] == [reader.address] * MOST_COPIES
    delivery = Delivery.objects.latest("pk")
    assert (delivery.letter, delivery.state, delivery.copies) == (letter, "quarantined", MOST_COPIES)
