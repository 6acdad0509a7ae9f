from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from events.models import Campaign
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignFactory, CityFactory


@pytest.fixture(autouse=True)
def _fresh(fresh_limits: None) -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def clock(_fresh: Any) -> Any:
    return _fresh


@pytest.fixture
def campaign() -> Campaign:
    return CampaignFactory()


@pytest.fixture(autouse=True)
def _warszawa(campaign: Campaign) -> None:
    CampaignCountryFactory(campaign=campaign)
    CityFactory()
