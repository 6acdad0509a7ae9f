"""The form."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import MailedCode, User
from events.forms.guarded import _stamp
from events.models import Event, Organiser, Registration, Revision
from outbox.models import Delivery
from tests.events.register.form import ADDRESS, FORM, answers, code_page, done_page, right_code, sent

pytestmark = pytest.mark.django_db


def test_the_form_sets_no_session_and_is_not_stored(client: Client) -> None:
    response = client.get(FORM)
    assert response.status_code == 200
    assert list(response.cookies) == [settings.CSRF_COOKIE_NAME]
    assert "no-store" in response.headers["Cache-Control"]


def test_a_stranger_registers_a_protest(client: Client) -> None:
    registration = sent(client, note="Ask me about the route.")
    delivery = Delivery.objects.get()
    assert (delivery.letter, delivery.recipient.address) == ("code", ADDRESS)
    assert Event.objects.count() == User.objects.count() == 0
    assert "Plac Zamkowy" in client.get(code_page(str(registration.key))).content.decode()

    response = client.post(code_page(str(registration.key)), {"code": right_code(registration)}, follow=True)

    assert response.redirect_chain[-1][0] == done_page(registration)
    assert "is with the moderators" in response.content.decode()
    revision = Revision.objects.get()
    assert (revision.state, revision.number, revision.title) == ("pending", 1, "March for freedom of movement")
    assert (revision.note_to_moderators, revision.contact_email) == ("Ask me about the route.", ADDRESS)
    assert (revision.event.state, revision.event.published_at) == ("submitted", None)
    user = User.objects.get()
    assert Organiser.objects.get().user == user
    assert user.emailaddress_set.get().verified
    assert int(client.session["_auth_user_id"]) == user.pk
    registration.refresh_from_db()
    assert registration.answers == "{}"
    assert MailedCode.objects.count() == 0


def test_the_code_may_come_in_other_digits_and_with_blanks(client: Client) -> None:
    registration = sent(client)
    code = "".join(chr(ord("٠") + int(digit)) for digit in right_code(registration))
    client.post(code_page(str(registration.key)), {"code": f" {code[:3]} {code[3:]} "})
    assert Revision.objects.count() == 1


def test_what_was_typed_comes_back_with_the_errors(client: Client) -> None:
    page = client.post(FORM, answers(title="Kurz: <b>Demo</b>", city="Nowhere", description="Words & more"))
    text = page.content.decode()
    assert page.status_code == 200
    assert 'value="Kurz: &lt;b&gt;Demo&lt;/b&gt;"' in text
    assert "Words &amp; more</textarea>" in text
    assert 'value="Nowhere"' in text
    assert f'value="{ADDRESS}"' in text
    assert 'href="#id_city"' in text
    assert Registration.objects.count() == 0


@pytest.mark.parametrize(
    "email", ["", "nonsense", "a@b", "x" * 250 + "@example.org", "a@example.org\nBcc: b@example.org"]
)
def test_a_wrong_address_is_explained(client: Client, email: str) -> None:
    page = client.post(FORM, answers(email=email))
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == {"email"}
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("fault", [{"nickname": "bot"}, {"started": ""}, {"started": "forged"}])
def test_robots_are_asked_again_and_people_lose_nothing(client: Client, clock: Any, fault: dict[str, str]) -> None:
    page = client.post(FORM, answers(**fault))
    assert page.status_code == 200
    assert Registration.objects.count() == 0
    clock.shift(10)
    again = {**answers(**fault), "nickname": "", "started": page.context["form"]["started"].value()}
    assert client.post(FORM, again).status_code == 302


def test_whoever_is_too_fast_is_asked_to_press_again(client: Client, clock: Any) -> None:
    quick = answers(started=_stamp.sign("form"))
    assert "very quick" in client.post(FORM, quick).content.decode()
    clock.shift(10)
    assert client.post(FORM, quick).status_code == 302


@pytest.mark.parametrize("key", ["", "nonsense"])
def test_a_broken_key_is_replaced(client: Client, key: str) -> None:
    page = client.post(FORM, answers(key=key))
    fresh = str(page.context["form"]["key"].value())
    assert client.post(FORM, answers(key=fresh)).status_code == 302


def test_the_same_form_five_times_is_one_registration_and_one_mail(client: Client) -> None:
    form = answers()
    for _ in range(5):
        assert client.post(FORM, form).status_code == 302
    assert Registration.objects.count() == Delivery.objects.count() == 1


def test_the_same_form_from_a_lost_session_is_still_one_registration(client: Client) -> None:
    form = answers()
    client.post(FORM, form)
    assert Client().post(FORM, form).status_code == 302
    assert Registration.objects.count() == Delivery.objects.count() == 1


def test_a_key_of_somebody_else_gives_nothing_away(client: Client) -> None:
    registration = sent(client)
    stranger = Client()
    page = stranger.post(FORM, answers(key=str(registration.key), email="other@example.org"))
    assert page.status_code == 200
    assert page.context["form"]["key"].value() != str(registration.key)
    registration.refresh_from_db()
    assert registration.recipient.address == ADDRESS
    for path in (code_page(str(registration.key)), done_page(registration)):
        assert stranger.get(path).status_code == 404
    assert "Plac Zamkowy" not in stranger.get(f"{FORM}?change={registration.key}").content.decode()
