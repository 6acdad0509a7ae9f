"""What it gives away, and what it refuses."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import MailedCode, User
from events.models import Campaign, CampaignCountry, Event, Registration, Revision
from outbox.models import Delivery
from tests.at_once import at_once
from tests.events.register.form import ADDRESS, FORM, answers, code_page, right_code, sent, wrong_code
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_known_and_unknown_addresses_get_the_same_answer(client: Client, django_assert_num_queries: Any) -> None:
    UserFactory(email=ADDRESS)
    UserFactory()
    pages = []
    for email in (ADDRESS, "stranger@example.org"):
        browser = Client()
        response = browser.post(FORM, answers(email=email))
        page = browser.get(response.url).content.decode().replace(email, "")
        pages.append((response.status_code, re.sub(r"[0-9a-f-]{36}|csrf[^>]*>", "", page)))
    assert pages[0] == pages[1]


def test_somebody_logged_in_needs_no_code(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    form = answers()
    for name in ("email", "started"):
        del form[name]
    responses = [client.post(FORM, form) for _ in range(3)]
    assert {response.url for response in responses} == {f"/en/register/{form['key']}/"}
    assert Revision.objects.get().contact_email == user.email
    assert Delivery.objects.count() == 0
    assert client.get(responses[0].url).status_code == 200


def test_extra_fields_change_nothing(client: Client) -> None:
    registration = sent(
        client, state="published", published_at="2027-09-01", public_id="aaaaaaaa", is_example="1", timezone="UTC",
        contact_email="evil@example.org", revision="1", campaign="1", number="7",
    )  # fmt: skip
    client.post(code_page(str(registration.key)), {"code": right_code(registration)})
    revision = Revision.objects.get()
    assert (revision.number, revision.timezone, revision.contact_email) == (1, "Europe/Warsaw", ADDRESS)
    assert (revision.event.state, revision.event.is_example) == ("submitted", False)
    assert revision.event.public_id != "aaaaaaaa"


@pytest.mark.usefixtures("redis_away")
def test_without_redis_the_form_says_later_and_keeps_what_was_typed(client: Client) -> None:
    page = client.post(FORM, answers(title="Do not lose me"))
    assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
    assert 'value="Do not lose me"' in page.content.decode()
    assert Registration.objects.count() == 0


def test_without_redis_a_code_that_has_arrived_still_works(client: Client, request: pytest.FixtureRequest) -> None:
    registration = sent(client)
    request.getfixturevalue("redis_away")
    page = code_page(str(registration.key))
    assert client.post(page, {"resend": "1"}).status_code == 503
    assert client.post(page, {"code": wrong_code(registration)}).status_code == 200
    assert client.post(page, {"code": right_code(registration)}).status_code == 302
    assert Revision.objects.count() == 1


def test_codes_to_one_mailbox_are_limited_whatever_its_spelling(client: Client) -> None:
    spellings = ["o.lena@example.org", "olena+a@example.org", "OLENA@example.org", "olena+b@example.org", ADDRESS]
    statuses = [Client().post(FORM, answers(email=email)).status_code for email in spellings]
    assert statuses == [302, 302, 302, 302, 429]
    assert Delivery.objects.count() == 4


def test_a_closed_campaign_says_so(client: Client, campaign: Campaign) -> None:
    registration = sent(client)
    code = right_code(registration)
    Campaign.objects.update(state=Campaign.State.CLOSED)
    assert "Registration is closed" in client.get(FORM).content.decode()
    assert "Registration is closed" in client.post(FORM, answers()).content.decode()
    page = client.post(code_page(str(registration.key)), {"code": code})
    assert "is closed" in page.content.decode()
    assert Revision.objects.count() == 0
    assert MailedCode.objects.count() == 1


def test_what_has_become_impossible_meanwhile_leads_back_to_the_form(client: Client) -> None:
    registration = sent(client)
    CampaignCountry.objects.update(least_disclosure="followers")
    page = client.post(code_page(str(registration.key)), {"code": right_code(registration)})
    assert page.context["form"].errors.keys() == {"disclosure"}
    assert 'value="March for freedom of movement"' in page.content.decode()


def test_reading_changes_nothing(client: Client) -> None:
    registration = sent(client)
    before = json.dumps(list(Registration.objects.values()), default=str)
    for path in (FORM, code_page(str(registration.key)), f"{FORM}?change={registration.key}", f"{FORM}?change=x"):
        for _ in range(2):
            client.get(path)
            client.head(path)
    assert json.dumps(list(Registration.objects.values()), default=str) == before
    assert Delivery.objects.count() == 1
    assert client.put(FORM).status_code == 405


def test_forms_of_other_sites_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(FORM, answers()).status_code == 403
    assert Registration.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_registration_and_one_protest() -> None:
    form = answers()
    at_once(*[lambda: Client().post(FORM, form)] * 2)
    assert Registration.objects.count() == Delivery.objects.count() == 1
    registration = Registration.objects.get()
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post(FORM, form)
    code, page = right_code(registration), code_page(str(registration.key))
    queue = list(browsers)
    at_once(*[lambda: queue.pop().post(page, {"code": code})] * 2)
    assert Event.objects.count() == Revision.objects.count() == User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_counted_like_guesses_in_turn() -> None:
    browser = Client()
    registration = sent(browser)
    wrong = wrong_code(registration)
    cookies = browser.cookies

    def guess() -> None:
        other = Client()
        other.cookies = cookies
        other.post(code_page(str(registration.key)), {"code": wrong})

    at_once(*[guess] * 12)
    assert MailedCode.objects.get().wrong_tries == 5
