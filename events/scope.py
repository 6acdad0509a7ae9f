"""A list of protests that has feeds and a frame: all of an edition, a country's, or a city's."""

from dataclasses import dataclass

from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from events import timetable
from events.models import Campaign, City, Event
from events.models.event import EventQuerySet
from events.names import country_name


@dataclass(frozen=True)
class Scope:
    """*city* if there is one, else *country*, else everything."""

    country: str = ""
    city: City | None = None

    def protests(self, campaign: Campaign | None) -> EventQuerySet:
        events = timetable.public_protests(campaign) if campaign else Event.objects.none()
        if self.city:
            return events.in_city(self.city)
        return events.in_country(self.country) if self.country else events

    def latest(self, campaign: Campaign | None, most: int) -> EventQuerySet:
        """The *most* protests that changed last, the latest first."""
        return self.protests(campaign).order_by(Coalesce("changed_at", "published_at").desc(), "-pk")[:most]

    @property
    def name(self) -> str:
        if self.city:
            return self.city.display_name
        return country_name(self.country) if self.country else _("all countries")

    @property
    def path(self) -> str:
        """The page that shows the same protests."""
        if self.city:
            return self.city.get_absolute_url()
        return reverse("events:country", args=[self.country]) if self.country else reverse("events:protests")
