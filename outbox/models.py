"""Who gets mail, and every mail until it has left."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from outbox.sealing import SealedTextField, address_hash, keyed_hash


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def with_address(self, address: str) -> Self:
        return self.filter(address_hash=address_hash(address))

    def without_ties(self) -> Self:
        """Those that nothing points to but mails that are finished: no reason is left to know their address."""
        found = self.filter(never_again_at=None)
        for relation in Recipient._meta.related_objects:
            rows = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
            if relation.related_model is Delivery:
                rows = rows.filter(state__in=Delivery.State.unfinished())
            found = found.exclude(Exists(rows))
        return found


class Recipient(models.Model):
    """One e-mail address. Every other table points here; after "never again" only the hash is left."""

    address = SealedTextField(purpose="address", blank=True)
    address_hash = models.BinaryField(max_length=32, unique=True)
    # The same for a+b@x and a@x: for limits only.
    mailbox_hash = models.BinaryField(max_length=32, db_index=True)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")
    created_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True, blank=True)
    never_again_at = models.DateTimeField(null=True, blank=True)

    objects = RecipientQuerySet.as_manager()

    def __str__(self) -> str:
        return f"recipient {self.pk}"

    @property
    def is_reachable(self) -> bool:
        return self.suspended_at is None and self.never_again_at is None


class Priority(models.IntegerChoices):
    """Which mails leave first when many are due: a code or a cancellation never waits behind a digest."""

    URGENT = 0, "codes, cancellations, changes on the day"
    NOTICE = 1, "changes, decisions"
    REMINDER = 2, "reminders"
    DIGEST = 3, "digests"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state=Delivery.State.QUEUED, not_before__lte=now)

    def waiting(self) -> Self:
        return self.filter(state__in=Delivery.State.unfinished())

    def abandoned(self, now: datetime) -> Self:
        """Claimed by a sender that did not come back within its lease."""
        return self.filter(state__in=[Delivery.State.CLAIMED, Delivery.State.STARTED], lease_until__lt=now)


class Delivery(models.Model):
    """One mail to one recipient. Its text is made when it leaves, so that it says what is true then.

    QUEUED -> CLAIMED (leased to a sender) -> STARTED (being handed to the mail server, an attempt) -> SENT.
    Instead of SENT: SKIPPED (no longer wanted, or too late), FAILED (refused for good), QUARANTINED (three attempts
    with no answer). A row whose lease was lost is a suspect: it is handled alone, so that a mail that kills its sender
    takes no other along.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        STARTED = "started"
        SENT = "sent"
        SKIPPED = "skipped"
        FAILED = "failed"
        QUARANTINED = "quarantined"

        @classmethod
        def unfinished(cls) -> list["Delivery.State"]:
            return [cls.QUEUED, cls.CLAIMED, cls.STARTED]

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="deliveries")
    letter = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    ids = models.JSONField(default=dict)
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.REMINDER)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    useful_until = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=40, blank=True)
    # How often it was handed to the mail server, and how often the server answered "later".
    attempts = models.SmallIntegerField(default=0)
    postponed = models.SmallIntegerField(default=0)
    lost_leases = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                name="delivery_leased_while_claimed",
                condition=Q(state__in=["claimed", "started"], lease_until__isnull=False)
                | Q(~Q(state__in=["claimed", "started"]), lease_until__isnull=True),
            ),
            models.CheckConstraint(
                name="delivery_useful_after_not_before", condition=Q(useful_until__gte=models.F("not_before"))
            ),
        ]
        indexes = [
            models.Index(name="delivery_due", fields=["priority", "not_before", "id"], condition=Q(state="queued")),
            models.Index(
                name="delivery_suspect",
                fields=["priority", "not_before", "id"],
                condition=Q(state="queued", lost_leases__gt=0),
            ),
            models.Index(name="delivery_leased", fields=["lease_until"], condition=Q(state__in=["claimed", "started"])),
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.pk} ({self.state})"

    @property
    def is_leased(self) -> bool:
        return self.state in {self.State.CLAIMED, self.State.STARTED}

    @property
    def message_id(self) -> str:
        """The same on every try, so that a repeated mail is recognised; tells nothing about its key."""
        return f"<{keyed_hash(self.key, purpose='message-id').hex()[:40]}@{settings.SITE_HOST}>"
