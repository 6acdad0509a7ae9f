"""No visitor holds the database for ever."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.factories import CampaignFactory
from tests.faults.worker import database_url

SHOW = (
    "from django.db import connection as c; u = c.cursor(); u.execute('SHOW statement_timeout'); print(*u.fetchone())"
)


@contextmanager
def impatience() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'")
        yield
        cursor.execute("RESET statement_timeout")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/en/protests/?q=march", "/en/countries/pl/"])
def test_what_takes_too_long_is_stopped_and_said_in_plain_words(client: Client, path: str) -> None:
    CampaignFactory()
    with psycopg.connect(database_url()) as other, impatience():
        other.execute("LOCK TABLE events_event, events_placetally")
        response = client.get(path)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "This takes too long" in response.content.decode()
    assert not response.cookies
    assert client.get(path).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("start", "chosen", "limit"),
    [
        ("import noborder.wsgi", None, "10s"),
        ("import noborder.wsgi", "3", "3s"),
        ("import noborder.wsgi", "0", "0"),
        ("import django; django.setup()", None, "0"),
    ],
)
def test_only_the_web_process_is_impatient(start: str, chosen: str | None, limit: str) -> None:
    environment = {**os.environ, "DATABASE_URL": database_url()}
    environment |= {"STATEMENT_TIMEOUT": chosen} if chosen else {}
    command = [sys.executable, "-c", f"{start}; {SHOW}"]
    said = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == limit
