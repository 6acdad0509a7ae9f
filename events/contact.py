"""Letters to the campaign, and to those who run a protest. What visitors write waits for an answer, and those who
answer are told that something waits: the campaign's people here, organisers by organising/letters.py."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from events.emails import tell_that_letters_wait
from events.models import BlockedSender, Campaign, Event, Message, Thread
from events.models.thread import MOST_WAITING
from outbox.actions import lock_mailbox, recipient_for
from outbox.sealing import mailbox_hash


def edition_of_letters(campaign: Campaign | None) -> Campaign | None:
    """The edition that a letter of today belongs to: none once its days are over."""
    return campaign if campaign and campaign.today <= campaign.actions_to else None


@transaction.atomic
def write(key: UUID, text: str, address: str, *, language: str, event: Event | None = None) -> None:
    """Begin a thread; nothing if this very form was sent before, if enough of this mailbox wait, or if it is not
    heard."""
    lock_mailbox(address)
    if not _is_heard(mailbox_hash(address), event):
        return
    now = timezone.now()
    thread, is_new = Thread.objects.get_or_create(
        key=key,
        defaults={
            "campaign": event.campaign if event else edition_of_letters(Campaign.objects.current()),
            "event": event,
            "recipient": recipient_for(address, language=language),
            "language": language,
            "created_at": now,
            "last_at": now,
        },
    )
    if is_new:
        _add(thread, key, text, now)


@transaction.atomic
def write_again(thread: Thread, key: UUID, text: str) -> None:
    """A further letter of the visitor; nothing if this very form was sent before, if enough of theirs wait, or if they
    are not heard any more."""
    threads = Thread.objects.select_for_update(no_key=True, of=("self",))
    thread = threads.select_related("campaign", "event", "recipient").get(pk=thread.pk)
    is_late = thread.event is not None and not thread.event.takes_letters
    if is_late or not _is_heard(thread.mailbox, thread.event) or Message.objects.filter(key=key).exists():
        return
    _add(thread, key, text, timezone.now())


def _is_heard(mailbox: bytes, event: Event | None) -> bool:
    if BlockedSender.objects.stopping(mailbox, event).exists():
        return False
    return Message.objects.unanswered(mailbox, event).count() < MOST_WAITING


def _add(thread: Thread, key: UUID, text: str, now: datetime) -> None:
    Message.objects.create(thread=thread, key=key, at=now, text=text)
    Thread.objects.filter(pk=thread.pk).update(last_at=now, waiting_since=thread.waiting_since or now)
    if thread.event_id is None:
        tell_that_letters_wait(thread.campaign, now)
