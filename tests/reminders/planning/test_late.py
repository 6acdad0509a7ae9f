"""Who confirms late, and what catches up after downtime."""

from datetime import time

import pytest

from reminders.planning import plan
from tests.reminders.following import at, follower, planned, protest


@pytest.mark.django_db
def test_whoever_confirms_late_gets_the_info_at_once_even_at_night():
    event = protest()
    follower(event, confirmed_at=at("10-08 23:10"))
    plan(at("10-08 23:11"))
    assert planned() == [("week", at("10-08 23:11"))]


@pytest.mark.django_db
def test_whoever_confirms_on_the_day_gets_only_what_is_still_ahead():
    event = protest()
    follower(event, confirmed_at=at("10-11 11:30"))
    plan(at("10-11 11:31"))
    assert planned() == [("hours", at("10-11 11:31"))]


@pytest.mark.django_db
def test_whoever_confirms_after_the_start_gets_nothing():
    follower(protest(), confirmed_at=at("10-11 14:01"))
    plan(at("10-11 14:02"))
    assert planned() == []


@pytest.mark.django_db
def test_catching_up_after_downtime_waits_for_the_morning():
    follower(protest())
    plan(at("10-10 22:30"))
    assert planned() == [("day", at("10-11 08:00"))]


@pytest.mark.django_db
def test_catching_up_by_day_is_at_once():
    follower(protest())
    plan(at("10-10 17:30"))
    assert planned() == [("day", at("10-10 17:30"))]


@pytest.mark.django_db
def test_catching_up_does_not_wait_for_a_morning_that_is_too_late():
    follower(protest(start=time(8, 15)))
    plan(at("10-11 05:00"))
    assert planned() == [("hours", at("10-11 05:00"))]


@pytest.mark.django_db
def test_a_moment_is_not_made_up_for_once_the_next_one_is_due():
    follower(protest())
    plan(at("10-10 11:30"))
    assert planned() == [("day", at("10-10 11:30"))]
