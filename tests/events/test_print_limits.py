"""How many sheets somebody may want, and of which countries."""

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from accounts import limits
from accounts.limits import PRINTS, PRINTS_FROM_NETWORK
from events.models import Event
from events.prints.sheets import Kind, Sheet
from events.tasks import make_print
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, EventFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@pytest.fixture
def event() -> Event:
    return EventFactory()


def address(event: Event, name: str, language: str = "en") -> str:
    return f"/{language}/protests/{event.public_id}-{event.slug}/{name}"


@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_a_network_that_wants_very_many_new_sheets_waits_but_gets_what_lies_ready(client: Client, event: Event) -> None:
    ready = address(event, "card.png", "uk")
    make_print(Sheet(Kind.CARD, "uk", event.public_id).name)
    events = [event, *(EventFactory(campaign=event.campaign) for _n in range(2))]
    names = ("poster.pdf", "poster.pdf?size=a3", "leaflet.pdf", "card.png")
    paths = [address(one, name, language) for one in events for name in names for language, _name in settings.LANGUAGES]
    paths.remove(ready)
    most = PRINTS_FROM_NETWORK.burst
    assert {client.get(path).status_code for path in paths[:most]} == {202}
    refused = client.get(paths[most])
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "120")
    assert not refused.cookies
    assert client.get(ready).status_code == 200
    assert client.get(paths[0]).status_code == 202
    assert client.get(paths[most], REMOTE_ADDR="198.51.100.7").status_code == 202


@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_what_waits_to_be_printed_is_bounded_whoever_asks(client: Client, event: Event) -> None:
    for _n in range(PRINTS.burst):
        limits.spend(PRINTS, "all")
    assert client.get(address(event, "poster.pdf")).status_code == 503


@time_machine.travel(WEEKS_BEFORE)
def test_only_countries_of_the_edition_have_sheets(client: Client, event: Event) -> None:
    CampaignCountryFactory(campaign=event.campaign, country="FI")
    for country, status in (("pl", 202), ("fi", 202), ("fr", 404)):
        assert client.get(f"/en/countries/{country}/poster.pdf").status_code == status
        assert client.get(f"/en/countries/{country}/card.png").status_code == status
        card = f"/en/countries/{country}/card.png" if status == 202 else "/en/card.png"
        html = client.get(f"/en/countries/{country}/").content.decode()
        assert f'<meta property="og:image" content="{settings.SITE_URL}{card}">' in html
