"""The form by which visitors write to the organisers of a protest."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import limits
from events.models import Event, Message, Thread
from outbox.models import Delivery, Recipient
from tests.events.test_report import worked_out
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory, OrganiserFactory, RecipientFactory
from tests.guards import guards, stamp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]

ADDRESS = "visitor@example.org"


@pytest.fixture
def event() -> Event:
    event = OrganiserFactory().event
    CampaignTextFactory(campaign=event.campaign)
    return event


def path_of(event):
    return f"{event.get_absolute_url()}contact/"


def answers(**changes):
    typed = {"message": "Where do we meet?", "email": ADDRESS, "language": "en", "day": "2027-10-11"}
    return typed | {**guards(), **changes}


def write(client, event, **changes):
    return client.post(path_of(event), answers(**changes))


def test_the_page_of_a_protest_links_to_the_form_and_sets_no_cookie(client, event):
    page = client.get(event.get_absolute_url())
    assert f'href="{path_of(event)}"' in page.content.decode()
    assert "<form" not in page.content.decode()
    assert not page.cookies
    form = client.get(path_of(event))
    assert form["Cache-Control"] == "private, no-store"
    assert set(form.cookies) == {settings.CSRF_COOKIE_NAME}


def test_a_letter_lies_sealed_with_nothing_of_the_network_and_mails_nobody(client, event):
    assert write(client, event, message="canary text", language="pl").status_code == 302
    thread = Thread.objects.get()
    assert (thread.event, thread.campaign, thread.language) == (event, event.campaign, "pl")
    assert Delivery.objects.count() == 0
    with connection.cursor() as cursor:
        for table in ("events_thread", "events_message", "outbox_recipient", "accounts_auditentry"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows = str(cursor.fetchall())
            for secret in ("canary", ADDRESS, "127.0.0"):
                assert secret not in rows, table


def test_known_and_unknown_addresses_get_the_same_answer_by_the_same_statements(client, event):
    RecipientFactory(address="known@example.org")
    RecipientFactory(address="never@example.org", never_again_at=WEEKS_BEFORE)
    seen = set()
    for address in ("known@example.org", "never@example.org", "new@example.org"):
        with CaptureQueriesContext(connection) as queries:
            response = write(client, event, email=address)
        seen.add((response.status_code, response["Location"], response.content, len(queries)))
    assert len(seen) == 1


def test_the_same_form_five_times_is_one_letter(client, event):
    form = answers()
    for _n in range(5):
        assert client.post(path_of(event), form).status_code == 302
    assert (Thread.objects.count(), Message.objects.count()) == (1, 1)


def test_a_key_of_somebody_else_shows_and_changes_nothing(client, event):
    write(client, event)
    theirs = Thread.objects.get()
    write(client, event, key=str(theirs.key), email="mallory@example.org", message="Mine")
    assert (Thread.objects.count(), Message.objects.get().text) == (1, "Where do we meet?")


def test_a_browser_that_has_worked_it_out_answers_no_question(client, event):
    key = str(uuid.uuid4())
    assert write(client, event, day="", **worked_out(key)).status_code == 302
    assert Thread.objects.count() == 1


@pytest.mark.parametrize("day", ["", "2027-10-12", "x"])
def test_without_the_day_it_is_asked_and_nothing_is_lost(client, event, day):
    page = write(client, event, day=day)
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["day"])
    assert "Where do we meet?</textarea>" in page.content.decode()
    assert f'value="{ADDRESS}"' in page.content.decode()
    assert Thread.objects.count() == 0


@pytest.mark.parametrize("fault", [{"nickname": "bot"}, {"started": ""}, {"started": "forged"}])
def test_robots_are_asked_again(client, event, fault):
    assert write(client, event, **fault).status_code == 200
    assert Thread.objects.count() == 0


def test_whoever_is_too_fast_is_asked_to_press_again(client, event, clock):
    form = answers(started=stamp(seconds_ago=0))
    assert "very quick" in client.post(path_of(event), form).content.decode()
    clock.shift(10)
    assert client.post(path_of(event), form).status_code == 302


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
def test_what_cannot_be_taken_is_said_beside_the_field(client, event, field, value):
    page = write(client, event, **{field: value})
    assert (page.status_code, list(page.context["form"].errors)) == (200, [field])
    assert Thread.objects.count() == 0


def test_a_network_is_asked_to_wait_and_nothing_is_lost(client, event):
    for number in range(limits.LETTERS_FROM_NETWORK.burst):
        assert write(client, event, email=f"visitor{number}@example.org").status_code == 302
    page = write(client, event, message="Kept")
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    assert "Kept</textarea>" in page.content.decode()
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert write(elsewhere, event).status_code == 302


def test_from_many_networks_one_protest_is_not_flooded(event):
    burst = limits.LETTERS_TO_PROTEST.burst
    for number in range(burst):
        write(Client(REMOTE_ADDR=f"198.51.{number}.7"), event, email=f"visitor{number}@example.org")
    assert Thread.objects.count() == burst
    assert write(Client(REMOTE_ADDR="203.0.113.7"), event).status_code == 429
    other = EventFactory(campaign=event.campaign)
    assert write(Client(REMOTE_ADDR="203.0.113.7"), other).status_code == 302


@pytest.mark.usefixtures("redis_away")
def test_without_redis_the_form_comes_back_filled_in(client, event):
    page = write(client, event, message="Keep <me>")
    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "Keep &lt;me&gt;</textarea>" in page.content.decode()
    assert Thread.objects.count() == 0


def test_without_its_token_the_form_is_refused(event):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path_of(event), answers()).status_code == 403
    assert Thread.objects.count() == 0


@pytest.mark.parametrize("state", ["hidden", "withdrawn", "submitted"])
def test_what_is_not_public_takes_no_letters(client, event, state):
    published = event.published_at if state == "hidden" else None
    Event.objects.filter(pk=event.pk).update(state=state, published_at=published)
    assert client.get(path_of(event)).status_code == 404
    assert write(client, event).status_code == 404
    assert Thread.objects.count() == 0


def test_a_cancelled_protest_still_takes_letters(client, event):
    Event.objects.filter(pk=event.pk).update(state="cancelled")
    assert "This protest does not take place" in client.get(path_of(event)).content.decode()
    assert write(client, event).status_code == 302
    assert f'href="{path_of(event)}"' in client.get(event.get_absolute_url()).content.decode()


def test_letters_are_taken_until_fourteen_days_after_it_is_over(client, event, clock):
    clock.move_to(event.over_at + timedelta(days=14))
    assert client.get(path_of(event)).status_code == 200
    clock.shift(1)
    for path in (path_of(event), f"{path_of(event)}sent/"):
        assert client.get(path).status_code == 404
    assert write(client, event).status_code == 404
    assert path_of(event) not in client.get(event.get_absolute_url()).content.decode()


def test_another_name_in_the_address_leads_to_the_right_one(client, event):
    response = client.get(f"/en/protests/{event.public_id}-other/contact/")
    assert (response.status_code, response["Location"]) == (302, path_of(event))
    assert client.get("/en/protests/bbbbbbbb-other/contact/").status_code == 404


def test_where_nobody_reads_the_form_says_so(client, event):
    assert "may stay without an answer" not in client.get(path_of(event)).content.decode()
    event.organisers.all().delete()
    assert "may stay without an answer" in client.get(path_of(event)).content.decode()


def test_letters_of_a_closed_edition_are_forgotten_with_it(client, event, clock):
    write(client, event)
    clock.move_to(datetime(2027, 11, 1, tzinfo=UTC))
    assert Thread.objects.over(datetime(2027, 11, 1, tzinfo=UTC)).count() == 1
    assert Recipient.objects.filter(address=ADDRESS).exists()
