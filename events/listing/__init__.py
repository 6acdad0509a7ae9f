"""What an address may ask of a list of protests."""

from events.listing.cursor import Cursor, clean_cursor
from events.listing.distance import Surroundings, cities_around
from events.listing.filters import Filters
from events.listing.places import Spot, cities_like, spot_called
from events.listing.values import clean_access, clean_country, clean_day, clean_kind, clean_language, clean_text
from events.listing.words import nearly

__all__ = [
    "Cursor",
    "Filters",
    "Spot",
    "Surroundings",
    "cities_around",
    "cities_like",
    "clean_access",
    "clean_country",
    "clean_cursor",
    "clean_day",
    "clean_kind",
    "clean_language",
    "clean_text",
    "nearly",
    "spot_called",
]
