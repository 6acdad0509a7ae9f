"""How many protests take place, kept by the database itself (events/tally_triggers.py): pages read, and never count."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Sum

from events.models.campaign import Campaign
from events.models.gazetteer import City


class PlaceTallyQuerySet(models.QuerySet["PlaceTally"]):
    def in_campaign(self, campaign: Campaign | None) -> Self:
        return self.filter(campaign=campaign) if campaign else self.none()

    def in_country(self, country: str) -> Self:
        return self.filter(country=country)

    def in_city(self, city: City) -> Self:
        return self.filter(city=city)

    def on_day(self, day: date) -> Self:
        return self.filter(day=day)

    def total(self) -> int:
        return int(self.aggregate(total=Sum("count", default=0))["total"])

    def by_day(self) -> dict[date, int]:
        return dict(self.values_list("day").annotate(Sum("count")).order_by("day"))

    def by_country(self) -> dict[str, int]:
        return dict(self.values_list("country").annotate(Sum("count")).order_by("country"))

    def by_city(self) -> dict[int, int]:
        """By the city's key; protests that are in no city are left out."""
        return dict(self.exclude(city=None).values_list("city").annotate(Sum("count")).order_by("city"))


class PlaceTally(models.Model):
    """How many protests take place in a country, city and day of an edition. There is no row for none."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    country = models.CharField(max_length=2)
    city = models.ForeignKey(City, on_delete=models.CASCADE, null=True, related_name="+")
    day = models.DateField()
    # Not a positive field: a row of an upsert that takes away is negative until it meets the row that is there.
    count = models.IntegerField()

    objects = PlaceTallyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_tally_a_place_and_day", fields=["campaign", "country", "city", "day"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} in {self.country} on {self.day}"


class LanguageTallyQuerySet(models.QuerySet["LanguageTally"]):
    def in_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign)

    def languages(self) -> set[str]:
        return set(self.values_list("language", flat=True))


class LanguageTally(models.Model):
    """At how many protests of an edition a language is spoken. There is no row for none."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    language = models.CharField(max_length=8)
    count = models.IntegerField()

    objects = LanguageTallyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_tally_a_language", fields=["campaign", "language"]),
        ]

    def __str__(self) -> str:
        return f"{self.count} in {self.language}"
