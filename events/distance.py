"""How far two places are from each other."""

import math

from events.models import City
from events.models.details import Place
from events.projection import EARTH

# Latitude and longitude in degrees.
Position = tuple[float, float]


def kilometres(here: Position, there: Position) -> float:
    """Along the ground, as the crow flies."""
    (lat1, lon1), (lat2, lon2) = (map(math.radians, position) for position in (here, there))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH / 1000 * math.asin(math.sqrt(min(1.0, half)))


def city_position(city: City) -> Position:
    return float(city.lat), float(city.lon)


def position_of(place: Place) -> Position | None:
    """Where it is as far as this place says; its city's middle if no more is known."""
    if place.lat is not None and place.lon is not None:
        return float(place.lat), float(place.lon)
    return city_position(place.city) if place.city else None
