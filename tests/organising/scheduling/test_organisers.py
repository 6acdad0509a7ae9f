"""What organisers do before the hour."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from events import clock as ticking
from events.actions import Refused
from events.models import Event, EventChange
from moderation.actions import approve_revision
from organising import actions
from tests.factories import OrganiserFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.scheduling.people import HOUR, LATER, State, room, state_of, submitted

pytestmark = pytest.mark.django_db


def test_its_organisers_move_the_hour(scheduled: Event, owner: User, clock: Any) -> None:
    client, page = logged_in(owner), f"{room(scheduled)}public-from/"
    text = client.get(page).content.decode()
    assert "20 September, 10:00, local time in Warszawa (CEST)" in text
    assert "A new protest in your city:" in text
    for _ in range(2):
        assert client.post(page, {"publish_day": "2027-09-25", "publish_time": "10:00"}).url == room(scheduled)
    scheduled.refresh_from_db()
    assert scheduled.publish_at == LATER
    assert AuditEntry.objects.filter(verb="hour of publication set").count() == 1
    clock.move_to(HOUR)
    ticking.tick()
    assert state_of(scheduled) == State.SCHEDULED


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ("2027-08-31", "10:00", "This moment is past"),
        ("2027-10-11", "14:00", "Let it go public before it starts."),
        ("2027-10-12", "10:00", "Let it go public before it starts."),
        ("2027-09-25", "", "Say from which day and time."),
        ("", "10:00", "Say from which day and time."),
        ("", "", "Say from which day and time."),
        ("2027-13-25", "25", "There is no such day"),
        ("\0", "\0", ""),
        ("9" * 50, "9" * 50, "too long"),
    ],
)
def test_an_hour_that_makes_no_sense_is_explained(
    scheduled: Event, owner: User, day: str, time: str, said: str
) -> None:
    page = logged_in(owner).post(f"{room(scheduled)}public-from/", {"publish_day": day, "publish_time": time})
    assert page.status_code == 200
    assert said in page.content.decode()
    scheduled.refresh_from_db()
    assert scheduled.publish_at == HOUR


def test_its_organisers_publish_it_before_its_hour(scheduled: Event, owner: User) -> None:
    client = logged_in(owner)
    for _ in range(2):
        assert client.post(f"{room(scheduled)}publish/").url == room(scheduled)
    assert state_of(scheduled) == State.PUBLISHED
    assert EventChange.objects.get().kind == EventChange.Kind.PUBLISHED
    assert client.get(f"{room(scheduled)}public-from/").url == room(scheduled)


def test_what_is_not_approved_cannot_be_published(owner: User) -> None:
    event = submitted(owner).event
    assert logged_in(owner).post(f"{room(event)}publish/").status_code == 409
    assert state_of(event) == State.SUBMITTED


@pytest.mark.parametrize("path", ["public-from/", "publish/"])
def test_only_those_who_run_it_choose_the_hour(scheduled: Event, owner: User, path: str) -> None:
    form = {"publish_day": "2027-09-25", "publish_time": "10:00"}
    helper = OrganiserFactory(event=scheduled, role="helper").user
    assert logged_in(UserFactory()).post(f"{room(scheduled)}{path}", form).status_code == 404
    assert logged_in(helper).post(f"{room(scheduled)}{path}", form).status_code == 403
    assert Client().post(f"{room(scheduled)}{path}", form).status_code == 302
    assert logged_in(owner).get(f"{room(scheduled)}publish/").status_code == 405
    assert (state_of(scheduled), scheduled.publish_at) == ("scheduled", HOUR)


def test_an_edit_cannot_move_the_start_before_the_hour(owner: User, moderator: User) -> None:
    revision = submitted(owner, day=dt.date(2027, 10, 13))
    Event.objects.update(publish_at=dt.datetime(2027, 10, 12, 10, tzinfo=dt.UTC))
    approve_revision(revision, by=moderator)
    event = Event.objects.get()
    with pytest.raises(Refused, match="only after it has started"):
        actions.submit_edit(event, {**event.details(), "day": dt.date(2027, 10, 11)}, by=owner)
    actions.submit_edit(event, {**event.details(), "day": dt.date(2027, 10, 12), "start_time": dt.time(14)}, by=owner)
    with pytest.raises(Refused, match="only after it has started"):
        actions.schedule(event, dt.datetime(2027, 10, 12, 13, tzinfo=dt.UTC), by=owner)


def test_a_change_is_withdrawn_alone_and_the_whole_only_if_it_is_meant(scheduled: Event, owner: User) -> None:
    client, page = logged_in(owner), f"{room(scheduled)}withdraw/"
    actions.submit_edit(scheduled, {**scheduled.details(), "title": "Second"}, by=owner)
    assert 'name="whole"' not in client.get(page).content.decode()
    assert client.post(page).status_code == 302
    assert state_of(scheduled) == State.SCHEDULED
    assert 'name="whole"' in client.get(page).content.decode()
    for _ in range(2):
        assert client.post(page, {"whole": "1"}).status_code == 302
    assert state_of(scheduled) == State.WITHDRAWN
    ticking.publish_scheduled(LATER)
    assert state_of(scheduled) == State.WITHDRAWN


def test_withdrawing_a_change_that_was_approved_meanwhile_takes_nothing_back(scheduled: Event, owner: User) -> None:
    assert logged_in(owner).post(f"{room(scheduled)}withdraw/").status_code == 409
    assert state_of(scheduled) == State.SCHEDULED
