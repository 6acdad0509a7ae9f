"""R8: what the public reads was approved. An organiser changes everything after the approval, in every way there is;
pages, feeds and mails show what was approved until somebody else has read the change."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.actions import Refused
from events.models import Event, Revision
from moderation import actions
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    SubscriptionFactory,
)
from tests.log_in import logged_in
from tests.organising.protests.editing import filled
from tests.reminders.conftest import delivered

__all__ = ["delivered"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]
BAIT = {
    "title": "Baitmarch",
    "description": "Baitwords for all to read.",
    "start_time": "15:25",
    "venue": "Baitsquare",
    "contact_link": "https://bait.example/",
}
SEEN = ["Baitmarch", "Baitwords", "15:25", "152500", "132500", "Baitsquare", "bait.example"]


@pytest.fixture
def event() -> Event:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()
    event = EventFactory(venue="Plac Zamkowy")
    organiser = OrganiserFactory(event=event)
    RevisionFactory(event=event, author=organiser.user, venue="Plac Zamkowy", state="approved", decided_at=WEEKS_BEFORE)
    SubscriptionFactory(event=event, confirmed_at=WEEKS_BEFORE)
    return event


def everything_public(event: Event) -> str:
    page = f"/en/protests/{event.public_id}-{event.slug}/"
    paths = [page, f"{page[:-1]}.ics", "/en/", "/en/protests/", "/en/countries/pl/", "/en/countries/pl/warszawa/"]
    paths += [f"/feeds/pl/warszawa.{form}" for form in ("ics", "atom", "json")]
    answers = [Client().get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.content.decode() for answer in answers)


def test_a_change_is_nowhere_until_it_was_read(event: Event, clock: Any, delivered: Any) -> None:
    owner = event.organisers.get().user
    form = filled(event, **BAIT)
    assert logged_in(owner).post(f"/organise/{event.public_id}/edit/", form).status_code == 302
    assert event.revisions.pending().get().title == "Baitmarch"
    clock.move_to("2027-10-10T11:05:00+02:00")
    plan(timezone.now())
    notice_changes(timezone.now())
    mails = "".join(mail.text + mail.html for mail in delivered() if mail.to != owner.email)
    assert "March for freedom of movement" in mails
    for words in SEEN:
        assert words not in everything_public(event), words
        assert words not in mails, words


def test_what_was_read_is_published_and_nothing_later(event: Event) -> None:
    owner = event.organisers.get().user
    moderator = CoordinatorFactory(country="PL").user
    first = filled(event, title="Read by a moderator", note="")
    logged_in(owner).post(f"/organise/{event.public_id}/edit/", first)
    read = event.revisions.pending().get()
    logged_in(owner).post(f"/organise/{event.public_id}/edit/", {**filled(event, **BAIT), "note": ""})
    with pytest.raises(Refused):
        actions.approve_revision(Revision.objects.get(pk=read.pk), by=moderator)
    event.refresh_from_db()
    assert event.title == "March for freedom of movement"
    for words in SEEN:
        assert words not in everything_public(event), words
