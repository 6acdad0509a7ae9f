"""Who has rights: organisers on a protest, coordinators on the queue of a country."""

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from events.models.campaign import Campaign
from events.models.collective import Collective
from events.models.event import Event
from outbox.sealing import SealedTextField


class OrganiserQuerySet(models.QuerySet["Organiser"]):
    def running(self) -> Self:
        """Those who change a protest, call it off and speak for it: mails about it go to them."""
        return self.filter(role__in=Organiser.Role.running())


class Organiser(models.Model):
    """A person with rights on a protest. A helper reads what is needed on the day and changes nothing. With a
    `collective` they are there as its member while it hosts the protest; a role of their own comes first. `label` is
    what its owners call them, since accounts have no names."""

    class Role(models.TextChoices):
        OWNER = "owner"
        CO_ORGANISER = "co_organiser"
        HELPER = "helper"

        @classmethod
        def running(cls) -> list["Organiser.Role"]:
            return [cls.OWNER, cls.CO_ORGANISER]

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="organisers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="organiser_of")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.OWNER)
    collective = models.ForeignKey(
        Collective, on_delete=models.CASCADE, null=True, blank=True, related_name="organisers"
    )
    label = SealedTextField(purpose="label", blank=True, default="")
    since = models.DateTimeField(auto_now_add=True)

    objects = OrganiserQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="organiser_once", fields=["event", "user"]),
            models.CheckConstraint(
                name="organiser_of_collective_is_co_organiser",
                condition=Q(collective=None) | Q(role="co_organiser"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.event_id}"


class CoordinatorQuerySet(models.QuerySet["Coordinator"]):
    def of(self, campaign: Campaign, country: str) -> Self:
        """Those who decide on this country: its own coordinators and those of all countries."""
        return self.filter(campaign=campaign, country__in=["", country])

    def admins(self) -> Self:
        return self.filter(role=Coordinator.Role.ADMIN)

    def on_holiday(self, day: date) -> Self:
        """Those away on *day*; who covers for them has their rights."""
        return self.filter(away_from__lte=day, away_until__gte=day)


class Coordinator(models.Model):
    """A moderator of a campaign: for one country, or for all of them if `country` is empty; for submissions in
    `languages`, or in all if there are none. An admin runs the campaign: all countries, all languages, and the people.
    Between two days `cover` has the same rights."""

    class Role(models.TextChoices):
        COORDINATOR = "coordinator"
        ADMIN = "admin"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="coordinator_of")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="coordinators")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.COORDINATOR)
    country = models.CharField(max_length=2, blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    away_from = models.DateField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True)
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="covers"
    )

    objects = CoordinatorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="coordinator_once", fields=["user", "campaign", "country"]),
            models.CheckConstraint(
                name="coordinator_admin_of_everything",
                condition=Q(role="coordinator") | Q(role="admin", country="", languages=[]),
            ),
            models.CheckConstraint(
                name="coordinator_holiday_is_whole",
                condition=Q(away_from=None, away_until=None)
                | Q(away_from__isnull=False, away_until__isnull=False, away_until__gte=F("away_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.country or 'all countries'} in {self.campaign}"


class Trust(models.Model):
    """An organiser, or a collective with the protests that it hosts, whose edits go public at once in one country of an
    edition, unless they are sensitive (organising/trust.py). `actor_id` is the moderator's who said so."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="trust"
    )
    collective = models.ForeignKey(Collective, on_delete=models.CASCADE, null=True, blank=True, related_name="trust")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="trust")
    country = models.CharField(max_length=2)
    since = models.DateTimeField()
    actor_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="trusted_once", fields=["user", "campaign", "country"]),
            models.UniqueConstraint(name="collective_trusted_once", fields=["collective", "campaign", "country"]),
            models.CheckConstraint(
                name="trust_in_one",
                condition=Q(user=None, collective__isnull=False) | Q(user__isnull=False, collective=None),
            ),
        ]

    def __str__(self) -> str:
        return f"trust {self.pk} for {self.country}"

    @property
    def trusted(self) -> models.Model | None:
        """Whom or what is trusted."""
        return self.user or self.collective
