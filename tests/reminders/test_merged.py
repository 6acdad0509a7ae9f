"""Followers of protests that were merged or handed over: what they are told, and what they follow from then on."""

import datetime as dt

import pytest

from events.models import Event
from moderation import actions
from outbox.models import Delivery
from reminders.models import Subscription
from reminders.notices import notice_changes
from tests.factories import (
    WEEKS_BEFORE,
    EventFactory,
    OrganiserFactory,
    RecipientFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
BEFORE = WEEKS_BEFORE - dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def twin():
    return EventFactory(title="Entered twice", created_at=BEFORE)


@pytest.fixture
def stays():
    return EventFactory(title="Stays", venue="Rynek", created_at=BEFORE)


def merge(event, into):
    return actions.merge_event(event, into=into, by=UserFactory(), reason="Twice.")


def follow(event, recipient=None, **values):
    recipient = recipient or RecipientFactory()
    return SubscriptionFactory(event=event, recipient=recipient, **{"confirmed_at": BEFORE, **values})


def followed():
    return [(one.event.title, one.confirmed_at) for one in Subscription.objects.select_related("event").order_by("pk")]


def test_go_to_the_one_that_stays_and_are_told_once(clock, twin, stays, delivered):
    mine = follow(twin)
    both = RecipientFactory()
    follow(twin, both)
    follow(stays, both)
    SubscriptionFactory(scope="city", event=None, campaign=twin.campaign, city=twin.city, confirmed_at=BEFORE)
    merge(twin, stays)
    assert notice_changes(WEEKS_BEFORE) == 0
    clock.shift(MINUTE)
    assert notice_changes(WEEKS_BEFORE + MINUTE) == 1

    mails = delivered()
    assert {mail.to for mail in mails} == {mine.recipient.address, both.address}
    assert len(mails) == 2
    assert mails[0].subject == "Entered twice: Stays, Monday 11 October"
    assert "“Entered twice” was entered twice. It is one with “Stays” now" in mails[0].text
    assert "Rynek" in mails[0].text
    assert not Subscription.objects.filter(event=twin).exists()
    assert Subscription.objects.filter(event=stays).count() == 2


@pytest.mark.parametrize(
    ("here", "there", "kept"), [(BEFORE, None, BEFORE), (None, BEFORE, BEFORE), (None, None, None)]
)
def test_keep_the_confirmed_of_two_wishes(clock, twin, stays, here, there, kept):
    person = RecipientFactory()
    follow(twin, person, confirmed_at=here)
    follow(stays, person, confirmed_at=there)
    merge(twin, stays)
    notice_changes(WEEKS_BEFORE + MINUTE)
    assert followed() == [("Stays", kept)]


def test_go_all_the_way_where_the_other_was_merged_too(clock, twin, stays):
    last = EventFactory(title="Last", created_at=BEFORE)
    follow(twin)
    merge(twin, stays)
    merge(stays, last)
    notice_changes(WEEKS_BEFORE + MINUTE)
    assert followed() == [("Last", BEFORE)]


def test_are_not_told_of_one_that_is_restored_before_the_mail_leaves(clock, twin, stays, delivered):
    follow(twin)
    merge(twin, stays)
    notice_changes(WEEKS_BEFORE + MINUTE)
    actions.restore_event(twin, by=UserFactory())
    clock.shift(MINUTE)
    assert delivered() == []
    assert Delivery.objects.get().reason == "overtaken"


def test_of_one_that_was_handed_over_are_told_and_nobody_else(clock, twin, delivered):
    mine = follow(twin)
    OrganiserFactory(event=twin)
    SubscriptionFactory(scope="city", event=None, campaign=twin.campaign, city=twin.city, confirmed_at=BEFORE)
    SubscriptionFactory(scope="campaign", event=None, campaign=twin.campaign, confirmed_at=BEFORE)
    actions.hand_over_event(twin, address="new@example.org", by=UserFactory(), reason="A fake.")
    Delivery.objects.all().delete()
    clock.shift(MINUTE)
    notice_changes(WEEKS_BEFORE + MINUTE)
    [mail] = delivered()
    assert (mail.to, mail.subject) == (mine.recipient.address, "In other hands: Entered twice, Monday 11 October")
    assert "in the hands of people who do not organise it" in mail.text
    assert "A fake." not in mail.text


def test_its_page_and_calendar_lead_to_the_one_that_stays(client, twin, stays):
    last = EventFactory(title="Last")
    merge(twin, stays)
    merge(stays, last)
    page, calendar = f"/en/protests/{twin.public_id}-{twin.slug}/", f"/en/protests/{twin.public_id}-{twin.slug}.ics"
    there = f"/en/protests/{last.public_id}-{last.slug}"
    for address, target in [(page, f"{there}/"), (calendar, f"{there}.ics")]:
        response = client.get(address)
        assert (response.status_code, response.headers["Location"]) == (302, target)
        assert "public" in response.headers["Cache-Control"]
    assert client.get(f"/en/protests/{twin.public_id}/").headers["Location"] == f"{there}/"
    actions.hide_event(last, by=UserFactory(), reason="Spam.")
    assert [client.get(address).status_code for address in (page, calendar)] == [404, 404]
    assert Event.objects.visible().count() == 0
