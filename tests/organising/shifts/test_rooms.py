"""The organisers' pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events.models import Event, Organiser
from organising.models import Shift
from tests.factories import (
    FIRST_DAY,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    ShiftFactory,
    ShiftSignUpFactory,
    UserFactory,
)
from tests.log_in import logged_in
from tests.organising.shifts.line import HOUR, added, help_path, join, states

pytestmark = pytest.mark.django_db


def typed(**values: Any) -> dict[str, Any]:
    return {
        "job": "steward",
        "label": "",
        "day": FIRST_DAY.isoformat(),
        "starts": "12:00",
        "ends": "14.30",
        "needed": "4",
        "note": "Bring water.",
        **values,
    }


def test_an_organiser_adds_changes_and_removes_a_shift() -> None:
    organiser = OrganiserFactory()
    room = f"/organise/{organiser.event.public_id}/shifts/"
    client = logged_in(organiser.user)
    assert "No shifts yet" in client.get(room).content.decode()
    assert client.post(room + "add/", typed()).headers["Location"] == room
    assert client.post(room + "add/", typed()).headers["Location"] == room
    shift = Shift.objects.get()
    assert (shift.starts_after, shift.ends_after, shift.needed) == (-2 * HOUR, timedelta(minutes=30), 4)
    form = client.get(f"{room}{shift.pk}/").content.decode()
    assert 'value="12:00"' in form
    answer = client.post(f"{room}{shift.pk}/", typed(day="2027-10-10", starts="22:00", ends="1:00", needed="2"))
    assert answer.status_code == 302
    shift.refresh_from_db()
    assert (shift.starts_after, shift.ends_after, shift.needed) == (-16 * HOUR, -13 * HOUR, 2)
    assert client.get(f"{room}{shift.pk}/enough/").status_code == 405
    client.post(f"{room}{shift.pk}/enough/")
    shift.refresh_from_db()
    assert shift.needed == 0
    assert client.get(f"{room}{shift.pk}/remove/").status_code == 200
    for _press in range(2):
        assert client.post(f"{room}{shift.pk}/remove/").headers["Location"] == room
    assert client.get(f"{room}{shift.pk}/").status_code == 404
    assert client.post(f"{room}{shift.pk}/enough/").status_code == 404


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"job": ""}, "Choose a job."),
        ({"job": "boss"}, "Choose a job from the list."),
        ({"job": "other"}, "Say in a few words what it is."),
        ({"day": "2027-10-01"}, "Choose the day."),
        ({"starts": "25:00"}, "There is no such time"),
        ({"ends": "12:00"}, "It ends when it starts."),
        ({"needed": "0"}, "At least one."),
        ({"needed": "501"}, "At most 500."),
        ({"needed": "9" * 40}, "At most 500."),
        ({"needed": "many"}, "Enter a number."),
        ({"note": "x" * 301}, "at most 300"),
        ({"note": "See https://evil.example"}, "No web or mail addresses here"),
        ({"note": "Write to me@example.org"}, "No web or mail addresses here"),
        ({"job": "other", "label": "www.evil.example"}, "No web or mail addresses here"),
        ({"job": "other", "label": "evil.com"}, "No web or mail addresses here"),
        ({"note": "Join chat.evil.com"}, "No web or mail addresses here"),
        ({"note": "Join signal.group"}, "No web or mail addresses here"),
        ({"note": "t\uff0eme\uff0fx"}, "No web or mail addresses here"),
        ({"note": "me\uff20localhost"}, "No web or mail addresses here"),
    ],
)
def test_what_makes_no_shift_is_told_beside_the_field(values: dict[str, str], message: str) -> None:
    organiser = OrganiserFactory()
    page = logged_in(organiser.user).post(f"/organise/{organiser.event.public_id}/shifts/add/", typed(**values))
    assert page.status_code == 200
    assert message in page.content.decode()
    assert Shift.objects.count() == 0


def test_the_note_may_not_name_a_place_that_is_not_public_yet() -> None:
    event = EventFactory(disclosure="followers")
    client = logged_in(OrganiserFactory(event=event).user)
    path = f"/organise/{event.public_id}/shifts/add/"
    assert "do not name the place" in client.get(path).content.decode()
    page = client.post(path, typed(note="We meet at plac  zamkowy early.")).content.decode()
    assert "which is not public yet" in page
    Event.objects.update(disclosure="public")
    assert client.post(path, typed(note="We meet at Plac Zamkowy early.")).status_code == 302


@pytest.mark.parametrize("disclosure", ["followers", "public"])
def test_the_note_may_not_name_a_place_that_waits_for_a_decision(disclosure: str) -> None:
    event = EventFactory()
    RevisionFactory(event=event, venue="Canaryplatz", disclosure=disclosure)
    client = logged_in(OrganiserFactory(event=event).user)
    path = f"/organise/{event.public_id}/shifts/add/"
    assert "which is not public yet" in client.post(path, typed(note="Meet at Canaryplatz.")).content.decode()
    assert client.post(path, typed(note="We meet at Plac Zamkowy early.")).status_code == 302


def test_the_form_for_a_past_protest_says_why_and_keeps_what_was_typed(weeks_before: Any) -> None:
    organiser = OrganiserFactory()
    weeks_before.move_to(datetime(2027, 10, 12, 12, tzinfo=UTC))
    page = logged_in(organiser.user).post(
        f"/organise/{organiser.event.public_id}/shifts/add/", typed(day="2027-10-13", note="Kept as it is")
    )
    assert page.status_code == 409
    assert "Kept as it is" in page.content.decode()
    assert Shift.objects.count() == 0


def test_those_who_run_it_and_helpers_see_who_comes_and_strangers_do_not() -> None:
    owner = OrganiserFactory()
    helper = OrganiserFactory(event=owner.event, role=Organiser.Role.HELPER)
    shift = added(owner.event, needed=2)
    named, _nameless, _late = (join(shift, f"{n}@example.org", name) for n, name in enumerate(("Anna", "", "Zoe")))
    room = f"/organise/{owner.event.public_id}/shifts/"
    for organiser in (owner, helper):
        for path in (room, room + "print/"):
            page = logged_in(organiser.user).get(path)
            text = page.content.decode()
            assert all(words in text for words in ("Anna", "Person 2", "Zoe", "2 of 2", "English"))
            assert "@example.org" not in text
            assert page.headers["Cache-Control"] == "private, no-store"
    person = f"{room}people/{named.pk}/"
    changes = [room + "add/", f"{room}{shift.pk}/", f"{room}{shift.pk}/enough/", f"{room}{shift.pk}/remove/", person]
    for path in changes:
        assert logged_in(helper.user).post(path, typed()).status_code == 403
        assert logged_in(UserFactory()).post(path, typed()).status_code == 404
    assert logged_in(UserFactory()).get(room).status_code == 404
    assert "Remove" not in logged_in(helper.user).get(room).content.decode()
    client = logged_in(owner.user)
    assert "Anna" in client.get(person).content.decode()
    for _press in range(2):
        assert client.post(person).headers["Location"] == room
    assert states(shift) == [("1", "in"), ("2", "in")]
    assert client.get(f"{room}people/0/").status_code == 404


def test_shifts_and_people_of_another_protest_do_not_exist_here() -> None:
    owner = OrganiserFactory()
    elsewhere = added(EventFactory())
    sign_up = join(elsewhere, "a@example.org")
    room = f"/organise/{owner.event.public_id}/shifts/"
    paths = [f"{room}{elsewhere.pk}/", f"{room}{elsewhere.pk}/remove/", f"{room}people/{sign_up.pk}/"]
    assert {logged_in(owner.user).post(path, typed()).status_code for path in paths} == {404}


def test_the_list_takes_as_many_queries_for_many_shifts_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    owner = OrganiserFactory()
    client = logged_in(owner.user)
    room = f"/organise/{owner.event.public_id}/shifts/"
    for count in (1, 6):
        for _n in range(count):
            ShiftSignUpFactory(shift=ShiftFactory(event=owner.event))
        with django_assert_num_queries(6):
            assert client.get(room).status_code == 200


def test_the_public_page_takes_as_many_queries_for_many_shifts_as_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    event = EventFactory()
    for count in (1, 6):
        for _n in range(count):
            ShiftSignUpFactory(shift=ShiftFactory(event=event))
        with django_assert_num_queries(3):
            assert client.get(help_path(event)).status_code == 200
