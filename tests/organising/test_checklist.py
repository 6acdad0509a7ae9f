"""What those who run a protest see first: deadlines, what is missing, numbers."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.models import CountryRule, Event, EventMessage, Organiser
from organising import legal
from organising.models import LegalRecord
from outbox.models import Delivery
from tests.factories import (
    WEEKS_BEFORE,
    DeliveryFactory,
    EventFactory,
    OrganiserFactory,
    SubscriptionFactory,
    ThreadFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def organiser():
    return UserFactory()


@pytest.fixture
def event(organiser):
    event = EventFactory(title="March to the office")
    OrganiserFactory(event=event, user=organiser)
    return event


@pytest.fixture
def rule():
    """Six calendar days before, in Poland."""
    return CountryRule.objects.create(
        country="PL",
        authority="commune office",
        duty="notify",
        lead=6,
        unit="days",
        anchor="start",
        source="a source",
        confidence="high",
        checked_on=dt.date(2026, 11, 24),
    )


def text_of(user, path="/organise/"):
    client = Client()
    client.force_login(user)
    return " ".join(client.get(path).content.decode().split())


def page_of(event):
    return f"/organise/{event.public_id}/"


def test_the_next_deadline_stands_on_top_of_both_pages(event, organiser, rule):
    for path in ("/organise/", page_of(event)):
        page = text_of(organiser, path)
        assert "Notice to the authorities:" in page
        assert "5 October" in page


def test_the_checklist_names_what_is_open_first(event, organiser):
    page = text_of(organiser, page_of(event))
    words = ["Give a public link", "Add a picture", "Find helpers", "Write the day sheet", "Do not be alone"]
    assert all(word in page for word in words)
    EventFactory()
    Event.objects.filter(pk=event.pk).update(contact_link="https://example.org/")
    OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER)
    later = text_of(organiser, page_of(event))
    assert later.index("Add a picture") < later.index("Give a public link")
    assert later.index("Add a picture") < later.index("Do not be alone")


@pytest.mark.parametrize("state", ["cancelled", "hidden"])
def test_what_does_not_take_place_has_no_checklist(event, organiser, state):
    Event.objects.filter(pk=event.pk).update(state=state)
    assert "Before the day" not in text_of(organiser, page_of(event))


def notice_in(event, organiser):
    """Whether the checklist calls the notice done."""
    page = text_of(organiser, page_of(event))
    return (
        page[page.index("Before the day") :]
        .partition("Settle the notice")[0]
        .rpartition("<li")[2]
        .startswith(' class="is-done"')
    )


def test_where_nothing_is_known_the_notice_is_not_called_done(event, organiser):
    assert not notice_in(event, organiser)


def test_the_notice_is_done_once_something_is_recorded(event, organiser, rule):
    legal.settle(event, LegalRecord.State.NOTIFIED, "", by=organiser)
    assert notice_in(event, organiser)


def test_what_waits_for_its_hour_has_a_checklist(event, organiser, clock):
    Event.objects.filter(pk=event.pk).update(
        state=Event.State.SCHEDULED, published_at=None, publish_at=WEEKS_BEFORE + dt.timedelta(days=3)
    )
    assert "Before the day" in text_of(organiser, page_of(event))


def test_what_is_over_has_no_checklist(event, organiser, clock):
    clock.move_to(dt.datetime(2027, 10, 14, tzinfo=dt.UTC))
    assert "Before the day" not in text_of(organiser, page_of(event))


def test_numbers_say_who_follows_and_what_became_of_the_mails(event, organiser):
    SubscriptionFactory.create_batch(3, event=event)
    for state in ("sent", "sent", "failed"):
        DeliveryFactory(batch=f"reminder:{event.pk}:day", state=Delivery.State(state))
    page = text_of(organiser)
    assert "3 people follow it." in page
    assert "2 mails sent, 1 bounced" in page


def test_letters_and_words_of_moderators_are_named(event, organiser):
    ThreadFactory(event=event)
    EventMessage.objects.create(
        event=event, key=uuid.uuid4(), at=WEEKS_BEFORE, actor_id=uuid.uuid4(), is_from_moderators=True, text="Hello"
    )
    for path in ("/organise/", page_of(event)):
        page = text_of(organiser, path)
        assert "1 letter waits for an answer" in page
        assert "The moderators have written to you" in page


def test_a_helper_sees_none_of_it(event, rule):
    helper = OrganiserFactory(event=event, role=Organiser.Role.HELPER).user
    ThreadFactory(event=event)
    for path in ("/organise/", page_of(event)):
        page = text_of(helper, path)
        assert "Notice to the authorities" not in page
        assert "waits for an answer" not in page
        assert "Before the day" not in page


def test_the_dashboard_costs_the_same_for_one_and_for_many(event, organiser, rule):
    with CaptureQueriesContext(connection) as one:
        text_of(organiser)
    for _n in range(5):
        other = EventFactory()
        OrganiserFactory(event=other, user=organiser)
        SubscriptionFactory(event=other)
        ThreadFactory(event=other)
    with CaptureQueriesContext(connection) as many:
        text_of(organiser)
    assert len(one) == len(many)
