"""R28: Redis emptied, gone, full, or with other things under our keys: people read on, nothing typed is lost."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client

from accounts import limits
from accounts.actions import CODES_WITHOUT_REDIS
from events.models import Event
from outbox.models import Delivery
from tests.factories import UserFactory
from tests.security.stranger_forms import FORMS, protest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]
READABLE = ["/en/", "/en/protests/", "/en/protests/?q=border", "/en/countries/", "/feeds/all.ics", "/en/reminders/"]
TYPED = "anna.who.typed@example.org"


@pytest.fixture
def event(clock: Any) -> Event:
    return protest()


def connected() -> redis.Redis:
    return redis.Redis.from_url(settings.CACHE_URL)


@pytest.fixture
def full() -> Iterator[None]:
    client = connected()
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", "1")
    yield
    client.config_set("maxmemory", "0")


@pytest.fixture(params=["redis_away", "full"])
def lost(request: pytest.FixtureRequest, event: Event) -> None:
    request.getfixturevalue(request.param)


def _send(name: str, event: Event) -> Any:
    form = FORMS[name]
    return form.send(Client(), event, **({"email": TYPED} if form.asks_for_address else {}))


@pytest.mark.usefixtures("lost")
def test_people_read_on(event: Event) -> None:
    assert {path: Client().get(path).status_code for path in READABLE} == dict.fromkeys(READABLE, 200)
    assert Client().get(event.get_absolute_url()).status_code == 200


def test_a_redis_that_hangs_holds_up_one_search_and_not_the_next(
    event: Event, redis_away: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than a slow machine takes for all four.
    monkeypatch.setattr(limits, "SILENCE_SECONDS", 3600)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        settings.CACHE_URL = f"redis://127.0.0.1:{hanging.getsockname()[1]}"
        answers = [Client().get(f"/en/protests/?q=word{number}") for number in range(4)]
        hanging.setblocking(False)
        hanging.accept()[0].close()
        with pytest.raises(BlockingIOError):
            hanging.accept()
    assert [answer.status_code for answer in answers] == [200] * 4


@pytest.mark.usefixtures("lost")
def test_forms_of_strangers_come_back_filled_in(event: Event) -> None:
    for name, form in FORMS.items():
        answer = _send(name, event)
        assert (name, answer.status_code) == (name, 503)
        assert int(answer["Retry-After"]) > 0
        typed = [
            value
            for field, value in form.fill_in(event).items()
            if isinstance(value, str) and field in {"title", "name", "text", "subject"}
        ]
        page = answer.content.decode()
        assert [value for value in typed if value and value not in page] == []
        assert TYPED in page or not form.asks_for_address
        assert not form.makes.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.usefixtures("lost")
def test_codes_of_accounts_are_counted_in_postgresql() -> None:
    UserFactory(email=TYPED)
    answers = [Client().post("/accounts/login/", {"email": TYPED}) for _ in range(CODES_WITHOUT_REDIS + 3)]
    assert {answer.status_code for answer in answers} == {302}
    assert Delivery.objects.count() == CODES_WITHOUT_REDIS


def test_once_emptied_everything_goes_on(event: Event, django_capture_on_commit_callbacks: Any) -> None:
    client = connected()
    with django_capture_on_commit_callbacks(execute=True):
        for name in FORMS:
            client.flushall()
            assert (name, _send(name, event).status_code) == (name, 302)


def test_other_things_under_our_keys_stop_nobody(event: Event, django_capture_on_commit_callbacks: Any) -> None:
    """Not in the queue of the workers either: the mail then waits for the next beat."""
    broker = redis.Redis.from_url(
        settings.CELERY_BROKER_URL.replace("redis+socket", "unix").replace("virtual_host", "db")
    )
    assert {name: _send(name, event).status_code for name in FORMS} == dict.fromkeys(FORMS, 302)
    client = connected()
    for key in list(client.scan_iter()):
        client.delete(key)
        client.lpush(key, "not ours")
    broker.flushdb()
    broker.set("mail", "not a queue")
    try:
        with django_capture_on_commit_callbacks(execute=True):
            again = {name: _send(name, event).status_code for name in FORMS}
    finally:
        broker.delete("mail")
    assert again == dict.fromkeys(FORMS, 302)
