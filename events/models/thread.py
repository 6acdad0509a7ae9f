"""Letters between a visitor and those who answer them. Neither side sees the other's address."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from events.models.campaign import Campaign
from outbox.models import Recipient
from outbox.sealing import SealedTextField

# As many letters of one mailbox wait for an answer at once; what is more is not kept. The pages of the form say so.
MOST_WAITING = 5


class ThreadQuerySet(models.QuerySet["Thread"]):
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
    is one thread."""

    # How long letters are kept that belong to no edition.
    KEPT_DAYS = 90

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, blank=True, related_name="threads")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="threads")
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                name="thread_waiting", fields=["waiting_since", "id"], condition=Q(waiting_since__isnull=False)
            ),
            models.Index(name="thread_last", fields=["-last_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"thread {self.pk}"


class MessageQuerySet(models.QuerySet["Message"]):
    def unanswered(self, mailbox: bytes) -> Self:
        """The letters of one mailbox that nobody has answered or set aside."""
        theirs = self.filter(thread__recipient__mailbox_hash=mailbox, actor_id=None)
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
