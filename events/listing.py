"""What an address may ask of a list of protests: filters and cursors, each value in one form only."""

import re
from dataclasses import dataclass
from datetime import date, time

from django.db.models import Q

from events import when
from events.folding import fold
from events.models import City, Event, Kind
from events.models.event import EventQuerySet
from events.names import country_codes, language_codes

LONGEST_QUERY = 100


def clean_text(value: str) -> str:
    """Without control characters and surplus spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:LONGEST_QUERY].strip()


def clean_day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return ""


def clean_country(value: str) -> str:
    return value.lower() if value.upper() in country_codes() else ""


def clean_kind(value: str) -> str:
    return value if value in Kind.values else ""


def clean_language(value: str) -> str:
    return value if value in language_codes() else ""


@dataclass(frozen=True)
class Cursor:
    """The last row of a page, by the columns that the list is sorted by."""

    day: date
    start: time | None
    pk: int

    @classmethod
    def of(cls, event: Event) -> "Cursor":
        return cls(event.day, event.start_time, event.pk)

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)\.(\d\d:\d\d|)\.(\d{1,18})", text, re.ASCII)
        if not found:
            return None
        try:
            start = time.fromisoformat(found[2]) if found[2] else None
            return cls(date.fromisoformat(found[1]), start, int(found[3]))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.day.isoformat()}.{when.clock(self.start)}.{self.pk}"

    def rows_after(self) -> Q:
        same_day = Q(day=self.day)
        if self.start is None:
            later = same_day & (Q(start_time__isnull=False) | Q(start_time=None, pk__gt=self.pk))
        else:
            later = same_day & (Q(start_time__gt=self.start) | Q(start_time=self.start, pk__gt=self.pk))
        return Q(day__gte=self.day) & (Q(day__gt=self.day) | later)


def clean_cursor(value: str) -> str:
    cursor = Cursor.parse(value)
    return str(cursor) if cursor else ""


@dataclass(frozen=True)
class Filters:
    """What a visitor looks for. Every part may be empty."""

    q: str = ""
    country: str = ""
    city: str = ""
    day: str = ""
    kind: str = ""
    lang: str = ""

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
