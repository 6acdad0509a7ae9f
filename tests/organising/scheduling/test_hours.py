"""States and hours."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from events import clock as ticking
from events.actions import Refused, submit_protest
from events.forms import ProtestForm
from events.models import Campaign, Event, EventChange
from moderation.actions import approve_revision, reject_revision
from organising import actions
from tests.at_once import at_once
from tests.factories import CampaignFactory, CityFactory, EventFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.protests.editing import filled
from tests.organising.scheduling.people import HOUR, LATER, State, room, state_of, submitted

pytestmark = pytest.mark.django_db


def test_the_database_refuses_a_schedule_without_an_hour(scheduled: Event) -> None:
    for values in ({"publish_at": None}, {"published_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(pk=scheduled.pk).update(**values)


MOVES = {
    ("submitted", "scheduled"),
    ("submitted", "published"),
    ("submitted", "withdrawn"),
    ("scheduled", "published"),
    ("scheduled", "submitted"),
    ("scheduled", "withdrawn"),
    ("published", "cancelled"),
    ("published", "hidden"),
    ("published", "submitted"),
    ("cancelled", "published"),
    ("cancelled", "hidden"),
    ("hidden", "published"),
    ("hidden", "cancelled"),
}


def test_the_states_have_these_ways_alone() -> None:
    assert {(str(a), str(b)) for a, targets in Event.MOVES.items() for b in targets} == MOVES
    assert set(Event.MOVES) == set(State)


@pytest.mark.parametrize("state", State.values)
def test_only_what_waits_for_its_hour_is_published_by_the_clock(owner: User, state: str, clock: Any) -> None:
    event = EventFactory(state=state, publish_at=HOUR)
    clock.move_to(HOUR)
    ticking.publish_scheduled(timezone.now())
    assert state_of(event) == ("published" if state == "scheduled" else state)


#  zone, day and hour typed -> instant, or a word of the refusal
HOURS = [
    ("Europe/Warsaw", "2027-09-20", "10:00", "2027-09-20T08:00Z"),
    ("Europe/Kyiv", "2027-09-20", "10:00", "2027-09-20T07:00Z"),
    ("Europe/Helsinki", "2027-10-10", "23:59", "2027-10-10T20:59Z"),
    ("America/New_York", "2027-09-20", "10:00", "2027-09-20T14:00Z"),
    ("Asia/Kathmandu", "2027-09-20", "10:00", "2027-09-20T04:15Z"),
    # Clocks go forward in Havana and Asuncion, back in Beirut and Warsaw.
    ("America/Asuncion", "2027-10-03", "10:00", "2027-10-03T13:00Z"),
    ("Australia/Sydney", "2027-10-03", "02:30", "does not exist"),
    ("Australia/Sydney", "2027-10-03", "03:00", "2027-10-02T16:00Z"),
    ("Australia/Sydney", "2027-10-03", "01:59", "2027-10-02T15:59Z"),
    ("Australia/Lord_Howe", "2027-10-03", "02:15", "does not exist"),
]


@pytest.mark.parametrize(("zone", "day", "time", "instant"), HOURS)
def test_an_hour_is_one_of_the_clock_on_the_spot(owner: User, zone: str, day: str, time: str, instant: str) -> None:
    city = CityFactory(geoname_id=1, name="Elsewhere", slug="elsewhere", timezone=zone)
    event = EventFactory(state="submitted", city=city, timezone=zone)
    form = ProtestForm(filled(event, publish_day=day, publish_time=time), campaign=event.campaign, current=event)
    if instant.endswith("Z"):
        assert form.is_valid(), form.errors
        assert form.publish_at == dt.datetime.fromisoformat(instant)
    else:
        assert instant in str(form.errors["publish_time"])


def test_the_first_of_two_hours_of_the_same_name_counts(owner: User) -> None:
    Campaign.objects.update(actions_to=dt.date(2027, 11, 30))
    event = EventFactory(state="submitted", day=dt.date(2027, 11, 1))
    form = ProtestForm(
        filled(event, publish_day="2027-10-31", publish_time="02:30"), campaign=Campaign.objects.get(), current=event
    )
    assert form.is_valid(), form.errors
    assert form.publish_at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)


def test_a_registration_carries_its_hour(owner: User) -> None:
    event = EventFactory(state="submitted")
    client = logged_in(owner)
    form = {**filled(event, publish_day="2027-09-20", publish_time="10:00"), "key": "0" * 31 + "1"}
    done = client.post("/en/register/", form, follow=True)
    assert "20 September, 10:00" in done.content.decode()
    made = Event.objects.exclude(pk=event.pk).get()
    assert (made.publish_at, made.state) == (HOUR, "submitted")


def test_an_edit_of_what_is_not_approved_moves_the_hour(owner: User) -> None:
    event = submitted(owner).event
    client, page = logged_in(owner), f"{room(event)}edit/"
    assert client.get(page).context["form"]["publish_day"].value() == "2027-09-20"
    client.post(page, filled(event, publish_day="2027-09-25", publish_time="10"))
    event.refresh_from_db()
    assert (event.publish_at, event.revisions.count()) == (LATER, 1)
    client.post(page, filled(event, title="Another title", publish_day="", publish_time=""))
    event.refresh_from_db()
    assert (event.publish_at, event.revisions.count()) == (None, 2)


def test_a_direct_call_is_held_to_the_same_rules(owner: User) -> None:
    details = EventFactory(state="submitted").details()
    for moment in (timezone.now(), dt.datetime(2027, 10, 11, 12, tzinfo=dt.UTC)):
        with pytest.raises(Refused):
            submit_protest(CampaignFactory(), details, by=owner, publish_at=moment)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_the_clock_and_its_organisers_at_once_leave_one_state(round_number: int, clock: Any) -> None:
    owner, moderator = UserFactory(), UserFactory(is_superuser=True)
    approve_revision(submitted(owner), by=moderator)
    event = Event.objects.get()
    clock.move_to(HOUR)
    at_once(
        lambda: ticking.publish_scheduled(HOUR),
        lambda: ticking.publish_scheduled(HOUR),
        lambda: actions.withdraw(event, by=owner, is_whole=True),
        lambda: reject_revision(event.revisions.get(), by=moderator, reason="No"),
    )
    ticking.publish_scheduled(HOUR)
    state = state_of(event)
    assert EventChange.objects.count() == (1 if state == State.PUBLISHED else 0)
    assert state in {State.PUBLISHED, State.WITHDRAWN, State.SUBMITTED}
    assert (event.published_at is not None) == (state == State.PUBLISHED)
