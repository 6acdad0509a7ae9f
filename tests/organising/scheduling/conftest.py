from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from accounts.models import User
from events.models import Event
from moderation.actions import approve_revision
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CityFactory,
    UserFactory,
)
from tests.organising.scheduling.people import submitted


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def owner() -> User:
    campaign = CampaignFactory()
    CampaignTextFactory(campaign=campaign)
    CampaignCountryFactory(campaign=campaign)
    CityFactory()
    return UserFactory(email="owner@example.org")


@pytest.fixture
def moderator() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def scheduled(owner: User, moderator: User) -> Event:
    revision = submitted(owner)
    approve_revision(revision, by=moderator)
    return Event.objects.get(pk=revision.event_id)
