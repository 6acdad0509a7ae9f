"""Who reads and answers."""

import uuid

import pytest
from django.test import Client

from accounts.models import AuditEntry
from events.models import BlockedSender, Event, Organiser, Thread
from organising import letters
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, CoordinatorFactory, EventFactory, OrganiserFactory, UserFactory
from tests.guards import guards
from tests.log_in import log_in, logged_in
from tests.organising.letters.writing import (
    ADDRESS,
    OWNER,
    answer,
    form_of,
    letter,
    page_of,
    press,
    rooms_of,
    write,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_a_letter_is_read_and_answered_and_nobody_learns_an_address(event, owner, room, delivered):
    response = write(event)
    assert (response.status_code, response["Location"]) == (302, f"{form_of(event)}sent/")
    assert "Your letter has arrived" in Client().get(response["Location"]).content.decode()
    assert delivered() == []

    letters.tell_organisers(WEEKS_BEFORE)
    (notice,) = delivered()
    assert (notice.to, notice.subject) == (OWNER, "Somebody has written to you about March & <song>")
    assert "meet" not in notice.text + notice.html
    assert ADDRESS not in str(notice.message)
    assert notice.link("letters") == rooms_of(event)

    thread = Thread.objects.get()
    index, page = room.get(rooms_of(event)), room.get(f"{rooms_of(event)}{thread.pk}/")
    for shown in (index, page):
        assert "Where do we meet?" in shown.content.decode()
        assert ADDRESS not in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]

    key = str(uuid.uuid4())
    for _n in range(3):
        assert answer(room, thread, "At <the> fountain.", key=key)["Location"] == rooms_of(event)
    _notice, mail = delivered()
    assert (mail.to, mail.message["Reply-To"], mail.message["From"]) == (ADDRESS, None, notice.message["From"])
    assert mail.subject == "An answer from the organisers of March & <song>"
    assert "At <the> fountain." in mail.text
    assert "At &lt;the&gt; fountain." in mail.html
    assert "March &amp; &lt;song&gt;" in mail.html
    assert OWNER not in str(mail.message)
    assert "campaign" not in mail.subject + mail.text

    visitor = Client().get(mail.link("contact"))
    for said in ("Your letters to the organisers", "Where do we meet?", "At &lt;the&gt; fountain."):
        assert said in visitor.content.decode()
    assert OWNER not in visitor.content.decode()
    assert "no-store" in visitor["Cache-Control"]
    assert letters.waiting([event.pk]) == {}
    assert Client().post(mail.link("contact"), {"message": "Thanks", **guards()}).status_code == 302
    assert letters.waiting([event.pk]) == {event.pk: 1}


def test_the_room_does_not_say_who_of_them_answered_and_shows_it_to_all(event, owner, colleague, room):
    thread = letter(event)
    answer(logged_in(colleague), thread, "From a colleague")
    page = room.get(f"{rooms_of(event)}{thread.pk}/").content.decode()
    assert "<b>An organiser</b>" in page
    assert "From a colleague" in page
    for kept in ("colleague@example.org", str(colleague.actor_id), OWNER):
        assert kept not in page + Client().get(page_of(thread)).content.decode()


def test_who_runs_it_reads_it_and_nobody_else(event, owner, colleague):
    thread = letter(event)
    other = OrganiserFactory(event=EventFactory(campaign=event.campaign)).user
    theirs = letter(Event.objects.get(organisers__user=other))
    helper = OrganiserFactory(event=event, role="helper").user
    people = {
        "owner": owner,
        "co-organiser": colleague,
        "helper": helper,
        "of another protest": other,
        "coordinator": CoordinatorFactory(campaign=event.campaign).user,
        "admin": CoordinatorFactory(admin=True, campaign=event.campaign).user,
        "superuser": UserFactory(is_superuser=True),
        "nobody": UserFactory(),
    }
    seen = {}
    for who, user in people.items():
        client = logged_in(user)
        paths = (rooms_of(event), f"{rooms_of(event)}{thread.pk}/")
        seen[who] = {client.get(path).status_code for path in paths} | {answer(client, thread).status_code}
        assert client.get(f"{rooms_of(event)}{theirs.pk}/").status_code in {403, 404}
    assert seen == {
        **{who: {200, 302} for who in ("owner", "co-organiser")},
        "helper": {403},
        **{who: {404} for who in ("of another protest", "coordinator", "admin", "superuser", "nobody")},
    }
    assert Client().get(rooms_of(event)).status_code == 302


def test_whoever_is_taken_off_the_protest_reads_nothing_any_more_and_is_not_told(event, owner, colleague, delivered):
    thread = letter(event)
    letters.tell_organisers(WEEKS_BEFORE)
    Organiser.objects.filter(user=colleague).delete()
    client = logged_in(colleague)
    for path in (rooms_of(event), f"{rooms_of(event)}{thread.pk}/"):
        assert client.get(path).status_code == 404
    assert answer(client, thread).status_code == 404
    assert [mail.to for mail in delivered()] == [OWNER]


def test_moderators_see_no_letter_to_a_protest_in_their_room(event, owner):
    thread = letter(event, "Canary")
    for user in (
        CoordinatorFactory(admin=True, campaign=event.campaign).user,
        UserFactory(is_superuser=True),
        CoordinatorFactory(campaign=event.campaign).user,
    ):
        client = Client()
        log_in(client, user)
        for path in ("letters/", "letters/reported/", "letters/blocked/", "reports/", "", "overview/"):
            assert "Canary" not in client.get(f"/moderation/{path}").content.decode()
        for path in (f"letters/{thread.pk}/", f"letters/reported/{thread.pk}/"):
            assert client.get(f"/moderation/{path}").status_code == 404
            assert client.post(f"/moderation/{path}", {"do": "set_aside"}).status_code == 404
    assert Thread.objects.waiting().count() == 1
    assert not Delivery.objects.filter(letter="letters_waiting").exists()


@pytest.mark.parametrize("do", ["set_aside", "block", "report"])
def test_each_button_does_it_once_and_mails_nobody(event, owner, room, do):
    thread = letter(event)
    for _n in range(2):
        assert press(room, thread, do).status_code == 302
    verbs = {
        "set_aside": ["letter set aside"],
        "block": ["sender blocked", "letter set aside"],
        "report": ["letter reported"],
    }
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == verbs[do]
    assert Delivery.objects.count() == 0
    assert room.get(f"{rooms_of(event)}{thread.pk}/").status_code == 200


def test_looking_changes_nothing(event, owner, room):
    thread = letter(event)
    for do in ("set_aside", "block", "report"):
        room.get(f"{rooms_of(event)}{thread.pk}/", {"do": do})
    thread.refresh_from_db()
    assert (thread.reported_at, thread.waiting_since) == (None, WEEKS_BEFORE)
    assert not BlockedSender.objects.exists()
