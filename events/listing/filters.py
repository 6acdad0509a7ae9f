"""What a visitor looks for."""

from dataclasses import dataclass
from datetime import date

from events.folding import fold
from events.models import City
from events.models.event import EventQuerySet


@dataclass(frozen=True)
class Filters:
    """What a visitor looks for. Every part may be empty."""

    q: str = ""
    country: str = ""
    city: str = ""
    day: str = ""
    kind: str = ""
    lang: str = ""
    access: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    def apply(self, events: EventQuerySet) -> EventQuerySet:
        found = self._with_words(events)
        if self.country:
            found = found.in_country(self.country.upper())
        if self.city:
            found = found.filter(city__in=self.cities())
        if self.day:
            found = found.on_day(date.fromisoformat(self.day))
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.lang:
            found = found.filter(spoken_languages__contains=[self.lang])
        if self.access:
            found = found.filter(access_features__contains=[self.access])
        return found

    def _with_words(self, events: EventQuerySet) -> EventQuerySet:
        if not self.q:
            return events
        return events.matching(self.q) if fold(self.q) else events.none()

    def cities(self) -> list[City]:
        """The cities meant, in whatever spelling, or by the slug that stands in addresses."""
        by_name = City.objects.named(self.city, country=self.country.upper() or None)
        by_slug = City.objects.filter(slug=self.city.lower())
        if self.country:
            by_slug = by_slug.in_country(self.country.upper())
        return [*by_name[:20], *by_slug[:20]]
