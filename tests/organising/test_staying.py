"""Organisers are asked on day 7 whether their account stays, and erased on day 14 without a yes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from accounts import tokens
from accounts.models import User
from events.models import Event, Organiser
from organising.staying import ask, erase_the_silent
from outbox.models import Delivery, Purge
from tests.factories import (
    CampaignFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

DAY_7 = datetime(2027, 10, 21, 12, tzinfo=UTC)
DAY_14 = DAY_7 + timedelta(days=7)


def run(clock, now):
    clock.move_to(now)
    return ask(now), erase_the_silent(now)


def later_edition():
    days = {"starts_on": date(2028, 10, 11), "ends_on": date(2028, 10, 13)}
    return CampaignFactory(slug="2028", actions_from=days["starts_on"], actions_to=days["ends_on"], **days)


def nobody_special():
    return OrganiserFactory().user


def has_left_again():
    organiser = OrganiserFactory()
    organiser.delete()
    return organiser.user


def moderator():
    return CoordinatorFactory().user


def staff():
    return UserFactory(is_staff=True)


def blocked():
    return UserFactory(is_active=False)


def organises_again():
    user = OrganiserFactory().user
    OrganiserFactory(user=user, event=EventFactory(campaign=later_edition()))
    return user


@pytest.mark.parametrize(
    ("make", "is_asked"),
    [
        (nobody_special, True),
        (has_left_again, True),
        (moderator, False),
        (staff, False),
        (blocked, False),
        (organises_again, False),
    ],
)
def test_who_is_asked_and_erased(clock, make, is_asked):
    CampaignFactory()
    user = make()
    assert run(clock, DAY_7 - timedelta(days=1)) == (0, 0)
    assert run(clock, DAY_7) == (int(is_asked), 0)
    assert Delivery.objects.filter(letter="stay", recipient=user.recipient).count() == int(is_asked)
    assert run(clock, DAY_14 - timedelta(minutes=1)) == (0, 0)
    assert run(clock, DAY_14) == (0, int(is_asked))
    assert User.objects.filter(pk=user.pk).exists() is not is_asked
    assert run(clock, DAY_14) == (0, 0)


def test_who_came_after_the_edition_is_not_asked_of_it(clock):
    CampaignFactory()
    clock.move_to(DAY_7 - timedelta(hours=1))
    UserFactory()
    assert run(clock, DAY_7) == (0, 0)


def test_protests_stay_without_contact_and_people(clock):
    organiser = OrganiserFactory(event__contact_link="https://t.example/anna")
    private = OrganiserFactory(user=organiser.user, event=EventFactory(state=Event.State.SUBMITTED)).event
    run(clock, DAY_7)
    run(clock, DAY_14)
    event = Event.objects.get()
    assert (event.pk, event.contact_link, event.contact_email) == (organiser.event_id, "", "")
    assert (Organiser.objects.count(), Event.objects.filter(pk=private.pk).exists()) == (0, False)
    assert Purge.objects.get(what="accounts").number == 1


def test_a_yes_by_the_link_keeps_the_account_until_the_next_edition(clock, delivered):
    user = OrganiserFactory().user
    run(clock, DAY_7)
    (mail,) = delivered()
    link = mail.link("accounts/stay/")
    client = Client()
    for _look in range(2):
        assert "Keep my account" in client.get(link).content.decode()
    user.refresh_from_db()
    assert user.said_stay_at is None
    for _click in range(2):
        assert client.post(link).status_code == 302
    assert "Your account stays" in client.get(link).content.decode()
    assert run(clock, DAY_14) == (0, 0)
    assert User.objects.filter(pk=user.pk).exists()
    later_edition()
    assert run(clock, DAY_7.replace(year=2028)) == (1, 0)
    assert client.post(link).status_code == 404
    assert run(clock, DAY_14.replace(year=2028)) == (0, 1)
    assert client.get(link).status_code == 404


def test_a_yes_in_the_account_counts_too(clock):
    user = OrganiserFactory().user
    client = Client()
    run(clock, DAY_7)
    client.force_login(user)
    assert "Keep my account" in client.get("/accounts/my-data/").content.decode()
    assert client.get("/accounts/my-data/stay/").status_code == 405
    client.post("/accounts/my-data/stay/")
    assert "Keep my account" not in client.get("/accounts/my-data/").content.decode()
    assert run(clock, DAY_14) == (0, 0)


def test_a_question_that_was_answered_is_not_mailed(clock, delivered):
    user = OrganiserFactory().user
    run(clock, DAY_7.replace(hour=22))
    assert delivered() == []
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    client.post("/accounts/my-data/stay/")
    clock.move_to(DAY_7 + timedelta(days=1))
    assert delivered() == []


def test_a_changed_link_opens_nothing(clock):
    user = OrganiserFactory().user
    run(clock, DAY_7)
    user.refresh_from_db()
    right = tokens.stay_url(user).rstrip("/").rpartition("/")[2]
    for wrong in (right[:-1], right + "x", right.swapcase(), "x", ":"):
        assert Client().post(f"/accounts/stay/{wrong}/").status_code == 404
    assert User.objects.get(pk=user.pk).said_stay_at is None
