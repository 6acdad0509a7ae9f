"""Letters between a visitor and those who answer them: the campaign, or who runs a protest. Neither side sees the
other's address."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from events.models.campaign import Campaign
from events.models.event import Event
from outbox.models import Recipient
from outbox.sealing import SealedTextField

# As many letters of one mailbox to the campaign, or to one protest, wait for an answer at once; what is more is not
# kept. The pages of the form say so.
MOST_WAITING = 5


class ThreadQuerySet(models.QuerySet["Thread"]):
    def to_campaign(self) -> Self:
        """Those that the campaign answers. All others belong to who runs the protest, and to nobody else."""
        return self.filter(event=None)

    def reported(self) -> Self:
        """Those that who runs the protest has shown to the moderators."""
        return self.filter(reported_at__isnull=False)

    def of_mailbox(self, mailbox: bytes) -> Self:
        """Those of one mailbox, however its address is spelt."""
        return self.filter(recipient__mailbox_hash=mailbox)

    def waiting(self) -> Self:
        """Those in which the visitor had the last word."""
        return self.filter(waiting_since__isnull=False)

    def over(self, now: datetime) -> Self:
        """Those that are to be forgotten: some days after the edition, or after a while without one."""
        ended = (now - timedelta(days=settings.FORGET_AFTER_DAYS)).date()
        quiet = now - timedelta(days=Thread.KEPT_DAYS)
        return self.filter(Q(campaign__actions_to__lt=ended) | Q(campaign=None, last_at__lt=quiet))


class Thread(models.Model):
    """What one visitor wrote, and the answers. `key` comes from a hidden field of the form, so that a form sent twice
    is one thread. Letters to a protest name its campaign too, with which they are forgotten."""

    # How long letters are kept that belong to no edition.
    KEPT_DAYS = 90

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, blank=True, related_name="threads")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="threads")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="threads")
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    # Since when moderators may read it, and when one of them was done with it.
    reported_at = models.DateTimeField(null=True, blank=True)
    report_closed_at = models.DateTimeField(null=True, blank=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="thread_reported_of_a_protest", condition=Q(reported_at=None) | Q(event__isnull=False)
            ),
            models.CheckConstraint(
                name="thread_closed_once_reported", condition=Q(report_closed_at=None) | Q(reported_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                name="thread_waiting", fields=["waiting_since", "id"], condition=Q(waiting_since__isnull=False)
            ),
            models.Index(name="thread_last", fields=["-last_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"thread {self.pk}"

    @property
    def mailbox(self) -> bytes:
        """Whose it is, for comparing only."""
        return bytes(self.recipient.mailbox_hash)

    @property
    def waits_for_moderators(self) -> bool:
        return self.reported_at is not None and self.report_closed_at is None


class MessageQuerySet(models.QuerySet["Message"]):
    def unanswered(self, mailbox: bytes, event: Event | None) -> Self:
        """The letters of one mailbox to a protest, or to the campaign, that nobody has answered or set aside."""
        theirs = self.filter(thread__event=event, thread__recipient__mailbox_hash=mailbox, actor_id=None)
        return theirs.filter(at__gte=F("thread__waiting_since"))


class Message(models.Model):
    """One letter of a thread; `key` as in the thread. An answer keeps the opaque number of who wrote it."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True, blank=True)
    text = SealedTextField(purpose="message")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def is_answer(self) -> bool:
        return self.actor_id is not None


class BlockedSenderQuerySet(models.QuerySet["BlockedSender"]):
    def of_protest(self, event: Event) -> Self:
        """Those whom its organisers do not want to hear from."""
        return self.filter(event=event, is_everywhere=False)

    def everywhere(self) -> Self:
        return self.filter(is_everywhere=True)

    def stopping(self, mailbox: bytes, event: Event | None) -> Self:
        """Those because of which a letter of a mailbox to a protest, or to the campaign, is not kept."""
        return self.filter(Q(is_everywhere=True) | Q(event=event), mailbox_hash=mailbox)

    def over(self, now: datetime) -> Self:
        """Those that go with the letters. A mailbox that is blocked everywhere stays so until a moderator lifts it."""
        ended = (now - timedelta(days=settings.FORGET_AFTER_DAYS)).date()
        return self.filter(is_everywhere=False, event__campaign__actions_to__lt=ended)


class BlockedSender(models.Model):
    """A mailbox whose letters are not kept: those to one protest or, said by moderators, none at all. Then `event` is
    the protest through which they came to know of it."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="blocked_senders")
    mailbox_hash = models.BinaryField(max_length=32)
    is_everywhere = models.BooleanField(default=False)
    at = models.DateTimeField()

    objects = BlockedSenderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sender_blocked_once", fields=["mailbox_hash", "event", "is_everywhere"])
        ]

    def __str__(self) -> str:
        return f"blocked sender {self.pk}"
