"""Links, and what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import tasks, tokens
from events.models import Campaign, SignOn, SiteStamp
from outbox.models import Delivery, Recipient
from reminders import tasks as reminders
from tests.events.appeal.signing import ADDRESS, FORM, LIST, answers, own_page, sign, states
from tests.factories import RecipientFactory, SignOnFactory, ThreadFactory, UserFactory
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@pytest.mark.parametrize("wrong", ["changed", "thread", "nobody", "nonsense"])
def test_a_wrong_link_is_explained_and_does_nothing(client, wrong):
    sign(client)
    right = own_page()
    page = {
        "changed": right[:-2] + ("A" if right[-2] != "A" else "B") + "/",
        "thread": "/en/appeal/sign/" + tokens.thread_url(ThreadFactory()).rstrip("/").rpartition("/")[2] + "/",
        "nobody": own_page("nobody@example.org"),
        "nonsense": "/en/appeal/sign/nonsense/",
    }[wrong]
    for response in (client.get(page), client.post(page, {"do": "confirm"})):
        assert response.status_code == 404
        assert "no-store" in response["Cache-Control"]
    assert states() == [("Café für Alle", "unconfirmed")]


@pytest.mark.parametrize("chosen", ["", "x", "-1", "9" * 30, "²"])
def test_only_own_signatures_are_taken_back(client, chosen):
    other = SignOnFactory(state="published")
    SignOnFactory(recipient=RecipientFactory(address=ADDRESS), state="published")
    for pick in (chosen, other.pk):
        assert client.post(own_page(), {"do": "withdraw", "sign_on": pick}).status_code == 302
    assert [state for _name, state in states()] == ["published", "published"]


def test_the_link_confirms_for_48_hours(client, clock):
    sign(client)
    clock.shift(timedelta(hours=48, seconds=1))
    assert client.post(own_page(), {"do": "confirm"}).status_code == 404
    assert states() == [("Café für Alle", "unconfirmed")]


def test_never_again_forgets_address_and_signature_and_asks_no_more(client, clock):
    sign(client)
    page = own_page()
    client.post(page, {"do": "never_again"})
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (0, "")
    assert client.get(page).status_code == 404
    clock.shift(timedelta(days=2))
    assert sign(client).status_code == 302
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (0, "")
    assert Delivery.objects.exclude(state="skipped").count() == 0


def test_never_again_leaves_a_public_name_and_ends_its_link(client):
    recipient = RecipientFactory(address=ADDRESS)
    sign_on = SignOnFactory(recipient=recipient, state="published")
    page = own_page()
    client.post(page, {"do": "never_again"})
    assert Recipient.objects.get().address == ""
    assert client.post(page, {"do": "withdraw", "sign_on": sign_on.pk}).status_code == 404
    assert [state for _name, state in states()] == ["published"]


def test_unconfirmed_names_and_the_address_behind_them_go_after_48_hours(client, clock, delivered):
    sign(client)
    delivered()
    clock.shift(timedelta(hours=47))
    tasks.forget()
    reminders.forget()
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (1, ADDRESS)
    clock.shift(timedelta(hours=2))
    tasks.forget()
    reminders.forget()
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (0, "")


def test_fourteen_days_after_the_edition_the_name_stays_and_the_person_is_forgotten(client, clock):
    for state in ("published", "pending", "refused", "withdrawn"):
        SignOnFactory(name=state, state=state, reason="Why")
    published = SignOn.objects.get(state="published")
    page = own_page(published.recipient.address)
    clock.move_to(datetime(2027, 10, 27, 12, tzinfo=UTC))
    tasks.forget()
    assert SignOn.objects.filter(recipient=None).count() == 0
    clock.move_to(datetime(2027, 10, 28, 12, tzinfo=UTC))
    tasks.forget()
    reminders.forget()
    assert states() == [("published", "published")]
    published.refresh_from_db()
    assert (published.recipient, published.reason, Recipient.objects.count()) == (None, "", 0)
    assert client.get(page).status_code == 404
    assert "published" in client.get(LIST).content.decode()


def test_no_page_tells_the_address_of_a_signer(client):
    for state in SignOn.State.values:
        SignOnFactory(state=state, recipient=RecipientFactory(address=f"canary-{state}@example.org"))
    SignOn.objects.update(confirmed_at=timezone.now())
    superuser = Client()
    log_in(superuser, UserFactory(is_superuser=True))
    pages = [client.get(path) for path in (LIST, FORM, "/en/", *map(own_page, ["canary-published@example.org"]))]
    pages += [superuser.get("/moderation/sign-ons/")]
    for page in pages:
        assert page.status_code == 200
        assert "canary" not in page.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM outbox_recipient r UNION ALL SELECT s::text FROM events_signon s")
        assert "canary" not in str(cursor.fetchall())


def test_the_list_takes_the_same_queries_for_one_and_sixty_names(client):
    counts = set()
    for names in (1, 59):
        SignOnFactory.create_batch(names, state="published")
        SiteStamp.objects.bump()
        with CaptureQueriesContext(connection) as queries:
            assert f"{SignOn.objects.count()} organisation" in client.get(LIST).content.decode()
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 6


@pytest.mark.parametrize("state", [Campaign.State.DRAFT, Campaign.State.CLOSED])
def test_outside_an_open_edition_nobody_signs(client, campaign, state):
    Campaign.objects.update(state=state)
    assert client.get(FORM).status_code == 302
    assert sign(client)["Location"] == LIST
    assert SignOn.objects.count() == 0
    assert "Sign for your organisation" not in client.get(LIST).content.decode()


def test_the_form_needs_its_token_and_is_not_stored():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(FORM, answers()).status_code == 403
    assert SignOn.objects.count() == 0
    response = strict.get(FORM)
    assert "no-store" in response["Cache-Control"]
    assert list(response.cookies) == [settings.CSRF_COOKIE_NAME]


def test_nobody_can_sign_what_is_not_written_yet(client: Client, campaign: Campaign) -> None:
    campaign.texts.update(appeal="")
    assert (client.get(FORM).status_code, client.get(FORM)["Location"]) == (302, LIST)
    assert client.post(FORM, answers()).status_code == 302
    assert not SignOn.objects.exists()
    page = client.get(LIST).content.decode()
    assert "The appeal has not been published yet." in page
    assert "organisations have signed" not in page
