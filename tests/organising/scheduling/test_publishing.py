"""From the approval to the hour."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from events import clock as ticking
from events.actions import Refused
from events.models import Campaign, Event, EventChange, SiteStamp
from moderation.actions import approve_and_trust, approve_revision
from organising import actions
from outbox.models import Delivery
from reminders.models import Subscription
from reminders.notices import notice_changes
from tests.factories import SubscriptionFactory
from tests.log_in import logged_in
from tests.organising.scheduling.people import HOUR, LATER, State, room, state_of, submitted

pytestmark = pytest.mark.django_db


def test_an_approval_before_the_hour_publishes_nothing(scheduled: Event) -> None:
    assert (scheduled.state, scheduled.published_at, scheduled.time_set_at) == ("scheduled", None, None)
    assert EventChange.objects.count() == 0
    assert scheduled.title == "March for freedom of movement"


def test_nobody_sees_it_before_its_hour(scheduled: Event, client: Client) -> None:
    page = scheduled.get_absolute_url()
    path = f"/en{page[3:]}"
    for gone in (path, f"{path}report/", f"{path}card.png", f"{path[:-1]}.ics", f"{path}poster.pdf"):
        assert client.get(gone).status_code == 404, gone
    for listed in (
        *("/en/", "/en/protests/?q=march", "/en/countries/", "/en/countries/pl/", "/en/countries/pl/warszawa/"),
        *("/feeds/all.ics", "/feeds/pl.atom", "/feeds/pl/warszawa.json", "/embed/pl/", "/sitemap.xml"),
        *("/en/numbers/", "/en/reminders/"),
    ):
        text = client.get(listed).content.decode()
        assert scheduled.public_id not in text, listed
        assert scheduled.slug not in text, listed


def test_the_clock_publishes_it_at_its_hour_and_tells_once(scheduled: Event, clock: Any) -> None:
    city = SubscriptionFactory(event=scheduled)
    Subscription.objects.filter(pk=city.pk).update(scope="city", event=None, city=scheduled.city)
    clock.move_to(HOUR - dt.timedelta(seconds=1))
    ticking.tick()
    assert state_of(scheduled) == State.SCHEDULED
    clock.move_to(HOUR + dt.timedelta(minutes=7))
    before = SiteStamp.objects.current()
    for _ in range(3):
        ticking.tick()
    scheduled.refresh_from_db()
    assert (scheduled.state, scheduled.published_at) == ("published", timezone.now())
    assert scheduled.time_set_at == scheduled.place_disclosed_at == scheduled.published_at
    assert SiteStamp.objects.current() > before
    change = EventChange.objects.get()
    assert (change.kind, change.at, change.after["venue"]) == ("published", timezone.now(), "Plac Zamkowy")
    assert AuditEntry.objects.filter(verb="published at its hour", actor_id=None).count() == 1
    clock.shift(dt.timedelta(minutes=2))
    notice_changes(timezone.now())
    assert Delivery.objects.filter(letter="notice").count() == 1


def test_a_place_that_is_kept_back_stays_so(owner: User, moderator: User, clock: Any) -> None:
    approve_revision(submitted(owner, disclosure="timed", disclose_at=LATER), by=moderator)
    clock.move_to(HOUR)
    ticking.tick()
    event = Event.objects.get()
    assert (event.state, event.place_disclosed_at) == ("published", None)
    assert EventChange.objects.get().after["venue"] == ""
    clock.move_to(LATER)
    ticking.tick()
    assert list(EventChange.objects.order_by("pk").values_list("kind", flat=True)) == ["published", "place_disclosed"]


def test_an_hour_that_came_while_nobody_decided_holds_nothing_back(owner: User, moderator: User, clock: Any) -> None:
    revision = submitted(owner)
    clock.move_to(HOUR)
    approve_revision(revision, by=moderator)
    assert state_of(revision.event) == State.PUBLISHED


def test_a_newer_version_that_is_approved_waits_for_the_same_hour(
    scheduled: Event, owner: User, moderator: User, clock: Any
) -> None:
    revision = actions.submit_edit(scheduled, {**scheduled.details(), "title": "A newer title"}, by=owner)
    assert (revision.state, state_of(scheduled), scheduled.title) == (
        "pending",
        "scheduled",
        "March for freedom of movement",
    )
    approve_revision(revision, by=moderator)
    assert (state_of(scheduled), scheduled.title, EventChange.objects.count()) == ("scheduled", "A newer title", 0)
    clock.move_to(HOUR)
    ticking.tick()
    assert (state_of(scheduled), EventChange.objects.get().kind) == ("published", "published")


def test_an_edit_that_waits_at_the_hour_stays_an_edit(
    scheduled: Event, owner: User, moderator: User, clock: Any
) -> None:
    revision = actions.submit_edit(scheduled, {**scheduled.details(), "start_time": dt.time(15)}, by=owner)
    clock.move_to(HOUR)
    ticking.tick()
    assert (state_of(scheduled), scheduled.start_time) == ("published", dt.time(14))
    approve_revision(revision, by=moderator)
    assert list(EventChange.objects.order_by("pk").values_list("kind", flat=True)) == ["published", "moved"]


def test_trust_publishes_no_change_of_it_at_once(scheduled: Event, owner: User, moderator: User) -> None:
    revision = actions.submit_edit(scheduled, {**scheduled.details(), "title": "Second"}, by=owner)
    approve_and_trust(revision, by=moderator)
    assert state_of(scheduled) == State.SCHEDULED
    assert actions.submit_edit(scheduled, {**scheduled.details(), "title": "Third"}, by=owner).is_pending


def test_a_closed_edition_publishes_nothing_more(scheduled: Event, owner: User, clock: Any) -> None:
    Campaign.objects.update(state=Campaign.State.CLOSED)
    clock.move_to(HOUR)
    ticking.tick()
    assert state_of(scheduled) == State.SCHEDULED
    assert "It does not go public any more" in logged_in(owner).get(room(scheduled)).content.decode()
    with pytest.raises(Refused, match="closed"):
        actions.publish_now(scheduled, by=owner)
    with pytest.raises(Refused, match="closed"):
        actions.schedule(scheduled, LATER, by=owner)
