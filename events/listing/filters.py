"""What a visitor looks for."""

from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlencode

from events.listing.places import cities_called
from events.listing.words import Term, terms_of, with_words
from events.models import City
from events.models.event import EventQuerySet
from events.models.tally import PlaceTallyQuerySet

Rows = TypeVar("Rows", EventQuerySet, PlaceTallyQuerySet)


@dataclass(frozen=True)
class Filters:
    """Every part may be empty. The order of the parts is that of the address."""

    q: str = ""
    country: str = ""
    city: str = ""
    day: str = ""
    kind: str = ""
    lang: str = ""
    access: str = ""
    near: str = ""

    @classmethod
    def names(cls) -> list[str]:
        return [part.name for part in fields(cls)]

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    @property
    def is_typed(self) -> bool:
        """Whether it holds words that anybody may think of, so that there is no end of such addresses."""
        return bool(self.q or self.city or self.near)

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name in self.names() if (value := getattr(self, name))}

    @property
    def query(self) -> str:
        """As it stands in the address."""
        return urlencode(self.chosen)

    def but(self, **changes: str) -> "Filters":
        return replace(self, **changes)

    @cached_property
    def terms(self) -> list[Term]:
        return terms_of(self.q)

    @cached_property
    def cities(self) -> list[City]:
        """The cities meant, in whatever spelling, the largest first."""
        return cities_called(self.city, self.country.upper()) if self.city else []

    def apply(self, events: EventQuerySet) -> EventQuerySet:
        found = self.apply_but_words(events)
        return with_words(found, self.terms) if self.q else found

    def apply_but_words(self, events: EventQuerySet) -> EventQuerySet:
        found = self._by_place_and_day(events)
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.lang:
            found = found.filter(spoken_languages__contains=[self.lang])
        if self.access:
            found = found.filter(access_features__contains=[self.access])
        return found

    @property
    def is_tallied(self) -> bool:
        """Whether the kept counts know how many protests fit, so that nothing has to be counted."""
        return not (self.q or self.kind or self.lang or self.access)

    def apply_to_tallies(self, tallies: PlaceTallyQuerySet) -> PlaceTallyQuerySet:
        """Only by what the tallies know: country, city and day."""
        return self._by_place_and_day(tallies)

    def _by_place_and_day(self, rows: Rows) -> Rows:
        if self.country:
            rows = rows.in_country(self.country.upper())
        if self.city:
            rows = rows.filter(city__in=self.cities)
        return rows.on_day(date.fromisoformat(self.day)) if self.day else rows
