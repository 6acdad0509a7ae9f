"""A protest and who follows it."""

import pytest

from events.models import Event
from reminders.models import Subscription
from tests.factories import EventFactory, SubscriptionFactory
from tests.reminders.changing import LONG_BEFORE


@pytest.fixture
def event() -> Event:
    return EventFactory(created_at=LONG_BEFORE)


@pytest.fixture
def follower(event: Event) -> Subscription:
    return SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE)
