"""What can be done with people: keep the trail, make an account for a proven address, mail a code."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import AuditEntry, MailedCode, User
from outbox.actions import post
from outbox.models import Priority, Recipient
from outbox.sealing import normal_address

CODE_LIFETIME = timedelta(minutes=15)


def record(verb: str, *, by: User | None, on: models.Model | None = None, **codes: Any) -> AuditEntry:
    """One line of the audit trail. *codes* are ids and short codes, never names, addresses or texts."""
    return AuditEntry.objects.create(
        at=timezone.now(),
        actor_id=by.actor_id if by else None,
        verb=verb,
        object_type=on._meta.label_lower if on else "",
        object_id=on.pk if on else None,
        codes=codes,
    )


@transaction.atomic
def account_for_proven_address(address: str, *, language: str) -> User:
    """The account of somebody who has just shown that they read mail to *address*; made if it is new."""
    address = normal_address(address)
    user = User.objects.filter(email=address).first()
    if user is None:
        user = User.objects.create_user(address, language=language)
        record("account made", by=user, on=user)
    email, _created = EmailAddress.objects.get_or_create(user=user, email=address, defaults={"primary": True})
    if not email.verified:
        email.set_verified()
    return user


def mail_code(recipient: Recipient, *, purpose: MailedCode.Purpose, language: str, code: str | None = None) -> MailedCode:
    """Make a six-digit code (or take the one given) and put its letter into the outbox, ahead of everything else."""
    now = timezone.now()
    mailed = MailedCode.objects.create(
        purpose=purpose,
        recipient=recipient,
        code=code or get_random_string(6, "0123456789"),
        language=language,
        created_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    post(
        "code",
        recipient,
        key=f"code:{mailed.pk}",
        ids={"code": mailed.pk},
        priority=Priority.URGENT,
        useful_until=mailed.expires_at,
    )
    return mailed
