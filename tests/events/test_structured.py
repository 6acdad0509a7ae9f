"""schema.org and Open Graph on the page of a protest."""

import datetime as dt
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.test import Client

from events.actions import change_state, record_change
from events.models import Event, EventChange
from events.models.campaign import Disclosure
from tests.factories import WEEKS_BEFORE, EventFactory

pytestmark = pytest.mark.django_db


class _Head(HTMLParser):
    """The data blocks and the Open Graph properties of a page, as a browser would cut them out."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.properties: dict[str, str] = {}
        self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._is_data = tag == "script" and given.get("type") == "application/ld+json"
        if tag == "meta" and "property" in given:
            self.properties[str(given["property"])] = str(given["content"])

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.blocks.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False


def _head(client: Client, event: Event, language: str = "en") -> _Head:
    head = _Head()
    response = client.get(f"/{language}/protests/{event.public_id}-{event.slug}/")
    assert response.status_code == 200
    head.feed(response.content.decode())
    return head


def _facts(client: Client, event: Event, language: str = "en") -> dict[str, Any]:
    (block,) = _head(client, event, language).blocks
    return dict(json.loads(block))


@time_machine.travel(WEEKS_BEFORE)
def test_a_protest_is_an_event(client: Client) -> None:
    event = EventFactory(lat="52.24780", lon="21.01370", description="We **walk**.")
    page = f"http://localhost:8000/en/protests/{event.public_id}-{event.slug}/"
    assert _facts(client, event) == {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": f"http://localhost:8000/en/protests/{event.public_id}/",
        "name": "March for freedom of movement",
        "description": "We walk.",
        "inLanguage": "en",
        "url": page,
        "startDate": "2027-10-11T14:00:00+02:00",
        "endDate": "2027-10-11T16:00:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": "Plac Zamkowy",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "Plac Zamkowy 1",
                "addressLocality": "Warszawa",
                "addressCountry": "PL",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": 52.2478, "longitude": 21.0137},
        },
        "organizer": {"@type": "Organization", "name": "Open Borders Assembly"},
        "image": f"{page}card.png",
        "isAccessibleForFree": True,
    }


def test_a_moved_protest_says_when_it_was(client: Client) -> None:
    event = EventFactory()
    for hour in ("11:00", "13:00"):
        at = WEEKS_BEFORE + dt.timedelta(hours=int(hour[:2]))
        before = {"day": "2027-10-12", "start_time": hour, "timezone": "Europe/Warsaw"}
        record_change(event, EventChange.Kind.MOVED, at=at, before=before)
    facts = _facts(client, event)
    assert facts["eventStatus"] == "https://schema.org/EventRescheduled"
    assert facts["previousStartDate"] == "2027-10-12T13:00:00+02:00"
    assert facts["startDate"] == "2027-10-11T14:00:00+02:00"


def test_a_cancelled_protest_says_so(client: Client) -> None:
    event = EventFactory()
    change_state(event, Event.State.CANCELLED, EventChange.Kind.CANCELLED, at=WEEKS_BEFORE)
    facts = _facts(client, event)
    assert facts["eventStatus"] == "https://schema.org/EventCancelled"
    assert facts["name"] == "Cancelled: March for freedom of movement"


def test_online_and_country_wide_protests_have_a_place_too(client: Client) -> None:
    nowhere = {"city": None, "venue": "", "address": "", "start_time": None, "end_time": None}
    online = _facts(client, EventFactory(place_kind="online", **nowhere))
    assert online["location"] == {"@type": "VirtualLocation", "url": online["url"]}
    assert online["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert online["startDate"] == "2027-10-11"
    assert "endDate" not in online
    everywhere = _facts(client, EventFactory(place_kind="country", **nowhere), "de")
    assert everywhere["location"]["name"] == "Polen"
    assert everywhere["location"]["address"] == {"@type": "PostalAddress", "addressCountry": "PL"}


@time_machine.travel(WEEKS_BEFORE)
def test_a_place_kept_back_is_not_in_it(client: Client) -> None:
    event = EventFactory(disclosure=Disclosure.FOLLOWERS, lat="52.24780", lon="21.01370")
    place = _facts(client, event)["location"]
    assert place["name"] == "Warszawa"
    assert place["address"].keys() == {"@type", "addressLocality", "addressCountry"}
    assert "geo" not in place


def test_no_text_leaves_its_block(client: Client) -> None:
    event = EventFactory()
    hostile = "</script><script>alert(1)</script><!--<script>\u2028\x01\r\n\"'&amp;"
    Event.objects.update(title=hostile, description=hostile, organiser_name=hostile, venue=hostile)
    facts = _facts(client, event)
    assert facts["name"] == "</script><script>alert(1)</script><!--<script> \"'&amp;"
    assert facts["organizer"]["name"] == facts["name"]
    html = client.get(event.get_absolute_url()).content.decode()
    assert re.findall("<script>|alert\\(1\\)</script>", html) == []


def test_a_link_to_it_can_be_previewed(client: Client) -> None:
    event = EventFactory(translations={"uk": {"title": "Марш", "description": ""}})
    properties = _head(client, event, "uk").properties
    page = f"http://localhost:8000/uk/protests/{event.public_id}-{event.slug}/"
    assert properties["og:title"] == "Марш"
    assert properties["og:locale"] == "uk_UA"
    assert properties["og:url"] == page
    assert properties["og:image"] == f"{page}card.png"
    assert (properties["og:image:width"], properties["og:image:height"]) == ("1200", "630")
    assert "14:00–16:00" in properties["og:description"]
