"""JSON Feed 1.1, held against the rules of its specification."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from events.models import Event
from events.models.campaign import Disclosure
from tests.factories import WEEKS_BEFORE, EventFactory

pytestmark = pytest.mark.django_db
FEED = {
    "version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon", "favicon",
    "authors", "language", "expired", "hubs", "items",
}  # fmt: skip
ITEM = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
    "date_published", "date_modified", "authors", "tags", "language", "attachments",
}  # fmt: skip
TEXTS = ("title", "content_html", "summary", "language", "id")


def feed(client: Client, path: str = "/feeds/all.json") -> dict[str, Any]:
    """The feed, once it has passed every rule of the specification that applies to it."""
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/feed+json; charset=utf-8"
    found: dict[str, Any] = response.json()
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(found["title"], str)
    assert {name for name in found if not name.startswith("_")} <= FEED
    for name in ("home_page_url", "feed_url"):
        assert urlsplit(found[name]).scheme in {"http", "https"}
    assert len({item["id"] for item in found["items"]}) == len(found["items"])
    for item in found["items"]:
        _check_item(item)
    return found


def _check_item(item: dict[str, Any]) -> None:
    assert {name for name in item if not name.startswith("_")} <= ITEM
    assert item["id"]
    assert "content_html" in item or "content_text" in item
    assert all(isinstance(item[name], str) for name in TEXTS if name in item)
    assert urlsplit(item["url"]).netloc
    for name in ("date_published", "date_modified"):
        assert datetime.fromisoformat(item[name]).tzinfo
    assert all(isinstance(tag, str) for tag in item["tags"])
    for author in item.get("authors", []):
        assert author.keys() & {"name", "url", "avatar"}


@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_an_item_holds_what_programs_need(client: Client) -> None:
    event = EventFactory(lat="52.24780", lon="21.01370")
    (item,) = feed(client, "/feeds/pl.json?lang=de")["items"]
    assert item["url"] == f"http://localhost:8000/de/protests/{event.public_id}-{event.slug}/"
    assert item["date_modified"] == "2027-09-01T12:00:00+00:00"
    assert item["language"] == "en"
    assert item["authors"] == [{"name": "Open Borders Assembly"}]
    assert item["tags"][-1] == "Polen"
    assert item["_noborder"] == {
        "starts": "2027-10-11T14:00:00+02:00",
        "ends": "2027-10-11T16:00:00+02:00",
        "timezone": "Europe/Warsaw",
        "country": "PL",
        "city": "Warszawa",
        "place": "Plac Zamkowy, Plac Zamkowy 1, Warszawa, Polen",
        "lat": 52.2478,
        "lon": 21.0137,
        "kind": "demonstration",
        "is_cancelled": False,
        "is_unconfirmed": False,
        "is_place_known": True,
    }


def test_what_is_not_known_is_null(client: Client) -> None:
    EventFactory(
        start_time=None,
        end_time=None,
        kind="",
        place_kind="country",
        city=None,
        venue="",
        address="",
        organiser_name="",
    )
    (item,) = feed(client)["items"]
    facts = item["_noborder"]
    assert facts["starts"] == "2027-10-11"
    assert [facts[name] for name in ("ends", "city", "lat", "lon", "kind")] == [None] * 5
    assert "authors" not in item


def test_a_place_kept_back_is_not_in_the_feed(client: Client) -> None:
    EventFactory(disclosure=Disclosure.FOLLOWERS, lat="52.24780", lon="21.01370")
    facts = feed(client)["items"][0]["_noborder"]
    assert facts["place"] == "Warszawa, Poland"
    assert (facts["lat"], facts["lon"], facts["is_place_known"]) == (None, None, False)


def test_no_text_breaks_the_feed_or_brings_markup(client: Client) -> None:
    EventFactory()
    hostile = '"}]</script><script>alert(1)</script>\x01\x0b\x85\u2028\r\n\\'
    Event.objects.update(title=hostile, description=hostile, organiser_name=hostile, venue=hostile)
    (item,) = feed(client)["items"]
    assert item["title"] == '"}]</script><script>alert(1)</script> \\'
    assert "<script" not in item["content_html"]


def test_other_sites_may_read_it(client: Client) -> None:
    for form in ("ics", "atom", "json"):
        headers = client.get(f"/feeds/all.{form}", headers={"Accept-Language": "de"}).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["Content-Language"] == "en"
        assert "Accept-Language" not in headers.get("Vary", "")
