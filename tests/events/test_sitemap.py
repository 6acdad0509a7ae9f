"""The sitemap: every public page, in every language, and nothing else."""

import datetime as dt
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from events.models import Event
from events.sitemap import PROTESTS_A_FILE
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignFactory, CampaignTextFactory, EventFactory

pytestmark = pytest.mark.django_db
LOCATION = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
CHANGED = "{http://www.sitemaps.org/schemas/sitemap/0.9}lastmod"
LINK = "{http://www.w3.org/1999/xhtml}link"


def _paths(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    urls = [element.text for element in ElementTree.fromstring(response.content).iter(LOCATION)]
    assert all(url.startswith(settings.SITE_URL + "/") for url in urls)
    return [url.removeprefix(settings.SITE_URL) for url in urls]


def _all_paths(client: Client) -> list[str]:
    return [path for file in _paths(client, "/sitemap.xml") for path in _paths(client, file)]


def test_every_address_is_a_page(client: Client) -> None:
    event = EventFactory()
    EventFactory(state=Event.State.CANCELLED)
    CampaignTextFactory(campaign=event.campaign)
    CampaignCountryFactory(campaign=event.campaign, country="FI")
    old = dt.date(2002, 10, 11)
    archived = CampaignFactory(
        slug="2002", state="archived", starts_on=old, ends_on=old, actions_from=old, actions_to=old
    )
    EventFactory(campaign=archived, day=old, country="NL")
    paths = _all_paths(client)
    assert len(paths) == len(set(paths)) == 7 * (11 + 1 + 2 + 1 + 3)
    for path in paths:
        assert client.get(path).status_code == 200, path


def test_what_is_not_public_is_not_in_it(client: Client) -> None:
    for state in (Event.State.SUBMITTED, Event.State.HIDDEN, Event.State.WITHDRAWN):
        EventFactory(state=state)
    EventFactory(campaign=CampaignFactory(slug="2028", state="draft"))
    assert [path for path in _all_paths(client) if "-march" in path] == []


def test_a_page_names_itself_in_all_languages(client: Client) -> None:
    event = EventFactory()
    Event.objects.update(changed_at=WEEKS_BEFORE)
    root = ElementTree.fromstring(client.get(_paths(client, "/sitemap.xml")[1]).content)
    below = f"protests/{event.public_id}-{event.slug}/"
    for url in root:
        links = {link.get("hreflang"): link.get("href") for link in url.iter(LINK)}
        assert links == {
            **{code: f"{settings.SITE_URL}/{code}/{below}" for code in settings.COMPLETE_LANGUAGES},
            "x-default": f"{settings.SITE_URL}/en/{below}",
        }
        assert url.findtext(LOCATION) in links.values()
        assert url.findtext(CHANGED) == WEEKS_BEFORE.isoformat()


def test_many_protests_stand_in_several_files(client: Client) -> None:
    event = EventFactory()
    Event.objects.filter(pk=event.pk).update(id=event.pk + PROTESTS_A_FILE)
    EventFactory()
    files = _paths(client, "/sitemap.xml")
    assert len(files) == 3
    assert [len(_paths(client, file)) for file in files[1:]] == [7, 7]
    assert client.get("/sitemap-protests-987654321.xml").status_code == 404


def test_robots_are_told_where_it_is(client: Client) -> None:
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml\n" in client.get("/robots.txt").content.decode()
