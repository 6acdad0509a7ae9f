import datetime as dt

import pytest
from django.utils import translation

from moderation.warnings import warnings_for
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CityFactory, EventFactory, RevisionFactory

pytestmark = pytest.mark.django_db


def warned(now=WEEKS_BEFORE, **values):
    with translation.override("en"):
        return [str(sentence) for sentence in warnings_for(RevisionFactory(**values), now)]


def test_an_everyday_submission_has_no_warning():
    CampaignCountryFactory()
    assert warned() == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"now": dt.datetime(2027, 10, 12, tzinfo=dt.UTC)}, ["This is in the past."]),
        ({"now": dt.datetime(2027, 10, 11, 12, 1, tzinfo=dt.UTC)}, ["This is in the past."]),
        ({"now": dt.datetime(2027, 10, 11, 11, 59, tzinfo=dt.UTC)}, []),
        (
            {"day": dt.date(2027, 10, 14)},
            ["The day lies outside this Day of Action: it cannot be approved."],
        ),
        (
            {"start_time": None, "end_time": None},
            ["No hour is given: nobody can be reminded on the day itself."],
        ),
        ({"start_time": dt.time(6, 59)}, ["It starts at an unusual hour."]),
        ({"start_time": dt.time(7)}, []),
        ({"start_time": dt.time(21, 59), "end_time": None}, []),
        ({"start_time": dt.time(22), "end_time": None}, ["It starts at an unusual hour."]),
        ({"description": ""}, ["There is no text beside the title."]),
        (
            {"contact_link": "https://www.bit.ly/x"},
            ["The public link hides where it leads: bit.ly is a link shortener."],
        ),
        ({"contact_link": "https://example.org/bit.ly"}, []),
        (
            {"disclosure": "followers", "description": "We meet at PLAC ZAMKOWY."},
            ["The place is to stay unknown for now, but its name stands in the text."],
        ),
        (
            {"disclosure": "followers", "translations": {"de": {"title": "Zum Plac Zamkowy", "description": ""}}},
            ["The place is to stay unknown for now, but its name stands in the text."],
        ),
        ({"description": "We meet at Plac Zamkowy."}, []),
    ],
)
def test_what_is_unusual_is_said(values, said):
    CampaignCountryFactory()
    assert warned(**values) == said


def test_a_country_that_does_not_take_part():
    assert warned() == ["Poland does not take part in this edition yet."]


@pytest.mark.parametrize(
    ("least", "disclosure", "is_warned"),
    [("followers", "public", True), ("timed", "public", True), ("followers", "followers", False)],
)
def test_a_place_more_open_than_the_country_s_rule(least, disclosure, is_warned):
    CampaignCountryFactory(least_disclosure=least)
    expected = ["The place is more open than this country's rule says."] if is_warned else []
    assert warned(disclosure=disclosure) == expected


def test_other_protests_at_the_same_time_in_the_city_are_counted():
    CampaignCountryFactory()
    city = CityFactory()
    EventFactory(city=city)
    EventFactory(city=city, start_time=dt.time(15))
    EventFactory(city=city, state="hidden")
    assert warned(city=city) == ["One other protest is listed in this city for the same time."]
    EventFactory(city=city)
    assert warned(city=city) == ["2 other protests are listed in this city for the same time."]


def test_an_edit_that_changes_the_public_link():
    CampaignCountryFactory()
    event = EventFactory(contact_link="https://example.org/ours")
    assert warned(event=event, number=2, contact_link="https://example.net/other") == ["The public link changes."]
    event.revisions.all().delete()
    assert warned(event=event, number=2, contact_link="https://example.org/ours") == []
