"""A visitor writes to the campaign, reads the answer and writes again; neither side sees the other's address."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import contact, letters, tasks, tokens
from events.models import Campaign, Message, Thread
from outbox.models import Delivery, Recipient
from reminders import tasks as reminders
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CoordinatorFactory,
    RecipientFactory,
    SignOnFactory,
    ThreadFactory,
    UserFactory,
)
from tests.guards import guards, stamp
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]

FORM = "/en/contact/"
ADDRESS = "visitor@example.org"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def admin():
    """Who looks after the whole edition."""
    return CoordinatorFactory(admin=True, user=UserFactory(email="admin@example.org")).user


def answers(**changes):
    return {"message": "Where is the call?\n\nThank you.", "email": ADDRESS, "language": "en"} | {**guards(), **changes}


def write(client, **changes):
    return client.post(FORM, answers(**changes))


def page_of(thread):
    return tokens.thread_url(thread).removeprefix(settings.SITE_URL)


def notices():
    return Delivery.objects.filter(letter="letters_waiting")


def test_a_letter_is_answered_by_mail_and_the_visitor_writes_again_by_the_link(client, clock, admin, delivered):
    response = write(client)
    assert (response.status_code, response["Location"]) == (302, "/en/contact/sent/")
    assert client.get(response["Location"]).status_code == 200
    clock.shift(timedelta(minutes=15))
    (notice,) = delivered()
    assert notice.to == "admin@example.org"
    assert "Where is the call" not in notice.text + notice.html + notice.subject
    assert ADDRESS not in str(notice.message)

    thread = Thread.objects.get()
    letters.answer(thread, "Here & <now>.", key=uuid.uuid4(), by=admin)
    answer = delivered()[-1]
    assert (answer.to, answer.message["Reply-To"]) == (ADDRESS, None)
    assert "Here & <now>." in answer.text
    assert "Here &amp; &lt;now&gt;." in answer.html
    assert "admin@example.org" not in str(answer.message)

    link = answer.link("contact")
    page = client.get(link)
    for said in ("Where is the call?", "Here &amp; &lt;now&gt;."):
        assert said in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert ADDRESS not in page.content.decode()
    assert Thread.objects.get().waiting_since is None
    form = {"message": "And the poster?", **guards()}
    for _n in range(3):
        assert client.post(link, form).status_code == 302
    assert [message.text for message in Message.objects.all()][1:] == ["Here & <now>.", "And the poster?"]
    assert Thread.objects.waiting().count() == 1
    clock.shift(timedelta(minutes=15))
    assert [mail.to for mail in delivered()].count("admin@example.org") == 2


def test_the_answer_comes_in_the_language_that_was_chosen(client, admin, delivered):
    RecipientFactory(address=ADDRESS, language="uk")
    write(client, language="de")
    letters.answer(Thread.objects.get(), "Hier.", key=uuid.uuid4(), by=admin)
    assert "/de/contact/" in delivered()[0].text


def test_many_letters_make_one_notice_in_fifteen_minutes_without_a_word_of_them(client, clock, delivered):
    for number in range(4):
        write(client, message=f"Letter {number}")
    assert notices().count() == 1
    delivered()
    assert notices().get().state == "queued"
    clock.shift(timedelta(minutes=15))
    write(client)
    delivered()
    assert sorted(notices().values_list("state", flat=True)) == ["queued", "sent"]
    gap = sorted(notices().values_list("not_before", flat=True))
    assert gap[1] - gap[0] == timedelta(minutes=15)
    assert all(ids == {} for ids in notices().values_list("ids", flat=True))


def test_no_notice_leaves_when_everything_is_answered_meanwhile(client, clock, admin, delivered):
    write(client)
    letters.set_aside(Thread.objects.get(), by=admin)
    clock.shift(timedelta(minutes=15))
    assert delivered() == []
    assert notices().get().state == "skipped"


def test_without_an_admin_of_the_edition_superusers_are_told(client):
    superuser = UserFactory(is_superuser=True)
    Campaign.objects.all().delete()
    write(client)
    assert notices().get().recipient == superuser.recipient
    assert Thread.objects.get().campaign is None


def test_coordinators_of_a_country_and_blocked_admins_are_not_told(client, admin):
    CoordinatorFactory(country="PL")
    CoordinatorFactory(admin=True, user=UserFactory(is_active=False))
    write(client)
    assert notices().get().recipient == admin.recipient


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_queries(client):
    UserFactory(email="known@example.org")
    SignOnFactory(recipient=RecipientFactory(address="signed@example.org"))
    ThreadFactory(recipient=RecipientFactory(address="wrote@example.org"))
    RecipientFactory(address="never@example.org", never_again_at=WEEKS_BEFORE)
    RecipientFactory(address="suspended@example.org", suspended_at=WEEKS_BEFORE)
    write(client)
    seen = set()
    for who in ("known", "signed", "wrote", "never", "suspended", "new"):
        form = answers(email=f"{who}@example.org")
        with CaptureQueriesContext(connection) as queries:
            response = client.post(FORM, form)
        seen.add((response.status_code, response.content, str(sorted(response.headers.items())), len(queries)))
    assert len(seen) == 1


def test_nothing_is_mailed_to_the_address_before_somebody_answers(client):
    for address in (ADDRESS, "visitor+a@example.org", "v.isitor@example.org"):
        write(client, email=address)
    assert not Delivery.objects.filter(recipient__address__in=[ADDRESS, "visitor+a@example.org"]).exists()


def test_a_network_that_writes_too_often_waits_and_loses_nothing(client):
    statuses = [write(client, email=f"{number}@example.org").status_code for number in range(10)]
    assert statuses == [302] * 10
    response = write(client, message="Do not lose me")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Do not lose me</textarea>" in response.content.decode()
    link = page_of(Thread.objects.first())
    again = client.post(link, {"message": "Nor me", **guards()})
    assert (again.status_code, "Nor me</textarea>" in again.content.decode()) == (429, True)
    assert Message.objects.count() == 10


def test_of_one_mailbox_five_letters_wait_and_the_answer_tells_nothing(client, clock, admin):
    seen = set()
    for address in ("visitor@example.org", "visitor+a@example.org", "visitor+b@example.org") * 2:
        response = write(client, email=address)
        seen.add((response.status_code, response.content, str(sorted(response.headers.items()))))
    assert len(seen) == 1
    assert (Thread.objects.count(), Message.objects.count()) == (5, 5)
    link = page_of(Thread.objects.first())
    assert client.post(link, {"message": "A sixth", **guards()}).status_code == 302
    assert Message.objects.count() == 5
    for page in (FORM, f"{FORM}sent/", link):
        assert "At most five letters of yours can wait" in client.get(page).content.decode()
    write(client, email="other@example.org")
    letters.set_aside(Thread.objects.first(), by=admin)
    clock.shift(1)
    assert client.post(link, {"message": "Now there is room", **guards()}).status_code == 302
    assert [message.text for message in Message.objects.all()][-1] == "Now there is room"


def test_without_redis_the_forms_come_back_filled_in(client, redis_away):
    response = write(client, message="Keep <me> & all", language="pl")
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "Keep &lt;me&gt; &amp; all</textarea>" in page
    assert f'value="{ADDRESS}"' in page
    assert '<option value="pl" selected' in page
    assert (Thread.objects.count(), notices().count()) == (0, 0)
    again = client.post(page_of(ThreadFactory()), {"message": "Keep me too", **guards()})
    assert (again.status_code, again["Retry-After"]) == (503, "60")
    assert "Keep me too</textarea>" in again.content.decode()
    assert Message.objects.count() == 0


@pytest.mark.parametrize("fault", [{"nickname": "bot"}, {"started": ""}, {"started": "forged"}])
def test_robots_are_asked_again_and_people_lose_nothing(client, clock, fault):
    page = write(client, **fault)
    assert (page.status_code, Thread.objects.count()) == (200, 0)
    assert "Where is the call?" in page.content.decode()
    clock.shift(10)
    again = {**answers(**fault), "nickname": "", "started": page.context["form"]["started"].value()}
    assert client.post(FORM, again).status_code == 302


def test_whoever_is_too_fast_is_asked_to_press_again(client, clock):
    form = answers(started=stamp(seconds_ago=0))
    assert "very quick" in client.post(FORM, form).content.decode()
    clock.shift(10)
    assert client.post(FORM, form).status_code == 302


def test_the_same_form_five_times_is_one_letter_and_one_notice(client):
    form = answers()
    for _n in range(5):
        assert client.post(FORM, form).status_code == 302
    assert (Thread.objects.count(), Message.objects.count(), notices().count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_one_letter():
    key = uuid.uuid4()
    at_once(*[lambda: contact.write(key, "Hello", ADDRESS, language="en")] * 2)
    assert (Thread.objects.count(), Message.objects.count(), notices().count()) == (1, 1, 1)


def test_a_key_of_somebody_else_shows_and_changes_nothing(client):
    theirs = ThreadFactory()
    write(client, key=str(theirs.key), message="Mine")
    assert (Thread.objects.count(), Message.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", ""),
        ("message", "\u200b\u202e\n"),
        ("message", "x" * 4001),
        ("email", ""),
        ("email", "nonsense"),
        ("email", "a@example.org\r\nBcc: b@example.org"),
        ("language", "xx"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field(client, field, value):
    page = write(client, **{field: value})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert Thread.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["A\u0000B\u000bC\u2028D", "<script>alert(1)</script>", "{{ settings.SECRET_KEY }}", "=1+1", "a\u202eb"]
)
def test_hostile_letters_stay_text(client, admin, delivered, text):
    write(client, message=text)
    thread = Thread.objects.get()
    letters.answer(thread, text.replace("\0", ""), key=uuid.uuid4(), by=admin)
    (mail,) = delivered()
    room = Client()
    log_in(room, admin)
    pages = [
        client.get(page_of(thread)),
        room.get("/moderation/letters/"),
        room.get(f"/moderation/letters/{thread.pk}/"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
    assert "<script>alert" not in mail.html
    assert "Bcc" not in mail.message


@pytest.mark.parametrize("wrong", ["changed", "sign_on", "gone", "nonsense"])
def test_a_wrong_link_is_explained_and_does_nothing(client, wrong):
    thread = ThreadFactory()
    right = page_of(thread)
    token = tokens.sign_ons_url(SignOnFactory().recipient, "en").rstrip("/").rpartition("/")[2]
    page = {
        "changed": right[:-2] + ("A" if right[-2] != "A" else "B") + "/",
        "sign_on": f"/en/contact/{token}/",
        "gone": right,
        "nonsense": "/en/contact/nonsense/",
    }[wrong]
    if wrong == "gone":
        thread.delete()
    for response in (client.get(page), client.post(page, {"message": "Hello", **guards()})):
        assert response.status_code == 404
        assert "no-store" in response["Cache-Control"]
    assert Message.objects.count() == 0


def test_letters_lie_sealed_in_the_database(client, admin):
    write(client, message="canary text")
    letters.answer(Thread.objects.get(), "canary answer", key=uuid.uuid4(), by=admin)
    with connection.cursor() as cursor:
        for table in ("events_thread", "events_message", "outbox_recipient", "outbox_delivery", "accounts_auditentry"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows = str(cursor.fetchall())
            assert "canary" not in rows, table
            assert ADDRESS not in rows, table


def test_letters_and_the_address_behind_them_go_fourteen_days_after_the_edition(client, clock, admin, delivered):
    write(client)
    thread = Thread.objects.get()
    letters.answer(thread, "Here.", key=uuid.uuid4(), by=admin)
    delivered()
    clock.move_to(datetime(2027, 10, 27, 12, tzinfo=UTC))
    tasks.forget()
    reminders.forget()
    assert Recipient.objects.filter(address=ADDRESS).exists()
    clock.move_to(datetime(2027, 10, 28, 12, tzinfo=UTC))
    tasks.forget()
    reminders.forget()
    assert (Thread.objects.count(), Message.objects.count()) == (0, 0)
    assert not Recipient.objects.filter(address=ADDRESS).exists()
    assert client.get(page_of(thread)).status_code == 404


def test_an_answer_that_waits_to_leave_is_dropped_with_its_letters(client, admin, delivered):
    write(client)
    letters.answer(Thread.objects.get(), "Here.", key=uuid.uuid4(), by=admin)
    Campaign.objects.all().delete()
    assert delivered() == []
    assert Delivery.objects.get(letter="letter_answer").state == "skipped"


def test_letters_without_an_edition_go_after_ninety_quiet_days(client, clock):
    Campaign.objects.update(state=Campaign.State.CLOSED)
    ThreadFactory(campaign=None, last_at=timezone.now())
    clock.shift(timedelta(days=90))
    tasks.forget()
    assert Thread.objects.count() == 1
    clock.shift(timedelta(days=1))
    tasks.forget()
    assert Thread.objects.count() == 0


def test_the_form_needs_its_token_and_is_not_stored():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(FORM, answers()).status_code == 403
    assert Thread.objects.count() == 0
    response = strict.get(FORM)
    assert "no-store" in response["Cache-Control"]
    assert list(response.cookies) == [settings.CSRF_COOKIE_NAME]
