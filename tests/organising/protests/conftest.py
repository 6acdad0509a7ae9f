from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from accounts.models import User
from events.models import Event
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignFactory, CityFactory, UserFactory
from tests.organising.protests.editing import State, in_state


@pytest.fixture(autouse=True)
def _weeks_before() -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def clock(_weeks_before: Any) -> Any:
    return _weeks_before


@pytest.fixture
def owner() -> User:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()
    return UserFactory(email="owner@example.org")


@pytest.fixture
def published(owner: User) -> Event:
    return in_state("published", State.APPROVED, owner)
