from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from events.models import Event
from tests.factories import WEEKS_BEFORE, EventFactory, OrganiserFactory, RecipientFactory, SubscriptionFactory


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def event(db: None) -> Event:
    event: Event = EventFactory()
    return event


@pytest.fixture
def owner(event: Event) -> User:
    user: User = OrganiserFactory(event=event).user
    return user


@pytest.fixture
def follower(event: Event) -> Any:
    return SubscriptionFactory(event=event, recipient=RecipientFactory(address="anna@example.org"))


@pytest.fixture
def room(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client
