"""Timetables for other sites: the only pages that may be framed."""

import html
import re

import pytest
import time_machine
from django.test import Client

from events.models import Event
from events.views.embed import SHOWN
from tests.events.test_browse import krakow
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory
from tests.security.addresses import addresses, make_world

pytestmark = pytest.mark.django_db


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_nothing_else_may_be_framed(client: Client, fresh_limits: None) -> None:
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        world = make_world()
        browsers = [world.client(user) for user in ("anonymous", "superuser")]
        framed = set()
        for address in addresses():
            for browser in browsers:
                headers = browser.get(world.path(address)).headers
                if "frame-ancestors 'none'" not in headers["Content-Security-Policy"]:
                    framed.add(address.name)
                    assert "frame-ancestors *" in headers["Content-Security-Policy"]
                assert (address.name in framed) == ("X-Frame-Options" not in headers), address.name
    assert framed == {"embed:all", "embed:country", "embed:city"}


def test_an_answer_from_the_cache_may_be_framed_too(client: Client) -> None:
    EventFactory()
    etag = client.get("/embed/pl/").headers["ETag"]
    again = client.get("/embed/pl/", headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert "X-Frame-Options" not in again.headers
    assert "frame-ancestors *" in again.headers["Content-Security-Policy"]


@time_machine.travel(WEEKS_BEFORE)
def test_it_shows_the_next_protests_of_its_place(client: Client) -> None:
    event = EventFactory(title="Warsaw")
    CampaignTextFactory(campaign=event.campaign)
    EventFactory(title="Krakow", city=krakow())
    EventFactory(title="Hidden", state=Event.State.HIDDEN)
    shown = {
        path: re.findall("<bdi>(Warsaw|Krakow|Hidden)</bdi>", _text(client, path))
        for path in ("/embed/all/", "/embed/pl/", "/embed/pl/krakow/", "/embed/fr/")
    }
    assert shown == {
        "/embed/all/": ["Warsaw", "Krakow"],
        "/embed/pl/": ["Warsaw", "Krakow"],
        "/embed/pl/krakow/": ["Krakow"],
        "/embed/fr/": [],
    }


def test_what_is_over_is_not_shown(client: Client) -> None:
    event = EventFactory(title="Warsaw")
    with time_machine.travel(event.over_at):
        assert "Warsaw" not in _text(client, "/embed/pl/")


@time_machine.travel(WEEKS_BEFORE)
def test_it_is_short_and_every_link_opens_outside_the_frame(client: Client) -> None:
    for _ in range(SHOWN + 1):
        EventFactory()
    page = _text(client, "/embed/pl/?lang=de")
    assert page.count('class="stop ') == SHOWN
    links = re.findall("<a [^>]*>", page)
    assert len(links) == SHOWN + 2
    assert [link for link in links if 'target="_blank" rel="noopener"' not in link] == []
    assert [link for link in links if 'href="/de/' not in link] == []
    assert '<html lang="de"' in page


@time_machine.travel(WEEKS_BEFORE)
def test_the_code_to_copy_is_a_quiet_frame(client: Client) -> None:
    EventFactory()
    page = _text(client, "/pl/countries/pl/embed/")
    code = html.unescape(re.findall("<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0])
    assert code.startswith('<iframe src="http://localhost:8000/embed/pl/?lang=pl" title="')
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox allow-same-origin"' in code
    assert "<iframe" not in page
    assert 'href="webcal://localhost:8000/feeds/pl.ics?lang=pl"' in page
