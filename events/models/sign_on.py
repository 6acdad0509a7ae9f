"""Organisations that sign the appeal of an edition."""

from datetime import datetime, timedelta
from typing import ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q

from events.models.campaign import Campaign
from outbox.models import Recipient


class SignOnQuerySet(models.QuerySet["SignOn"]):
    def published(self) -> Self:
        return self.filter(state=SignOn.State.PUBLISHED)

    def pending(self) -> Self:
        return self.filter(state=SignOn.State.PENDING)

    def holding_name(self) -> Self:
        """Those whose name nobody else can sign with."""
        return self.filter(state__in=SignOn.HOLDS_NAME)

    def waiting(self, now: datetime) -> Self:
        """Those whose address can still be proven."""
        return self.filter(state=SignOn.State.UNCONFIRMED, created_at__gt=now - SignOn.LINK_LIVES)

    def never_confirmed(self, now: datetime) -> Self:
        return self.filter(state=SignOn.State.UNCONFIRMED, created_at__lte=now - SignOn.LINK_LIVES)

    def of(self, recipient: Recipient, now: datetime) -> Self:
        """A person's own, but for those whose address was not proven in time."""
        own = self.filter(recipient=recipient)
        return own.exclude(state=SignOn.State.UNCONFIRMED, created_at__lte=now - SignOn.LINK_LIVES)


class SignOn(models.Model):
    """One organisation under the appeal. `recipient` is its contact person, forgotten after the edition; the published
    name stays. `name_key` is the name folded, `name_look` how it looks whatever the script."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed"
        PENDING = "pending"
        PUBLISHED = "published"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    HOLDS_NAME: ClassVar[list[str]] = [State.PENDING, State.PUBLISHED]
    LINK_LIVES: ClassVar[timedelta] = timedelta(hours=settings.UNCONFIRMED_HOURS)

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="sign_ons")
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=250)
    name_look = models.CharField(max_length=250)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    website = models.URLField(max_length=300, blank=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.SET_NULL, null=True, blank=True, related_name="sign_ons")
    state = models.CharField(max_length=12, choices=State.choices, default=State.UNCONFIRMED)
    # What moderators wrote to the contact person when they refused; goes with the recipient.
    reason = models.TextField(max_length=2000, blank=True)
    is_example = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SignOnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="sign_on_once_a_name",
                fields=["campaign", "name_key"],
                condition=Q(state__in=["pending", "published"]),
            ),
            models.UniqueConstraint(
                name="sign_on_waits_once",
                fields=["campaign", "name_key", "recipient"],
                condition=Q(state="unconfirmed"),
            ),
        ]
        indexes = [
            models.Index(name="sign_on_queue", fields=["confirmed_at", "id"], condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"sign-on {self.pk}"

    @property
    def website_host(self) -> str:
        """Where the link leads, in words that cannot hide it."""
        return (urlsplit(self.website).hostname or "").removeprefix("www.")
