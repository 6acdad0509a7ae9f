"""Letters to the campaign in the moderators' room: who reads them, and what an answer does."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from events.models import Message, Thread
from outbox.models import Delivery
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    CoordinatorFactory,
    RecipientFactory,
    ThreadFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LETTERS = "/moderation/letters/"
ADDRESS = "visitor@example.org"


@pytest.fixture
def room(client):
    """The browser of who looks after the whole edition."""
    log_in(client, CoordinatorFactory(admin=True, user=UserFactory(email="admin@example.org")).user)
    return client


def letter(text="Where is the call?", **values):
    thread = ThreadFactory(**values)
    Message.objects.create(thread=thread, at=thread.created_at, text=text)
    return thread


def answer(client, thread, text="Here it is.", **values):
    newest = thread.messages.order_by("-pk").values_list("pk", flat=True).first()
    form = {"message": text, "key": str(uuid.uuid4()), "seen": newest or 0}
    return client.post(f"{LETTERS}{thread.pk}/", {**form, **values})


def test_who_reads_and_answers_letters(client):
    other_edition = CampaignFactory(slug="2028", state="draft")
    of_edition, of_none = letter("Canary of the edition"), letter("Canary of none", campaign=None)
    people = {
        "nobody": UserFactory(),
        "coordinator": CoordinatorFactory(country="PL").user,
        "admin of another edition": CoordinatorFactory(admin=True, campaign=other_edition).user,
        "admin": CoordinatorFactory(admin=True).user,
        "superuser": UserFactory(is_superuser=True),
    }
    read: dict[str, list[str]] = {}
    for role, user in people.items():
        log_in(client, user)
        index = client.get(LETTERS).content.decode()
        for thread, text in ((of_edition, "Canary of the edition"), (of_none, "Canary of none")):
            page = client.get(f"{LETTERS}{thread.pk}/")
            may = page.status_code == 200
            assert (text in index) == (text in page.content.decode()) == may
            assert answer(client, thread).status_code == (302 if may else 404)
            if may:
                read.setdefault(role, []).append(text)
    assert read == {"admin": ["Canary of the edition"], "superuser": ["Canary of the edition", "Canary of none"]}


def test_an_answer_is_mailed_once_and_leaves_a_line_without_words(room, delivered):
    thread = letter(recipient=RecipientFactory(address=ADDRESS))
    key = str(uuid.uuid4())
    for _n in range(3):
        assert answer(room, thread, "Secret answer", key=key)["Location"] == LETTERS
    (mail,) = delivered()
    assert mail.to == ADDRESS
    assert "Secret answer" in mail.text
    assert "admin@example.org" not in str(mail.message)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.object_type, entry.object_id, entry.codes) == (
        "letter answered",
        "events.thread",
        thread.pk,
        {},
    )
    assert "Secret" not in str(list(Delivery.objects.values()))
    thread.refresh_from_db()
    assert thread.waiting_since is None


def test_the_room_does_not_show_the_address(room):
    thread = letter(recipient=RecipientFactory(address=ADDRESS))
    for page in (LETTERS, f"{LETTERS}{thread.pk}/"):
        response = room.get(page)
        assert ADDRESS not in response.content.decode()
        assert "no-store" in response["Cache-Control"]


def test_what_needs_no_answer_is_set_aside_and_mails_nobody(room):
    thread = letter()
    for _n in range(2):
        assert room.post(f"{LETTERS}{thread.pk}/", {"do": "set_aside"})["Location"] == LETTERS
    assert Thread.objects.waiting().count() == 0
    assert Delivery.objects.count() == 0
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["letter set aside"]


def test_all_from_one_sender_is_set_aside_at_once_and_only_where_one_may(room):
    mine = letter(recipient=RecipientFactory(address=ADDRESS))
    letter(campaign=mine.campaign, recipient=RecipientFactory(address="visitor+again@example.org"))
    kept = {
        letter(campaign=mine.campaign).pk,
        letter(campaign=CampaignFactory(slug="2028", state="draft"), recipient=mine.recipient).pk,
    }
    assert "Set aside all from this sender" in room.get(f"{LETTERS}{mine.pk}/").content.decode()
    for _n in range(2):
        assert room.post(f"{LETTERS}{mine.pk}/", {"do": "set_all_aside"})["Location"] == LETTERS
    assert set(Thread.objects.waiting().values_list("pk", flat=True)) == kept
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["letter set aside"] * 2
    assert Delivery.objects.count() == 0


def test_every_letter_is_reached_page_by_page_also_while_some_are_answered(room):
    for number in range(120):
        at = WEEKS_BEFORE + timedelta(minutes=number // 4)
        letter(f"Canary {number:03}", created_at=at, waiting_since=at if number < 70 else None)
    whole = [t.pk for t in Thread.objects.order_by(F("waiting_since").asc(nulls_last=True), "-last_at", "-pk")]
    seen, after = [], ""
    while True:
        page = room.get(LETTERS, {"after": after}).context["page"]
        seen += [thread.pk for thread in page.threads]
        after = page.after
        Thread.objects.filter(pk=seen[0]).update(waiting_since=None)
        if not after:
            break
    assert [pk for n, pk in enumerate(seen) if pk not in seen[:n]] == whole
    assert len(seen) <= 121


@pytest.mark.parametrize("after", ["x", "_", "__", "2027-99-99T00:00_2027-01-01T00:00:00+00:00_1", "a_b_c", "\0"])
def test_a_place_in_the_list_that_makes_no_sense_is_its_beginning(room, after):
    letter("Canary")
    response = room.get(LETTERS, {"after": after})
    assert response.status_code == 200


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "x" * 4001])
def test_an_answer_without_words_or_with_too_many_is_explained(room, text):
    page = answer(room, letter(), text)
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["message"]
    assert Delivery.objects.count() == 0


def test_the_room_says_when_an_answer_would_not_arrive(room):
    thread = letter(recipient=RecipientFactory(never_again_at=WEEKS_BEFORE))
    assert "an answer would not arrive" in room.get(f"{LETTERS}{thread.pk}/").content.decode()


def test_the_letter_that_waits_longest_stands_first_then_the_latest_others(room):
    for name, hours, is_waiting in (
        ("Old done", 1, False),
        ("Second", 3, True),
        ("New done", 4, False),
        ("First", 2, True),
    ):
        at = WEEKS_BEFORE + timedelta(hours=hours)
        letter(f"Canary {name}", created_at=at, waiting_since=at if is_waiting else None)
    page = room.get(LETTERS).content.decode()
    order = sorted(("First", "Second", "New done", "Old done"), key=lambda name: page.index(f"Canary {name}"))
    assert order == ["First", "Second", "New done", "Old done"]


def test_the_list_takes_the_same_queries_for_one_and_sixty(room):
    counts = set()
    for more in (1, 59):
        for _n in range(more):
            letter()
        with CaptureQueriesContext(connection) as queries:
            assert room.get(LETTERS).status_code == 200
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 6


def test_whoever_has_not_seen_the_newest_letter_is_asked_to_read_it_and_keeps_the_words(room, delivered):
    thread = letter(recipient=RecipientFactory(address=ADDRESS))
    form = {"seen": thread.messages.get().pk}
    assert answer(room, thread, "First").status_code == 302
    page = answer(room, thread, "Second", **form)
    assert page.status_code == 409
    for said in ("Somebody has answered meanwhile", "First", "Second</textarea>"):
        assert said in page.content.decode()
    assert [mail.to for mail in delivered()] == [ADDRESS]
    assert answer(room, thread, "Second", seen=page.context["form"]["seen"].value()).status_code == 302
    assert [mail.to for mail in delivered()] == [ADDRESS] * 2
