"""Who is told, and when."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.test import Client

from events.models import Event, Message
from organising import letters
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, EventFactory, OrganiserFactory
from tests.guards import guards
from tests.log_in import logged_in
from tests.organising.letters.writing import OWNER, answer, form_of, letter, notices, page_of, press, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_many_letters_make_one_mail_in_fifteen_minutes_for_each_who_runs_it(event, owner, colleague, clock, delivered):
    OrganiserFactory(event=event, role="helper")
    for number in range(4):
        letter(event, address=f"visitor{number}@example.org")
        letters.tell_organisers(datetime.now(UTC))
    assert sorted(mail.to for mail in delivered()) == ["colleague@example.org", OWNER]
    clock.shift(timedelta(minutes=1))
    letter(event, address="late@example.org")
    letters.tell_organisers(datetime.now(UTC))
    assert len(delivered()) == 2
    clock.shift(timedelta(minutes=14))
    letters.tell_organisers(datetime.now(UTC))
    assert len(delivered()) == 4
    clock.shift(timedelta(hours=2))
    letters.tell_organisers(datetime.now(UTC))
    assert notices().count() == 4
    moments = sorted(notices().values_list("not_before", flat=True).distinct())
    assert [later - earlier for earlier, later in pairwise(moments)] == [timedelta(minutes=15)]
    assert all(set(ids) == {"event", "organiser", "quiet"} for ids in notices().values_list("ids", flat=True))


def test_nobody_is_told_again_once_it_is_forgotten_that_they_were_told(event, owner, clock):
    letter(event)
    assert letters.tell_organisers(WEEKS_BEFORE) == 1
    clock.shift(timedelta(days=15))
    notices().delete()
    assert letters.tell_organisers(datetime.now(UTC)) == 0
    letter(event, address="late@example.org")
    assert letters.tell_organisers(datetime.now(UTC)) == 1


def test_two_protests_are_two_mails(event, owner, delivered):
    other = EventFactory(campaign=event.campaign, title="Vigil")
    OrganiserFactory(event=other, user=owner)
    for one in (event, other):
        letter(one)
    letters.tell_organisers(WEEKS_BEFORE)
    assert {mail.subject for mail in delivered()} == {
        "Somebody has written to you about March & <song>",
        "Somebody has written to you about Vigil",
    }


def test_what_is_dealt_with_meanwhile_is_not_told(event, owner, room, clock, delivered):
    thread = letter(event)
    letters.tell_organisers(WEEKS_BEFORE)
    press(room, thread, "set_aside")
    assert delivered() == []
    assert notices().get().state == "skipped"


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2027-09-20 18:59", "2027-09-20 18:59"),
        ("2027-09-20 19:00", "2027-09-21 06:00"),
        ("2027-09-21 02:00", "2027-09-21 06:00"),
        ("2027-09-21 06:00", "2027-09-21 06:00"),
    ],
)
def test_at_night_on_the_spot_neither_notice_nor_answer_leaves(event, owner, clock, at, leaves):
    clock.move_to(datetime.fromisoformat(f"{at}+00:00"))
    thread = letter(event)
    letters.tell_organisers(datetime.now(UTC))
    assert answer(logged_in(owner), thread).status_code == 302
    moments = set(Delivery.objects.values_list("not_before", flat=True))
    assert moments == {datetime.fromisoformat(f"{leaves}+00:00")}
    assert {ids["quiet"] for ids in Delivery.objects.values_list("ids", flat=True)} == {"Europe/Warsaw"}


@pytest.mark.parametrize("state", ["hidden", "withdrawn", "submitted"])
def test_a_protest_that_is_not_public_takes_no_letters_and_mails_none(event, owner, room, state):
    thread = letter(event)
    published = None if state in {"withdrawn", "submitted"} else event.published_at
    Event.objects.filter(pk=event.pk).update(state=state, published_at=published)
    for path in (form_of(event), f"{form_of(event)}sent/"):
        assert Client().get(path).status_code == 404
    assert write(event).status_code == 404
    page = Client().get(page_of(thread))
    assert page.status_code == 200
    assert "March" not in page.content.decode()
    Client().post(page_of(thread), {"message": "Again", **guards()})
    refused = answer(room, thread, "Kept words")
    assert refused.status_code == 409
    assert "Kept words" in refused.content.decode()
    assert (Message.objects.count(), Delivery.objects.count()) == (1, 0)


def test_an_answer_that_waits_for_the_morning_is_dropped_if_moderators_hide_the_protest(event, owner, clock, delivered):
    clock.move_to(datetime(2027, 9, 20, 22, tzinfo=UTC))
    assert answer(logged_in(owner), letter(event)).status_code == 302
    Event.objects.filter(pk=event.pk).update(state="hidden")
    clock.move_to(datetime(2027, 9, 21, 10, tzinfo=UTC))
    assert delivered() == []
    assert Delivery.objects.get(letter="letter_answer").state == "skipped"


def test_late_answers_keep_quiet_after_a_night_without_a_sender(event, owner, room, clock, delivered):
    answer(room, letter(event))
    clock.move_to(datetime(2027, 9, 20, 22, tzinfo=UTC))
    assert delivered() == []
    assert Delivery.objects.get().not_before == datetime(2027, 9, 21, 6, tzinfo=UTC)
