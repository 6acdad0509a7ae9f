"""Who gets mail, and every mail until it has left."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from outbox.sealing import SealedTextField, address_hash, keyed_hash


def among(ids: Iterable[int]) -> RawSQL:
    """For `pk__in=`: one value to Django, psycopg and PostgreSQL, where a list is as many as it has entries."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


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
    # Until then its owner wants nothing of what they follow.
    paused_until = models.DateTimeField(null=True, blank=True)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="recipient_suspended", fields=["suspended_at"], condition=Q(suspended_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"recipient {self.pk}"

    @property
    def is_reachable(self) -> bool:
        return self.suspended_at is None and self.never_again_at is None

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > now


class Erased(models.Model):
    """Somebody who was erased: the keyed hash of the address alone, so that a restored backup erases them again."""

    address_hash = models.BinaryField(max_length=32, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "erased"

    def __str__(self) -> str:
        return f"erased {self.pk}"


class Purge(models.Model):
    """How many rows of one kind were deleted on one day. Says nothing of whose they were."""

    class What(models.TextChoices):
        WISHES = "wishes"
        FOLLOWERS = "followers"
        HELPERS = "helpers"
        MAILS = "mails"
        ADDRESSES = "addresses"
        ACCOUNTS = "accounts"
        SIGNATURES = "signatures"
        LETTERS = "letters"
        REPORTS = "reports"
        PROTESTS = "protests"
        VERSIONS = "versions"
        WORDS = "words"
        SHEETS = "sheets"
        DRAFTS = "drafts"

    day = models.DateField()
    what = models.CharField(max_length=12, choices=What.choices)
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="purge_once_a_day", fields=["day", "what"])]

    def __str__(self) -> str:
        return f"{self.what} on {self.day}: {self.number}"


class Priority(models.IntegerChoices):
    """Which mails leave first when many are due: a code waits behind nothing, a cancellation never behind a digest."""

    CODE = -1, "codes"
    URGENT = 0, "cancellations, changes on the day, links to confirm"
    NOTICE = 1, "other news, reminders hours before the start"
    REMINDER = 2, "other reminders"
    DIGEST = 3, "digests"


# Of one mail, whatever happens.
MOST_COPIES = 3


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state=Delivery.State.QUEUED, not_before__lte=now)

    def waiting(self) -> Self:
        return self.filter(state__in=Delivery.State.unfinished())

    def dead(self) -> Self:
        """Those that somebody should have got and did not: refused, came back, given up, too late."""
        return self.filter(
            Q(state__in=[Delivery.State.FAILED, Delivery.State.QUARANTINED])
            | Q(state=Delivery.State.SKIPPED, reason=Delivery.TOO_LATE)
        )

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

    TOO_LATE = "too late"
    # Set aside by our own limit; since when it is due is kept in its ids.
    OVER_LIMIT = "domain's limit"

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="deliveries")
    letter = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    # What is told to many at once ("change:17"), so that it can be counted; empty for single mails.
    batch = models.CharField(max_length=40, blank=True, db_default="", default="")
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
    # How many copies may have arrived: taken, or started and never answered.
    copies = models.SmallIntegerField(default=0, db_default=0)
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
            # In the order in which they leave; of those due at once, what is of no use first: earlier protests.
            models.Index(
                name="delivery_due",
                fields=["priority", "not_before", "useful_until", "id"],
                condition=Q(state="queued"),
            ),
            models.Index(
                name="delivery_suspect",
                fields=["priority", "not_before", "useful_until", "id"],
                condition=Q(state="queued", lost_leases__gt=0),
            ),
            models.Index(name="delivery_leased", fields=["lease_until"], condition=Q(state__in=["claimed", "started"])),
            models.Index(name="delivery_skipped", fields=["useful_until"], condition=Q(state="skipped")),
            models.Index(name="delivery_batch", fields=["batch"], condition=~Q(batch="")),
            # What the meter reads, so that watching costs the same after a million mails.
            models.Index(
                name="delivery_finished", fields=["finished_at", "state"], condition=Q(finished_at__isnull=False)
            ),
            models.Index(
                name="delivery_undelivered",
                fields=["finished_at", "state"],
                condition=Q(state__in=["failed", "quarantined"]) | Q(state="skipped", reason="too late"),
            ),
            models.Index(name="delivery_tried", fields=["id"], condition=Q(state="queued", attempts__gt=0)),
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


class Hold(models.Model):
    """While its one row is there, no mail is planned and none leaves, but what somebody asked for since: a restored
    database does not know what was sent after its backup (outbox/holding.py)."""

    since = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="one_hold", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return f"mail is on hold since {self.since:%Y-%m-%d %H:%M} UTC"


class DomainQuerySet(models.QuerySet["Domain"]):
    def in_trouble(self) -> Self:
        return self.filter(Q(later_in_a_row__gt=0) | Q(rests__gt=0))


class Domain(models.Model):
    """A domain that receives mail, as a keyed hash: only while it says "later", or while its mails are counted."""

    domain = models.BinaryField(max_length=32, primary_key=True)
    # How often it said "later" since it last took a mail or rested, how often it rested since, and until when it does.
    later_in_a_row = models.PositiveSmallIntegerField(default=0)
    rests = models.PositiveSmallIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    # How many mails asked in this minute whether they may leave.
    minute = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveIntegerField(default=0)
    touched_at = models.DateTimeField()

    objects = DomainQuerySet.as_manager()

    def __str__(self) -> str:
        return f"domain {bytes(self.domain).hex()[:8]}"


class Tally(models.Model):
    """What became of the mails of one batch whose rows are deleted: numbers alone."""

    batch = models.CharField(max_length=40, primary_key=True)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.batch}: {self.sent} sent"


class Reading(models.Model):
    """The meter of the post office: how many mails were finished before `at`, from the first one on. Rates are
    differences of two readings, and a fresh reading shows that beat, broker and workers live."""

    at = models.DateTimeField(primary_key=True)
    read_at = models.DateTimeField()
    sent = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    skipped = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    # How many mails were due and not yet taken when this was read: where there are many, the pace is what is reached.
    due = models.PositiveBigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.sent} sent"
