"""R19: no address, IP or token in logs, database, Redis or tracebacks. Logs and Redis of the whole run are searched by
tests/canaries.py; here somebody goes the ways on which secrets pass, and everything that is written is searched."""

import logging
import os
import re
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import time_machine
from django.conf import settings as site
from django.db import connection
from django.test import Client
from pytest_django import Settings

from noborder.embedded.site import commands
from noborder.logs import JsonLines
from outbox import sender
from outbox.backends import MaildirBackend
from outbox.messages import Message
from outbox.models import Delivery
from outbox.sealing import address_hash
from reminders.models import Subscription
from reminders.tokens import confirm_url
from tests.canaries import Listener, everything_in_redis, listener_of, secrets_in
from tests.events.test_contact import answers
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, CoordinatorFactory, EventFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]

NAME = "canary.bird"
ADDRESS = f"{NAME}@secret-nest.example"
IP, IP6 = "203.0.113.77", "2001:db8:77:77::77"
AGENT = "canary-agent/7"
SECRETS = [NAME, "secret-nest", IP, IP6, "2001:db8:77", AGENT]


class RefusingBackend(MaildirBackend):
    """A mail server that quotes the address in its answer."""

    def finish(self, message: Message) -> None:
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (550, f"<{ADDRESS}> no such user".encode())})


class BreakingBackend(MaildirBackend):
    def finish(self, message: Message) -> None:
        raise RuntimeError(f"cannot write to {ADDRESS}")


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged, as production writes it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def _dump() -> str:
    """All rows of all tables as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        parts = " || ".join(f"(SELECT coalesce(string_agg(t::text, '|'), '') FROM {table} t)" for table in tables)
        cursor.execute(f"SELECT {parts}")
        return str(cursor.fetchone()[0])


def _go(client: Client) -> list[str]:
    """Ask to be reminded, confirm, write to the campaign and log in; gives the tokens on the way."""
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    CoordinatorFactory(admin=True, campaign=event.campaign, user=UserFactory(email=f"{NAME}.too@secret-nest.example"))
    UserFactory(email=ADDRESS)
    wish = {"email": ADDRESS, "week_before": "on", "day_before": "on", "on_the_day": "on"}
    assert client.post(f"/en/reminders/?event={event.public_id}", wish).status_code == 302
    link = confirm_url(Subscription.objects.get().recipient, "en").removeprefix(site.SITE_URL)
    assert client.get(link).status_code == 200
    assert client.post(link).status_code < 400
    assert client.post("/en/contact/", answers(email=ADDRESS)).status_code == 302
    assert client.post("/accounts/login/", {"email": ADDRESS}).status_code == 302
    client.get(f"{link[:-2]}/?email={ADDRESS}")
    client.get(f"/en/protests/?q={ADDRESS}")
    return [link.rstrip("/").rpartition("/")[2], str(client.session.session_key)]


def test_nothing_that_is_written_holds_a_secret(
    settings: Settings, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(REMOTE_ADDR=IP, HTTP_USER_AGENT=AGENT, HTTP_X_FORWARDED_FOR=IP6)
    client.raise_request_exception = False
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        token, session = _go(client)
        for backend in ("RefusingBackend", "BreakingBackend"):
            Delivery.objects.filter(state="queued").update(not_before=WEEKS_BEFORE)
            settings.EMAIL_BACKEND = f"{__name__}.{backend}"
            sender.send_due()
            Delivery.objects.update(state="queued", lease_until=None, finished_at=None, attempts=0, reason="")
            clock.shift(60)

        def break_down(*_arguments: object, **_options: object) -> None:
            raise RuntimeError(f"{ADDRESS} {IP} {token}")

        monkeypatch.setattr("django.core.signing.loads", break_down)
        assert client.get(f"/en/reminders/{token}/?email={ADDRESS}").status_code == 500

    written = {"log": log.getvalue(), "database": _dump(), "Redis": "\n".join(everything_in_redis())}
    assert "cannot be sent: RuntimeError" in written["log"]
    assert "500 GET /en/reminders/" in written["log"]
    # The row is there, sealed; of the session only its sealed row knows the key.
    assert address_hash(ADDRESS).hex() in written["database"]
    for where, text in written.items():
        secrets = [*SECRETS, token] + ([session] if where != "database" else [])
        assert [secret for secret in secrets if secret.lower() in text.lower()] == [], where


def test_the_log_of_the_whole_run_is_listened_to(request: pytest.FixtureRequest) -> None:
    listener = listener_of(request.config)
    before = listener.heard
    logging.getLogger("outbox").error("delivery 7")

    assert listener in logging.getLogger().handlers
    assert listener.heard == before + 1


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"to {ADDRESS}", ["address"]),
        ("to canary%40nest.example", ["address"]),
        (f"from {IP}", ["IP"]),
        (f"from {IP6}", []),
        ("from 2001:db8::7", []),
        ("from ::7", ["IP"]),
        (f"/en/reminders/{'e' * 9}:1xWLqn:{'F' * 43}/", ["signed link"]),
        ('{"time": "2027-10-10T09:00:01.204+00:00", "message": "events/views/browse.py:88 protest"}', []),
        ("Sat 09:30:00 Django 5.2.19", []),
    ],
)
def test_the_listener_knows_secrets(text: str, kinds: list[str]) -> None:
    assert secrets_in(text) == kinds


def test_the_listener_hears_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noborder.logs.scrubbed", lambda text: text)
    listener = Listener()
    listener.emit(logging.LogRecord("outbox", logging.ERROR, "", 1, "to %s", (ADDRESS,), None))

    assert len(listener.found) == 2
    assert all(line.startswith("address in a log line of") for line in listener.found)


def test_web_servers_log_neither_addresses_nor_queries() -> None:
    proxy = (site.BASE_DIR / "deploy" / "nginx.conf").read_text()
    (form,) = re.findall(r"log_format\s+\w+\s+([^;]+);", proxy)
    told = set(re.findall(r"\$(\w+)", form))
    assert told <= {
        "time_iso8601",
        "request_method",
        "area",
        "status",
        "body_bytes_sent",
        "request_time",
        "upstream_cache_status",
    }
    compose = (site.BASE_DIR / "docker-compose.yml").read_text()
    for text in (compose, str(commands(_Place(), 8000))):
        assert "granian" in text
        assert "--access-log" not in text
        assert "GRANIAN_LOG_ACCESS" not in text


class _Place:
    data = site.BASE_DIR / "var"


def test_pages_of_links_tell_other_sites_nothing(client: Client) -> None:
    assert client.get("/en/reminders/x:y:z/").headers["Referrer-Policy"] == "no-referrer"


SAID_BY_GRANIAN = f"""
import logging
import django
from granian.log import LogLevels, configure_logging
configure_logging(LogLevels.info)
django.setup()
try:
    raise RuntimeError("{ADDRESS} {IP}")
except RuntimeError:
    logging.getLogger("_granian").exception("Application callable raised an exception for {ADDRESS}")
logging.getLogger("granian.access").info('{IP} - "GET /en/reminders/?email={ADDRESS}" 200')
"""


def test_what_the_web_server_says_itself_goes_through_our_log() -> None:
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "noborder.settings"}
    done = subprocess.run(
        [sys.executable, "-c", SAID_BY_GRANIAN],
        cwd=site.BASE_DIR,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout + done.stderr
    assert "Application callable raised an exception for [address]" in said
    assert "RuntimeError" in said
    assert '"GET /en/reminders/?[query]" 200' in said
    assert [secret for secret in SECRETS if secret in said] == []
