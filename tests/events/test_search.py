"""The search page: words, filters, cities in any spelling."""

import datetime as dt
import re
from html import unescape
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from events import timetable
from events.listing import Filters, distance
from events.models import Event
from tests.events.test_browse import krakow, kyiv, many, text
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
        ("q=vigil+Krakau+Poland", {"Vigil by the sea"}),
        ("q=Warschau", {"Marsz"}),
        ("q=Україна", {"Film night"}),
        ("q=віджіл", set()),
        ("q=марсз", {"Marsz"}),
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


@pytest.mark.parametrize("query", ["country=ua&city=warsaw", "city=Atlantis", "country=fi"])
def test_search_finds_nothing_in_a_place_without_protests(client: Client, query: str) -> None:
    page = text(client, f"/en/protests/?{query}")
    assert not any(title in page for title in TITLES)
    assert "0 protests" in page


def test_the_form_keeps_what_was_asked(client: Client) -> None:
    html = client.get("/en/protests/?q=sea&country=pl&kind=vigil").content.decode()
    assert 'name="q" type="search" value="sea"' in html
    assert '<option value="pl" selected>Poland</option>' in html
    assert '<option value="vigil" selected>Vigil</option>' in html


def test_what_was_asked_is_shown_as_text_only(client: Client) -> None:
    html = client.get("/en/protests/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
    assert "<script" not in html


def test_what_makes_it_easier_can_be_chosen(client: Client) -> None:
    EventFactory(title="With signs", access_features=["step_free", "sign_language"])
    page = text(client, "/en/protests/?access=sign_language")
    assert "With signs" in page
    assert not any(title in page for title in TITLES)
    assert "1 protest" in page


def test_what_was_chosen_can_be_taken_away_one_by_one(client: Client) -> None:
    html = client.get("/en/protests/?q=sea&country=pl&day=2027-10-12").content.decode()
    away = re.findall(r'href="([^"]*)" aria-label="Take away: ([^"]*)"', html)
    assert [(unescape(url), unescape(words)) for url, words in away] == [
        ("/en/protests/?country=pl&day=2027-10-12", "“sea”"),
        ("/en/protests/?q=sea&day=2027-10-12", "Poland"),
        ("/en/protests/?q=sea&country=pl", "Tuesday 12 October"),
    ]
    assert "Clear all" in html
    assert "Take away" not in client.get("/en/protests/").content.decode()


def test_an_address_has_one_form(client: Client) -> None:
    response = client.get("/en/protests/?near=Lviv&access=nothing&day=today&q=+sea++side&x=1")
    assert response["Location"] == "/en/protests/?q=sea+side&near=Lviv"


def test_more_than_a_thousand_are_not_counted(client: Client) -> None:
    many(1_001)
    Event.objects.update(search_text=" march")
    assert "more than 1000 protests" in text(client, "/en/protests/?q=march")
    assert "1004 protests" in text(client, "/en/protests/")


def test_an_undisclosed_place_is_not_even_similar(client: Client) -> None:
    EventFactory(title="Secret walk", venue="Canaryplatz", disclosure="followers")
    assert "Secret walk" not in text(client, "/en/protests/?q=Canarypltz")


def test_words_that_fit_little_bring_what_is_nearly_the_same(client: Client) -> None:
    EventFactory(title="Vigyl")
    page = text(client, "/en/protests/?q=vigyl")
    exact, similar = page.split("Nearly the same")
    assert "Vigyl" in exact
    assert "Vigil by the sea" in similar
    assert "Vigyl" not in similar


def test_other_filters_hold_for_what_is_similar(client: Client) -> None:
    assert "Vigil by the sea" in text(client, "/en/protests/?q=vigli+sea")
    assert "Vigil by the sea" not in text(client, "/en/protests/?q=vigli+sea&country=ua")


def test_an_empty_city_shows_what_is_near_and_what_to_do(client: Client) -> None:
    CityFactory(geoname_id=1, name="Tampere", slug="tampere", country="FI", lat="61.4991", lon="23.7871")
    html = client.get("/en/protests/?city=Tampere").content.decode()
    page = text(client, "/en/protests/?city=Tampere")
    assert "Nothing in Tampere yet." in page
    assert "Not far away Warszawa 1044 km 1" in page
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', html)]
    for link in (
        "/en/register/?country=FI&city=Tampere",
        "/en/reminders/?city=fi/tampere",
        "/en/protests/?near=tampere%2C+fi",
    ):
        assert link in links
        assert client.get(link).status_code == 200
    form = client.get("/en/register/?country=FI&city=Tampere").context["form"]
    assert (form["country"].value(), form["city"].value()) == ("FI", "Tampere")


def test_an_empty_country_shows_what_is_near_and_what_to_do(client: Client) -> None:
    CityFactory(geoname_id=1, name="Tampere", slug="tampere", country="FI", lat="61.4991", lon="23.7871")
    page = text(client, "/en/protests/?country=fi")
    assert "Nothing in Finland yet." in page
    assert "Not far away" in page


def test_a_filter_that_leaves_nothing_of_a_busy_city_says_so(client: Client) -> None:
    assert "Nothing in Kraków fits all of this." in text(client, "/en/protests/?city=krakow&kind=film")


def test_an_unknown_city_brings_those_with_nearly_its_name(client: Client) -> None:
    page = text(client, "/en/protests/?city=Warzsawa")
    assert "We know no city called “Warzsawa”. Did you mean one of these? Warszawa, Poland" in page
    assert "We know no city called “Qqqq”. Try another spelling" in text(client, "/en/protests/?city=Qqqq")


def test_a_city_may_be_named_with_its_country(client: Client) -> None:
    for query in ("city=Warsaw, Poland", "city=Warschau, Polen", "city=warszawa, pl"):
        assert "1 protest Words" in text(client, f"/en/protests/?{quote(query, safe='=')}")
    assert "We know no city" in text(client, "/en/protests/?city=Warsaw,+Finland")


def test_near_a_city_the_nearest_come_first_with_their_distance(client: Client) -> None:
    EventFactory(title="Everywhere", place_kind="country", city=None, venue="", address="")
    page = text(client, "/en/protests/?near=Krakow")
    assert "Sorted by distance from Kraków, Poland" in page
    assert [page.index(title) for title in ("Vigil by the sea", "Marsz", "Film night")] == sorted(
        page.index(title) for title in TITLES
    )
    assert re.findall(r"(\d+) km", page) == ["0", "253", "753"]
    assert "Everywhere" not in page
    assert "3 protests" in page


def test_near_asks_which_one_of_several_is_meant(client: Client) -> None:
    CityFactory(geoname_id=8, name="Kraków", slug="krakow-2", country="DE", population=900_000)
    html = client.get("/en/protests/?kind=film&near=krakow").content.decode()
    assert "Did you mean another place of this name?" in html
    assert "/en/protests/?kind=film&amp;near=krakow-2%2C+de" in html


def test_near_an_unknown_place_says_so_and_sorts_by_the_clock(client: Client) -> None:
    page = text(client, "/en/protests/?near=Warzsawa")
    assert "We do not know “Warzsawa”, so this list is sorted by day and hour." in page
    assert "Did you mean one of these? Warszawa, Poland" in page
    assert all(title in page for title in TITLES)


@pytest.mark.parametrize(
    "query",
    [
        *("", "q=march", "q=Warschau", "country=pl", "city=krakow", "day=2027-10-12", "kind=film", "lang=uk"),
        *("access=seating", "near=Krakow", "day=2027-10-11&near=Krakow", "q=march&access=seating&near=Kyiv"),
        "near=Nowhere",
    ],
)
def test_pages_show_every_protest_once(client: Client, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr(timetable, "PAGE", 7)
    monkeypatch.setattr(distance, "CIRCLES", (5, 20))
    cities = [CityFactory(), krakow(), kyiv()]
    for n in range(45):
        EventFactory(
            city=cities[n % 3], country=cities[n % 3].country, day=f"2027-10-1{1 + n % 3}", title=f"March {n}",
            start_time=dt.time(n % 5) if n % 4 else None, end_time=None, kind="film" if n % 2 else "rally",
            spoken_languages=["uk", "pl"][: n % 3], access_features=["seating"] if n % 2 else [],
            state="cancelled" if n % 11 == 0 else "published",
        )  # fmt: skip
    filters = Filters(**dict(part.split("=") for part in query.split("&") if part))
    wanted = filters.apply(Event.objects.visible()).values_list("public_id", flat=True)
    seen, path = [], f"/en/protests/?{query}"
    while path:
        html = client.get(path).content.decode().split('id="similar"')[0]
        seen += re.findall(r'href="/en/protests/(\w{8})-', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        path = unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) > 0
    assert set(seen) == set(wanted)


@given(st.dictionaries(st.sampled_from([*Filters.names(), "after"]), st.text(max_size=40)))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example({"q": "' OR 1=1 -- %s %% \\"})
@example({"near": "Warszawa", "after": "12.2027-10-11..1"})
@example({"near": "Warszawa", "after": "2027-10-11..1"})
@example({"after": "12km.2027-10-11..1"})
@example({"near": "Warszawa", "after": "99999km.9999-12-31.23:59.999999999999999999"})
@example({"city": "Warszawa,,Polska", "near": ",", "q": ","})
def test_whatever_is_asked_gets_an_answer(client: Client, query: dict[str, str]) -> None:
    query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    assert client.get("/en/protests/", query, follow=True).status_code == 200


@pytest.mark.parametrize("number", [60, 2000])
@pytest.mark.parametrize(
    ("query", "queries"),
    [("", 8), ("q=march", 9), ("country=pl&day=2027-10-11", 8), ("kind=film", 8), ("near=Krakow", 10)],
)
def test_the_list_takes_as_many_queries_whatever_it_lists(
    client: Client, number: int, query: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(number)
    Event.objects.update(search_text=" march", kind="film")
    with django_assert_num_queries(queries):
        client.get(f"/en/protests/?{query}")
