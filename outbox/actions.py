"""What can be done at the post office: know a recipient, post mails, stop sending to an address, send again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
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


# At most one mail a day and three a week of one letter to one mailbox, however its address is spelt.
_TO_CONFIRM = """
    INSERT INTO outbox_delivery (recipient_id, letter, key, ids, priority, created_at, not_before, useful_until,
                                 state, reason, attempts, postponed, lost_leases)
    SELECT r.id, %(letter)s, %(letter)s || ':' || r.id || ':' || extract(epoch FROM %(now)s::timestamptz),
           jsonb_build_object('language', %(language)s::text), %(priority)s, %(now)s, %(now)s, %(until)s,
           'queued', '', 0, 0, 0
    FROM outbox_recipient r
    WHERE r.id = %(recipient)s AND r.suspended_at IS NULL AND r.never_again_at IS NULL AND (
        SELECT count(*) < 3 AND count(*) FILTER (WHERE d.created_at > %(now)s::timestamptz - interval '24 hours') = 0
        FROM outbox_delivery d JOIN outbox_recipient same ON same.id = d.recipient_id
        WHERE d.letter = %(letter)s AND same.mailbox_hash = r.mailbox_hash
          AND d.created_at > %(now)s::timestamptz - interval '7 days'
    )
"""


def lock_mailbox(address: str) -> None:
    """Until the end of this transaction nobody else counts the mails to this mailbox. Two spellings of its address are
    two rows: only a lock on what they share keeps the count right."""
    with connection.cursor() as cursor:
        number = int.from_bytes(mailbox_hash(address)[:8], signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def post_to_confirm(letter: str, recipient: Recipient, *, language: str, useful_until: datetime) -> None:
    """Ask an address that a stranger has typed whether it was meant, unless its mailbox was asked lately: what is asked
    later joins the mail that is there. Needs `lock_mailbox`. One statement, whatever is known of the address."""
    values: dict[str, Any] = {
        "letter": letter,
        "recipient": recipient.pk,
        "language": language,
        "priority": Priority.URGENT,
        "now": timezone.now(),
        "until": useful_until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TO_CONFIRM, values)


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
