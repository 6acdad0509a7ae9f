"""Letters to a protest that its organisers report: who reads them then, and senders who are blocked everywhere."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from events import contact
from events.models import BlockedSender, Message, Organiser, Thread
from moderation import digests
from moderation import letters as reported_letters
from organising import letters
from outbox.models import Delivery
from tests.factories import (
    WEEKS_BEFORE,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    ThreadFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ROOM = "/moderation/letters/"
ADDRESS = "troll@example.org"


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def event(organiser):
    return organiser.event


@pytest.fixture
def coordinator(event):
    return CoordinatorFactory(campaign=event.campaign).user


@pytest.fixture
def room(coordinator):
    return browser(coordinator)


def browser(user):
    client = Client()
    log_in(client, user)
    return client


def letter(event, text="Canary abuse", address=ADDRESS):
    key = uuid.uuid4()
    contact.write(key, text, address, language="en", event=event)
    return Thread.objects.get(key=key)


def reported(organiser, **values):
    thread = letter(organiser.event, **values)
    letters.report(thread, by=organiser.user)
    return thread


def test_a_reported_letter_is_read_by_moderators_of_its_country_and_only_that_one(event, organiser, coordinator):
    thread = reported(organiser)
    secret = letter(event, "Canary secret", "friend@example.org")
    people = {
        "coordinator": coordinator,
        "all countries": CoordinatorFactory(country="", campaign=event.campaign).user,
        "admin": CoordinatorFactory(admin=True, campaign=event.campaign).user,
        "superuser": UserFactory(is_superuser=True),
        "of another country": CoordinatorFactory(country="DE", campaign=event.campaign).user,
        "of another language": CoordinatorFactory(languages=["fi"], campaign=event.campaign).user,
    }
    readers = set()
    for who, user in people.items():
        client = browser(user)
        page, index = client.get(f"{ROOM}reported/{thread.pk}/"), client.get(f"{ROOM}reported/")
        assert index.status_code == 200
        assert (page.status_code == 200) == ("Canary abuse" in index.content.decode())
        assert client.get(f"{ROOM}reported/{secret.pk}/").status_code == 404
        assert client.get(f"{ROOM}{thread.pk}/").status_code == 404
        for shown in (page, index):
            assert "Canary secret" not in shown.content.decode()
            assert ADDRESS not in shown.content.decode()
        if page.status_code == 200:
            readers.add(who)
    assert readers == {"coordinator", "all countries", "admin", "superuser"}
    assert browser(organiser.user).get(f"{ROOM}reported/").status_code == 404


def test_moderators_do_not_answer_it(room, organiser):
    thread = reported(organiser)
    form = {"message": "From the moderators", "key": str(uuid.uuid4()), "seen": "999999"}
    for path in (f"{ROOM}reported/{thread.pk}/", f"{ROOM}{thread.pk}/"):
        room.post(path, form)
    assert Message.objects.count() == 1
    assert not Delivery.objects.exists()


def test_blocked_everywhere_no_form_keeps_a_letter_of_that_mailbox(room, event, organiser):
    thread = reported(organiser)
    for _n in range(2):
        assert room.post(f"{ROOM}reported/{thread.pk}/", {"do": "block"})["Location"] == f"{ROOM}reported/"
    blocked = BlockedSender.objects.get()
    assert (blocked.is_everywhere, blocked.event) == (True, event)
    other = EventFactory(campaign=event.campaign)
    for address in (ADDRESS, "tro.ll+x@EXAMPLE.org"):
        for goal in (event, other, None):
            contact.write(uuid.uuid4(), "Again", address, language="en", event=goal)
    contact.write_again(thread, uuid.uuid4(), "Again")
    assert Message.objects.count() == 1
    thread.refresh_from_db()
    assert thread.report_closed_at == WEEKS_BEFORE
    verbs = [entry.verb for entry in AuditEntry.objects.order_by("pk")]
    assert verbs == ["letter reported", "sender blocked everywhere"]


def test_all_that_is_reported_of_a_mailbox_is_dealt_with_at_once(room, event, organiser):
    first, second = reported(organiser), reported(organiser, address="troll+2@example.org")
    other = reported(organiser, address="else@example.org")
    room.post(f"{ROOM}reported/{first.pk}/", {"do": "block"})
    assert [thread.pk for thread in Thread.objects.reported().filter(report_closed_at=None)] == [other.pk]
    second.refresh_from_db()
    assert second.report_closed_at


def test_a_block_everywhere_is_lifted_by_moderators_of_the_country_and_no_organiser(room, event, organiser):
    thread = reported(organiser)
    room.post(f"{ROOM}reported/{thread.pk}/", {"do": "block"})
    blocked = BlockedSender.objects.get()
    assert f"{ROOM}blocked/{blocked.pk}/" in room.get(f"{ROOM}blocked/").content.decode()
    german = browser(CoordinatorFactory(country="DE", campaign=event.campaign).user)
    assert f"blocked/{blocked.pk}/" not in german.get(f"{ROOM}blocked/").content.decode()
    assert german.post(f"{ROOM}blocked/{blocked.pk}/").status_code == 404
    theirs = Client()
    theirs.force_login(organiser.user)
    assert theirs.post(f"/organise/{event.public_id}/letters/blocked/{blocked.pk}/").status_code == 404
    assert room.get(f"{ROOM}blocked/{blocked.pk}/").status_code == 405
    assert BlockedSender.objects.exists()
    assert room.post(f"{ROOM}blocked/{blocked.pk}/").status_code == 302
    assert room.post(f"{ROOM}blocked/{blocked.pk}/").status_code == 404
    letter(event)
    assert Thread.objects.count() == 2


def test_lifted_everywhere_it_stays_blocked_where_organisers_have_blocked_it(room, event, organiser):
    thread = reported(organiser)
    letters.block(thread, event, by=organiser.user)
    room.post(f"{ROOM}reported/{thread.pk}/", {"do": "block"})
    room.post(f"{ROOM}blocked/{BlockedSender.objects.everywhere().get().pk}/")
    contact.write(uuid.uuid4(), "Again", ADDRESS, language="en", event=event)
    assert Thread.objects.count() == 1


def test_what_needs_nothing_is_set_aside_and_can_be_reported_again(room, organiser):
    thread = reported(organiser)
    for _n in range(2):
        assert room.post(f"{ROOM}reported/{thread.pk}/", {"do": "set_aside"}).status_code == 302
    assert not BlockedSender.objects.exists()
    letters.report(thread, by=organiser.user)
    thread.refresh_from_db()
    assert thread.waits_for_moderators
    verbs = [entry.verb for entry in AuditEntry.objects.order_by("pk")]
    assert verbs == ["letter reported", "reported letter set aside", "letter reported"]


@pytest.mark.parametrize("do", ["block", "set_aside"])
def test_nobody_decides_on_letters_to_their_own_protest(room, event, organiser, coordinator, do):
    thread = reported(organiser)
    OrganiserFactory(event=event, user=coordinator, role=Organiser.Role.CO_ORGANISER)
    page = room.get(f"{ROOM}reported/{thread.pk}/")
    assert "another moderator has to decide" in page.content.decode()
    said = room.post(f"{ROOM}reported/{thread.pk}/", {"do": do}, follow=True)
    assert "another moderator has to decide" in said.content.decode()
    thread.refresh_from_db()
    assert thread.waits_for_moderators
    assert not BlockedSender.objects.exists()


def test_looking_and_unknown_buttons_change_nothing(room, organiser):
    thread = reported(organiser)
    for do in ("block", "set_aside"):
        assert room.get(f"{ROOM}reported/{thread.pk}/", {"do": do}).status_code == 200
    for do in ("", "hide", "\0"):
        assert room.post(f"{ROOM}reported/{thread.pk}/", {"do": do}).status_code == 200
    assert room.post(f"{ROOM}reported/").status_code == 405
    thread.refresh_from_db()
    assert thread.waits_for_moderators


def test_moderators_are_told_in_numbers_that_something_was_reported(event, organiser, coordinator, clock, room):
    reported(organiser)
    assert digests.waiting_for(coordinator, timezone.now()).total("reports") == 1
    digests.plan(timezone.now())
    mail = Delivery.objects.get(letter="moderation_reports", recipient=coordinator.recipient)
    assert set(mail.ids) == {"quiet"}
    assert "Organisers have also reported 1 exchange" in room.get("/moderation/reports/").content.decode()
    german = CoordinatorFactory(country="DE", campaign=event.campaign).user
    assert digests.waiting_for(german, timezone.now()).total("reports") == 0


def test_the_list_of_reports_takes_the_same_queries_for_one_and_many(room, event, organiser):
    counts = set()
    for more in (1, 20):
        for _n in range(more):
            thread = ThreadFactory(campaign=event.campaign, event=event, reported_at=WEEKS_BEFORE)
            Message.objects.create(thread=thread, at=WEEKS_BEFORE, text="Canary")
            BlockedSender.objects.create(event=event, mailbox_hash=thread.mailbox, is_everywhere=True, at=WEEKS_BEFORE)
        for path in ("reported/", "blocked/"):
            with CaptureQueriesContext(connection) as queries:
                assert room.get(f"{ROOM}{path}").status_code == 200
            counts.add((path, len(queries)))
    assert len(counts) == 2
    assert max(number for _path, number in counts) <= 9


def test_every_blocked_sender_is_reached_page_by_page(coordinator, event):
    BlockedSender.objects.bulk_create(
        BlockedSender(
            event=event,
            mailbox_hash=number.to_bytes(32),
            is_everywhere=True,
            at=WEEKS_BEFORE + timedelta(seconds=number // 3),
        )
        for number in range(120)
    )
    seen, after = [], ""
    while True:
        rows, after = reported_letters.page_of_blocked(coordinator, after)
        seen += [row.pk for row in rows]
        if not after:
            break
    assert (len(seen), len(set(seen))) == (120, 120)


@pytest.mark.parametrize("after", ["x", "_", "__", "2027-99-99T00:00_1", "\0"])
def test_a_place_in_the_list_that_makes_no_sense_is_its_beginning(room, organiser, after):
    reported(organiser)
    for path in ("reported/", "blocked/"):
        assert room.get(f"{ROOM}{path}", {"after": after}).status_code == 200
