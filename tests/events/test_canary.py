"""A place kept back stands at no public address; once disclosed it does (DESIGN section 4)."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from events.actions import record_change
from events.models import Event, EventChange
from events.models.campaign import Disclosure
from tests.events.test_pages import public_paths
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignTextFactory, EventFactory

pytestmark = pytest.mark.django_db
CANARIES = ("Canaryplatz", "Canaryweg", "53.98765", "23.98765")
DISCLOSED = dt.datetime(2027, 10, 11, 8, 0, tzinfo=dt.UTC)


def _event(**details: object) -> Event:
    event = EventFactory(
        venue="Canaryplatz", address="Canaryweg 5", lat=Decimal("53.98765"), lon=Decimal("23.98765"), **details
    )  # fmt: skip
    CampaignTextFactory(campaign=event.campaign, call="Come.")
    CampaignCountryFactory(campaign=event.campaign)
    for kind in EventChange.Kind:
        record_change(event, kind, at=WEEKS_BEFORE)
    return event


def _everything(client: Client, event: Event) -> dict[str, str]:
    """All that is public about *event*, in all languages, searches for the place included."""
    paths = [path for code in settings.COMPLETE_LANGUAGES for path in public_paths(event, code)]
    paths += [f"/en/protests/?q={word}" for word in ("Warszawa", "March")]
    pages = {}
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200
        pages[path] = response.content.decode().replace("\r\n ", "") + str(response.headers)
    return pages


@pytest.mark.parametrize(
    "details",
    [
        {"disclosure": Disclosure.TIMED, "disclose_at": DISCLOSED},
        {"disclosure": Disclosure.FOLLOWERS, "disclose_at": DISCLOSED},
        {"disclosure": Disclosure.FOLLOWERS},
    ],
)
@time_machine.travel(WEEKS_BEFORE)
def test_an_undisclosed_place_is_at_no_public_address(client: Client, details: dict[str, object]) -> None:
    for path, page in _everything(client, _event(**details)).items():
        assert [canary for canary in CANARIES if canary in page] == [], path


@time_machine.travel(WEEKS_BEFORE)
def test_an_undisclosed_place_cannot_be_searched_for(client: Client) -> None:
    _event(disclosure=Disclosure.TIMED, disclose_at=DISCLOSED)
    assert "No protest fits" in client.get("/en/protests/?q=Canaryplatz").content.decode()


@time_machine.travel(WEEKS_BEFORE)
def test_a_place_that_was_public_once_leaves_all_pages_when_kept_back(client: Client) -> None:
    event = _event(disclosure=Disclosure.PUBLIC)
    Event.objects.filter(pk=event.pk).update(disclosure=Disclosure.FOLLOWERS)
    for path, page in _everything(client, event).items():
        assert [canary for canary in CANARIES if canary in page] == [], path


@time_machine.travel(DISCLOSED + dt.timedelta(seconds=1))
def test_a_disclosed_place_is_on_its_page_and_in_the_feeds(client: Client) -> None:
    event = _event(disclosure=Disclosure.TIMED, disclose_at=DISCLOSED)
    pages = _everything(client, event)
    feeds = [f"/feeds/{scope}.{form}?lang=en" for scope in ("pl", "pl/warszawa") for form in ("ics", "json")]
    for path in (event.get_absolute_url(), *feeds):
        assert [canary for canary in CANARIES if canary in pages[path]] == list(CANARIES), path
