"""/metrics: numbers for Prometheus, for whoever holds the token."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from noborder import traffic
from noborder.page_cache import PageCache
from noborder.page_cache.application import FROM_MEMORY
from noborder.traffic import Counted
from outbox import meter
from outbox.models import Delivery, Priority
from tests.factories import CampaignTextFactory, DeliveryFactory, RevisionFactory

pytestmark = pytest.mark.django_db

TOKEN = "t" * 40
LINE = re.compile(r'noborder_[a-z_]+(\{[a-z]+="[a-z0-9 -]+"(,[a-z]+="[a-z]+")*\})? [0-9.e+-]+')


@pytest.fixture(autouse=True)
def token(settings: Settings, fresh_limits: None) -> None:
    settings.METRICS_TOKEN = TOKEN


def _read(client: Client) -> dict[str, float]:
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.parametrize("said", ["", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN[:-1]}"])
def test_without_the_token_there_is_no_such_page(client: Client, said: str) -> None:
    assert client.get("/metrics", headers={"Authorization": said}).status_code == 404
    assert client.get(f"/metrics?token={TOKEN}").status_code == 404


def test_where_no_token_is_set_nobody_reads_it(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_it_is_kept_by_no_cache_and_changes_nothing(client: Client) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.cookies == {}
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_it_tells_of_mail_moderation_and_traffic(client: Client) -> None:
    now = timezone.now()
    DeliveryFactory(priority=Priority.REMINDER, not_before=now - timedelta(minutes=3))
    DeliveryFactory(state=Delivery.State.SENT, finished_at=now - timedelta(minutes=30))
    meter.read(now)
    RevisionFactory()
    counted = Counted(lambda environ, start_response: [])
    for status in ("2xx", "2xx", "5xx"):
        counted.count(status, is_from_memory=status == "2xx")
    counted.write()

    numbers = _read(client)

    assert numbers['noborder_mails_waiting{priority="reminder",state="queued"}'] == 1
    assert numbers['noborder_mails_finished_total{state="sent"}'] == 1
    assert numbers["noborder_mail_oldest_due_seconds"] == pytest.approx(180, abs=60)
    assert numbers['noborder_pending{kind="submissions"}'] == 1
    assert numbers['noborder_requests_total{status="2xx"}'] == 2
    assert numbers['noborder_requests_total{status="5xx"}'] == 1
    assert numbers["noborder_pages_from_memory_total"] == 2
    assert numbers['noborder_up{part="redis"}'] == 1
    assert numbers["noborder_beat_tick_timestamp_seconds"] == pytest.approx(now.timestamp())


def test_it_asks_the_same_few_questions_however_much_there_is(client: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        _read(client)
    for number in range(5):
        DeliveryFactory(priority=number % 4)
        RevisionFactory()
    with CaptureQueriesContext(connection) as more:
        _read(client)

    assert len(few) == len(more) == 12


def test_without_redis_it_tells_the_rest(client: Client, redis_away: None) -> None:
    numbers = _read(client)

    assert numbers['noborder_up{part="redis"}'] == 0
    assert numbers['noborder_up{part="database"}'] == 1
    assert "noborder_mail_oldest_due_seconds" in numbers


def _visit(application: Any, path: str) -> tuple[str, Iterable[bytes]]:
    environ: dict[str, Any] = {"PATH_INFO": path, "HTTP_HOST": "testserver", "REQUEST_METHOD": "GET"}
    setup_testing_defaults(environ)
    said: list[str] = []
    body = application(environ, lambda status, headers, *rest: said.append(status))
    return said[0], body


def test_requests_are_counted_by_status_and_by_where_they_came_from(client: Client) -> None:
    CampaignTextFactory()

    def django(environ: Any, start_response: Any) -> list[bytes]:
        answer = client.get(environ["PATH_INFO"])
        start_response(f"{answer.status_code} OK", list(answer.headers.items()))
        return [answer.content]

    counted = Counted(PageCache(django, megabytes=4, read=lambda: 1))
    for path in ("/en/", "/en/", "/en/", "/nowhere"):
        _visit(counted, path)

    assert counted.counts == {"2xx": 3, "4xx": 1, traffic.MEMORY: 2}
    counted.counts.clear()  # its thread would write them down some seconds from now


def test_what_redis_did_not_take_is_written_next_time(settings: Settings) -> None:
    counted, there = Counted(lambda environ, start_response: []), settings.CACHE_URL
    counted.count("2xx", is_from_memory=False)
    settings.CACHE_URL = "redis://127.0.0.1:1"
    counted.write()
    assert traffic.totals() == {}
    settings.CACHE_URL = there
    counted.write()
    counted.write()

    assert traffic.totals() == {"2xx": 1}


def test_a_forwarded_request_cannot_say_that_it_came_from_memory() -> None:
    """Headers arrive as HTTP_...: no visitor can set this key."""
    assert not FROM_MEMORY.startswith("HTTP_")
