"""`manage.py rotate_keys` brings everything sealed under the first key, while the site runs, so that the old can go."""

import threading
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import User
from noborder.management.commands import rotate_keys
from outbox import rotating
from outbox.actions import recipient_for
from outbox.models import Recipient
from outbox.sealing import seal
from tests.factories import UserFactory
from tests.log_in import SECRET, app_for

pytestmark = pytest.mark.django_db(transaction=True)
NEW = {"new": b"n" * 32}


@pytest.fixture
def old(settings: Any) -> dict[str, bytes]:
    """The keys that sealed what is there already."""
    settings.SEAL_KEYS = {"old": b"o" * 32}
    return settings.SEAL_KEYS


@pytest.fixture
def user(old: dict[str, bytes]) -> User:
    """Somebody with a row in several tables."""
    user: User = UserFactory(email="ada@example.org")
    EmailAddress.objects.get_or_create(user=user, email=user.email)
    return user


def stored(column: str = "address", table: str = "outbox_recipient") -> set[str]:
    """The ids of the keys in a column, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT split_part({column}, ':', 1) FROM {table}")
        return {key for (key,) in cursor.fetchall()}


def test_everything_comes_under_the_first_key_and_the_old_one_can_go(user: User, old: Any, settings: Any) -> None:
    app = app_for(user)
    codes = RecoveryCodes.activate(user).generate_codes()
    session = SessionStore()
    session["who"] = "ada"
    session.save()

    settings.SEAL_KEYS = {**NEW, **old}
    with pytest.raises(CommandError, match="Other keys than new still seal"):
        call_command("rotate_keys", "--check")
    assert stored() == {"old"}
    call_command("rotate_keys")
    call_command("rotate_keys", "--check")

    settings.SEAL_KEYS = NEW
    assert stored() == stored("email", "accounts_user") == stored("email", "account_emailaddress") == {"new"}
    assert User.objects.get(email="ada@example.org") == user
    assert Recipient.objects.get(pk=user.recipient_id).address == "ada@example.org"
    assert EmailAddress.objects.get(email="ada@example.org").user == user
    assert Authenticator.objects.get(pk=app.pk).wrap().validate_code("000000") is False
    assert RecoveryCodes.activate(user).generate_codes() == codes
    assert SessionStore(session.session_key)["who"] == "ada"


def test_it_says_how_many_rows_of_each_table(user: User, old: Any, settings: Any, capsys: Any) -> None:
    for number in range(7):
        recipient_for(f"follower{number}@example.org", language="en")
    settings.SEAL_KEYS = {**NEW, **old}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotating, "BATCH", 3)
        call_command("rotate_keys")
    told = capsys.readouterr().out.splitlines()
    assert "outbox_recipient.address: 8 sealed anew" in told
    assert "accounts_user.email: 1 sealed anew" in told
    assert told[-1] == "Everything is sealed with new."
    call_command("rotate_keys")
    assert "outbox_recipient.address: 0 sealed anew" in capsys.readouterr().out


def test_every_sealed_column_is_found() -> None:
    found = {str(column) for column in rotating.columns()}
    assert {"outbox_recipient.address", "account_emailaddress.email", "organising_announcement.text"} <= found


def test_a_key_that_is_not_there_is_named_and_nothing_is_changed(user: User, settings: Any) -> None:
    settings.SEAL_KEYS = NEW
    with pytest.raises(CommandError, match=r"Not in SEAL_KEYS.*outbox_recipient\.address: 1 rows with the key 'old'"):
        call_command("rotate_keys")
    assert stored() == {"old"}


def test_a_text_that_was_tampered_with_is_named_and_kept(user: User, old: Any, settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_recipient SET address = 'old:AAAA'")
    settings.SEAL_KEYS = {**NEW, **old}
    with pytest.raises(CommandError, match=f"outbox_recipient.address of row {user.recipient_id} does not open"):
        call_command("rotate_keys")


def test_what_is_being_written_is_neither_waited_for_nor_overwritten(user: User, old: Any, settings: Any) -> None:
    """A process with the old keys changes the address while the command passes; a later pass takes it."""
    other = recipient_for("other@example.org", language="en")
    settings.SEAL_KEYS = {**NEW, **old}
    (column,) = [column for column in rotating.columns() if str(column) == "outbox_recipient.address"]
    written, passed = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                sealed = seal("changed@example.org", purpose="address", key_id="old")
                cursor.execute("UPDATE outbox_recipient SET address = %s WHERE id = %s", [sealed, other.pk])
                written.set()
                passed.wait(120)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(120)
    assert column.seal_anew() == 1
    passed.set()
    writer.join(120)
    assert column.keys() == {"new": 1, "old": 1}
    assert Recipient.objects.get(pk=other.pk).address == "changed@example.org"
    assert column.seal_anew() == 1
    settings.SEAL_KEYS = NEW
    assert Recipient.objects.get(pk=other.pk).address == "changed@example.org"


def test_rows_that_stay_locked_are_told_of(user: User, old: Any, settings: Any, monkeypatch: Any) -> None:
    settings.SEAL_KEYS = {**NEW, **old}
    monkeypatch.setattr(rotate_keys, "PASSES", 1)
    locked, over = threading.Event(), threading.Event()

    def lock() -> None:
        try:
            with transaction.atomic():
                Recipient.objects.select_for_update().get(pk=user.recipient_id)
                locked.set()
                over.wait(120)
        finally:
            connection.close()

    holder = threading.Thread(target=lock)
    holder.start()
    assert locked.wait(120)
    try:
        with pytest.raises(CommandError, match="Other keys than new still seal 1 rows"):
            call_command("rotate_keys")
    finally:
        over.set()
        holder.join(30)
    call_command("rotate_keys")
    assert stored() == {"new"}


def test_a_session_that_does_not_open_is_left_alone(user: User, old: Any, settings: Any) -> None:
    session = SessionStore()
    session["who"] = "ada"
    session.save()
    Session.objects.update(session_data="nonsense")
    settings.SEAL_KEYS = {**NEW, **old}
    call_command("rotate_keys")
    assert Session.objects.get().session_data == "nonsense"


def test_the_app_still_knows_its_secret(user: User, old: Any, settings: Any) -> None:
    app = app_for(user)
    settings.SEAL_KEYS = {**NEW, **old}
    call_command("rotate_keys")
    settings.SEAL_KEYS = NEW
    assert Authenticator.objects.get(pk=app.pk).wrap().instance.data["secret"] == seal(SECRET, purpose="second-factor")
