"""What somebody with an account may take along, and how they are erased."""

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.erasing import erase
from accounts.models import AuditEntry, User
from events.models import Collective, Event, EventMessage, Organiser, Revision
from organising.models import Draft
from outbox.models import Delivery, Erased, Recipient
from tests.factories import (
    WEEKS_BEFORE,
    CoordinatorFactory,
    DraftFactory,
    MembershipFactory,
    OrganiserFactory,
    RevisionFactory,
    ShiftSignUpFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PAGE, FILE, ERASE = "/accounts/my-data/", "/accounts/my-data/my-data.json", "/accounts/my-data/erase/"


def entered(user):
    client = Client()
    log_in(client, user)
    return client


def alone(state="published"):
    """Somebody who alone runs one protest, whose first version was approved."""
    organiser = OrganiserFactory(event__contact_link="https://t.example/anna", event__state=state)
    RevisionFactory(event=organiser.event, author=organiser.user, state="approved", decided_at=WEEKS_BEFORE)
    return organiser.user, organiser.event


def test_the_pages_open_for_whoever_has_shown_just_now_that_it_is_them(clock):
    user = UserFactory()
    client = entered(user)
    for path in (PAGE, FILE, ERASE):
        assert client.get(path).status_code == 200
    clock.shift(timedelta(minutes=20))
    assert client.get(PAGE).status_code == 200
    for path in (FILE, ERASE):
        assert client.get(path).headers["Location"].startswith("/accounts/second-factor/confirm/?next=")
    assert client.post(ERASE, {"sure": "on"}).status_code == 302
    assert User.objects.filter(pk=user.pk).exists()


def test_the_file_holds_what_is_ones_own_and_no_secret():
    user, event = alone()
    other = OrganiserFactory(event=event).user
    for one, text in ((user, "Mine"), (other, "Theirs")):
        DraftFactory(user=one, answers=text)
        EventMessage.objects.create(
            event=event,
            key=f"{one.pk:032}",
            at=WEEKS_BEFORE,
            actor_id=one.actor_id,
            is_from_moderators=False,
            text=text,
        )
    answer = entered(user).get(FILE)
    stored = json.loads(answer.content)["stored"]
    assert {"accounts.User", "events.Organiser", "events.Revision"} < set(stored)
    assert [row["answers"] for row in stored["organising.Draft"]] == ["Mine"]
    assert [row["text"] for row in stored["events.EventMessage"]] == ["Mine"]
    assert (other.email in answer.content.decode(), "password" in stored["accounts.User"][0]) == (False, False)


@pytest.mark.parametrize("others", [[], ["helper"], ["co_organiser"], ["owner"]])
@pytest.mark.parametrize("state", ["published", "submitted"])
def test_what_becomes_of_a_protest_is_said_before(others, state):
    user, event = alone(state=state)
    for role in others:
        OrganiserFactory(event=event, role=role)
    client = entered(user)
    page = client.get(ERASE).content.decode()
    is_alone = others in ([], ["helper"])
    assert (event.title in page) is (others != ["owner"])
    assert ("nobody can take them over" in page) is is_alone
    client.post(ERASE, {"sure": "on"})
    assert User.objects.filter(pk=user.pk).exists() is is_alone
    if is_alone:
        answer = client.post(ERASE, {"sure": "on", "alone": "on"})
        assert answer.headers["Location"] == "/accounts/my-data/erased/"
    left = Event.objects.filter(pk=event.pk).first()
    assert (left is None) is (is_alone and state == "submitted")
    if left and is_alone:
        assert (left.contact_link, left.contact_email) == ("", "")
        assert set(Revision.objects.values_list("author", "contact_email", "contact_link")) == {(None, "", "")}
    elif left:
        assert left.contact_link == "https://t.example/anna"
        assert [o.role for o in left.organisers.all()] == [Organiser.Role.OWNER]


def test_nothing_is_erased_without_the_tick_or_by_a_get():
    user = UserFactory()
    client = entered(user)
    for data in ({}, {"sure": ""}, {"alone": "on"}):
        assert client.post(ERASE, data).status_code == 200
    client.get(f"{ERASE}?sure=on")
    assert User.objects.filter(pk=user.pk).exists()


def test_an_erased_person_is_logged_out_everywhere_and_the_trail_keeps_a_number():
    user = UserFactory()
    phone, laptop = entered(user), entered(user)
    AuditEntry.objects.all()
    phone.post(ERASE, {"sure": "on"})
    assert laptop.get(PAGE).status_code == 302
    assert phone.post(ERASE, {"sure": "on"}).status_code == 302
    assert Session.objects.filter(session_key=laptop.session.session_key).count() == 0
    assert (User.objects.count(), Recipient.objects.count(), Delivery.objects.count()) == (0, 0, 0)
    entry = AuditEntry.objects.get(verb="account erased")
    assert (entry.actor_id, entry.codes) == (user.actor_id, {})
    assert bytes(Erased.objects.get().address_hash) == bytes(user.recipient.address_hash)


def test_a_collective_goes_on_with_who_is_left():
    admin = MembershipFactory()
    member = MembershipFactory(collective=admin.collective, role="member")
    lonely = MembershipFactory(user=admin.user)
    page = entered(admin.user).get(ERASE).content.decode()
    assert (admin.collective.name in page, lonely.collective.name in page) == (True, True)
    erase(admin.user.recipient)
    member.refresh_from_db()
    assert member.role == "admin"
    assert Collective.objects.count() == 2


def test_the_last_who_can_let_others_in_stays():
    last = UserFactory(is_superuser=True)
    client = entered(last)
    assert "Let somebody else in first" in client.get(PAGE).content.decode()
    client.post(ERASE, {"sure": "on"})
    assert User.objects.filter(pk=last.pk).exists()
    UserFactory(is_superuser=True)
    client.post(ERASE, {"sure": "on"})
    assert not User.objects.filter(pk=last.pk).exists()


def test_moderators_are_erased_like_everybody():
    moderator = CoordinatorFactory().user
    ShiftSignUpFactory(recipient=moderator.recipient)
    DraftFactory(user=moderator)
    entered(moderator).post(ERASE, {"sure": "on"})
    assert (User.objects.filter(pk=moderator.pk).count(), Draft.objects.count()) == (0, 0)
