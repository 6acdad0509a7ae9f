"""People write names as they know them: the search is tried with real spellings against the real gazetteer."""

import functools
import re

import pytest
from django.conf import settings
from django.test import Client

from events import gazetteer
from events.models import City
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db

SPELLINGS = {
    "UA/kyiv": ["Kyiv", "Kyjiw", "Kiew", "Kiev", "Київ", "Киев", "Kijów", "Kiova", "KYJIW"],
    "UA/lviv": ["Lviv", "Lwów", "Lwow", "Lemberg", "Львів", "Львов", "Lwiw"],
    "UA/kharkiv": ["Kharkiv", "Charkiw", "Харків", "Харьков"],
    "PL/warszawa": ["Warszawa", "Warsaw", "Warschau", "Варшава", "Varsovie", "Varsova"],
    "PL/lodz": ["Łódź", "Lodz", "łodz", "Лодзь"],
    "PL/wroclaw": ["Wrocław", "Wroclaw", "Breslau"],
    "PL/gdansk": ["Gdańsk", "Danzig", "Gdansk"],
    "FI/helsinki": ["Helsinki", "Helsingfors", "Гельсінкі"],
    "FI/turku": ["Turku", "Åbo", "Abo"],
    "AT/wien": ["Wien", "Vienna", "Відень", "Wenen", "Wiedeń", "Vienne"],
    "DE/koeln": ["Köln", "Koeln", "Koln", "Cologne", "Keulen", "Kolonia"],
    "DE/muenchen": ["München", "Munchen", "Muenchen", "Munich", "Monachium"],
    "BE/bruxelles": ["Bruxelles", "Brussel", "Brüssel", "Brussels", "Bruksela", "Брюссель"],
    "CZ/praha": ["Praha", "Prag", "Prague", "Praga", "Прага"],
    "GR/athina": ["Athens", "Athen", "Ateny", "Αθήνα"],
}
TYPING_ERRORS = {
    "Warzsawa": "PL/warszawa",
    "Warsazwa": "PL/warszawa",
    "Warschua": "PL/warszawa",
    "Lembreg": "UA/lviv",
    "Hesinki": "FI/helsinki",
    "Helsingfros": "FI/helsinki",
    "Bruxeles": "BE/bruxelles",
    "Brusells": "BE/bruxelles",
    "Muncehn": "DE/muenchen",
    "Breslua": "PL/wroclaw",
    "Wrocalw": "PL/wroclaw",
    "Харьківв": "UA/kharkiv",
    "Варшвава": "PL/warszawa",
    "Gdasnk": "PL/gdansk",
    "assembly Kharkvi": "UA/kharkiv",
}


@functools.cache
def _rows() -> list[gazetteer.CityRow]:
    """The cities asked for, and all large ones, which must not come between."""
    everything = gazetteer.read_all(settings.DATA_DIR)
    return [row for row in everything if row.population > 300_000 or f"{row.country}/{row.slug}" in SPELLINGS]


@pytest.fixture
def protests() -> dict[str, str]:
    """One protest in each city, whose text names no place: its public id by city."""
    gazetteer.load(_rows())
    ids = {}
    for key in SPELLINGS:
        country, slug = key.split("/")
        city = City.objects.get(country=country, slug=slug)
        event = EventFactory(city=city, country=country, timezone=city.timezone, title="Assembly", description="")
        ids[key] = event.public_id
    return ids


def _found(client: Client, **query: str) -> list[str]:
    html = client.get("/en/protests/", query).content.decode()
    return re.findall(r'href="/en/protests/(\w{8})-', html)


@pytest.mark.parametrize("name", ["q", "city"])
def test_every_spelling_finds_its_city_and_no_other(client: Client, protests: dict[str, str], name: str) -> None:
    found = {(key, text): _found(client, **{name: text}) for key, texts in SPELLINGS.items() for text in texts}
    assert len(found) >= 60
    assert found == {(key, text): [protests[key]] for key, text in found}


def test_every_spelling_is_a_place_to_measure_from(client: Client, protests: dict[str, str]) -> None:
    nearest = {(key, text): _found(client, near=text)[0] for key, texts in SPELLINGS.items() for text in texts}
    assert nearest == {(key, text): protests[key] for key, text in nearest}


def test_typing_errors_are_forgiven(client: Client, protests: dict[str, str]) -> None:
    cities = {public_id: key for key, public_id in protests.items()}
    nearest = {text: next((cities[found] for found in _found(client, q=text)), None) for text in TYPING_ERRORS}
    assert nearest == TYPING_ERRORS


def test_a_guess_is_called_a_guess(client: Client, protests: dict[str, str]) -> None:
    html = client.get("/en/protests/?q=Warzsawa").content.decode()
    assert "Nothing says exactly “Warzsawa”" in html
    assert "Nothing says exactly" not in client.get("/en/protests/?q=Warszawa").content.decode()


@pytest.mark.parametrize("text", ["xqzwv", "Qwertyuiop", "12", "ы"])
def test_what_is_like_nothing_finds_nothing(client: Client, protests: dict[str, str], text: str) -> None:
    assert _found(client, q=text) == []


def test_a_country_is_found_in_any_language(client: Client, protests: dict[str, str]) -> None:
    for text in ("Finland", "Suomi", "Фінляндія", "Finnland", "finlandia"):
        assert sorted(_found(client, q=text)) == sorted(protests[key] for key in ("FI/helsinki", "FI/turku"))
    assert _found(client, q="assembly Україна Lemberg") == [protests["UA/lviv"]]
