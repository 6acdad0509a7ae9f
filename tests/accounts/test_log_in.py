"""Log in with a mailed code: who gets one, how often, and what a stranger can learn or break."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions import forget_over
from accounts.models import AuditEntry, MailedCode, User
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, UserFactory
from tests.log_in import log_in

pytestmark = pytest.mark.django_db
LOG_IN, CODE, OUT = "/accounts/login/", "/accounts/login/code/", "/accounts/logout/"
ADDRESS = "olena@example.org"


@pytest.fixture(autouse=True)
def _fresh(fresh_limits: None) -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def clock(_fresh: Any) -> Any:
    return _fresh


@pytest.fixture
def user() -> User:
    return UserFactory(email=ADDRESS)


def asked(client: Client, email: str = ADDRESS, **more: str) -> str:
    """The code that was mailed after *email* was entered."""
    assert client.post(LOG_IN, {"email": email, **more}).url == CODE
    return MailedCode.objects.latest("pk").code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_mailed_code_logs_in(client: Client, user: User) -> None:
    code = asked(client, " OLENA@example.org ")
    assert Delivery.objects.get().recipient == user.recipient
    before = client.session.session_key
    response = client.post(CODE, {"code": code})
    assert response.url == "/organise/"
    assert int(client.session["_auth_user_id"]) == user.pk
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    assert "log_in" not in client.session


def test_a_code_works_once(client: Client, user: User) -> None:
    code, other = asked(client), Client()
    client.post(CODE, {"code": code})
    asked(other)
    other.post(CODE, {"code": wrong(MailedCode.objects.latest("pk").code)})
    assert "_auth_user_id" not in other.session
    assert client.post(CODE, {"code": code}).url == LOG_IN


def test_a_code_belongs_to_the_browser_that_asked(client: Client, user: User) -> None:
    code = asked(client)
    assert Client().post(CODE, {"code": code}).url == LOG_IN


def test_a_stranger_and_a_friend_cannot_be_told_apart(user: User) -> None:
    asked(Client(), "first-stranger@example.org")
    seen = []
    for email in (ADDRESS, "stranger@example.org"):
        browser = Client()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = browser.post(LOG_IN, {"email": email})
        page = browser.get(CODE).content.decode().replace(email, "")
        wrong_page = browser.post(CODE, {"code": wrong(MailedCode.objects.latest("pk").code)})
        seen.append((answer.status_code, answer.url, len(queries), len(page), wrong_page.status_code))
    assert seen[0] == seen[1]


def test_an_address_without_an_account_gets_no_mail_and_no_log_in(client: Client) -> None:
    code = asked(client, "stranger@example.org")
    assert not Delivery.objects.get().recipient.is_reachable
    client.post(CODE, {"code": code})
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 0


def test_somebody_blocked_gets_no_code_and_is_out_within_one_request(client: Client, user: User) -> None:
    client.force_login(user)
    User.objects.update(is_active=False)
    assert client.get("/accounts/").url == f"{LOG_IN}?next=/accounts/"
    asked(Client())
    assert not Delivery.objects.get().recipient.is_reachable


def test_five_wrong_codes_end_a_code(client: Client, user: User, clock: Any) -> None:
    code = asked(client)
    for _ in range(5):
        page = client.post(CODE, {"code": wrong(code)})
    assert "This code is over" in page.content.decode()
    clock.shift(120)
    assert "This code is over" in client.post(CODE, {"code": code}).content.decode()
    assert "A new code is on its way" in client.post(CODE, {"resend": "1"}, follow=True).content.decode()
    assert client.post(CODE, {"code": MailedCode.objects.latest("pk").code}).url == "/organise/"


def test_guessing_is_slowed_down_per_network_and_locks_out_nobody(user: User) -> None:
    statuses = []
    for _ in range(4):
        guesser = Client(REMOTE_ADDR="203.0.113.5")
        asked(guesser)
        for _ in range(3):
            statuses.append(guesser.post(CODE, {"code": wrong(MailedCode.objects.latest("pk").code)}).status_code)
    assert statuses == [200] * 5 + [429] * 7
    owner = Client(REMOTE_ADDR="198.51.100.5")
    code = asked(owner)
    assert owner.post(CODE, {"code": code}).url == "/organise/"


def test_a_forged_forwarding_header_changes_nothing(user: User) -> None:
    statuses = [
        Client(HTTP_X_FORWARDED_FOR=f"203.0.{n}.1").post(LOG_IN, {"email": ADDRESS}).status_code for n in range(5)
    ]
    assert statuses == [302, 302, 302, 302, 429]


def test_too_many_codes_name_the_wait_and_keep_the_address(client: Client, user: User) -> None:
    for _ in range(4):
        asked(Client())
    page = client.post(LOG_IN, {"email": ADDRESS})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "300")
    assert "Please wait 5 minutes" in page.content.decode()
    assert f'value="{ADDRESS}"' in page.content.decode()


def test_a_code_is_over_after_fifteen_minutes(client: Client, user: User, clock: Any) -> None:
    code = asked(client)
    clock.shift(15 * 60 + 1)
    assert "This code is over" in client.post(CODE, {"code": code}).content.decode()


def test_without_redis_log_in_goes_on_and_postgresql_counts(client: Client, user: User, redis_away: None) -> None:
    for _ in range(6):
        code = asked(client)
    assert Delivery.objects.count() == 4
    fresh = Client()
    MailedCode.objects.all().delete()
    code = asked(fresh)
    assert fresh.post(CODE, {"code": wrong(code)}).status_code == 200
    assert fresh.post(CODE, {"code": code}).url == "/organise/"


FOREIGN = [
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "///evil.example",
    "https://localhost@evil.example",
    "javascript:alert(1)",
    "\x00//evil.example",
]


@pytest.mark.parametrize("place", FOREIGN)
def test_log_in_leads_nowhere_else(client: Client, user: User, place: str) -> None:
    code = asked(client, next=place)
    assert client.post(CODE, {"code": code}).url == "/organise/"
    assert client.get(LOG_IN, {"next": place}).url == "/organise/"
    assert client.post("/accounts/", {"language": "pl", "next": place}).url == "/organise/"


def test_log_in_leads_back_to_where_one_wanted(client: Client, user: User) -> None:
    code = asked(client, next="/organise/abc/?x=1")
    assert client.post(CODE, {"code": code}).url == "/organise/abc/?x=1"


def test_log_out_needs_a_button_and_ends_the_session(client: Client, user: User) -> None:
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.get(OUT)
    assert "_auth_user_id" in client.session
    client.post(OUT)
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get("/accounts/").status_code == 302


def test_log_out_everywhere_ends_every_session_of_this_person(user: User) -> None:
    phone, laptop, other = Client(), Client(), Client()
    for browser in (phone, laptop):
        browser.force_login(user)
    other.force_login(UserFactory())
    assert phone.get("/accounts/logout/everywhere/").status_code == 405
    phone.post("/accounts/logout/everywhere/")
    assert [browser.get("/accounts/").status_code for browser in (phone, laptop, other)] == [302, 302, 200]
    assert AuditEntry.objects.latest("pk").verb == "logged out everywhere"


@pytest.mark.parametrize("path", [OUT, "/accounts/logout/everywhere/", "/admin/logout/"])
def test_logging_out_empties_what_the_browser_keeps(client: Client, path: str) -> None:
    log_in(client, UserFactory(is_superuser=True))
    answer = client.post(path)
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/accounts/").status_code == 302


def test_the_language_is_chosen_for_pages_and_mail(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.post("/accounts/", {"language": "pl"}).url == "/accounts/"
    user.refresh_from_db()
    assert (user.language, user.recipient.language) == ("pl", "pl")
    assert client.get("/accounts/").headers["Content-Language"] == "pl"
    assert client.post("/accounts/", {"language": "xx"}).status_code == 200


@pytest.mark.parametrize("path", ["signup/", "email/", "password/reset/", "password/change/", "reauthenticate/"])
def test_nothing_else_of_allauth_can_be_reached(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


def test_the_admin_has_no_log_in_of_its_own(client: Client, user: User) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == f"{LOG_IN}?next=/admin/"
    assert client.post("/admin/login/", {"username": ADDRESS, "password": "x"}).status_code == 405
    client.force_login(user)
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_forms_of_other_sites_are_refused(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in (LOG_IN, CODE, OUT, "/accounts/", "/accounts/logout/everywhere/"):
        assert client.post(path, {"email": ADDRESS}).status_code == 403
    assert Delivery.objects.count() == 0


def test_the_session_in_the_database_does_not_show_the_address(client: Client, user: User) -> None:
    asked(client)
    assert ADDRESS not in "".join(Session.objects.values_list("session_data", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text FROM accounts_mailedcode m")
        assert MailedCode.objects.get().code not in str(cursor.fetchall())


def test_what_is_over_is_forgotten(client: Client, user: User, clock: Any) -> None:
    asked(client)
    forget_over()
    assert (MailedCode.objects.count(), Session.objects.count()) == (1, 1)
    clock.shift(15 * 24 * 3600)
    forget_over()
    assert (MailedCode.objects.count(), Session.objects.count()) == (0, 0)
