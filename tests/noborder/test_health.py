"""/healthz says that the process lives, /readyz whether the site can do its work."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so_without_the_database(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_a_site_that_can_work_is_ready(client: Client) -> None:
    DeliveryFactory(not_before=timezone.now() - timedelta(minutes=9))

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ready\n")
    assert response.cookies == {}


def test_late_mail_is_not_ready(client: Client) -> None:
    DeliveryFactory(not_before=timezone.now() - timedelta(minutes=11))

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"failing: mail\n")


def test_without_redis_it_is_not_ready(client: Client, settings: Settings) -> None:
    settings.CACHE_URL = "redis://127.0.0.1:1"

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"failing: redis\n")
