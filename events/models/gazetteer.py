"""Where cities are: an offline extract of GeoNames (data/README.md), searched in any spelling."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import TrigramSimilarity
from django.db import models
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import get_language

from events.folding import fold


class CityQuerySet(models.QuerySet["City"]):
    def named(self, text: str, *, country: str | None = None) -> Self:
        """Cities with exactly this name in any spelling, the largest first."""
        called = CityName.objects.filter(folded=fold(text)).values("city")
        found = self.filter(pk__in=called).order_by("-population", "pk")
        return found.filter(country=country) if country else found

    def resembling(self, text: str, *, country: str | None = None) -> Self:
        """Cities with a name that is nearly this one, the nearest first."""
        folded = fold(text)
        found = self.filter(country=country) if country else self
        return (
            found.filter(names__folded__trigram_similar=folded)
            .annotate(nearness=Max(TrigramSimilarity("names__folded", folded)))
            .order_by("-nearness", "-population", "pk")
        )

    def in_country(self, country: str) -> Self:
        return self.filter(country=country)


class City(models.Model):
    geoname_id = models.IntegerField(primary_key=True)
    country = models.CharField(max_length=2)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120)
    display_names = models.JSONField(default=dict, blank=True)
    lat = models.DecimalField(max_digits=7, decimal_places=4)
    lon = models.DecimalField(max_digits=7, decimal_places=4)
    timezone = models.CharField(max_length=40)
    population = models.IntegerField(default=0)

    objects = CityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "cities"
        constraints = [
            models.UniqueConstraint(name="city_slug_once_a_country", fields=["country", "slug"]),
            models.CheckConstraint(
                name="city_on_earth",
                condition=models.Q(lat__range=(-90, 90), lon__range=(-180, 180)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.country}"

    def get_absolute_url(self) -> str:
        return reverse("events:city", args=[self.country.lower(), self.slug])

    @property
    def display_name(self) -> str:
        """The name in the reader's language where one is curated, else the local one."""
        return str(self.display_names.get(get_language() or "", self.name))


class CityName(models.Model):
    """One spelling of a city's name, folded."""

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="names")
    folded = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(name="city_name_once", fields=["city", "folded"])]
        indexes = [
            models.Index(name="city_name_folded", fields=["folded"], opclasses=["text_pattern_ops"]),
            GinIndex(name="city_name_trigrams", fields=["folded"], opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.folded
