import pytest
import time_machine

from events.models import Event
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory, OrganiserFactory, UserFactory
from tests.organising.letters.writing import OWNER


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def event() -> Event:
    event = EventFactory(title="March & <song>")
    CampaignTextFactory(campaign=event.campaign)
    return event


@pytest.fixture
def owner(event):
    return OrganiserFactory(event=event, user=UserFactory(email=OWNER)).user


@pytest.fixture
def colleague(event):
    return OrganiserFactory(event=event, role="co_organiser", user=UserFactory(email="colleague@example.org")).user


@pytest.fixture
def room(client, owner):
    """The browser of the owner."""
    client.force_login(owner)
    return client
