import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEntry
from events import clock
from events.models import Campaign, Event, EventChange, SiteStamp
from tests.factories import CampaignCountryFactory, CampaignFactory, CityFactory, EventFactory

UTC = dt.UTC
pytestmark = pytest.mark.django_db


def at(text):
    return time_machine.travel(dt.datetime.fromisoformat(text), tick=False)


def tick(text):
    with at(text):
        clock.tick()
    return SiteStamp.objects.current()


def is_bumped(before, after):
    """Whether a tick at *after*, the last one having been at *before*, makes pages anew."""
    return tick(before) < tick(after)


# The campaign's zone is Brussels: CEST is two hours ahead of UTC.
@pytest.mark.parametrize(
    ("state", "moment", "becomes"),
    [
        ("draft", "2027-12-01T00:00Z", "draft"),
        ("open", "2027-10-13T21:59Z", "open"),
        ("open", "2027-10-13T22:01Z", "closed"),
        ("closed", "2027-10-01T00:00Z", "closed"),
        ("closed", "2027-10-27T21:59Z", "closed"),
        ("closed", "2027-10-27T22:01Z", "archived"),
        ("archived", "2029-01-01T00:00Z", "archived"),
        # After a long downtime one tick does both.
        ("open", "2028-01-01T00:00Z", "archived"),
    ],
)
def test_editions_are_closed_and_archived_by_date(state, moment, becomes):
    CampaignFactory(state=state)
    tick(moment)
    assert Campaign.objects.get().state == becomes


def test_closing_is_in_the_trail_once():
    CampaignFactory()
    tick("2027-10-14T00:00Z")
    tick("2027-10-14T00:01Z")
    assert [(e.verb, e.actor_id) for e in AuditEntry.objects.all()] == [("campaign closed", None)]


def timed(**values):
    return EventFactory(disclosure="timed", disclose_at=dt.datetime(2027, 10, 10, 15, 0, tzinfo=UTC), **values)


def test_a_place_is_disclosed_at_its_time_once():
    event = timed()
    tick("2027-10-10T14:59Z")
    assert not EventChange.objects.exists()
    tick("2027-10-10T15:00Z")
    tick("2027-10-10T15:01Z")
    change = EventChange.objects.get()
    assert (change.event, change.kind) == (event, "place_disclosed")
    assert change.at == dt.datetime(2027, 10, 10, 15, 0, tzinfo=UTC)
    assert (change.before["venue"], change.after["venue"]) == ("", "Plac Zamkowy")
    event.refresh_from_db()
    assert (event.place_disclosed_at, event.sequence) == (change.at, 1)


def test_a_disclosure_missed_by_downtime_is_caught_up():
    timed()
    tick("2027-10-10T14:59Z")
    tick("2027-10-11T09:00Z")
    assert EventChange.objects.get().at == dt.datetime(2027, 10, 11, 9, 0, tzinfo=UTC)


def test_a_place_for_followers_alone_leaves_a_change_that_does_not_hold_it():
    EventFactory(disclosure="followers", disclose_at=dt.datetime(2027, 10, 10, 15, 0, tzinfo=UTC))
    tick("2027-10-10T15:00Z")
    change = EventChange.objects.get()
    assert change.kind == "place_disclosed"
    assert "Zamkowy" not in str(change.before) + str(change.after)


def test_a_place_that_followers_know_from_the_start_needs_no_change():
    EventFactory(disclosure="followers", disclose_at=None)
    tick("2027-10-10T15:00Z")
    assert not EventChange.objects.exists()


@pytest.mark.parametrize("state", ["submitted", "withdrawn", "cancelled", "hidden"])
def test_nothing_is_told_of_a_protest_that_does_not_take_place(state):
    timed(state=state)
    tick("2027-10-10T15:00Z")
    assert not EventChange.objects.exists()


def test_more_places_than_one_batch_holds_are_all_disclosed(monkeypatch):
    monkeypatch.setattr(clock, "BATCH", 2)
    for _n in range(5):
        timed()
    tick("2027-10-10T15:00Z")
    assert EventChange.objects.count() == 5


