import pytest

from events.models import Event
from tests.factories import CampaignTextFactory, EventFactory


@pytest.fixture
def event() -> Event:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    return event
