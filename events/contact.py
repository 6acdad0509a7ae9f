"""Letters to the campaign: what visitors write waits for the coordinators, who are told that something waits."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from events.emails import tell_that_letters_wait
from events.models import Campaign, Message, Thread
from events.models.thread import MOST_WAITING
from outbox.actions import recipient_for
from outbox.models import Recipient


def edition_of_letters(campaign: Campaign | None) -> Campaign | None:
    """The edition that a letter of today belongs to: none once its days are over."""
    return campaign if campaign and campaign.today <= campaign.actions_to else None


@transaction.atomic
def write(key: UUID, text: str, address: str, *, language: str) -> None:
    """Begin a thread; nothing if this very form was sent before, or if enough of this mailbox wait."""
    now = timezone.now()
    recipient = recipient_for(address, language=language)
    if _is_full(recipient):
        return
    campaign = edition_of_letters(Campaign.objects.current())
    thread, is_new = Thread.objects.get_or_create(
        key=key,
        defaults={
            "campaign": campaign,
            "recipient": recipient,
            "language": language,
            "created_at": now,
            "last_at": now,
        },
    )
    if is_new:
        _add(thread, key, text, now)


@transaction.atomic
def write_again(thread: Thread, key: UUID, text: str) -> None:
    """A further letter of the visitor; nothing if this very form was sent before, or if enough of theirs wait."""
    threads = Thread.objects.select_for_update(no_key=True, of=("self",)).select_related("campaign", "recipient")
    thread = threads.get(pk=thread.pk)
    if not _is_full(thread.recipient) and not Message.objects.filter(key=key).exists():
        _add(thread, key, text, timezone.now())


def _is_full(recipient: Recipient) -> bool:
    return Message.objects.unanswered(bytes(recipient.mailbox_hash)).count() >= MOST_WAITING


def _add(thread: Thread, key: UUID, text: str, now: datetime) -> None:
    Message.objects.create(thread=thread, key=key, at=now, text=text)
    Thread.objects.filter(pk=thread.pk).update(last_at=now, waiting_since=thread.waiting_since or now)
    tell_that_letters_wait(thread.campaign, now)
