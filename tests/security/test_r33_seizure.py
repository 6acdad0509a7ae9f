"""R33: whoever takes the database's disk or a backup, but not the keys, finds no address in it, and no key."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from pytest_django import DjangoDbBlocker

from noborder.backup import making, secrecy
from tests.backup.conftest import Site, connected_to, site
from tests.factories import UserFactory

__all__ = ["site"]
pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.django_db]
CANARY = "canary.bird@seized-disk.example"
PARTS = [CANARY.encode(), b"canary.bird", b"seized-disk"]


@pytest.fixture(scope="module")
def seized(site: Site, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """A database that somebody's address has gone into on every way."""
    with django_db_blocker.unblock(), connected_to(site.database.name):
        user = UserFactory(email=CANARY)
        EmailAddress.objects.get_or_create(user=user, email=user.email)
        session = SessionStore()
        session["account_login_code"] = {"email": CANARY}
        session.save()
        yield site


def _keys() -> list[bytes]:
    """As bytes, and as they stand in the environment."""
    keys = [*settings.SEAL_KEYS.values(), settings.HASH_KEY]
    return [settings.SECRET_KEY.encode(), *keys, *(base64.b64encode(key) for key in keys)]


def test_a_dump_without_the_keys_holds_no_address_and_no_key(seized: Site) -> None:
    with making.dump(seized.database, seized.programs, kind="plain") as process:
        assert process.stdout is not None
        dump = process.stdout.read().lower()
    assert len(dump) > 100_000
    assert [secret for secret in (*PARTS, *(key.lower() for key in _keys())) if secret in dump] == []
    # The search finds what is in clear.
    assert b"march for freedom of movement" in dump


def test_a_backup_holds_nothing_in_clear(seized: Site, tmp_path: Path) -> None:
    path = tmp_path / "site.age"
    making.write_file(path, seized.database, seized.programs, secrecy.recipients([seized.recipient]))
    backup = path.read_bytes()
    told = [*PARTS, b"PGDMP", b"outbox_recipient", b"March for freedom", *_keys()]
    assert [secret for secret in told if secret in backup] == []


def test_a_stolen_disk_of_the_database_holds_no_address_and_no_key(seized: Site, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        folder = cursor.fetchone()[0]
    for secrets, is_found in (([*PARTS, *_keys()], False), ([b"March for freedom of movement"], True)):
        patterns = tmp_path / "patterns"
        patterns.write_bytes(b"\n".join(secret for secret in secrets if b"\n" not in secret))
        search = ["grep", "--recursive", "--text", "--fixed-strings", "--quiet", f"--file={patterns}", folder]
        found = subprocess.run(search, env={"LC_ALL": "C"}, capture_output=True, check=False)
        assert (found.returncode, found.stderr) == (0 if is_found else 1, b"")
