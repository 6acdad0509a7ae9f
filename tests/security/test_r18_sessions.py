"""R18: a session has a new key at log-in, is dead within one request once it should be, and ends after twelve hours for
whoever moderates. What was being typed at that moment is not lost."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.actions import log_out_everywhere
from accounts.models import MailedCode, User
from events.models import Decision, Revision
from tests.factories import WEEKS_BEFORE, CoordinatorFactory, RevisionFactory, UserFactory
from tests.log_in import app_for, log_in, six_digits

pytestmark = pytest.mark.django_db
ROOM, LOG_IN, STEP = "/moderation/", "/accounts/login/", "/accounts/second-factor/authenticate/"
HOUR = 3600


@pytest.fixture(autouse=True)
def clock(fresh_limits: None) -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def moderator() -> User:
    return CoordinatorFactory().user


@pytest.fixture
def revision(moderator: User) -> Revision:
    return RevisionFactory()


def enter(client: Client, user: User, onward: str) -> Any:
    """Log in the whole way."""
    app_for(user)
    client.post(LOG_IN, {"email": user.email, "next": onward})
    client.post("/accounts/login/code/", {"code": MailedCode.objects.latest("pk").code})
    return client.post(STEP, {"code": six_digits()})


def test_the_key_changes_at_log_in_and_the_planted_one_is_nobodys(client: Client, moderator: User) -> None:
    client.get(LOG_IN)
    client.post(LOG_IN, {"email": moderator.email})
    planted = client.session.session_key
    enter(client, moderator, ROOM)
    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["session"] = str(planted)
    assert thief.get(ROOM).url.startswith(LOG_IN)


def test_the_session_of_a_moderator_ends_after_twelve_busy_hours(client: Client, moderator: User, clock: Any) -> None:
    enter(client, moderator, ROOM)
    for _ in range(11):
        clock.shift(HOUR)
        assert client.get(ROOM).status_code == 200
        client.post("/accounts/", {"language": "en"})
    clock.shift(HOUR + 1)
    assert client.get(ROOM).url == f"{LOG_IN}?next=/moderation/"


def test_a_second_proof_makes_it_no_longer(client: Client, moderator: User, clock: Any) -> None:
    enter(client, moderator, ROOM)
    clock.shift(11 * HOUR)
    client.post("/accounts/second-factor/confirm/", {"code": six_digits()})
    assert client.get(ROOM).status_code == 200
    clock.shift(HOUR + 1)
    assert client.get(ROOM).url.startswith(LOG_IN)


def test_an_organiser_stays_for_days(client: Client, clock: Any) -> None:
    client.force_login(UserFactory())
    clock.shift(13 * 24 * HOUR)
    assert client.get("/organise/").status_code == 200


def test_logging_out_ends_it(client: Client, moderator: User) -> None:
    log_in(client, moderator)
    key = client.session.session_key
    client.post("/accounts/logout/")
    client.cookies["session"] = str(key)
    assert client.get(ROOM).url.startswith(LOG_IN)


def test_logging_out_everywhere_ends_all_within_one_request(moderator: User) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        log_in(browser, moderator)
    log_out_everywhere(moderator)
    assert [browser.get(ROOM).status_code for browser in browsers] == [302, 302]


def test_blocking_somebody_ends_theirs_within_one_request(client: Client, moderator: User) -> None:
    log_in(client, moderator)
    User.objects.filter(pk=moderator.pk).update(is_active=False)
    assert client.get(ROOM).url.startswith(LOG_IN)


def test_who_is_no_longer_a_coordinator_is_out_at_once(client: Client, moderator: User) -> None:
    log_in(client, moderator)
    moderator.coordinator_of.all().delete()
    assert client.get(ROOM).status_code == 404


def test_what_was_typed_when_it_ended_is_there_after_log_in_and_is_sent_once(
    client: Client, moderator: User, revision: Revision, clock: Any
) -> None:
    enter(client, moderator, ROOM)
    clock.shift(12 * HOUR + 1)
    decide = f"{ROOM}{revision.pk}/decide/"
    typed = {"verb": "reject", "reason": "Two <b>long</b> lines\nof reasons."}
    away = client.post(decide, typed)
    assert away.url == f"{LOG_IN}?next=%2Faccounts%2Funsent%2F"
    assert not Decision.objects.exists()
    assert enter(client, moderator, "/accounts/unsent/").url == "/accounts/unsent/"
    page = client.get("/accounts/unsent/").content.decode()
    assert "Two &lt;b&gt;long&lt;/b&gt; lines<br>of reasons." in page
    assert f'action="{decide}"' in page
    assert f'href="{ROOM}{revision.pk}/"' in page
    assert client.post(decide, typed).status_code == 302
    assert Decision.objects.get().reason.text == "Two <b>long</b> lines\nof reasons."
    assert client.get("/accounts/unsent/").url == "/organise/"


def test_it_waits_for_an_hour_in_that_browser_and_no_longer(
    client: Client, moderator: User, revision: Revision, clock: Any
) -> None:
    client.post(f"{ROOM}{revision.pk}/decide/", {"verb": "reject", "reason": "Some words."})
    other = Client()
    log_in(other, moderator)
    assert other.get("/accounts/unsent/").url == "/organise/"
    clock.shift(HOUR + 1)
    enter(client, moderator, ROOM)
    assert client.get("/accounts/unsent/").url == "/organise/"


def test_no_more_is_kept_than_anybody_types(client: Client, revision: Revision) -> None:
    decide = f"{ROOM}{revision.pk}/decide/"
    assert client.post(decide, {"reason": "x" * 30_000}).url == f"{LOG_IN}?next={decide}"
