"""Errors reported to a service of the host's own: really sent, to a small server that keeps what it gets."""

import json
import logging
import logging.config
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings
from django.test import Client

from noborder import error_reports
from noborder.error_reports import BadDsn, Reporter, Service
from outbox import tokens

ADDRESS = "canary.person@mail.example.org"
TOKEN = tokens.make({"s": 1}, "canary")


class Sink(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def dsn(self) -> str:
        return f"http://somekey@127.0.0.1:{self.server_port}/below/7"

    def text(self) -> str:
        """All that was ever received, headers too."""
        return "\n".join(f"{path} {headers} {body.decode()}" for path, headers, body in self.got)


class Taker(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers.items()), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def reporter(sink: Sink) -> Iterator[Reporter]:
    handler = Reporter(sink.dsn)
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_a_report_tells_kind_and_place_of_an_error_and_nothing_of_people(
    client: Client, sink: Sink, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_arguments: object, **_options: object) -> None:
        secret = ADDRESS
        raise RuntimeError(f"no such row: {secret}")

    monkeypatch.setattr("django.core.signing.loads", break_down)
    client.raise_request_exception = False
    client.post(
        f"/en/reminders/{TOKEN}/?q={ADDRESS}",
        {"address": ADDRESS, "do": "leave_all"},
        REMOTE_ADDR="203.0.113.9",
        headers={"User-Agent": "canary agent", "Cookie": "session=canarycookie", "Referer": "https://canary.example/"},
    )
    reporter.waiting.join()

    ((path, headers, body),) = sink.got
    head, kind, event = (json.loads(line) for line in body.decode().splitlines())
    assert path == "/below/api/7/envelope/"
    assert headers["X-Sentry-Auth"] == "Sentry sentry_version=7, sentry_client=noborder/1.0, sentry_key=somekey"
    assert kind == {"type": "event"}
    assert head["event_id"] == event["event_id"]
    assert event["transaction"] == "POST /en/reminders/<str:token>/"
    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("RuntimeError", "")
    assert error["stacktrace"]["frames"][-1]["function"] == "break_down"
    assert all(set(f) == {"filename", "lineno", "function", "in_app"} for f in error["stacktrace"]["frames"])
    allowed = {"event_id", "timestamp", "platform", "level", "logger", "logentry", "transaction", "exception"}
    assert set(event) == allowed
    for secret in ("canary", TOKEN, "203.0.113.9", "no such row", f"{settings.BASE_DIR}/", "/home/", "site-packages"):
        assert secret not in sink.text()


def test_what_is_logged_as_an_error_is_reported_scrubbed(sink: Sink, reporter: Reporter) -> None:
    logging.getLogger("outbox").error("delivery %s to %s", 7, ADDRESS)
    logging.getLogger("outbox").warning("no error")
    reporter.waiting.join()

    ((_path, _headers, body),) = sink.got
    event = json.loads(body.decode().splitlines()[2])
    assert event["logentry"] == {"formatted": "delivery 7 to [address]"}


def test_a_flood_of_errors_is_cut(sink: Sink, reporter: Reporter, time_machine: object) -> None:
    time_machine.move_to("2027-10-11 10:00:00Z", tick=False)
    for number in range(200):
        logging.getLogger("outbox").error("delivery %s", number)
    reporter.waiting.join()

    assert 0 < len(sink.got) <= error_reports.MOST_A_MINUTE


def test_a_service_that_is_away_harms_nobody() -> None:
    handler = Reporter("http://somekey@127.0.0.1:1/7")
    handler.emit(logging.LogRecord("outbox", logging.ERROR, "", 1, "delivery 7", None, None))
    handler.waiting.join()


@pytest.mark.parametrize(
    "dsn", ["", "https://host/1", "https://key@host", "https://key@host/", "ftp://key@host/1", "key", "https://key@/1"]
)
def test_a_service_is_named_in_full(dsn: str) -> None:
    with pytest.raises(BadDsn):
        Service.at(dsn)


def test_it_is_off_by_default() -> None:
    handlers = logging.getLogger().handlers
    assert not any(isinstance(handler, Reporter) for handler in handlers)
