"""Atom feeds, read by feedparser, an independent reader."""

from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
import time_machine
from django.test import Client

from events.actions import change_state
from events.models import Event, EventChange
from events.models.campaign import Disclosure
from events.views.feeds import LATEST
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
CONTROLS = "".join(map(chr, [0x01, 0x0B, 0x0C, 0x1B, 0x7F, 0x85, 0x2028])) + "\r\n\ufffe"


def feed(client: Client, path: str = "/feeds/all.atom") -> Any:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(response.content, response_headers={"content-type": response.headers["Content-Type"]})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_an_entry_says_what_when_and_where(client: Client) -> None:
    event = EventFactory(description="We **walk**.")
    CampaignTextFactory(campaign=event.campaign)
    found = feed(client, "/feeds/pl/warszawa.atom?lang=en")
    assert found.feed.title == "International Day of Action: Warszawa"
    assert {link.rel: link.href for link in found.feed.links} == {
        "self": "http://localhost:8000/feeds/pl/warszawa.atom?lang=en",
        "alternate": "http://localhost:8000/en/countries/pl/warszawa/",
    }
    (entry,) = found.entries
    assert entry.id == f"tag:localhost,2026:{event.public_id}"
    assert entry.title == "March for freedom of movement"
    assert entry.link == f"http://localhost:8000/en/protests/{event.public_id}-{event.slug}/"
    assert entry.updated == entry.published == "2027-09-01T12:00:00+00:00"
    assert entry.author == "Open Borders Assembly"
    assert [(tag.term, tag.label) for tag in entry.tags] == [("PL", "Poland"), ("demonstration", "Demonstration")]
    assert entry.summary == (
        "Monday 11 October 2027, 14:00–16:00, local time in Warszawa (CEST)"
        " · Plac Zamkowy, Plac Zamkowy 1, Warszawa, Poland"
    )
    assert entry.content[0].value == f"<p><strong>{entry.summary}</strong></p><p>We <strong>walk</strong>.</p>"


def test_entries_say_their_language(client: Client) -> None:
    event = EventFactory(language="pl", title="Marsz")
    CampaignTextFactory(campaign=event.campaign)
    root = ElementTree.fromstring(client.get("/feeds/all.atom?lang=de").content)
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    assert root.get(language) == "de"
    assert root.find(f"{ATOM}entry/{ATOM}title").get(language) == "pl"


def test_what_changed_last_comes_first_and_old_things_fall_out(client: Client) -> None:
    old, moved = EventFactory(title="Old"), EventFactory(title="Moved")
    EventFactory(title="New")
    change_state(moved, Event.State.CANCELLED, EventChange.Kind.CANCELLED, at=moved.created_at.replace(year=2030))
    assert [entry.title for entry in feed(client).entries] == ["Cancelled: Moved", "New", "Old"]
    Event.objects.bulk_create(
        Event(campaign=old.campaign, title=str(n), slug="x", day=old.day, timezone="Europe/Warsaw", country="PL",
              place_kind="online", state="published", created_at=WEEKS_BEFORE.replace(year=2031),
              published_at=WEEKS_BEFORE.replace(year=2031))
        for n in range(LATEST)
    )  # fmt: skip
    assert [entry.title for entry in feed(client).entries] == [str(n) for n in reversed(range(LATEST))]


def test_cancelled_says_why(client: Client) -> None:
    event = EventFactory()
    change_state(event, Event.State.CANCELLED, EventChange.Kind.CANCELLED, at=WEEKS_BEFORE, cancel_reason="Storm")
    (entry,) = feed(client).entries
    assert entry.title == "Cancelled: March for freedom of movement"
    assert entry.summary.startswith("Storm · Monday 11 October")


def test_no_text_breaks_the_feed_or_brings_markup(client: Client) -> None:
    clean = len(feed_elements(client, title="March"))
    hostile = f"</title><script>alert(1)</script>{CONTROLS}]]>&amp;\"'"
    elements = feed_elements(
        client, title=hostile, description=hostile, organiser_name=hostile, venue=hostile, address=hostile,
        cancel_reason=hostile[:300],
    )  # fmt: skip
    assert len(elements) == clean
    (entry,) = feed(client).entries
    assert entry.title.startswith("</title><script>")
    root = ElementTree.fromstring(client.get("/feeds/all.atom").content)
    assert "<script" not in root.findtext(f"{ATOM}entry/{ATOM}content", "<script")


def feed_elements(client: Client, **details: str) -> list[ElementTree.Element]:
    """All elements of a feed with one protest, whose rows hold just what was typed."""
    if not Event.objects.exists():
        EventFactory()
    Event.objects.update(**details)
    return list(ElementTree.fromstring(client.get("/feeds/all.atom").content).iter())


def test_a_place_kept_back_is_not_in_the_feed(client: Client) -> None:
    EventFactory(disclosure=Disclosure.FOLLOWERS)
    (entry,) = feed(client).entries
    assert entry.summary.endswith(" · Warszawa, Poland")


def test_an_empty_feed_is_valid(client: Client) -> None:
    found = feed(client)
    assert found.entries == []
    assert found.feed.updated
