"""Protests by their distance from a city. Only the gazetteer's positions count, never where a protest is exactly."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, FloatField, IntegerField, Sum, Value
from django.db.models.functions import ASin, Cast, Cos, Least, Power, Radians, Sin, Sqrt

from events.listing.cursor import Cursor
from events.models import City, Event
from events.models.event import EventQuerySet
from events.models.tally import PlaceTallyQuerySet

EARTH_RADIUS_KM = 6371.0
# How many protests are looked at, and sorted, before the circle is drawn wider.
CIRCLES = (100, 2_000)


def kilometres(here: City) -> Cast:
    """Whole kilometres from *here* to the row's city, along the surface."""
    lat, lon = Radians(F("city__lat")), Radians(F("city__lon"))
    here_lat, here_lon = _number(math.radians(here.lat)), _number(math.radians(here.lon))
    across = Power(Sin((lat - here_lat) / _number(2)), _number(2))
    along = Power(Sin((lon - here_lon) / _number(2)), _number(2)) * Cos(lat) * _number(math.cos(math.radians(here.lat)))
    angle = ASin(Sqrt(Least(across + along, _number(1))))
    return Cast(angle * _number(2 * EARTH_RADIUS_KM), IntegerField())


def _number(value: float) -> Value:
    return Value(float(value), output_field=FloatField())


@dataclass(frozen=True)
class NearCity:
    """A city where something takes place, and how far it is."""

    pk: int
    km: int
    count: int


def cities_around(here: City, tallies: PlaceTallyQuerySet) -> list[NearCity]:
    """The cities where something takes place, the nearest first."""
    rows = tallies.exclude(city=None).values("city").annotate(km=kilometres(here), total=Sum("count"))
    return [NearCity(row["city"], row["km"], row["total"]) for row in rows.order_by("km", "city")]


@dataclass(frozen=True)
class Surroundings:
    """A list by distance: reads on from city to city, so that it never has to sort all protests."""

    here: City
    cities: list[NearCity]

    def rows(self, events: EventQuerySet, after: Cursor | None, most: int) -> list[Event]:
        """The first *most* of *events* after the cursor, by distance and then as on a timetable."""
        nearest_first = events.annotate(km=kilometres(self.here)).order_by("km", *events.query.order_by)
        if after:
            nearest_first = nearest_first.filter(after.rows_after())
        found: list[Event] = []
        for circle in self._circles(after.km if after and after.km is not None else 0):
            found = list(nearest_first.filter(city__in=circle)[:most])
            if len(found) == most:
                break
        return found

    def _circles(self, from_km: int) -> Iterator[list[int]]:
        """Ever more cities, none of them nearer than *from_km*; whole circles, since rows of one are sorted by day."""
        left = [city for city in self.cities if city.km >= from_km]
        for enough in CIRCLES:
            count, radius = 0, -1
            for city in left:
                if count >= enough and city.km > radius:
                    break
                count, radius = count + city.count, city.km
            inside = [city.pk for city in left if city.km <= radius]
            if len(inside) == len(left):
                break
            yield inside
        yield [city.pk for city in left]
