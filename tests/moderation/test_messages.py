"""What moderators and organisers write to each other about a protest, through both doors."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEntry
from events import tasks
from events.models import EventMessage, Organiser
from moderation.actions import request_changes, undo_decision
from moderation.digests import waiting_for
from outbox.models import Delivery
from tests.factories import (
    WEEKS_BEFORE,
    CoordinatorFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def moderator():
    return CoordinatorFactory().user


@pytest.fixture
def organiser():
    return UserFactory(email="organiser@example.org", language="en")


@pytest.fixture
def event(organiser, moderator):
    """A submission that was given back with a question."""
    revision = RevisionFactory(author=organiser)
    OrganiserFactory(event=revision.event, user=organiser)
    request_changes(revision, by=moderator, reason="Where does it begin?")
    return revision.event


def browser(user):
    client = Client()
    if user.coordinator_of.exists():
        log_in(client, user)
    else:
        client.force_login(user)
    return client


def answer(event, user, text="At the station.", key=None, **values):
    data = {"message": text, "key": key or uuid.uuid4(), **values}
    return browser(user).post(f"/organise/{event.public_id}/messages/", data)


def ask(event, user, text="Which entrance?", key=None):
    data = {"message": text, "key": key or uuid.uuid4()}
    return browser(user).post(f"/moderation/protests/{event.public_id}/messages/", data)


def test_an_answer_puts_a_protest_on_top_and_into_the_digest(event, organiser, moderator):
    assert answer(event, organiser).status_code == 302
    message = EventMessage.objects.get()
    assert (message.text, message.is_from_moderators, message.actor_id) == (
        "At the station.",
        False,
        organiser.actor_id,
    )
    assert waiting_for(moderator, WEEKS_BEFORE).total("messages") == 1
    page = browser(moderator).get(f"/moderation/protests/{event.public_id}/messages/").content.decode()
    assert "At the station." in page
    assert "Where does it begin?" in page


def test_a_moderator_s_words_go_out_by_mail_and_stand_on_the_page(event, organiser, moderator, delivered):
    answer(event, organiser)
    assert ask(event, moderator, "Which <entrance>?").status_code == 302
    [mail] = [mail for mail in delivered() if mail.subject.startswith("The moderators have written")]
    assert mail.to == "organiser@example.org"
    assert "Which <entrance>?" in mail.text
    assert f"/organise/{event.public_id}/messages/" in mail.text
    page = browser(organiser).get(f"/organise/{event.public_id}/messages/").content.decode()
    assert "Which &lt;entrance&gt;?" in page
    assert waiting_for(moderator, WEEKS_BEFORE).total("messages") == 0


def test_the_same_form_twice_is_one_message(event, organiser, moderator):
    key = uuid.uuid4()
    for _n in range(2):
        assert answer(event, organiser, key=key).status_code == 302
        assert ask(event, moderator, key=(other := uuid.UUID(int=7))).status_code == 302
    assert EventMessage.objects.count() == 2
    assert EventMessage.objects.filter(key__in=[key, other]).count() == 2


def test_nobody_writes_more_than_five_times_without_an_answer(event, organiser, moderator):
    for n in range(5):
        assert answer(event, organiser, f"Message {n}").status_code == 302
    refused = answer(event, organiser, "The sixth one")
    assert refused.status_code == 409
    assert "The sixth one" in refused.content.decode()
    ask(event, moderator)
    assert answer(event, organiser, "Thank you").status_code == 302


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "\x00"])
def test_nothing_and_too_much_are_refused(event, organiser, moderator, text):
    assert answer(event, organiser, text).status_code == 200
    assert ask(event, moderator, text).status_code == 200
    assert EventMessage.objects.count() == 0


def test_what_nobody_has_looked_at_brings_no_messages(organiser):
    revision = RevisionFactory(author=organiser)
    OrganiserFactory(event=revision.event, user=organiser)
    refused = answer(revision.event, organiser, "Hurry up!")
    assert refused.status_code == 409
    assert "Hurry up!" in refused.content.decode()
    assert EventMessage.objects.count() == 0


def test_strangers_and_helpers_write_nothing(event):
    helper = OrganiserFactory(event=event, role=Organiser.Role.HELPER).user
    assert answer(event, UserFactory()).status_code == 404
    assert answer(event, helper).status_code == 403
    assert ask(event, CoordinatorFactory(country="DE").user).status_code == 404
    assert ask(event, UserFactory()).status_code == 404
    assert EventMessage.objects.count() == 0


def test_nobody_writes_to_themselves(event, moderator):
    OrganiserFactory(event=event, user=moderator)
    assert ask(event, moderator).status_code == 409
    assert EventMessage.objects.count() == 0


def test_who_was_removed_meanwhile_gets_no_mail(event, organiser, moderator, delivered):
    ask(event, moderator)
    Organiser.objects.all().delete()
    assert not [mail for mail in delivered() if mail.subject.startswith("The moderators have written")]
    assert Delivery.objects.get(letter="moderators_write").state == "skipped"


def test_words_are_sealed_and_the_trail_holds_none(event, organiser, moderator):
    answer(event, organiser, "canary words")
    ask(event, moderator, "canary question")
    assert AuditEntry.objects.filter(verb="message written").count() == 2
    with connection.cursor() as cursor:
        for table in ("events_eventmessage", "accounts_auditentry", "outbox_delivery"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            assert "canary" not in str(cursor.fetchall()), table


def test_messages_go_fourteen_days_after_the_edition(event, organiser, clock):
    answer(event, organiser)
    clock.move_to(datetime(2027, 10, 27, 12, tzinfo=UTC))
    tasks.forget()
    assert EventMessage.objects.count() == 1
    clock.move_to(datetime(2027, 10, 28, 12, tzinfo=UTC))
    tasks.forget()
    assert EventMessage.objects.count() == 0


def test_a_get_changes_nothing(event, organiser, moderator):
    for path, user in (("organise", organiser), ("moderation/protests", moderator)):
        assert browser(user).get(f"/{path}/{event.public_id}/messages/?message=x").status_code == 200
    assert EventMessage.objects.count() == 0


def test_a_reason_that_was_taken_back_is_not_shown_to_organisers(event, organiser, moderator):
    page = f"/organise/{event.public_id}/messages/"
    assert "Where does it begin?" in browser(organiser).get(page).content.decode()
    undo_decision(event.decisions.get(), by=moderator)
    assert "Where does it begin?" not in browser(organiser).get(page).content.decode()
