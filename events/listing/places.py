"""Which cities and countries somebody means, in any spelling and any of our languages."""

from dataclasses import dataclass, field
from difflib import SequenceMatcher

from events.folding import fold
from events.models import City, CityName
from events.names import countries_called, country_codes

MOST_NAMESAKES = 20
MOST_OFFERED = 5
# A namesake is worth a mention if it has at least this part of the people of the largest.
LEAST_SHARE = 20
# The database offers what shares some letters; only what shares most of them is worth showing.
LEAST_LIKENESS = 0.75


def _countries(text: str) -> list[str]:
    code = text.strip().upper()
    return [code] if code in country_codes() else countries_called(text)


def cities_called(text: str, country: str = "") -> list[City]:
    """Cities of this name, the largest first. *text* may say where: “Frankfurt, Germany”."""
    name, _comma, where = text.rpartition(",")
    countries = _countries(where) if name else []
    found = City.objects.named(name if countries else text, country=country or None)
    if countries:
        found = found.filter(country__in=countries)
    return list(found[:MOST_NAMESAKES])


def cities_like(text: str, country: str = "") -> list[City]:
    """Cities with nearly this name, the nearest first: for typing errors."""
    found = City.objects.resembling(text, country=country or None)
    return list(found[:MOST_OFFERED])


def ids_of_cities_like(phrase: str) -> list[int]:
    """The keys of the cities with a name that differs from the folded *phrase* by a typing error or two."""
    names = CityName.objects.filter(folded__trigram_similar=phrase).values_list("city", "folded")
    close = {city for city, name in names if SequenceMatcher(None, phrase, name).ratio() >= LEAST_LIKENESS}
    return sorted(close)


@dataclass(frozen=True)
class Spot:
    """Where somebody measures from: a city, others that they may mean, or those with nearly that name."""

    city: City | None = None
    namesakes: list[City] = field(default_factory=list)
    similar: list[City] = field(default_factory=list)


def spot_called(text: str) -> Spot:
    found = cities_called(text)
    if not found:
        return Spot(similar=cities_like(text)) if fold(text) else Spot()
    largest = found[0]
    others = [city for city in found[1:] if city.population * LEAST_SHARE >= largest.population]
    return Spot(largest, others[:MOST_OFFERED])
