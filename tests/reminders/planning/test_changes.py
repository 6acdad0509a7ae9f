"""The plan follows the protest, and those who can be written to."""

from datetime import time

import pytest

from events.models import Event
from reminders.models import Subscription
from reminders.planning import plan
from tests.factories import RecipientFactory, SubscriptionFactory
from tests.reminders.following import LONG_BEFORE, at, follower, follower_of, keys, plan_through, planned, protest


@pytest.mark.django_db
def test_a_moved_protest_is_reminded_of_at_its_new_time_only():
    event = protest()
    follower(event)
    plan(at("10-04 08:55"))
    event.start_time = time(17)
    event.time_set_at = at("10-09 12:00")
    event.save()
    event.refresh_from_db()
    plan_through(event, until=at("10-11 16:00"))
    assert planned() == [
        ("week", at("10-04 09:00")),
        ("day", at("10-10 11:00")),
        ("hours", at("10-11 14:00")),
    ]


@pytest.mark.django_db
def test_a_moment_that_was_over_when_the_time_was_set_is_left_to_the_notice():
    event = protest(time_set_at=at("10-10 12:00"))
    follower(event)
    plan(at("10-10 12:01"))
    assert planned() == []


@pytest.mark.django_db
def test_whoever_confirms_after_the_move_had_no_notice_and_gets_the_reminder():
    event = protest(time_set_at=at("10-10 12:00"))
    follower(event, confirmed_at=at("10-10 12:30"))
    plan(at("10-10 12:31"))
    assert planned() == [("day", at("10-10 12:31"))]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [Event.State.CANCELLED, Event.State.HIDDEN, Event.State.SUBMITTED])
def test_what_does_not_take_place_or_is_not_public_is_not_reminded_of(state):
    event = protest(state=state)
    follower(event)
    follower_of("country", country="PL")
    plan(at("10-10 10:55"))
    assert keys() == []


@pytest.mark.django_db
@pytest.mark.parametrize("gone", ["suspended_at", "never_again_at"])
def test_nobody_is_planned_for_who_cannot_be_written_to(gone):
    recipient = RecipientFactory(**{gone: LONG_BEFORE})
    follower(protest(), recipient=recipient)
    follower_of("country", recipient, country="PL")
    plan(at("10-10 10:55"))
    assert keys() == []


@pytest.mark.django_db
def test_nobody_is_planned_for_who_has_not_confirmed():
    SubscriptionFactory(event=protest(), created_at=LONG_BEFORE, confirmed_at=None)
    Subscription.objects.update(confirmed_at=None)
    plan(at("10-10 10:55"))
    assert keys() == []