@pytest.mark.parametrize(
    ("before", "after", "bumped"),
    [
        ("2027-10-05T12:00Z", "2027-10-05T12:01Z", False),
        # Midnight in Helsinki (UTC+3), Brussels (UTC+2), London (UTC+1).
        ("2027-10-05T20:59Z", "2027-10-05T21:00Z", True),
        ("2027-10-05T21:59Z", "2027-10-05T22:00Z", True),
        ("2027-10-05T22:59Z", "2027-10-05T23:00Z", True),
        # Midnight in UTC, whose days the record of what was deleted counts in.
        ("2027-10-05T23:59Z", "2027-10-06T00:00Z", True),
        ("2027-10-06T00:00Z", "2027-10-06T00:01Z", False),
        # The protest in Warsaw starts at 12:00 and ends at 14:00 UTC.
        ("2027-10-11T11:59Z", "2027-10-11T12:00Z", True),
        ("2027-10-11T12:00Z", "2027-10-11T12:01Z", False),
        ("2027-10-11T13:59Z", "2027-10-11T14:00Z", True),
        # After downtime over all of it.
        ("2027-10-11T11:00Z", "2027-10-11T15:00Z", True),
    ],
)
def test_pages_are_made_anew_at_midnights_starts_and_ends(before, after, bumped):
    CampaignCountryFactory(country="FI", timezone="Europe/Helsinki")
    CampaignCountryFactory(country="GB", timezone="Europe/London")
    EventFactory(disclosure="public")
    assert is_bumped(before, after) is bumped


def test_midnight_is_the_right_one_on_the_night_the_clocks_change():
    # Brussels leaves summer time on 31 October 2027: its midnights are at 22:00 UTC before and 23:00 UTC after.
    CampaignFactory(actions_to=dt.date(2027, 11, 5))
    assert is_bumped("2027-10-30T21:59Z", "2027-10-30T22:00Z")
    assert not is_bumped("2027-10-31T21:59Z", "2027-10-31T22:00Z")
    assert is_bumped("2027-10-31T22:59Z", "2027-10-31T23:00Z")


def test_an_hour_that_comes_twice_is_over_only_after_the_second():
    # 02:30 in Warsaw comes twice on 31 October 2027; PostgreSQL takes the second, 01:30 UTC.
    CampaignFactory(actions_to=dt.date(2027, 10, 31))
    EventFactory(day=dt.date(2027, 10, 31), start_time=dt.time(2, 30), end_time=None)
    assert not is_bumped("2027-10-31T00:29Z", "2027-10-31T00:31Z")
    assert is_bumped("2027-10-31T01:29Z", "2027-10-31T01:31Z")


def test_a_far_off_zone_counts_too():
    tokyo = CityFactory(geoname_id=1, country="JP", name="Tokyo", slug="tokyo", timezone="Asia/Tokyo")
    EventFactory(country="JP", city=tokyo, timezone="Asia/Tokyo")
    assert is_bumped("2027-10-05T14:59Z", "2027-10-05T15:00Z")


def test_a_clock_that_jumped_ahead_and_back_makes_pages_anew_and_goes_on():
    EventFactory()
    tick("2027-10-05T12:00Z")
    tick("2028-10-05T12:00Z")
    Campaign.objects.update(state="open")
    assert is_bumped("2027-10-05T12:01Z", "2027-10-05T22:00Z")


def test_a_second_tick_at_the_same_minute_does_nothing():
    timed()
    first = tick("2027-10-10T15:00Z")
    assert tick("2027-10-10T15:00Z") == first


def test_a_tick_asks_the_database_no_more_with_a_thousand_protests(django_assert_num_queries):
    city = CityFactory()
    campaign = CampaignFactory()
    with at("2027-10-05T12:00Z"):
        clock.tick()
        EventFactory.create_batch(3, city=city, campaign=campaign)
        with django_assert_num_queries(19):
            clock.tick()
        Event.objects.bulk_create(
            Event(
                campaign=campaign,
                city=city,
                country="PL",
                title="March",
                slug="march",
                day=dt.date(2027, 10, 11),
                timezone="Europe/Warsaw",
                place_kind="city",
                state="published",
                created_at=timezone.now(),
                published_at=timezone.now(),
            )
            for _n in range(1000)
        )
        with django_assert_num_queries(19):
            clock.tick()
