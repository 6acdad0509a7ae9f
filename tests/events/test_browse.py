"""Find a protest by day, country, city."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events.actions import record_change
from events.models import Campaign, City, Event, EventChange
from events.models.campaign import Disclosure
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CityFactory,
    EventFactory,
)

pytestmark = pytest.mark.django_db
TUESDAY = dt.date(2027, 10, 12)


def text(client: Client, path: str) -> str:
    """The words of a page, tags and surplus spaces taken out."""
    response = client.get(path)
    assert response.status_code == 200
    main = response.content.decode().split('<main id="main" tabindex="-1">')[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def krakow() -> City:
    return CityFactory(geoname_id=3094802, name="Kraków", slug="krakow", lat="50.0614", lon="19.9366")


def kyiv() -> City:
    return CityFactory(
        geoname_id=703448, country="UA", name="Київ", slug="kyiv", lat="50.4547", lon="30.5238", timezone="Europe/Kyiv",
        display_names={"en": "Kyiv", "de": "Kyjiw"},
    )  # fmt: skip


def many(number: int) -> None:
    campaign, city = CampaignFactory(), CityFactory()
    CampaignCountryFactory(campaign=campaign)
    now = WEEKS_BEFORE
    Event.objects.bulk_create(
        Event(
            campaign=campaign, country="PL", city=city, place_kind="address", venue="Rynek", title=f"March {n}",
            slug="march", state="published", published_at=now, created_at=now, timezone="Europe/Warsaw",
            day=dt.date(2027, 10, 11 + n % 3), start_time=dt.time(n % 24, n % 60) if n % 7 else None,
        )
        for n in range(number)
    )  # fmt: skip


@pytest.mark.parametrize("number", [1, 3, 2000])
def test_country_page_takes_nine_queries_whatever_it_lists(
    client: Client, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(number)
    with django_assert_num_queries(9):
        response = client.get("/en/countries/pl/")
    assert response.content.decode().count('class="stop') >= min(number, 50)


@pytest.mark.parametrize("number", [1, 3, 2000])
def test_city_page_takes_five_queries_whatever_it_lists(
    client: Client, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(number)
    with django_assert_num_queries(5):
        client.get("/en/countries/pl/warszawa/")


@pytest.mark.parametrize("number", [1, 3, 2000])
def test_landing_stays_within_its_queries(
    client: Client, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(number)
    with django_assert_num_queries(9):
        client.get("/en/")


def test_pages_by_cursor_show_every_protest_once_and_in_order(client: Client) -> None:
    many(173)
    path, seen = "/en/countries/pl/", []
    for _page in range(10):
        html = client.get(path).content.decode()
        seen += re.findall(r'href="/en/protests/(\w{8})-march/"', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        if not following:
            break
        path = following[1].replace("&amp;", "&")
    wanted = Event.objects.in_order().values_list("public_id", flat=True)
    assert seen == list(wanted)


def test_a_protest_is_listed_under_its_country_city_and_day_only(client: Client) -> None:
    EventFactory(title="In Warsaw")
    EventFactory(title="In Kraków", city=krakow(), day=TUESDAY)
    EventFactory(title="In Kyiv", city=kyiv(), country="UA", timezone="Europe/Kyiv")
    titles = {
        "/en/countries/pl/": {"In Warsaw", "In Kraków"},
        "/en/countries/pl/?day=2027-10-12": {"In Kraków"},
        "/en/countries/pl/krakow/": {"In Kraków"},
        "/en/countries/ua/": {"In Kyiv"},
        "/en/protests/?day=2027-10-11": {"In Warsaw", "In Kyiv"},
    }
    for path, wanted in titles.items():
        page = text(client, path)
        assert {title for title in ("In Warsaw", "In Kraków", "In Kyiv") if title in page} == wanted, path


def test_country_page_names_the_country_twice_and_counts(client: Client) -> None:
    EventFactory()
    EventFactory(city=krakow(), day=TUESDAY)
    page = text(client, "/de/countries/pl/")
    assert "Polen Polska" in page
    assert "2 protests, 2 cities" in text(client, "/en/countries/pl/")


def test_tabs_count_the_protests_of_each_day(client: Client) -> None:
    EventFactory()
    EventFactory(day=TUESDAY)
    EventFactory(day=TUESDAY)
    page = text(client, "/en/countries/pl/")
    assert "11 Mon protests: 1 12 Tue protests: 2 13 Wed protests: 0 All days" in page


@pytest.mark.parametrize("state", [Event.State.SUBMITTED, Event.State.HIDDEN, Event.State.WITHDRAWN])
def test_what_is_not_public_is_nowhere(client: Client, state: str) -> None:
    event = EventFactory(title="Secret march", state=state)
    for path in ("/en/", "/en/countries/pl/", "/en/countries/pl/warszawa/", "/en/protests/?q=secret"):
        assert "Secret march" not in text(client, path)
    assert client.get(event.get_absolute_url()).status_code == 404
    assert b"Secret march" not in client.get("/feeds/all.ics").content


def test_a_draft_edition_shows_nothing(client: Client) -> None:
    event = EventFactory(campaign__state=Campaign.State.DRAFT)
    assert client.get(event.get_absolute_url()).status_code == 404
    assert "has not been announced" in text(client, "/en/")


@time_machine.travel(WEEKS_BEFORE)
def test_rows_say_in_words_what_is_special(client: Client) -> None:
    EventFactory(title="Off", state=Event.State.CANCELLED, start_time=dt.time(9), end_time=None)
    EventFactory(title="Hidden place", disclosure=Disclosure.FOLLOWERS, start_time=dt.time(10), end_time=None)
    EventFactory(title="Shown", is_example=True, start_time=dt.time(11), end_time=None)
    moved = EventFactory(title="Later", start_time=dt.time(12), end_time=None)
    record_change(moved, EventChange.Kind.MOVED, at=WEEKS_BEFORE)
    row = r"(Off|Hidden place|Shown|Later) Demonstration · Open Borders Assembly ([a-z ]+?) (?=\d\d:|Remind)"
    assert re.findall(row, text(client, "/en/countries/pl/")) == [
        ("Off", "cancelled"), ("Hidden place", "new place later"), ("Shown", "example"), ("Later", "moved"),
    ]  # fmt: skip


def test_cancelled_protests_do_not_count(client: Client) -> None:
    EventFactory(state=Event.State.CANCELLED)
    EventFactory()
    assert "1 protest, 1 city" in text(client, "/en/countries/pl/")


@time_machine.travel(dt.datetime(2027, 10, 11, 15, 0, tzinfo=dt.UTC))
def test_what_is_over_is_marked_and_no_longer_next(client: Client) -> None:
    EventFactory(title="Morning walk", start_time=dt.time(8), end_time=dt.time(9))
    EventFactory(title="Evening walk", start_time=dt.time(20), end_time=dt.time(21))
    html = client.get("/en/countries/pl/").content.decode()
    assert html.count("stop--over") == 1
    following = text(client, "/en/").split("Next protests")[1]
    assert "Evening walk" in following
    assert "Morning walk" not in following


def test_an_empty_country_says_who_is_near(client: Client) -> None:
    EventFactory()
    kyiv()
    page = text(client, "/en/countries/ua/")
    assert "Nothing is announced here yet." in page
    assert "Register a protest" in page
    assert "Not far away Poland Polska 1" in page


def test_an_empty_city_says_what_is_near(client: Client) -> None:
    EventFactory()
    krakow()
    assert "Not far away Warszawa 1" in text(client, "/en/countries/pl/krakow/")


def test_city_names_follow_the_reader(client: Client) -> None:
    EventFactory(city=kyiv(), country="UA", timezone="Europe/Kyiv")
    assert "Kyiv Київ" in text(client, "/en/countries/ua/kyiv/")
    assert "Kyjiw Київ" in text(client, "/de/countries/ua/kyiv/")


@time_machine.travel(WEEKS_BEFORE)
def test_landing_shows_days_countries_changes_and_the_call(client: Client) -> None:
    event = EventFactory(title="March", start_time=dt.time(14, 30))
    CampaignTextFactory(campaign=event.campaign, call="**No border** lasts.\n\nSecond.")
    CampaignCountryFactory(campaign=event.campaign, country="FI", position=1)
    before = {"day": "2027-10-11", "start_time": "14:00"}
    record_change(event, EventChange.Kind.MOVED, at=WEEKS_BEFORE - dt.timedelta(hours=3), before=before)
    page = text(client, "/en/")
    assert "11 Monday 1 protest 12 Tuesday 0 protests 13 Wednesday 0 protests" in page
    assert "October 2027. For freedom of movement." in page
    assert "International Day of Action, 1 protest in 1 country" in page
    assert "By country Finland Suomi / Finland 0 Poland Polska 11 Oct 14:30 1" in page
    assert "Changed since yesterday 14:30 11 Oct Warszawa March was 14:00 moved" in page
    assert "The call No border lasts. Second. Read the whole call" in page


@time_machine.travel(WEEKS_BEFORE)
@pytest.mark.parametrize(
    ("start_before", "words"), [("14:00", "The place changed."), ("13:00", "was 13:00 · The place changed.")]
)
def test_the_board_says_that_the_place_changed(client: Client, start_before: str, words: str) -> None:
    event = EventFactory(title="March")
    before = {"day": "2027-10-11", "start_time": start_before}
    record_change(event, EventChange.Kind.PLACE_CHANGED, at=WEEKS_BEFORE - dt.timedelta(hours=3), before=before)
    assert f"Changed since yesterday 14:00 11 Oct Warszawa March {words} moved" in text(client, "/en/")


@time_machine.travel(WEEKS_BEFORE)
def test_old_changes_leave_the_board(client: Client) -> None:
    event = EventFactory()
    record_change(event, EventChange.Kind.MOVED, at=WEEKS_BEFORE - dt.timedelta(hours=25))
    assert "Changed since yesterday" not in text(client, "/en/")


def test_a_closed_edition_invites_nobody(client: Client) -> None:
    EventFactory(campaign__state=Campaign.State.CLOSED)
    page = text(client, "/en/")
    assert "This Day of Action is over" in page
    assert "Register a protest" not in page
    assert "Remind me" not in text(client, "/en/countries/pl/")


@time_machine.travel(WEEKS_BEFORE)
def test_the_board_says_what_takes_place_after_all(client: Client) -> None:
    event = EventFactory(title="Back again")
    record_change(event, EventChange.Kind.CANCELLED, at=WEEKS_BEFORE - dt.timedelta(hours=5))
    record_change(event, EventChange.Kind.RESTORED, at=WEEKS_BEFORE - dt.timedelta(hours=1))
    assert "Changed since yesterday 14:00 11 Oct Warszawa Back again takes place after all" in text(client, "/en/")


def test_a_protest_is_new_for_a_day(client: Client) -> None:
    EventFactory(title="Fresh", published_at=WEEKS_BEFORE)
    for hours, is_new in ((1, True), (23, True), (25, False)):
        with time_machine.travel(WEEKS_BEFORE + dt.timedelta(hours=hours)):
            assert ("Assembly new" in text(client, "/en/countries/pl/")) is is_new


def test_a_country_leads_to_its_neighbours_the_busiest_first(client: Client) -> None:
    EventFactory(city=kyiv(), country="UA", timezone="Europe/Kyiv")
    assert "Neighbours Ukraine 1 Belarus Czechia Germany Lithuania Russia Slovakia" in text(client, "/en/countries/pl/")


def test_a_call_that_is_not_translated_is_shown_as_it_is(client: Client) -> None:
    english = CampaignTextFactory(call="No border lasts.", appeal="End it.")
    CampaignTextFactory(campaign=english.campaign, language="de", name="Aktionstag")
    for path, words in (("/de/", "No border lasts."), ("/de/call/", "No border lasts."), ("/de/appeal/", "End it.")):
        page = client.get(path).content.decode()
        assert 'lang="en"' in page, path
        assert words in page, path
    assert "Aktionstag" in client.get("/de/call/").content.decode()
