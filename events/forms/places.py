"""Find the city that somebody means, in any spelling."""

import math
from dataclasses import dataclass, field
from decimal import Decimal

from events.models import City

MOST_SHOWN = 6
EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True)
class CitySearch:
    """What a typed name led to: one city; or several to choose from; or none, with those of nearly that name."""

    city: City | None = None
    namesakes: list[City] = field(default_factory=list)
    near: list[City] = field(default_factory=list)
    elsewhere: City | None = None

    @property
    def choices(self) -> list[City]:
        return self.namesakes or self.near


def find_city(text: str, country: str, *, picked: str = "", known: City | None = None) -> CitySearch:
    """The city called *text* in *country*. *picked* is the id chosen among several; *known* is the present city, which
    is meant again if its name is."""
    namesakes = list(City.objects.named(text, country=country)[:MOST_SHOWN])
    if known in namesakes:
        return CitySearch(city=known)
    if len(namesakes) == 1:
        return CitySearch(city=namesakes[0])
    near = [] if namesakes else list(City.objects.resembling(text, country=country)[:MOST_SHOWN])
    chosen = next((city for city in namesakes or near if str(city.pk) == picked), None)
    elsewhere = None if namesakes else City.objects.named(text).first()
    return CitySearch(city=chosen, namesakes=namesakes, near=near, elsewhere=elsewhere)


def distance_km(lat: Decimal, lon: Decimal, city: City) -> float:
    """Along the surface, from the position to the middle of *city*."""
    lat1, lon1, lat2, lon2 = (math.radians(float(degrees)) for degrees in (lat, lon, city.lat, city.lon))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))
