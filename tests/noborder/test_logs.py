"""Log lines hold no address, no token, no query, and no words of errors."""

import json
import logging
import sys
import uuid
from io import StringIO
from typing import Any

import pytest
from celery.app.trace import TraceInfo
from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError
from django.test import Client, RequestFactory
from django.urls import resolve

from noborder.logs import JsonLines, Lines, scrubbed

ADDRESS = "canary.person+x@mail.example.org"
# As tokens.make() writes them; a fixed one, so that every worker names the tests alike.
TOKEN = "eyJzIjoxfQ:1xWMOZ:0o0Vw7cDehgtufk19nMxyA5OUB9Q-O2GCmdophpOMlk"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"no mail to {ADDRESS}", "no mail to [address]"),
        (f"<{ADDRESS}>: refused", "<[address]>: refused"),
        ("Key (email)=(олена@приклад.укр) exists", "Key (email)=([address]) exists"),
        ("address=canary%40example.org", "address=[address]"),
        ("from 203.0.113.9 and 2001:db8::7:1", "from [ip] and [ip]"),
        ("from ::ffff:203.0.113.9, [::1]:80", "from [ip], [[ip]]:80"),
        ("at 12:34:56 and 09:30", "at 12:34:56 and 09:30"),
        (f"/en/reminders/{TOKEN}/ is gone", "/en/reminders/[token]/ is gone"),
        ("/en/protests/?q=secret&near=1 failed", "/en/protests/?[query] failed"),
        (f"key {uuid.UUID(int=7**40)}", "key [token]"),
        ("k1:nCbU5ogiSYbbMe-zNyKQ9azSMZKPsnyq5WQLCaRyLdk=", "[token]="),
        (
            "delivery 1234567 (moderation_digest) is quarantined: cannot be prepared: TemplateDoesNotExist",
            "delivery 1234567 (moderation_digest) is quarantined: cannot be prepared: TemplateDoesNotExist",
        ),
        ("organising.tasks.remind_of_notices: is it on?", "organising.tasks.remind_of_notices: is it on?"),
    ],
)
def test_what_may_name_or_open_somebodys_is_taken_out(text: str, said: str) -> None:
    assert scrubbed(text) == said


def _record(**extra: Any) -> logging.LogRecord:
    def somewhere() -> None:
        secret = ADDRESS
        try:
            raise IntegrityError(f"Key (address)=({secret}) exists")
        except IntegrityError as error:
            raise ValueError(f"cannot keep {secret}") from error

    try:
        somewhere()
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("outbox", logging.ERROR, "x.py", 1, "cannot send to %s", (ADDRESS,), caught)
    vars(record).update(extra)
    return record


def test_in_production_a_line_is_json_and_tells_kind_and_place_of_errors() -> None:
    text = JsonLines().format(_record())

    line = json.loads(text)
    assert "\n" not in text
    assert (line["level"], line["logger"], line["message"]) == ("error", "outbox", "cannot send to [address]")
    assert line["time"].endswith("+00:00")
    assert [error["type"] for error in line["errors"]] == ["ValueError", "IntegrityError"]
    assert line["errors"][1]["where"][0].startswith("tests/noborder/test_logs.py:")
    assert line["errors"][1]["where"][0].endswith(" somewhere")
    assert "canary" not in text
    assert "cannot keep" not in text


def test_at_home_the_whole_traceback_is_shown_without_addresses() -> None:
    text = Lines().format(_record())

    assert text.startswith("ERROR outbox cannot send to [address]\nTraceback")
    assert "ValueError: cannot keep [address]" in text
    assert "canary.person" not in text


@pytest.mark.parametrize("formatter", [JsonLines(), Lines()])
def test_a_request_is_told_by_the_pattern_of_its_address(formatter: logging.Formatter) -> None:
    request = RequestFactory().get(f"/en/reminders/{TOKEN}/", {"q": ADDRESS}, REMOTE_ADDR="203.0.113.9")
    request.resolver_match = resolve(request.path)
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 1, "Internal Server Error: %s", (request.path,), None
    )
    vars(record).update(request=request, status_code=500)

    text = formatter.format(record)

    assert "500 GET /en/reminders/<str:token>/" in text
    assert TOKEN not in text
    assert "203.0" not in text


def test_an_address_that_is_none_of_ours_is_not_told() -> None:
    request = RequestFactory().get(f"/wp-admin/{ADDRESS}")
    record = logging.LogRecord("django.security", logging.ERROR, "", 1, "%s", (SuspiciousOperation(ADDRESS),), None)
    vars(record).update(request=request, status_code=400)

    assert json.loads(JsonLines().format(record))["message"] == "400 GET [no such address]"


def test_a_task_that_fails_is_told_without_what_it_was_given() -> None:
    context = {
        "name": "outbox.tasks.tidy",
        "id": "1",
        "description": "raised unexpected",
        "exc": ADDRESS,
        "args": ADDRESS,
    }
    record = logging.LogRecord("celery.app.trace", logging.ERROR, "", 1, "Task %(name)s: %(exc)s %(args)s", None, None)
    record.args = context
    record.data = context

    assert json.loads(JsonLines().format(record))["message"] == "task outbox.tasks.tidy raised unexpected"
    assert hasattr(TraceInfo, "_log_error")


@pytest.mark.django_db
def test_an_error_in_a_page_leaves_no_trace_of_who_asked(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way through Django, with a database that refuses in words."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)

    def break_down(*_arguments: object, **_options: object) -> None:
        raise IntegrityError(f"Key (address)=({ADDRESS})")

    monkeypatch.setattr("django.core.signing.loads", break_down)
    client.raise_request_exception = False
    try:
        answer = client.get(f"/en/reminders/{TOKEN}/?q={ADDRESS}", REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="canary")
    finally:
        logging.getLogger().removeHandler(handler)

    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert answer.status_code == 500
    assert line["message"] == "500 GET /en/reminders/<str:token>/"
    assert line["errors"][0]["type"] == "IntegrityError"
    for secret in ("canary", TOKEN, "203.0.113.9"):
        assert secret not in stream.getvalue()
