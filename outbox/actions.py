"""What can be done at the post office: know a recipient, post mails, stop sending to an address, send again."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from outbox import purges
from outbox.models import MOST_COPIES, Delivery, Erased, Priority, Purge, Recipient
from outbox.sealing import address_hash, mailbox_hash, seal_address
from outbox.tallies import forget_mails_to

STAYS_USEFUL = timedelta(days=30)
FORGOTTEN_AT_ONCE = 10_000


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


def post_many(
    letter: str,
    mails: Iterable[tuple[Recipient, str, dict[str, Any]]],
    *,
    priority: Priority,
    not_before: datetime | None = None,
) -> None:
    """Put many mails of one letter into the outbox: for each its recipient, key and ids. Those whose key is there
    already are passed over."""
    now = timezone.now()
    not_before = not_before or now
    Delivery.objects.bulk_create(
        [
            Delivery(
                letter=letter,
                recipient=recipient,
                key=key,
                ids=ids,
                priority=priority,
                created_at=now,
                not_before=not_before,
                useful_until=not_before + STAYS_USEFUL,
            )
            for recipient, key, ids in mails
        ],
        ignore_conflicts=True,
    )


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


@transaction.atomic
def erase(recipient: Recipient) -> None:
    """Delete the address, its mails and all that points to it. Mails that are to be counted leave their numbers."""
    kept = Recipient.objects.select_for_update().filter(pk=recipient.pk).first()
    if kept is None:
        return
    Erased.objects.update_or_create(address_hash=kept.address_hash, defaults={"at": timezone.now()})
    purges.note(Purge.What.MAILS, forget_mails_to([kept.pk]))
    purges.note(Purge.What.ADDRESSES, 1)
    kept.delete()


_REMEMBER_ERASED = """
    INSERT INTO outbox_erased (address_hash, at)
    SELECT address_hash, %(now)s FROM outbox_recipient WHERE id = ANY(%(ids)s)
    ON CONFLICT (address_hash) DO UPDATE SET at = excluded.at
"""


@transaction.atomic
def erase_those_without_ties(recipients: Sequence[int]) -> int:
    """As `erase`, of many to whom nothing points any more but mails that are finished; the others stay. Returns how
    many."""
    ids: list[int] = []
    for start in range(0, len(recipients), FORGOTTEN_AT_ONCE):
        some = Recipient.objects.without_ties().filter(pk__in=recipients[start : start + FORGOTTEN_AT_ONCE])
        locked = list(some.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
        # Looked at again: they may have come back while they were not locked yet.
        ids += Recipient.objects.without_ties().filter(pk__in=locked).values_list("pk", flat=True)
    purges.note(Purge.What.MAILS, forget_mails_to(ids))
    purges.note(Purge.What.ADDRESSES, len(ids))
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER_ERASED, {"ids": ids, "now": timezone.now()})
        cursor.execute("DELETE FROM outbox_recipient WHERE id = ANY(%s)", [ids])
    return len(ids)


def forget_addresses(before: datetime) -> None:
    """Forget everybody to whom nothing points any more and who was known *before* already, some at a time: a million of
    them take longer than a task may, and what is done stays done."""
    last: int | None = 0
    while last is not None:
        last = _forget_some(before, after=last)


@transaction.atomic
def _forget_some(before: datetime, *, after: int) -> int | None:
    """The next ones; the number of the last, None if there are no more. They are locked and then looked at again:
    whoever has just come back stays, and whoever comes back now waits."""
    has_mails = Q(Exists(Delivery.objects.filter(recipient=OuterRef("pk"))))
    there = Recipient.objects.without_ties().filter(created_at__lt=before, pk__gt=after)
    locked = there.exclude(has_mails, address="").select_for_update(skip_locked=True).order_by("pk")
    found = list(locked.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    alone = Recipient.objects.without_ties().filter(pk__in=found)
    known = alone.exclude(address="")
    purges.note(Purge.What.ADDRESSES, known.count())
    without_mails = alone.exclude(has_mails).values_list("pk", flat=True)
    with connection.cursor() as cursor:
        # Nothing points to them, so nothing need be looked for that goes with them.
        cursor.execute("DELETE FROM outbox_recipient WHERE id = ANY(%s)", [list(without_mails)])
    # The count of mails to a mailbox is by its hash: the address itself need not wait for it.
    known.update(address="")
    return found[-1] if len(found) == FORGOTTEN_AT_ONCE else None


@transaction.atomic
def send_again(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Queue dead letters once more, useful for another day. Returns them as they were. Left out is what may have
    arrived three times: copies count for ever, so that nobody gets a fourth."""
    now = timezone.now()
    ids = [delivery.pk for delivery in deliveries]
    dead = Delivery.objects.filter(pk__in=ids).dead().filter(copies__lt=MOST_COPIES)
    again = list(dead.select_for_update().order_by("pk"))
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in again]).update(
        state=Delivery.State.QUEUED,
        reason="",
        attempts=F("copies"),
        postponed=0,
        finished_at=None,
        not_before=now,
        useful_until=now + timedelta(days=1),
    )
    return again


@transaction.atomic
def lift_suspension(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Write to these addresses again. Returns those that were suspended."""
    ids = [recipient.pk for recipient in recipients]
    suspended = Recipient.objects.filter(pk__in=ids, suspended_at__isnull=False)
    lifted = list(suspended.select_for_update().order_by("pk"))
    Recipient.objects.filter(pk__in=[recipient.pk for recipient in lifted]).update(suspended_at=None)
    return lifted
