"""Who has rights: organisers on a protest, coordinators on the queue of a country."""

from typing import Self

from django.conf import settings
from django.db import models

from events.models.campaign import Campaign
from events.models.event import Event


class Organiser(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner"
        CO_ORGANISER = "co_organiser"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="organisers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="organiser_of")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.OWNER)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="organiser_once", fields=["event", "user"])]

    def __str__(self) -> str:
        return f"{self.role} of {self.event_id}"


class CoordinatorQuerySet(models.QuerySet["Coordinator"]):
    def of(self, campaign: Campaign, country: str) -> Self:
        """Those who decide on this country: its own coordinators and the campaign's admins."""
        return self.filter(campaign=campaign, country__in=["", country])


class Coordinator(models.Model):
    """A moderator of a campaign: for one country, or for all of them if `country` is empty (campaign admin)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="coordinator_of")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="coordinators")
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")

    objects = CoordinatorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="coordinator_once", fields=["user", "campaign", "country"]),
        ]

    def __str__(self) -> str:
        return f"coordinator of {self.country or 'all countries'} in {self.campaign}"
