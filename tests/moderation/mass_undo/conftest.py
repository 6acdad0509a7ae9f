import pytest
import time_machine

from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CoordinatorFactory, UserFactory
from tests.log_in import log_in


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(WEEKS_BEFORE, tick=False) as traveller:
        CampaignCountryFactory()
        yield traveller


@pytest.fixture
def coordinator():
    return CoordinatorFactory().user


@pytest.fixture
def admin():
    return CoordinatorFactory(admin=True).user


@pytest.fixture
def suspect():
    return UserFactory()


@pytest.fixture
def enter(client):
    def log_in_as(user):
        log_in(client, user)
        return client

    return log_in_as
