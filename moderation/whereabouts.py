"""Where a submission says that its protest is, drawn for those who decide: they may know the exact place."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from events.distance import city_position, kilometres
from events.map import CountryMap, country_map
from events.models import Audience, EventDetails
from events.outlines import close_up


@dataclass(frozen=True)
class Whereabouts:
    """The country with the city and, marked by a cross, the position; and how far the two are from each other."""

    map: CountryMap
    city: str
    lat: Decimal | None
    lon: Decimal | None
    cross: tuple[int, int] | None
    kilometres: float | None


def whereabouts_of(details: EventDetails, now: datetime) -> Whereabouts | None:
    """None where there is nothing to draw: no city, or a country without an outline."""
    place, city = details.place_for(Audience.INSIDER, now), details.city
    drawn = country_map(details.country, [(city, 1)]) if city else None
    if city is None or drawn is None:
        return None
    if place.lat is None or place.lon is None:
        return Whereabouts(drawn, city.display_name, None, None, None, None)
    at = float(place.lat), float(place.lon)
    ground = close_up(details.country)
    return Whereabouts(
        map=drawn,
        city=city.display_name,
        lat=place.lat,
        lon=place.lon,
        cross=ground.position(*at) if ground else None,
        kilometres=round(kilometres(at, city_position(city)), 1),
    )
