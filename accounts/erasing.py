"""Erasing somebody: each room lets go of what it keeps of them, then the account goes, and last the address with all
that points to it. What stays is a keyed hash, so that a restored backup erases them again, and numbers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import AutoField

from accounts.actions import record
from accounts.models import User
from outbox import actions as outbox
from outbox import purges
from outbox.models import Erased, Purge, Recipient

HASH_BYTES = 32
# More than anybody gets in the days since a backup.
_SKIP = """
    SELECT setval(pg_get_serial_sequence(%s, %s), nextval(pg_get_serial_sequence(%s, %s)) + 1000000)
"""


@dataclass(frozen=True)
class Tie:
    """What would be without its owner, and in words what becomes of it. `is_left_alone`: nobody goes on."""

    name: str
    url: str
    what: str
    is_left_alone: bool


LetGo = Callable[[Recipient], None]
Ties = Callable[[User], list[Tie]]

_let_go: list[LetGo] = []
_ties: list[Ties] = []


def register(let_go: LetGo, *, ties: Ties | None = None) -> None:
    """Called once per room from its AppConfig.ready(); rooms are asked from the top of the house down. A room has
    nothing to do for rows that go with the address or the account by themselves."""
    _let_go.append(let_go)
    if ties:
        _ties.append(ties)


def ties_of(user: User) -> list[Tie]:
    return [tie for ties in _ties for tie in ties(user)]


def may_go(user: User) -> bool:
    """Somebody must be left who can let others in."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return not user.is_superuser or others.exists()


@transaction.atomic
def erase(recipient: Recipient) -> None:
    """Nothing of this person remains. Again, it does no harm."""
    for let_go in _let_go:
        let_go(recipient)
    user = User.objects.filter(recipient=recipient).first()
    _end_sessions(recipient, user)
    if user:
        record("account erased", by=user, on=user)
        purges.note(Purge.What.ACCOUNTS, 1)
        user.delete()
    outbox.erase(recipient)


def _end_sessions(recipient: Recipient, user: User | None) -> None:
    """Those of the account, and those of a log-in that was begun with the address."""
    owner = str(user.pk) if user else None
    for session in Session.objects.iterator():
        kept = session.get_decoded()
        is_theirs = owner is not None and kept.get("_auth_user_id") == owner
        if is_theirs or (recipient.address and recipient.address in json.dumps(kept, ensure_ascii=False)):
            session.delete()


class BadList(Exception):
    """Not what erased prints."""


def read_erased(text: str) -> dict[bytes, datetime]:
    """Whose hash was erased when. Raises BadList."""
    erased = {}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            code, at = line.split()
            digest, moment = bytes.fromhex(code), datetime.fromisoformat(at)
        except ValueError as error:
            raise BadList(f"Line {number} is not a hash and a time.") from error
        if len(digest) != HASH_BYTES or moment.tzinfo is None:
            raise BadList(f"Line {number} is not a hash and a time.")
        erased[digest] = moment
    return erased


def erase_again(erased: dict[bytes, datetime]) -> int:
    """Erase those of *erased* whom a restored backup knows from before; and remember all of them. Returns how many."""
    _skip_numbers()
    again = 0
    for digest, at in erased.items():
        recipient = Recipient.objects.filter(address_hash=digest, created_at__lte=at).first()
        if recipient:
            erase(recipient)
            again += 1
        Erased.objects.update_or_create(address_hash=digest, defaults={"at": at})
    return again


def _skip_numbers() -> None:
    """Rows made from now on get numbers that no row made after the backup had: signed links name rows by number."""
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if isinstance(model._meta.pk, AutoField):
                sequence = [model._meta.db_table, model._meta.pk.column]
                cursor.execute(_SKIP, [*sequence, *sequence])
