"""The second step at log-in: set up, passed, lost, and never worth anything twice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.factors import make_recovery_codes, recovery_codes, six_digits, step_at
from accounts.models import AuditEntry, MailedCode, User
from moderation.demo import ADMIN, MODERATOR, ORGANISER, make_people
from outbox import letters
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, CoordinatorFactory, UserFactory
from tests.log_in import SECRET, app_for, log_in
from tests.log_in import six_digits as shown

pytestmark = pytest.mark.django_db
LOG_IN, CODE = "/accounts/login/", "/accounts/login/code/"
FACTORS = "/accounts/second-factor/"
STEP, CONFIRM, APP = f"{FACTORS}authenticate/", f"{FACTORS}confirm/", f"{FACTORS}app/"
CODES, FILE = f"{FACTORS}recovery-codes/", f"{FACTORS}recovery-codes.txt"
ROOM = "/moderation/"


@pytest.fixture(autouse=True)
def clock(fresh_limits: None) -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def moderator() -> User:
    return CoordinatorFactory(user=UserFactory(email="olena@example.org")).user


def enter_mailed_code(client: Client, user: User, onward: str = ROOM) -> Any:
    """Ask for the code and enter it; gives the answer."""
    assert client.post(LOG_IN, {"email": user.email, "next": onward}).url == CODE
    return client.post(CODE, {"code": MailedCode.objects.latest("pk").code})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def letters_to(user: User) -> list[str]:
    """What the letters about second factors say, the oldest first."""
    kind = letters.kind("second_factor")
    sent = list(Delivery.objects.filter(letter="second_factor", recipient=user.recipient).order_by("pk"))
    assert kind.unwanted(sent) == {}
    rendered = kind.render(sent)
    return [rendered[delivery.pk].text for delivery in sent]


def test_without_a_second_factor_the_mailed_code_is_enough() -> None:
    client, user = Client(), UserFactory()
    assert enter_mailed_code(client, user, "/organise/").url == "/organise/"
    assert is_in(client)


def test_the_app_opens_the_room_and_where_to_go_survives(client: Client, moderator: User) -> None:
    app_for(moderator)
    assert enter_mailed_code(client, moderator, "/moderation/protests/").url == STEP
    assert not is_in(client)
    assert client.get(STEP).status_code == 200
    before = client.session.session_key
    answer = client.post(STEP, {"code": f" {shown()[:3]} {shown()[3:]} "})
    assert answer.url == "/moderation/protests/"
    assert is_in(client)
    assert client.session.session_key != before
    assert client.get("/moderation/protests/").status_code == 200


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_wrong(steps: int, fits: bool, client: Client, moderator: User) -> None:
    app_for(moderator)
    enter_mailed_code(client, moderator)
    client.post(STEP, {"code": shown(steps)})
    assert is_in(client) is fits


def test_no_digits_work_twice_nor_after_later_ones(moderator: User, clock: Any) -> None:
    app_for(moderator)
    outcomes = []
    for code in (shown(), shown(), shown(-1), shown(1)):
        browser = Client()
        enter_mailed_code(browser, moderator)
        browser.post(STEP, {"code": code})
        outcomes.append(is_in(browser))
    assert outcomes == [True, False, False, True]


def test_a_clock_that_once_ran_a_year_ahead_shuts_nobody_out(client: Client, moderator: User, clock: Any) -> None:
    app_for(moderator)
    Authenticator.objects.update(data=Authenticator.objects.get().data | {"last_step": step_at(WEEKS_BEFORE) + 10**6})
    enter_mailed_code(client, moderator)
    client.post(STEP, {"code": shown()})
    assert is_in(client)


def test_a_wrong_code_says_so_and_five_end_the_log_in(client: Client, moderator: User) -> None:
    app_for(moderator)
    enter_mailed_code(client, moderator)
    wrong = f"{(int(shown()) + 1) % 1_000_000:06}"
    for _ in range(4):
        assert "That did not work" in client.post(STEP, {"code": wrong}).content.decode()
    assert client.post(STEP, {"code": wrong}).url == LOG_IN
    assert client.get(STEP).url == LOG_IN
    assert "Log in again with a new code" in client.get(LOG_IN).content.decode()


def test_guesses_from_one_network_wait_and_the_right_person_elsewhere_gets_in(moderator: User, clock: Any) -> None:
    app_for(moderator)
    thief = Client(REMOTE_ADDR="192.0.2.1")
    enter_mailed_code(thief, moderator)
    for _ in range(5):
        thief.post(STEP, {"code": "000000"})
    enter_mailed_code(thief, moderator)
    answer = thief.post(STEP, {"code": shown()})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert not is_in(thief)
    elsewhere = Client(REMOTE_ADDR="198.51.100.1")
    enter_mailed_code(elsewhere, moderator)
    elsewhere.post(STEP, {"code": shown()})
    assert is_in(elsewhere)


@pytest.mark.usefixtures("redis_away")
def test_without_redis_moderators_get_in_and_guessers_are_stopped(moderator: User) -> None:
    app_for(moderator)
    client = Client()
    enter_mailed_code(client, moderator)
    for _ in range(5):
        answer = client.post(STEP, {"code": "000000"})
    assert answer.url == LOG_IN
    enter_mailed_code(client, moderator)
    client.post(STEP, {"code": shown()})
    assert is_in(client)


def test_a_recovery_code_works_once_and_its_owner_is_told(moderator: User) -> None:
    app_for(moderator)
    make_recovery_codes(moderator)
    code, *others = recovery_codes(moderator)
    assert len(others) == 9
    outcomes = []
    for _ in range(2):
        browser = Client()
        enter_mailed_code(browser, moderator)
        browser.post(STEP, {"code": code})
        outcomes.append(is_in(browser))
    assert outcomes == [True, False]
    assert recovery_codes(moderator) == others
    assert "One of your recovery codes was used" in letters_to(moderator)[-1]


@pytest.mark.parametrize(
    "answer", ["{}", "[]", "1", '"a"', "{", '{"id": "a", "rawId": 1, "response": []}', '{"id": null, "response": {}}']
)
def test_a_broken_passkey_is_refused_and_no_error(answer: str, client: Client, moderator: User) -> None:
    app_for(moderator)
    enter_mailed_code(client, moderator)
    assert client.post(STEP, {"credential": answer}).status_code == 200
    assert not is_in(client)
    log_in(client, moderator)
    page = client.post(f"{FACTORS}passkey/", {"name": "My key", "credential": answer})
    assert page.status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_a_moderator_without_one_is_led_through_setting_it_up(client: Client, moderator: User) -> None:
    enter_mailed_code(client, moderator)
    way = client.get(ROOM)
    assert way.url == f"{FACTORS}?next=%2Fmoderation%2F"
    assert "stolen mailbox alone must not open the room" in client.get(way.url).content.decode()
    page = client.get(APP).content.decode()
    secret = client.session["app_secret"]
    assert secret[:4] in page
    assert moderator.email not in page
    before = client.session.session_key
    assert "shows something else" in client.post(APP, {"code": "000000"}).content.decode()
    assert client.post(APP, {"code": six_digits(secret, step_at(WEEKS_BEFORE))}).url == CODES
    assert client.session.session_key != before
    assert "app_secret" not in client.session
    page = client.get(CODES).content.decode()
    assert all(code in page for code in recovery_codes(moderator))
    assert 'href="/moderation/"' in page
    assert client.get(FILE).content.decode().split() == recovery_codes(moderator)
    assert client.get(ROOM).status_code == 200
    assert ["An app that shows" in text for text in letters_to(moderator)] == [True, False]
    assert "new recovery codes" in letters_to(moderator)[1]


def test_the_digits_that_set_an_app_up_log_nobody_in(client: Client, moderator: User) -> None:
    enter_mailed_code(client, moderator)
    client.get(APP)
    code = six_digits(client.session["app_secret"], step_at(WEEKS_BEFORE))
    client.post(APP, {"code": code})
    thief = Client()
    enter_mailed_code(thief, moderator)
    thief.post(STEP, {"code": code})
    assert not is_in(thief)


def test_recovery_codes_are_shown_for_minutes_where_they_were_made_and_never_again(
    client: Client, moderator: User, clock: Any
) -> None:
    log_in(client, moderator)
    assert client.post(CODES).url == CODES
    code = recovery_codes(moderator)[0]
    assert code in client.get(CODES).content.decode()
    elsewhere = Client()
    log_in(elsewhere, moderator)
    assert code not in elsewhere.get(CODES).content.decode()
    assert elsewhere.get(FILE).status_code == 404
    clock.shift(601)
    assert code not in client.get(CODES).content.decode()
    assert client.get(FILE).status_code == 404


@pytest.mark.parametrize("path", [APP, f"{FACTORS}passkey/"])
def test_adding_one_needs_a_proof_that_is_minutes_old(path: str, client: Client, moderator: User, clock: Any) -> None:
    log_in(client, moderator)
    assert client.get(path).status_code == 200
    clock.shift(901)
    way = f"{CONFIRM}?next={path.replace('/', '%2F')}"
    assert client.get(path).url == way
    assert client.post(way, {"code": shown()}).url == path
    assert client.get(path).status_code == 200


def test_removing_one_needs_it_too_and_the_last_takes_the_recovery_codes_along(
    client: Client, moderator: User, clock: Any
) -> None:
    log_in(client, moderator)
    make_recovery_codes(moderator)
    pk = app_for(moderator).pk
    clock.shift(901)
    assert client.post(f"{FACTORS}{pk}/remove/").url.startswith(CONFIRM)
    assert Authenticator.objects.count() == 2
    client.post(CONFIRM, {"code": shown()})
    assert client.post(f"{FACTORS}{pk}/remove/").url == FACTORS
    assert Authenticator.objects.count() == 0
    assert "no longer your second step" in letters_to(moderator)[-1]
    assert [entry.verb for entry in AuditEntry.objects.filter(object_id=moderator.pk)][-1] == "app removed"


def test_whoever_has_none_shows_that_it_is_them_by_a_mailed_code(client: Client, moderator: User, clock: Any) -> None:
    enter_mailed_code(client, moderator)
    clock.shift(901)
    way = client.get(APP).url
    assert way.startswith(CONFIRM)
    assert "Send me a code" in client.get(way).content.decode()
    resent = client.post(way, {"resend": "1"}).url
    assert client.post(resent, {"code": "000000"}).status_code == 200
    assert client.post(resent, {"code": MailedCode.objects.latest("pk").code}).url == APP
    assert client.get(APP).status_code == 200


def test_nobody_touches_the_factors_of_another(client: Client, moderator: User) -> None:
    theirs = app_for(UserFactory())
    log_in(client, moderator)
    assert client.post(f"{FACTORS}{theirs.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


def test_a_session_from_before_the_set_up_has_to_pass_it(client: Client, moderator: User) -> None:
    client.force_login(moderator)
    app_for(moderator)
    way = client.get(ROOM).url
    assert way == f"{CONFIRM}?next=%2Fmoderation%2F"
    assert client.post(way, {"code": shown()}).url == ROOM
    assert client.get(ROOM).status_code == 200


def test_an_admin_takes_all_off_whoever_lost_all(client: Client, moderator: User) -> None:
    browser = Client()
    log_in(browser, moderator)
    make_recovery_codes(moderator)
    boss = UserFactory(is_superuser=True)
    log_in(client, boss)
    client.post("/admin/accounts/user/", {"action": "take_factors", "_selected_action": [moderator.pk]})
    assert not Authenticator.objects.filter(user=moderator).exists()
    assert browser.get(ROOM).url.startswith(LOG_IN)
    entry = AuditEntry.objects.get(verb="second factors taken off")
    assert (entry.actor_id, entry.object_id) == (boss.actor_id, moderator.pk)
    assert "An admin has taken all second steps off" in letters_to(moderator)[-1]


def test_no_secret_and_no_address_stands_in_the_table(moderator: User) -> None:
    app_for(moderator)
    make_recovery_codes(moderator)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, '') FROM mfa_authenticator t")
        dump = cursor.fetchone()[0]
    seed = Authenticator.objects.get(type="recovery_codes").wrap().generate_codes()
    assert SECRET not in dump
    assert moderator.email not in dump
    assert not [code for code in seed if code in dump]
    assert dump.count("k1:") == 2


def test_the_picture_for_the_phone_and_the_passkey_name_no_address(client: Client, moderator: User) -> None:
    log_in(client, moderator)
    page = client.get(APP)
    assert "olena" not in page.context["url"]
    options = json.loads(client.get(f"{FACTORS}passkey/").context["options"])
    assert "olena" not in json.dumps(options)
    assert options["publicKey"]["user"]["name"] == "noborder"


def test_the_demo_shows_its_codes_on_a_local_site_alone(client: Client, settings: Settings) -> None:
    make_people()
    page = client.get("/mailbox/codes/").content.decode()
    assert [address in page for address in (MODERATOR, ADMIN, ORGANISER)] == [True, True, False]
    settings.IS_PRODUCTION = True
    assert client.get("/mailbox/codes/").status_code == 404


def test_a_demo_in_production_has_no_app_that_anybody_could_look_at(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    make_people()
    assert not Authenticator.objects.exists()


def test_codes_of_other_people_are_never_shown(client: Client, moderator: User) -> None:
    app_for(moderator)
    assert shown() not in client.get("/mailbox/codes/").content.decode()
