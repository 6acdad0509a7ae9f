"""Signing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from events import sign_ons
from events.models import SignOn, SiteStamp
from events.sign_ons import Signature
from moderation.sign_ons import publish_sign_on
from outbox.models import Delivery, Recipient
from tests.at_once import at_once
from tests.events.appeal.signing import ADDRESS, FORM, LIST, answers, asked, sign, states
from tests.factories import WEEKS_BEFORE, RecipientFactory, SignOnFactory, UserFactory
from tests.guards import stamp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_from_the_form_over_the_mail_and_the_moderators_below_the_appeal_and_off_again(client, delivered):
    response = sign(client, website="cafe.example.org/about")
    assert (response.status_code, response["Location"]) == (302, "/en/appeal/sign/sent/")
    assert "Look into your mailbox" in client.get(response["Location"]).content.decode()
    assert states() == [("Café für Alle", "unconfirmed")]
    (mail,) = delivered()
    assert mail.to == ADDRESS
    assert "Café für Alle" in mail.text
    link = mail.link("appeal/sign")

    before = SiteStamp.objects.current()
    for _n in range(2):
        assert "Yes, we sign" in client.get(link).content.decode()
        client.head(link)
    assert states() == [("Café für Alle", "unconfirmed")]
    client.post(link, {"do": "confirm"})
    assert states() == [("Café für Alle", "pending")]
    assert "Moderators look at it" in client.get(link).content.decode()
    assert "Café" not in client.get(LIST).content.decode()
    assert SiteStamp.objects.current() == before

    publish_sign_on(SignOn.objects.get(), by=UserFactory(is_superuser=True))
    page = client.get(LIST).content.decode()
    assert "1 organisation has signed" in page
    assert "Café für Alle" in page
    assert 'href="https://cafe.example.org/about"' in page
    assert ">cafe.example.org</a>" in page
    assert SiteStamp.objects.current() > before

    published = SiteStamp.objects.current()
    told = delivered()[-1]
    assert told.to == ADDRESS
    row = SignOn.objects.get().pk
    client.get(told.link("appeal/sign"))
    assert states() == [("Café für Alle", "published")]
    client.post(told.link("appeal/sign"), {"do": "withdraw", "sign_on": row})
    assert states() == [("Café für Alle", "withdrawn")]
    assert SiteStamp.objects.current() > published
    assert "Café" not in client.get(LIST).content.decode()
    assert "taken the name back" in client.get(link).content.decode()
    client.post(link, {"do": "confirm"})
    client.post(link, {"do": "withdraw", "sign_on": row})
    assert states() == [("Café für Alle", "withdrawn")]
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")][-2:] == [
        "sign-on published",
        "sign-on withdrawn",
    ]
    assert ADDRESS not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_mail_is_in_the_language_of_the_page_in_text_and_html(client, delivered, language):
    RecipientFactory(address=ADDRESS, language="uk")
    sign(client, language=language, name="Rock & <Roll>")
    (mail,) = delivered()
    assert f"/{language}/appeal/" in mail.text
    assert "Rock & <Roll>" in mail.text
    assert "Rock &amp; &lt;Roll&gt;" in mail.html
    assert mail.link("appeal/sign") in mail.html


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_queries(client):
    UserFactory(email="known@example.org")
    SignOnFactory(recipient=RecipientFactory(address="signed@example.org"), state="published")
    RecipientFactory(address="never@example.org", never_again_at=WEEKS_BEFORE)
    RecipientFactory(address="suspended@example.org", suspended_at=WEEKS_BEFORE)
    sign(client)
    seen = set()
    for number, who in enumerate(["known", "signed", "never", "suspended", "anna", "new"]):
        form = answers(name=f"Group {number}", email=f"{who}@example.org")
        with CaptureQueriesContext(connection) as queries:
            response = client.post(FORM, form)
        headers = tuple(sorted((name, value) for name, value in response.headers.items()))
        seen.add((response.status_code, response.content, headers, len(queries)))
    assert len(seen) == 1
    assert {row.recipient.address for row in SignOn.objects.filter(name__in=["Group 2", "Group 3"])} == set()


def test_one_mailbox_is_asked_once_a_day_however_it_is_spelt(client, clock):
    for number, address in enumerate([ADDRESS, "ANNA@example.org", "a.n.n.a@example.org", "anna+x@example.org"]):
        assert sign(client, name=f"Group {number}", email=address).status_code == 302
    assert asked() == 1
    for _day in range(6):
        clock.shift(timedelta(days=1))
        sign(client)
    assert asked() == 3


def test_the_one_mail_names_all_that_was_signed_meanwhile_and_one_press_confirms_it(client, delivered):
    sign(client, name="First")
    sign(client, name="Second")
    (mail,) = delivered()
    assert "- First\n- Second\n" in mail.text
    client.post(mail.link("appeal/sign"), {"do": "confirm"})
    assert states() == [("First", "pending"), ("Second", "pending")]


def test_one_address_cannot_fill_the_queue(client):
    for number in range(12):
        sign(client, name=f"Group {number}")
    assert SignOn.objects.count() == sign_ons.MOST_WAITING


def test_a_sign_on_does_not_use_up_the_daily_mail_of_reminders(client):
    sign(client)
    client.post("/en/reminders/", {"email": ADDRESS, "week_before": "on"})
    assert sorted(Delivery.objects.values_list("letter", flat=True)) == ["confirm", "sign_on"]


def test_a_network_that_asks_too_often_waits_and_loses_nothing(client):
    for number in range(20):
        sign(client, email=f"person{number}@example.org")
    response = sign(client, name="Late but keen", email="late@example.org")
    page = response.content.decode()
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert 'value="Late but keen"' in page
    assert 'value="late@example.org"' in page
    assert not SignOn.objects.filter(name="Late but keen").exists()


def test_without_redis_the_form_comes_back_filled_in(client, redis_away):
    response = sign(client, name="Keep me", website="https://keep.example.org/")
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    for typed in ("Keep me", "Warszawa", "https://keep.example.org/", ADDRESS):
        assert f'value="{typed}"' in page
    assert '<option value="PL" selected' in page
    assert (SignOn.objects.count(), Delivery.objects.count(), Recipient.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("fault", [{"nickname": "bot"}, {"started": ""}, {"started": "forged"}])
def test_robots_are_asked_again_and_people_lose_nothing(client, clock, fault):
    page = sign(client, **fault)
    assert page.status_code == 200
    assert (SignOn.objects.count(), Delivery.objects.count()) == (0, 0)
    clock.shift(10)
    again = {**answers(**fault), "nickname": "", "started": page.context["form"]["started"].value()}
    assert client.post(FORM, again).status_code == 302


def test_whoever_is_too_fast_is_asked_to_press_again(client, clock):
    form = answers(started=stamp(seconds_ago=0))
    assert "very quick" in client.post(FORM, form).content.decode()
    clock.shift(10)
    assert client.post(FORM, form).status_code == 302


def test_the_same_form_five_times_is_one_row_and_one_mail(client):
    form = answers()
    for _n in range(5):
        assert client.post(FORM, form).status_code == 302
    assert (SignOn.objects.count(), asked()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_one_row_and_one_mail(campaign):
    signature = Signature("Café", "Warszawa", "PL")
    at_once(*[lambda: sign_ons.sign(campaign, signature, ADDRESS, language="en")] * 2)
    assert (SignOn.objects.count(), asked()) == (1, 1)
