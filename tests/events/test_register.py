"""From the form over the mailed code to the queue, and all that can go wrong on the way."""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import MailedCode, User
from events.actions import Refused, finish_registration
from events.forms.guarded import _stamp
from events.models import Campaign, CampaignCountry, Event, Organiser, Registration, Revision
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignFactory, CityFactory, UserFactory

pytestmark = pytest.mark.django_db
FORM = "/en/register/"
ADDRESS = "olena@example.org"


@pytest.fixture(autouse=True)
def _fresh(fresh_limits: None) -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def clock(_fresh: Any) -> Any:
    return _fresh


@pytest.fixture
def campaign() -> Campaign:
    return CampaignFactory()


@pytest.fixture(autouse=True)
def _warszawa(campaign: Campaign) -> None:
    CampaignCountryFactory(campaign=campaign)
    CityFactory()


def answers(**changes: Any) -> dict[str, Any]:
    started = WEEKS_BEFORE.timestamp() - 60
    with time_machine.travel(started, tick=False):
        stamp = _stamp.sign("form")
    return {
        "title": "March for freedom of movement",
        "description": "We walk from the station to the square.",
        "language": "en",
        "kind": "demonstration",
        "day": "2027-10-11",
        "start_time": "14:00",
        "country": "PL",
        "place_kind": "address",
        "city": "Warszawa",
        "venue": "Plac Zamkowy",
        "disclosure": "public",
        "email": ADDRESS,
        "key": str(uuid.uuid4()),
        "started": stamp,
        **changes,
    }


def code_page(key: str) -> str:
    return f"/en/register/{key}/code/"


def done_page(registration: Registration) -> str:
    return f"/en/register/{registration.key}/"


def sent(client: Client, **changes: Any) -> Registration:
    """The registration made by a right form, its code on the way."""
    response = client.post(FORM, answers(**changes))
    assert response.status_code == 302, response.content.decode()
    registration = Registration.objects.latest("pk")
    assert response.url == code_page(str(registration.key))
    return registration


def right_code(registration: Registration) -> str:
    registration.refresh_from_db()
    assert registration.code is not None
    return registration.code.code


def wrong_code(registration: Registration) -> str:
    return f"{(int(right_code(registration)) + 1) % 1_000_000:06}"


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
    with_one_barrier(2, lambda: Client().post(FORM, form))
    assert Registration.objects.count() == Delivery.objects.count() == 1
    registration = Registration.objects.get()
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post(FORM, form)
    code, page = right_code(registration), code_page(str(registration.key))
    queue = list(browsers)
    with_one_barrier(2, lambda: queue.pop().post(page, {"code": code}))
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

    with_one_barrier(12, guess)
    assert MailedCode.objects.get().wrong_tries == 5


def with_one_barrier(number: int, act: Any) -> None:
    barrier = threading.Barrier(number)

    def run() -> None:
        barrier.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
