"""An edition in numbers: what is counted is what takes place, as the tallies have it."""

import datetime as dt
import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events.models import ArchiveRecord, Campaign, Event, PlaceTally
from tests.factories import (
    LAST_DAY,
    AfterReportFactory,
    CampaignFactory,
    CampaignTextFactory,
    CityFactory,
    EventFactory,
)

pytestmark = pytest.mark.django_db
OLD_DAY = dt.date(2002, 10, 11)
ROW = re.compile(
    r'<th scope="row">(?:<a href="[^"]*">)?(.+?)(?:</a>)?</th>\s*<td class="bars__number">(.+?)</td>.*?width="(.+?)"',
    re.DOTALL,
)


def _tables(client: Client) -> list[dict[str, tuple[str, str]]]:
    """The tables of the page: label to number and length."""
    page = unescape(client.get("/en/numbers/").content.decode())
    tables = re.findall(r'<table class="bars[^"]*">(.+?)</table>', page, re.DOTALL)
    return [{label: (number, length) for label, number, length in ROW.findall(table)} for table in tables]


@pytest.fixture
def campaign() -> Campaign:
    """Three that take place, and some that nobody counts."""
    berlin = CityFactory(geoname_id=2950159, country="DE", name="Berlin", slug="berlin", timezone="Europe/Berlin")
    march = EventFactory(start_time=dt.time(9), end_time=None, kind="rally")
    EventFactory(start_time=dt.time(18), end_time=None, kind="vigil")
    EventFactory(country="DE", city=berlin, start_time=None, end_time=None, kind="vigil", day=LAST_DAY)
    for state in (Event.State.CANCELLED, Event.State.HIDDEN, Event.State.SUBMITTED, Event.State.WITHDRAWN):
        EventFactory(state=state, kind="film")
    CampaignTextFactory(campaign=march.campaign)
    return march.campaign


def test_counts_are_those_of_the_tallies(client: Client, campaign: Campaign) -> None:
    tallies = PlaceTally.objects.in_campaign(campaign)
    countries, days, kinds, hours, _editions = _tables(client)
    assert tallies.total() == 3
    assert sorted(tallies.by_country().values(), reverse=True) == [2, 1]
    assert countries == {"Poland": ("2", "100.00"), "Germany": ("1", "50.00")}
    assert [int(number) for number, _length in days.values()] == list(tallies.by_day().values())
    assert sum(int(number) for number, _length in kinds.values()) == 3
    assert kinds["Vigil"] == ("2", "100.00")
    assert hours == {
        "Before 12:00": ("1", "100.00"),
        "From 17:00 on": ("1", "100.00"),
        "Hour not known": ("1", "100.00"),
    }


def test_what_is_cancelled_is_not_counted_any_more(client: Client, campaign: Campaign) -> None:
    campaign.events.filter(country="DE").update(state=Event.State.CANCELLED)
    countries, _days, kinds, hours, editions = _tables(client)
    assert list(countries) == ["Poland"]
    assert kinds["Vigil"] == ("1", "100.00")
    assert "Hour not known" not in hours
    assert editions["2027"][0] == "2"


def test_editions_stand_side_by_side(client: Client, campaign: Campaign) -> None:
    old = CampaignFactory(
        slug="2002", state="archived", starts_on=OLD_DAY, ends_on=OLD_DAY, actions_from=OLD_DAY, actions_to=OLD_DAY
    )
    for turnout in (300, 1200):
        event = EventFactory(campaign=old, day=OLD_DAY)
        ArchiveRecord.objects.create(event=event, source_key=str(turnout), basis="report", turnout=turnout)
    CampaignFactory(slug="2028", state="draft")
    page = client.get("/en/numbers/").content.decode()
    assert ">1,500<" in page
    assert "2028" not in page
    assert _tables(client)[-1] == {"2027": ("3", "100.00"), "2002": ("2", "66.67")}


def test_without_an_edition_it_says_so(client: Client) -> None:
    assert "There is nothing to count yet." in client.get("/en/numbers/").content.decode()


@pytest.mark.parametrize("protests", [1, 3])
def test_it_asks_as_much_however_many_there_are(
    client: Client, protests: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(protests):
        EventFactory()
    with django_assert_num_queries(14):
        client.get("/en/numbers/")


def test_what_organisers_reported_is_added_up_as_a_range(client: Client, campaign: Campaign) -> None:
    for low, high in ((300, 400), (1000, 1500), (None, None)):
        AfterReportFactory(state="published", turnout_low=low, turnout_high=high)
    AfterReportFactory(event=EventFactory(), state="pending", turnout_low=9, turnout_high=9)
    AfterReportFactory(event=EventFactory(state="hidden"), state="published", turnout_low=9, turnout_high=9)
    AfterReportFactory(event=EventFactory(state="cancelled"), state="published", turnout_low=9, turnout_high=9)
    page = client.get("/en/numbers/").content.decode()
    assert "Between 1,300 and 1,900 people came to the 2 protests that told how many." in page
    assert ">1,300<" in page


def test_without_reports_nothing_is_said_of_afterwards(client: Client, campaign: Campaign) -> None:
    assert "Afterwards" not in client.get("/en/numbers/").content.decode()
