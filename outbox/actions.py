"""What can be done at the post office: know a recipient, post a mail, claim, send, finish."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from outbox.models import Delivery, Priority, Recipient
from outbox.sealing import address_hash, normal_address

FAR_AWAY = timedelta(days=30)


def recipient_for(address: str, *, language: str) -> Recipient:
    """The recipient with this address, made if it is new. The language is only set on a new one."""
    recipient, _created = Recipient.objects.get_or_create(
        address_hash=address_hash(address),
        defaults={
            "address": normal_address(address),
            "language": language,
            "created_at": timezone.now(),
        },
    )
    return recipient


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
    delivery = Delivery(
        letter=letter,
        recipient=recipient,
        key=key,
        ids=ids,
        priority=priority,
        created_at=now,
        not_before=not_before,
        useful_until=useful_until or not_before + FAR_AWAY,
    )
    made = Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
    return bool(made)
