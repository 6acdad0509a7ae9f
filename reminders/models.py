"""Who wants to hear of what, and when."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from events.models import Campaign, City, Event
from events.names import country_name
from outbox.models import Recipient


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def unconfirmed_since(self, moment: datetime) -> Self:
        return self.filter(confirmed_at=None, created_at__lt=moment)

    def waiting(self, now: datetime) -> Self:
        """Those that can still be confirmed."""
        return self.filter(confirmed_at=None, created_at__gt=now - timedelta(hours=settings.UNCONFIRMED_HOURS))

    def of(self, recipient: Recipient) -> Self:
        return self.filter(recipient=recipient)

    def coming(self) -> Self:
        return self.confirmed().filter(is_coming=True)

    def counted_by_event(self, events: Iterable[Event]) -> dict[int, int]:
        """How many follow each of these protests, for their organisers; those that nobody follows are missing."""
        counts = self.confirmed().filter(event__in=events).values_list("event").annotate(models.Count("pk"))
        return dict(counts.order_by())


class Subscription(models.Model):
    """A recipient follows one scope: a protest, a city, a country or the whole campaign. Nothing is sent before the
    address is confirmed. The three moments are those of the reminder plan (DESIGN section 4)."""

    class Scope(models.TextChoices):
        EVENT = "event"
        CITY = "city"
        COUNTRY = "country"
        CAMPAIGN = "campaign"

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="subscriptions")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="subscriptions")
    scope = models.CharField(max_length=8, choices=Scope.choices)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="subscriptions")
    city = models.ForeignKey(City, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    country = models.CharField(max_length=2, blank=True)
    week_before = models.BooleanField(default=True)
    day_before = models.BooleanField(default=True)
    on_the_day = models.BooleanField(default=True)
    # Of a city, a country or the campaign: whether to hear of changes too. Who follows a protest always does.
    with_changes = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Of a protest: whether this follower comes, and since when that is known. Nobody but the follower sees it.
    is_coming = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="subscription_has_one_scope",
                condition=Q(scope="event", event__isnull=False, city=None, country="")
                | Q(scope="city", event=None, city__isnull=False, country="")
                | (Q(scope="country", event=None, city=None) & ~Q(country=""))
                | Q(scope="campaign", event=None, city=None, country=""),
            ),
            models.CheckConstraint(
                name="subscription_comes_to_protests",
                condition=Q(is_coming=None, answered_at=None)
                | Q(scope="event", is_coming__isnull=False, answered_at__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_of_a_protest_with_changes", condition=~Q(scope="event") | Q(with_changes=True)
            ),
            models.UniqueConstraint(
                name="subscription_once_a_scope",
                fields=["recipient", "campaign", "scope", "event", "city", "country"],
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                name="subscription_followers",
                fields=["campaign", "scope", "event", "city", "country"],
                condition=Q(confirmed_at__isnull=False),
            ),
            models.Index(name="subscription_coming", fields=["event"], condition=Q(is_coming=True)),
        ]

    def __str__(self) -> str:
        return f"{self.scope} subscription {self.pk}"

    def is_waiting(self, now: datetime) -> bool:
        """Whether it can still be confirmed."""
        return self.confirmed_at is None and self.created_at > now - timedelta(hours=settings.UNCONFIRMED_HOURS)

    @property
    def hears_changes_at_once(self) -> bool:
        return self.scope in {self.Scope.EVENT, self.Scope.CITY}

    @property
    def name(self) -> str:
        """What is followed, in the reader's language."""
        if self.event:
            return self.event.display_title
        if self.city:
            return self.city.display_name
        return country_name(self.country) if self.country else self.campaign.text.name
