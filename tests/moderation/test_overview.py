"""The overview: what is missing where, how long people wait, and that small numbers and single moderators are told to
nobody."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from events.models import City, Decision, Event
from moderation.overview import waiting
from moderation.overview.lists import NAMES, Asked, listing
from reminders.models import Subscription
from tests.factories import (
    CampaignFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    RecipientFactory,
    RevisionFactory,
)
from tests.log_in import log_in

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 9, 20, 12, tzinfo=UTC)
PAGE = "/moderation/overview/"
FULL = {"contact_link": "https://example.org/", "access_notes": "Step-free"}


@pytest.fixture(autouse=True)
def _september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def admin() -> User:
    return CoordinatorFactory(admin=True).user


def signed_in(user: User) -> Client:
    client = Client()
    log_in(client, user)
    return client


def text_of(user: User, path: str = PAGE) -> str:
    """The page without its markup."""
    response = signed_in(user).get(path)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def follow(number: int, *, confirmed: bool = True, **scope: Any) -> None:
    """So many people follow a city or a country of 2027."""
    kind = "city" if "city" in scope else "country"
    Subscription.objects.bulk_create(
        Subscription(
            recipient=recipient,
            campaign=CampaignFactory(),
            scope=kind,
            created_at=NOW,
            confirmed_at=NOW if confirmed else None,
            **scope,
        )
        for recipient in RecipientFactory.create_batch(number)
    )


def city(pk: int, name: str, country: str = "PL") -> City:
    return CityFactory(geoname_id=pk, name=name, slug=name.lower(), country=country)


def names(user: User, name: str, *, after: str = "", most: int = 20) -> tuple[list[str], str]:
    """What a list shows, and where it goes on."""
    found = listing(name, Asked(user, CampaignFactory(), NOW), after=after, most=most)
    return [row.name if found.has_places else row.event.title for row in found.rows], found.after


def test_places_are_listed_that_are_followed_and_have_no_protest(admin: User) -> None:
    follow(6, city=city(1, "Gdynia"))
    follow(9, city=city(2, "Sopot"))
    follow(7, city=CityFactory())
    follow(5, country="PL")
    follow(8, country="FI")
    follow(5, country="SE", confirmed=False)
    EventFactory()
    assert names(admin, "cities")[0] == ["Sopot, Poland", "Gdynia, Poland"]
    assert names(admin, "countries")[0] == ["Finland"]
    text = text_of(admin)
    assert "Sopot, Poland 9 followers" in text
    assert "Finland 8 followers" in text


def test_a_place_whose_only_protest_is_not_public_is_listed(admin: User) -> None:
    follow(5, country="PL")
    EventFactory(state="submitted")
    assert names(admin, "countries")[0] == ["Poland"]


def test_fewer_than_five_followers_are_a_few_in_no_order_that_tells_more(admin: User) -> None:
    for pk, (name, number) in enumerate({"Gdynia": 1, "Sopot": 4, "Hel": 5, "Reda": 2}.items(), start=1):
        follow(number, city=city(pk, name))
    text = text_of(admin)
    assert "Hel, Poland 5 followers" in text
    assert text.count("a few followers") == 3
    assert not re.search(r"\b[1-4] followers?\b", text)
    first, after = names(admin, "cities", most=2)
    assert (first, after) == (["Hel, Poland", "Gdynia, Poland"], "0_1")
    assert names(admin, "cities", after=after, most=2) == (["Sopot, Poland", "Reda, Poland"], "")


def test_each_place_leads_to_its_page_and_a_form_to_send_around(admin: User) -> None:
    follow(5, city=city(1, "Gdynia"))
    page = signed_in(admin).get(PAGE).content.decode()
    assert 'href="/en/countries/pl/gdynia/"' in page
    assert 'href="/en/register/?country=PL&amp;city=Gdynia"' in page


def test_what_protests_lack_is_said_beside_them(admin: User) -> None:
    EventFactory(title="Complete", **FULL)
    EventFactory(title="Nobody to ask", **{**FULL, "contact_link": ""})
    EventFactory(title="Steps?", **{**FULL, "access_notes": ""})
    EventFactory(title="Ramp", **{**FULL, "access_notes": "", "access_features": ["step_free"]})
    EventFactory(title="Hidden", state="hidden")
    assert names(admin, "incomplete")[0] == ["Nobody to ask", "Steps?"]
    text = text_of(admin)
    assert "Nobody to ask no contact" in text
    assert "Steps? nothing on access" in text


def test_what_is_over_lacks_nothing_any_more(admin: User) -> None:
    EventFactory()
    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        found = listing("incomplete", Asked(admin, CampaignFactory(), NOW + timedelta(days=60)), most=20)
    assert found.rows == []


def test_unconfirmed_ones_are_listed(admin: User) -> None:
    EventFactory(title="Silent", unconfirmed_at=NOW, **FULL)
    EventFactory(title="Fine", **FULL)
    assert names(admin, "unconfirmed")[0] == ["Silent"]
    assert "Silent not confirmed" in text_of(admin)


@pytest.mark.parametrize("name", ["incomplete", "unconfirmed"])
def test_pages_of_protests_leave_none_out_and_show_none_twice(admin: User, name: str) -> None:
    for n in range(7):
        EventFactory(title=f"{n}", unconfirmed_at=NOW, start_time=None if n % 3 else "14:00", end_time=None)
    whole = names(admin, name)[0]
    seen, after = names(admin, name, most=2)
    while after:
        more, after = names(admin, name, after=after, most=2)
        seen += more
    assert seen == whole
    assert len(whole) == 7


def test_a_long_list_goes_on_on_a_page_of_its_own(admin: User) -> None:
    EventFactory.create_batch(21)
    client = signed_in(admin)
    assert "/moderation/overview/incomplete/?campaign=2027" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}incomplete/").content.decode().count('class="stop ') == 21
    assert client.get(f"{PAGE}nothing/").status_code == 404


ODD = ["x", "1_", "_1", "9_PL_1", "9_x", "99999999999_1", "2027-10-11.14:00.1", "%00&campaign=%00"]


@pytest.mark.parametrize("after", ODD)
def test_odd_places_in_a_list_begin_it_anew(admin: User, after: str) -> None:
    follow(5, city=city(1, "Gdynia"))
    follow(5, country="FI")
    client = signed_in(admin)
    for name in NAMES:
        assert client.get(f"{PAGE}{name}/?after={after}").status_code == 200


def waited(hours: float, *, decided_ago: timedelta = timedelta(days=1), **values: Any) -> None:
    decided_at = NOW - decided_ago
    values = {"state": "approved", **values}
    RevisionFactory(submitted_at=decided_at - timedelta(hours=hours), decided_at=decided_at, **values)


def test_waiting_times_are_the_half_and_nine_tenths_of_what_was_decided_lately(admin: User) -> None:
    for hours in range(1, 12):
        waited(hours)
    waited(500, decided_ago=timedelta(days=15))
    waited(500, state="withdrawn")
    waited(500, state="superseded")
    waited(500, quarantine="word")
    RevisionFactory(submitted_at=NOW - timedelta(hours=30))
    RevisionFactory(submitted_at=NOW - timedelta(hours=2))
    RevisionFactory(submitted_at=NOW - timedelta(hours=90), quarantine="flood")
    waited(1, country="FI", city=None, place_kind="country", address="")
    rows = waiting.waiting_times(admin, CampaignFactory(), NOW)
    assert rows == [
        waiting.Waiting("PL", "Poland", 11, "6 hours", "10 hours", 2, "30 hours"),
        waiting.Waiting("FI", "Finland", 1, "1 hour", "1 hour", 0, ""),
    ]
    text = text_of(admin)
    assert "Poland 2 wait, the oldest for 30 hours 11 decided: half within 6 hours, nine of ten within 10 hours" in text
    assert "Finland nothing waits 1 decided within 1 hour" in text


def decide(event: Event, *, days_ago: float, verb: str = "approve") -> None:
    Decision.objects.create(at=NOW - timedelta(days=days_ago), verb=verb, actor_id=uuid4(), event=event)


def test_decisions_are_counted_by_day_and_kind_and_by_nobody(admin: User) -> None:
    event = EventFactory(**FULL)
    for days_ago, verb in ((0, "approve"), (0, "reject"), (3, "approve"), (29, "undo"), (31, "hide")):
        decide(event, days_ago=days_ago, verb=verb)
    found = waiting.decisions(admin, CampaignFactory(), NOW)
    assert found.total == 4
    assert [(bar.label, bar.text) for bar in found.by_day] == [("22 Aug", "1"), ("17 Sep", "1"), ("20 Sep", "2")]
    assert (found.by_verb[0].label, found.by_verb[0].text) == ("approved", "2")
    assert len(found.columns) == waiting.DAYS
    assert {column.height for column in found.columns} == {"0.00", "50.00", "100.00"}
    text = text_of(admin)
    assert "4 decisions by everybody together. On the busiest day there were 2." in text
    for decision in Decision.objects.all():
        assert str(decision.actor_id) not in text


def test_a_coordinator_of_one_country_sees_nothing_of_another() -> None:
    poland, finland = CoordinatorFactory(country="PL").user, CoordinatorFactory(country="FI").user
    follow(5, city=city(1, "Gdynia"))
    follow(5, country="PL")
    decide(EventFactory(title="March in Warsaw", state="hidden"), days_ago=1)
    EventFactory(title="Rally in Warsaw", unconfirmed_at=NOW, city=city(2, "Radom"))
    RevisionFactory(submitted_at=NOW - timedelta(hours=3))
    waited(5)
    theirs, others = text_of(poland), text_of(finland)
    for secret in ("Gdynia", "Rally in Warsaw", "Poland", "1 decision by"):
        assert secret in theirs
        assert secret not in others
    for name in NAMES:
        assert "Warsaw" not in text_of(finland, f"{PAGE}{name}/")
        assert "Poland" not in text_of(finland, f"{PAGE}{name}/")


def test_another_edition_is_one_click_away_and_only_for_its_own_people() -> None:
    old = CampaignFactory(slug="2026", state="closed")
    EventFactory(title="Last year", campaign=old)
    both = CoordinatorFactory(country="PL").user
    CoordinatorFactory(user=both, campaign=old)
    assert 'href="?campaign=2026"' in signed_in(both).get(PAGE).content.decode()
    assert "Last year" in text_of(both, f"{PAGE}?campaign=2026")
    only_new = CoordinatorFactory(country="PL").user
    assert "Last year" not in text_of(only_new, f"{PAGE}?campaign=2026")
    assert 'href="?campaign=2026"' not in signed_in(only_new).get(f"{PAGE}?campaign=2026").content.decode()


def test_an_empty_overview_says_so_in_words(admin: User) -> None:
    text = text_of(admin)
    for words in (
        "Nothing was decided in the last 14 days, and nothing waits.",
        "In every country that people follow there is a protest.",
        "In every city that people follow there is a protest.",
        "Nothing is missing.",
        "Nothing is unconfirmed.",
        "Nothing was decided in the last 30 days.",
    ):
        assert words in text


@pytest.mark.parametrize("number", [1, 4])
def test_the_overview_asks_a_fixed_number_of_queries(admin: User, number: int, django_assert_num_queries: Any) -> None:
    for n in range(number):
        follow(5, city=city(n + 1, f"City{n}"))
        decide(EventFactory(unconfirmed_at=NOW), days_ago=1)
        RevisionFactory()
    client = signed_in(admin)
    with django_assert_num_queries(18):
        assert client.get(PAGE).status_code == 200
