"""R29: PostgreSQL away, read-only or on a full disk: people read on, and what they typed comes back to be sent again.

Crashes and cut connections while forms are sent: tests/faults/test_campaign.py.
"""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from re import findall
from tempfile import mkdtemp
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from psycopg import sql

from events.models import Event
from tests.factories import WEEKS_BEFORE, UserFactory
from tests.faults.worker import database_url
from tests.security.stranger_forms import FORMS, protest

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "fresh_limits")]
READABLE = ["/en/", "/en/protests/", "/en/protests/?q=march", "/en/countries/pl/", "/feeds/all.ics", "/en/reminders/"]
TYPED = "anna.who.typed@example.org"
HIDDEN = r'<input type="hidden" name="([^"]+)" value="([^"]*)">'


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """As a database is that has failed over, or whose host keeps a full disk from harm."""
    name = sql.Identifier(connection.settings_dict["NAME"])
    connections.close_all()
    with psycopg.connect(database_url(), autocommit=True) as server:
        server.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        try:
            yield
        finally:
            connections.close_all()
            server.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))


def fill(disk: Path) -> None:
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """What the forms write lies on a disk of one megabyte, and something else has filled that."""
    with psycopg.connect(database_url(), autocommit=True) as server:
        data = Path(*server.execute("SHOW data_directory").fetchone() or ())
        # Not in pytest's folder, which the database's own user may not enter.
        disk = Path(mkdtemp())
        options = f"size=1m,mode=700,uid={data.stat().st_uid},gid={data.stat().st_gid}"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True)
        if mounted.returncode:
            disk.rmdir()
            pytest.skip("only root may mount a small disk")
        space = sql.Identifier(f"tiny_{connection.settings_dict['NAME']}")
        tables = [sql.Identifier(form.makes._meta.db_table) for form in FORMS.values()]
        try:
            server.execute(sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(space, sql.Literal(str(disk))))
            # Rows of earlier tests have left room.
            server.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(tables)))
            for table in tables:
                server.execute(sql.SQL("ALTER TABLE {} SET TABLESPACE {}").format(table, space))
            fill(disk)
            yield
        finally:
            for table in tables:
                server.execute(sql.SQL("ALTER TABLE {} SET TABLESPACE pg_default").format(table))
            server.execute(sql.SQL("DROP TABLESPACE IF EXISTS {}").format(space))
            subprocess.run(["umount", disk], check=True)
            disk.rmdir()


FAULTS: dict[str, Callable[[], Any]] = {"read-only": read_only, "disk full": full_disk}


@pytest.mark.parametrize("fault", FAULTS)
def test_people_read_on_and_forms_come_back_to_be_sent_again(fault: str) -> None:
    event = protest()
    given_back: dict[str, tuple[str, dict[str, str]]] = {}
    with FAULTS[fault]():
        pages = {path: Client().get(path).status_code for path in [*READABLE, event.get_absolute_url()]}
        for name, form in FORMS.items():
            typed = form.fill_in(event) | ({"email": TYPED} if form.asks_for_address else {})
            client = Client(raise_request_exception=False)
            answer = client.post(form.path(event), typed)
            assert (name, answer.status_code) == (name, 503)
            assert int(answer["Retry-After"]) > 0
            assert answer["Cache-Control"] == "private, no-store"
            page = answer.content.decode()
            assert "Nothing can be saved just now" in page
            hidden = {key: unescape(value) for key, value in findall(HIDDEN, page)}
            sent = {key: value for key, value in typed.items() if isinstance(value, str)}
            assert {key: hidden.get(key) for key in sent} == sent
            given_back[name] = (form.path(event), typed)
    assert pages == dict.fromkeys(pages, 200)
    assert not any(form.makes.objects.exists() for form in FORMS.values())
    for name, (path, typed) in given_back.items():
        assert (name, Client().post(path, typed).status_code) == (name, 302)


@pytest.mark.parametrize("fault", FAULTS)
def test_rooms_say_so_in_words_too(fault: str) -> None:
    user, event = UserFactory(), protest()
    client = Client(raise_request_exception=False)
    client.force_login(user)
    Event.objects.get(pk=event.pk).organisers.create(user=user, role="owner", since=WEEKS_BEFORE)
    path = f"/organise/{event.public_id}/cancel/"
    with FAULTS[fault]():
        assert client.get(f"/organise/{event.public_id}/").status_code == 200
        answer = client.post(path, {"cancel_reason": "The square is flooded."})
        if fault == "read-only":
            assert answer.status_code == 503
            assert 'name="cancel_reason" value="The square is flooded."' in answer.content.decode()


def test_a_database_that_is_away_gives_back_what_was_sent() -> None:
    event = protest()
    form = FORMS["contact"]
    typed = form.fill_in(event) | {"email": TYPED}
    host = connection.settings_dict["HOST"]
    connections.close_all()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        answer = Client(raise_request_exception=False).post(form.path(event), typed)
        room = Client(raise_request_exception=False).post("/organise/", {"text": "Canary"})
    finally:
        connection.settings_dict["HOST"] = host
        connections.close_all()
    assert (answer.status_code, room.status_code) == (503, 503)
    assert TYPED in answer.content.decode()
    assert not form.makes.objects.exists()
