"""/healthz says that the process lives, /readyz whether the site can do its work."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from moderation import alarms
from outbox import holding, meter
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so_without_the_database(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_a_site_that_can_work_is_ready(client: Client) -> None:
    meter.read(timezone.now())
    DeliveryFactory(not_before=timezone.now() - timedelta(minutes=9))

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ready\n")
    assert response.cookies == {}


@pytest.mark.parametrize("minutes", [11, 90])
def test_late_mail_is_not_ready(client: Client, minutes: int) -> None:
    meter.read(timezone.now())
    DeliveryFactory(not_before=timezone.now() - timedelta(minutes=minutes, seconds=5))

    response = client.get("/readyz")

    said = f"failing: mail\nmail: the oldest mail that is due waits for {minutes} minutes.\n"
    assert (response.status_code, response.content.decode()) == (503, said)


def test_mail_that_is_always_told_to_come_later_is_not_ready(client: Client) -> None:
    meter.read(timezone.now())
    for _n in range(alarms.MANY_TRIED):
        DeliveryFactory(not_before=timezone.now() + timedelta(minutes=5), attempts=1, postponed=1)

    response = client.get("/readyz")

    said = "failing: mail\nmail: the mail server takes none. 20 mails wait.\n"
    assert (response.status_code, response.content.decode()) == (503, said)


def test_how_late_is_late_is_a_setting(client: Client, settings: Settings) -> None:
    settings.MAIL_LATE_MINUTES = 30
    meter.read(timezone.now())
    DeliveryFactory(not_before=timezone.now() - timedelta(minutes=11))

    assert client.get("/readyz").status_code == 200


def test_without_a_tick_of_beat_it_is_not_ready(client: Client) -> None:
    said = client.get("/readyz").content.decode()
    assert said.startswith("failing: beat\nbeat: it has not ticked yet")
    at = timezone.now() - timedelta(minutes=6)
    meter.read(at)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert f"beat: it has not ticked since {at:%Y-%m-%d %H:%M} UTC" in response.content.decode()


def test_without_redis_it_is_not_ready_and_says_what_still_works(client: Client, settings: Settings) -> None:
    meter.read(timezone.now())
    settings.CACHE_URL = "redis://127.0.0.1:1"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.content.decode().startswith("failing: redis\nredis: it does not answer. Pages can be read;")


def test_a_site_with_mail_on_hold_is_ready_and_says_so(client: Client) -> None:
    meter.read(timezone.now())
    DeliveryFactory(not_before=timezone.now() - timedelta(minutes=11))
    holding.hold(timezone.now())

    response = client.get("/readyz")

    said = b"ready, but mail is on hold: manage.py release_post\n"
    assert (response.status_code, response.content) == (200, said)
