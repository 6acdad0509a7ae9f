"""The mail and its page."""

from collections.abc import Callable
from datetime import datetime, time

import pytest
import time_machine
from django.core import serializers
from django.test import Client

from accounts.models import AuditEntry
from events.models import Event, Organiser
from organising import still_on
from organising.tokens import still_on_url
from outbox.models import Delivery
from tests.factories import OrganiserFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.still_on.asking import at, marked, owned, protest
from tests.reminders.conftest import Mail


def path_of(organiser: Organiser) -> str:
    url = still_on_url(organiser.pk)
    return url[url.index("/organise/") :]


def ask_and_deliver(now: datetime, delivered: Callable[[], list[Mail]]) -> list[Mail]:
    with time_machine.travel(now, tick=False):
        still_on.ask(now)
        return delivered()


@pytest.mark.django_db
def test_the_mail_leads_to_a_button_and_no_log_in_is_needed(delivered: Callable[[], list[Mail]]) -> None:
    event, organiser = owned()
    now = at("10-08 14:00")
    (mail,) = ask_and_deliver(now, delivered)
    assert mail.subject == "Is it still on? March for freedom of movement"
    assert "Monday 11 October, 14:00" in mail.text
    assert mail.link("organise").startswith("/organise/still-on/")
    path = mail.link("still-on")
    client = Client()
    with time_machine.travel(now, tick=False):
        before = serializers.serialize("json", Event.objects.all())
        for look in (client.get, client.head, client.get):
            assert look(path).status_code == 200
        assert serializers.serialize("json", Event.objects.all()) == before
        assert "Yes, it is still on" in client.get(path).content.decode()
        assert client.post(path).status_code == 302
        answered = client.get(path).content.decode()
        assert "Thank you, it is confirmed." in answered
        assert "<form" not in answered
    event.refresh_from_db()
    assert event.confirmed_at == now
    assert AuditEntry.objects.get(verb="still on").actor_id == organiser.user.actor_id


@pytest.mark.django_db
def test_a_mail_that_is_late_is_dropped_once_somebody_answered_or_it_moved(delivered: Callable[[], list[Mail]]) -> None:
    answered, organiser = owned()
    moved, _other = owned()
    cancelled, _third = owned()
    left, fourth = owned()
    now = at("10-08 14:00")
    with time_machine.travel(now, tick=False):
        assert still_on.ask(now) == 4
        still_on.confirm(answered, by=organiser.user)
        Event.objects.filter(pk=moved.pk).update(start_time=time(15))
        Event.objects.filter(pk=cancelled.pk).update(state="cancelled")
        fourth.delete()
        assert delivered() == []
    reasons = dict(Delivery.objects.values_list("ids__event", "reason"))
    assert reasons == {
        answered.pk: "answered",
        moved.pk: "moved",
        cancelled.pk: "not public any more",
        left.pk: "not an organiser any more",
    }


@pytest.mark.django_db
def test_the_page_says_what_became_of_it() -> None:
    event, organiser = owned()
    path = path_of(organiser)
    client = Client()
    with time_machine.travel(at("10-01 09:00"), tick=False):
        assert "It is too early" in client.get(path).content.decode()
        client.post(path)
        event.refresh_from_db()
        assert event.confirmed_at is None
    with time_machine.travel(at("10-11 18:00"), tick=False):
        assert "This protest is over" in client.get(path).content.decode()
        assert client.post(path).status_code == 409
    with time_machine.travel(at("10-09 18:00"), tick=False):
        Event.objects.filter(pk=event.pk).update(state="cancelled")
        assert "This protest is cancelled" in client.get(path).content.decode()
        assert client.post(path).status_code == 409
        Event.objects.filter(pk=event.pk).update(state="hidden")
        assert "not public at the moment" in client.get(path).content.decode()
        organiser.delete()
        assert client.get(path).status_code == 404
        assert client.get(path[:-3] + "x/").status_code == 404


@pytest.mark.django_db
def test_the_page_speaks_the_language_of_who_was_asked() -> None:
    event = protest()
    organiser = OrganiserFactory(event=event, user=UserFactory(language="de"))
    with time_machine.travel(at("10-09 18:00"), tick=False):
        page = Client().get(path_of(organiser), headers={"accept-language": "fr"}).content.decode()
    assert '<html lang="de"' in page
    assert "Montag, 11. Oktober" in page


@pytest.mark.django_db
def test_in_their_room_organisers_answer_with_a_button() -> None:
    event, organiser = owned()
    page, button = f"/organise/{event.public_id}/", f"/organise/{event.public_id}/still-on/"
    with time_machine.travel(at("10-08 13:00"), tick=False):
        assert button not in logged_in(organiser.user).get(page).content.decode()
    with time_machine.travel(at("10-11 09:00"), tick=False):
        still_on.mark_unconfirmed(at("10-11 09:00"))
        client = logged_in(organiser.user)
        assert "Open it and say so." in client.get("/organise/").content.decode()
        assert "The public page says that it is not confirmed." in client.get(page).content.decode()
        assert client.get(button).status_code == 405
        assert logged_in(UserFactory()).post(button).status_code == 404
        assert client.post(button).status_code == 302
        assert button not in client.get(page).content.decode()
        assert not marked(event)
        assert client.post(button).status_code == 302
    with time_machine.travel(at("10-11 18:00"), tick=False):
        assert logged_in(organiser.user).post(button).status_code == 409
