"""Maps: what the committed data says of the world, and what pages draw from it."""

import datetime as dt
import gzip
import re

import pytest
from django.test import Client

from events import map as maps
from events.folding import slug_of
from events.models import City, Event
from events.models.campaign import Disclosure
from events.names import country_codes
from events.outlines import Ring, close_up, frames, rings
from events.timetable import PlaceRow
from tests.factories import CampaignCountryFactory, CampaignFactory, EventFactory

pytestmark = pytest.mark.django_db
MAP_BYTES = 25_000
# Overseas parts and specks, which the source draws with another country or not at all.
WITHOUT_OUTLINE = {"AQ", "BQ", "BV", "CC", "CX", "GF", "GI", "GP", "MQ", "RE", "SJ", "TK", "UM", "VA", "YT"}


def is_inside(x: int, y: int, outline: list[Ring]) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times."""
    inside = False
    for ring in outline:
        for (ax, ay), (bx, by) in zip([ring[-1], *ring[:-1]], ring, strict=True):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
    return inside


def lies_in(code: str, lat: float, lon: float) -> bool:
    ground = close_up(code)
    assert ground is not None
    at = ground.position(lat, lon)
    return at is not None and is_inside(*at, rings(ground.path))


@pytest.mark.parametrize(
    ("code", "lat", "lon", "other"),
    [
        ("UA", 44.952, 34.102, "RU"),  # Simferopol
        ("UA", 48.0, 37.8, "RU"),  # Donetsk
        ("CY", 35.33, 33.32, "TR"),  # Kyrenia
        ("XK", 42.66, 21.16, "RS"),  # Prishtina
        ("EH", 27.12, -13.17, "MA"),  # Laayoune
        ("PL", 52.23, 21.01, "BY"),
        ("SO", 9.56, 44.06, "ET"),  # Hargeisa
    ],
)
def test_a_city_is_in_its_country_and_in_no_other(code: str, lat: float, lon: float, other: str) -> None:
    assert lies_in(code, lat, lon)
    assert not lies_in(other, lat, lon)


def test_every_country_has_an_outline_but_a_known_few() -> None:
    assert {code for code in country_codes() if close_up(code) is None} == WITHOUT_OUTLINE


def test_every_country_with_an_outline_is_on_the_map_of_the_world() -> None:
    europe, world = frames()
    assert set(country_codes()) - set(world.countries) == WITHOUT_OUTLINE - {"VA"}
    assert {"UA", "PL", "FI", "AT", "DE", "BE", "MT", "MC", "LI", "IS", "CY", "XK"} <= set(europe.countries)


def test_neighbours_are_mutual() -> None:
    assert maps.neighbours("PL") == ["BY", "CZ", "DE", "LT", "RU", "SK", "UA"]
    assert maps.neighbours("IS") == []
    assert maps.neighbours("VA") == []
    for code in country_codes():
        assert all(code in maps.neighbours(other) for other in maps.neighbours(code) if close_up(other)), code


def _rows(**counts: int) -> list[PlaceRow]:
    return [PlaceRow(code, code, f"/en/countries/{code.lower()}/", count, code=code) for code, count in counts.items()]


CROWDED = {"BE": 10, "NL": 11, "LU": 12, "DE": 21, "FR": 8, "CH": 13, "AT": 14, "LI": 15, "CZ": 16, "SI": 17, "IT": 9,
           "DK": 18, "MT": 19, "PT": 20, "IE": 22, "GB": 3, "PL": 12, "UA": 9, "FI": 7, "HR": 23}  # fmt: skip


def test_no_number_covers_another_or_stands_on_a_strange_country() -> None:
    [sheet] = maps.sheets(_rows(**CROWDED))
    boxes = {
        spot.code: maps.Box(spot.label_x, spot.label_y, 2 * maps.COUNT_SIZE * maps.LETTER_WIDE, 30)
        for spot in sheet.spots
    }
    for code, box in boxes.items():
        assert [other for other, there in boxes.items() if other != code and box.meets(there)] == [], code
    red = {spot.code: rings(spot.path) for spot in sheet.spots if spot.path}
    for spot in sheet.spots:
        on = [code for code, outline in red.items() if is_inside(spot.label_x, spot.label_y, outline)]
        assert on == ([] if spot.is_beside else [spot.code]), spot.code


def test_the_world_is_drawn_once_somebody_outside_of_europe_takes_part() -> None:
    assert [sheet.name for sheet in maps.sheets(_rows(PL=1, UA=2))] == ["europe"]
    europe, world = maps.sheets(_rows(PL=1, US=2, SN=3))
    assert [spot.code for spot in europe.spots] == ["PL"]
    assert sorted(spot.code for spot in world.spots) == ["SN", "US"]


def _svg(html: str, name: str) -> str:
    found = re.search(rf'<svg class="map map--{name}".*?</svg>', html, re.DOTALL)
    assert found, name
    return found[0]


def test_the_landing_page_shows_who_takes_part_with_numbers_and_links(client: Client) -> None:
    EventFactory()
    EventFactory(day=dt.date(2027, 10, 12))
    EventFactory(state=Event.State.CANCELLED)
    for country in ("PL", "FI"):
        CampaignCountryFactory(campaign=CampaignFactory(), country=country)
    svg = _svg(client.get("/en/").content.decode(), "europe")
    assert re.findall(r'href="([^"]+)" aria-label="([^"]+)"><title>([^<]+)', svg) == [
        ("/en/countries/pl/", "Poland: 2 protests", "Poland"),
        ("/en/countries/fi/", "Finland: 0 protests", "Finland"),
    ]
    assert re.findall(r"<text[^>]*>([^<]+)", svg) == ["2"]


def test_the_map_is_light(client: Client) -> None:
    campaign = CampaignFactory()
    for country in [*CROWDED, "US", "TR", "SN", "TN"]:
        CampaignCountryFactory(campaign=campaign, country=country)
        EventFactory(country=country, place_kind="country", city=None, address="", venue="")
    html = client.get("/en/").content.decode()
    assert len(gzip.compress((_svg(html, "europe") + _svg(html, "world")).encode())) <= MAP_BYTES


def test_a_country_shows_its_cities_with_links(client: Client) -> None:
    EventFactory()
    svg = _svg(client.get("/en/countries/pl/").content.decode(), "close")
    assert 'href="/en/countries/pl/warszawa/" aria-label="Warszawa: 1 protest"' in svg
    assert re.findall(r"<text[^>]*>([^<]+)", svg) == ["Warszawa"]


@pytest.mark.parametrize("place_kind", ["online", "country"])
def test_a_protest_in_no_city_shows_the_country_without_a_dot(client: Client, place_kind: str) -> None:
    event = EventFactory(place_kind=place_kind, city=None, address="", venue="")
    svg = _svg(client.get(event.get_absolute_url()).content.decode(), "close")
    assert "<circle" not in svg


def test_a_dot_lies_where_the_city_is_not_where_the_protest_is(client: Client) -> None:
    public = EventFactory(lat="52.40000", lon="21.30000")
    secret = EventFactory(lat="52.10000", lon="20.80000", disclosure=Disclosure.FOLLOWERS)
    drawn = {_svg(client.get(event.get_absolute_url()).content.decode(), "close") for event in (public, secret)}
    assert len(drawn) == 1


def test_names_of_cities_cover_neither_each_other_nor_other_dots() -> None:
    cities = [
        (City(country="PL", name=name, slug=slug_of(name), lat=lat, lon=lon), 3)
        for name, lat, lon in (
            ("Katowice", 50.26, 19.02), ("Zabrze", 50.32, 18.78), ("Gliwice", 50.29, 18.67), ("Bytom", 50.35, 18.92),
            ("Sosnowiec", 50.29, 19.1), ("Kraków", 50.06, 19.94), ("Warszawa", 52.23, 21.01),
        )
    ]  # fmt: skip
    drawn = maps.country_map("PL", cities)
    assert drawn is not None
    assert len(drawn.cities) == 7
    named = [spot for spot in drawn.cities if spot.label_x is not None]
    assert {"Kraków", "Warszawa"} <= {spot.name for spot in named} < {city.name for city, _count in cities}


def test_a_city_off_the_drawing_is_left_to_the_list() -> None:
    cayenne = City(country="FR", name="Cayenne", slug="cayenne", lat=4.93, lon=-52.33)
    drawn = maps.country_map("FR", [(cayenne, 1)])
    assert drawn is not None
    assert drawn.cities == []
    assert maps.country_map("VA", []) is None
