"""The code."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import MailedCode, User
from events.actions import Refused, finish_registration
from events.models import Organiser, Registration, Revision
from outbox.models import Delivery
from tests.events.register.form import ADDRESS, FORM, answers, code_page, done_page, right_code, sent, wrong_code
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_answers_can_be_changed_before_the_code(client: Client) -> None:
    registration = sent(client, spoken_languages=["pl", "en"], access_features=["seating", "step_free"])
    form = client.get(f"{FORM}?change={registration.key}").context["form"]
    assert form["title"].value() == "March for freedom of movement"
    assert form["spoken_languages"].value() == ["pl", "en"]
    assert form["access_features"].value() == ["seating", "step_free"]
    assert str(form["key"].value()) == str(registration.key)
    client.post(FORM, answers(key=str(registration.key), title="Another title"))
    client.post(code_page(str(registration.key)), {"code": right_code(registration)})
    assert Revision.objects.get().title == "Another title"
    assert Delivery.objects.count() == 1


def test_a_mistyped_address_can_be_corrected_in_the_same_browser(client: Client) -> None:
    registration = sent(client, email="olenna@example.org")
    first = right_code(registration)
    client.post(FORM, answers(key=str(registration.key)))
    assert Registration.objects.count() == 1
    assert Delivery.objects.latest("pk").recipient.address == ADDRESS
    second = right_code(registration)
    if first != second:
        client.post(code_page(str(registration.key)), {"code": first})
        assert Revision.objects.count() == 0
    client.post(code_page(str(registration.key)), {"code": second})
    assert User.objects.get().email == ADDRESS


def test_a_code_proves_no_address_but_its_own(client: Client) -> None:
    """The answers, read for another address, change before the code is tried."""
    registration = sent(client)
    stale = Registration.objects.get(pk=registration.pk)
    details = {"contact_email": ADDRESS}
    client.post(FORM, answers(key=str(registration.key), email="other@example.org"))
    with pytest.raises(Refused):
        finish_registration(stale, right_code(registration), details, note="")
    assert User.objects.count() == 0


def test_a_key_with_another_address_opens_no_finished_registration(client: Client) -> None:
    registration = sent(client)
    client.post(code_page(str(registration.key)), {"code": right_code(registration)})
    stranger = Client()
    response = stranger.post(FORM, answers(key=str(registration.key), email="other@example.org"))
    assert response.status_code == 200
    assert stranger.get(done_page(registration)).status_code == 404


def test_five_wrong_codes_end_the_code_and_a_new_one_works(client: Client, clock: Any) -> None:
    registration = sent(client)
    page, right = code_page(str(registration.key)), right_code(registration)
    texts = [client.post(page, {"code": wrong_code(registration)}).content.decode() for _ in range(5)]
    assert "not the code that we sent" in texts[0]
    assert "This code is over" in texts[4]
    clock.shift(120)
    assert "This code is over" in client.post(page, {"code": right}).content.decode()
    assert "A new code is on its way" in client.post(page, {"resend": "1"}, follow=True).content.decode()
    assert client.post(page, {"code": right_code(registration)}).status_code == 302
    assert Revision.objects.count() == 1


def test_wrong_codes_beyond_five_in_five_minutes_must_wait(client: Client) -> None:
    registration = sent(client)
    page = code_page(str(registration.key))
    for _ in range(5):
        client.post(page, {"code": wrong_code(registration)})
    client.post(page, {"resend": "1"})
    response = client.post(page, {"code": wrong_code(registration)})
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) == 60


def test_a_code_is_over_after_fifteen_minutes(client: Client, clock: Any) -> None:
    registration = sent(client)
    code = right_code(registration)
    clock.shift(15 * 60 + 1)
    text = client.post(code_page(str(registration.key)), {"code": code}).content.decode()
    assert "This code is over" in text
    assert Revision.objects.count() == 0


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢"])
def test_what_is_no_code_is_explained_and_not_counted(client: Client, code: str) -> None:
    registration = sent(client)
    page = client.post(code_page(str(registration.key)), {"code": code})
    assert page.context["form"].errors.keys() == {"code"}
    assert MailedCode.objects.get().wrong_tries == 0


def test_a_used_code_is_harmless(client: Client) -> None:
    registration = sent(client)
    code, page = right_code(registration), code_page(str(registration.key))
    done = done_page(registration)
    assert client.post(page, {"code": code}).url == done
    assert client.post(page, {"code": code}).url == done
    assert client.post(page, {"code": "000000"}).url == done
    assert client.get(page).url == done
    assert client.post(FORM, answers(key=str(registration.key))).url == page or Registration.objects.count() == 1
    assert Revision.objects.count() == 1


def test_the_registration_is_over_after_two_days(client: Client, clock: Any) -> None:
    registration = sent(client)
    clock.shift(48 * 3600 + 1)
    assert client.get(code_page(str(registration.key))).status_code == 404


def test_somebody_with_an_account_keeps_it(client: Client) -> None:
    user = UserFactory(email=ADDRESS, language="pl")
    registration = sent(client)
    client.post(code_page(str(registration.key)), {"code": right_code(registration)})
    assert User.objects.get() == user
    assert Organiser.objects.get().user == user
