"""The search page: words, filters, cities in any spelling."""

from urllib.parse import quote

import pytest
from django.test import Client

from tests.events.test_browse import krakow, kyiv, text
from tests.factories import CityFactory, EventFactory

pytestmark = pytest.mark.django_db
TITLES = ("Marsz", "Vigil by the sea", "Film night")


@pytest.fixture(autouse=True)
def protests() -> None:
    warszawa = CityFactory(spellings=["Warsaw", "Warschau", "Варшава"])
    EventFactory(title="Marsz", city=warszawa, description="Śpiewamy razem", spoken_languages=["pl", "uk"])
    EventFactory(title="Vigil by the sea", city=krakow(), kind="vigil", day="2027-10-12", spoken_languages=["en"])
    EventFactory(title="Film night", city=kyiv(), country="UA", kind="film", timezone="Europe/Kyiv")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("q=spiewamy", {"Marsz"}),
        ("q=VIGIL", {"Vigil by the sea"}),
        ("q=sea+by", {"Vigil by the sea"}),
        ("q=київ", {"Film night"}),
        ("q=nothing+of+this", set()),
        ("country=pl", {"Marsz", "Vigil by the sea"}),
        ("city=Warschau", {"Marsz"}),
        ("city=варшава", {"Marsz"}),
        ("city=krakow", {"Vigil by the sea"}),
        ("country=ua&city=warsaw", set()),
        ("city=Atlantis", set()),
        ("day=2027-10-12", {"Vigil by the sea"}),
        ("kind=film", {"Film night"}),
        ("lang=uk", {"Marsz"}),
        ("country=pl&day=2027-10-11", {"Marsz"}),
        ("q=%25", set()),
        ("q=_", set()),
    ],
)
def test_search_finds(client: Client, query: str, wanted: set[str]) -> None:
    page = text(client, f"/en/protests/?{quote(query, safe='=&+%')}")
    assert {title for title in TITLES if title in page} == wanted
    assert ("No protest fits all of this." in page) == (not wanted)


def test_the_form_keeps_what_was_asked(client: Client) -> None:
    html = client.get("/en/protests/?q=sea&country=pl&kind=vigil").content.decode()
    assert 'name="q" type="search" value="sea"' in html
    assert '<option value="pl" selected>Poland</option>' in html
    assert '<option value="vigil" selected>Vigil</option>' in html


def test_what_was_asked_is_shown_as_text_only(client: Client) -> None:
    html = client.get("/en/protests/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
    assert "<script" not in html
