from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from accounts.models import User
from events.models import Campaign
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignFactory, CityFactory, UserFactory


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def campaign() -> Campaign:
    campaign = CampaignFactory()
    CampaignCountryFactory(campaign=campaign)
    CityFactory(spellings=["Warsaw", "Warschau"])
    return campaign


@pytest.fixture
def owner(campaign: Campaign) -> User:
    return UserFactory(email="owner@example.org")
