"""Digests of cities, countries and the campaign: one per campaign day and moment, and no second mail beside it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from outbox.models import Delivery
from reminders.planning import plan
from tests.factories import FIRST_DAY, CampaignCountryFactory, CityFactory, RecipientFactory
from tests.reminders.following import LONG_BEFORE, at, follower, follower_of, keys, planned, protest, set_state


@pytest.mark.django_db
def test_a_digest_comes_per_day_and_moment_in_the_zone_of_the_scope():
    city = CityFactory()
    for _n in range(3):
        protest(city=city)
    protest(FIRST_DAY + timedelta(days=1), city=city)
    follower_of("city", city=city)
    for due in ["10-04 09:00", "10-05 09:00", "10-10 11:00", "10-11 08:00", "10-11 11:00", "10-12 08:00"]:
        plan(at(due) - timedelta(minutes=7))
        Delivery.objects.update(state=Delivery.State.SENT)
    assert planned("digest") == [
        ("week", at("10-04 09:00")),
        ("week", at("10-05 09:00")),
        ("day", at("10-10 11:00")),
        ("hours", at("10-11 08:00")),
        ("day", at("10-11 11:00")),
        ("hours", at("10-12 08:00")),
    ]


@pytest.mark.django_db
def test_a_country_s_digest_follows_its_capital_s_clock():
    CampaignCountryFactory(country="FI", timezone="Europe/Helsinki")
    city = CityFactory(geoname_id=658225, country="FI", name="Helsinki", slug="helsinki", timezone="Europe/Helsinki")
    protest(zone="Europe/Helsinki", country="FI", city=city)
    follower_of("country", country="FI")
    helsinki = ZoneInfo("Europe/Helsinki")
    plan(at("10-10 10:55", helsinki))
    assert planned("digest") == [("day", at("10-10 11:00", helsinki))]


@pytest.mark.django_db
def test_following_several_scopes_makes_one_digest_at_the_earliest_of_their_times():
    CampaignCountryFactory(country="FI", timezone="Europe/Helsinki")
    city = CityFactory(geoname_id=658225, country="FI", name="Helsinki", slug="helsinki", timezone="Europe/Helsinki")
    protest(zone="Europe/Helsinki", country="FI", city=city)
    somebody = RecipientFactory()
    for scope, values in [("country", {"country": "FI"}), ("city", {"city": city}), ("campaign", {})]:
        follower_of(scope, somebody, **values)
    helsinki = ZoneInfo("Europe/Helsinki")
    for minutes in range(0, 120, 10):
        plan(at("10-10 10:50", helsinki) + timedelta(minutes=minutes))
    assert planned("digest") == [("day", at("10-10 11:00", helsinki))]


@pytest.mark.django_db
def test_no_digest_for_a_place_where_nothing_happens():
    protest()
    follower_of("country", country="DE")
    plan(at("10-10 10:55"))
    assert keys() == []


@pytest.mark.django_db
def test_a_protest_published_after_the_digest_was_due_is_left_to_the_notice():
    protest(time_set_at=at("10-10 14:00"))
    follower_of("country", country="PL")
    plan(at("10-10 14:01"))
    assert planned("digest") == []


@pytest.mark.django_db
def test_whoever_confirms_minutes_before_the_next_moment_gets_one_mail():
    follower(protest(), confirmed_at=at("10-10 10:50"))
    plan(at("10-10 10:51"))
    plan(at("10-10 11:01"))
    assert planned() == [("day", at("10-10 11:00"))]


@pytest.mark.django_db
@pytest.mark.parametrize("confirmed_at", [LONG_BEFORE, at("10-08 12:00"), at("10-08 23:00")])
def test_following_a_protest_and_its_country_makes_one_mail_at_each_moment(confirmed_at):
    event = protest()
    somebody = RecipientFactory()
    follower(event, recipient=somebody, confirmed_at=confirmed_at)
    follower_of("country", somebody, confirmed_at, country="PL")
    plan(max(confirmed_at + timedelta(minutes=1), at("10-04 08:55")))
    plan(at("10-10 10:55"))
    assert [moment for moment, _due in planned("digest")] == ["week", "day"]
    assert planned() == []
    plan(at("10-11 10:55"))
    assert planned() == [("hours", at("10-11 11:00"))]


@pytest.mark.django_db
def test_a_reminder_stands_in_for_a_digest_that_was_dropped_and_comes_too_late():
    event = protest()
    somebody = RecipientFactory()
    follower(event, recipient=somebody)
    follower_of("country", somebody, country="PL")
    plan(at("10-10 10:55"))
    set_state(event, "hidden")
    Delivery.objects.update(state=Delivery.State.SKIPPED, reason="nothing to tell", finished_at=at("10-10 11:00"))
    set_state(event, "published")
    plan(at("10-11 09:00"))
    assert planned() == [("day", at("10-11 09:00"))]


@pytest.mark.django_db
def test_a_protest_followed_after_the_digest_left_has_a_reminder_of_its_own():
    event = protest()
    somebody = RecipientFactory()
    follower_of("country", somebody, country="PL")
    plan(at("10-04 08:55"))
    Delivery.objects.update(state=Delivery.State.SENT, finished_at=at("10-04 09:00"))
    follower(event, recipient=somebody, confirmed_at=at("10-07 10:00"))
    plan(at("10-07 10:01"))
    assert planned() == [("week", at("10-07 10:01"))]


@pytest.mark.django_db
def test_a_scope_that_does_not_want_this_moment_leaves_the_reminder_alone():
    event = protest()
    somebody = RecipientFactory()
    follower(event, recipient=somebody)
    follower_of("country", somebody, country="PL", day_before=False)
    plan(at("10-10 10:55"))
    assert planned() == [("day", at("10-10 11:00"))]
    assert planned("digest") == []
