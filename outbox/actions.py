"""What can be done at the post office: know a recipient, post mails, stop sending to an address, send again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from outbox.models import Delivery, Priority, Recipient
from outbox.sealing import address_hash, mailbox_hash, seal_address

STAYS_USEFUL = timedelta(days=30)


# One statement whether or not the address is known, so that the time taken tells nothing. An address that was forgotten
# is filled in again; after "never again" it is not.
_RECIPIENT = """
    INSERT INTO outbox_recipient AS known (address, address_hash, mailbox_hash, language, created_at)
    VALUES (%(address)s, %(address_hash)s, %(mailbox_hash)s, %(language)s, %(now)s)
    ON CONFLICT (address_hash) DO UPDATE
    SET address = CASE WHEN known.never_again_at IS NULL THEN excluded.address ELSE known.address END
    RETURNING *
"""


def recipient_for(address: str, *, language: str) -> Recipient:
    """The recipient with this address, made if it is new. The language is only set on a new one."""
    values = {
        "address": seal_address(address),
        "address_hash": address_hash(address),
        "mailbox_hash": mailbox_hash(address),
        "language": language,
        "now": timezone.now(),
    }
    return Recipient.objects.raw(_RECIPIENT, values)[0]


def post(
    letter: str,
    recipient: Recipient,
    *,
    key: str,
    ids: dict[str, Any],
    priority: Priority,
    not_before: datetime | None = None,
    useful_until: datetime | None = None,
) -> bool:
    """Put one mail into the outbox; false if a mail with this key is there already."""
    now = timezone.now()
    not_before = not_before or now
    _delivery, is_new = Delivery.objects.get_or_create(
        key=key,
        defaults={
            "letter": letter,
            "recipient": recipient,
            "ids": ids,
            "priority": priority,
            "created_at": now,
            "not_before": not_before,
            "useful_until": useful_until or not_before + STAYS_USEFUL,
        },
    )
    return is_new


def suspend(recipient: Recipient) -> None:
    """The mail server says that this address takes no mail: nothing but codes goes there until it is lifted by hand."""
    Recipient.objects.filter(pk=recipient.pk, suspended_at=None).update(suspended_at=timezone.now())


@transaction.atomic
def never_again(recipient: Recipient) -> None:
    """Forget the address but for its keyed hash, by which it stays unwanted for ever. Waiting mails are dropped."""
    now = timezone.now()
    Recipient.objects.filter(pk=recipient.pk).update(address="", never_again_at=now)
    Delivery.objects.filter(recipient=recipient).waiting().update(
        state=Delivery.State.SKIPPED, reason="never again", lease_until=None, finished_at=now
    )


def send_again(deliveries: Iterable[Delivery]) -> int:
    """Queue failed or quarantined mails once more, useful for another day. Returns how many."""
    now = timezone.now()
    ids = [delivery.pk for delivery in deliveries]
    again = Delivery.objects.filter(pk__in=ids, state__in=[Delivery.State.FAILED, Delivery.State.QUARANTINED])
    return again.update(
        state=Delivery.State.QUEUED,
        reason="",
        attempts=0,
        postponed=0,
        finished_at=None,
        not_before=now,
        useful_until=now + timedelta(days=1),
    )
