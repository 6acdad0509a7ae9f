import pytest
import time_machine

from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignFactory, CampaignTextFactory


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def campaign():
    campaign = CampaignFactory()
    CampaignCountryFactory(campaign=campaign)
    CampaignTextFactory(campaign=campaign, appeal="We ask you to end it.")
    return campaign
