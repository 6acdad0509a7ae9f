"""What an address may ask of a list of protests."""

from events.listing.cursor import Cursor, clean_cursor
from events.listing.filters import Filters
from events.listing.values import clean_access, clean_country, clean_day, clean_kind, clean_language, clean_text

__all__ = [
    "Cursor",
    "Filters",
    "clean_access",
    "clean_country",
    "clean_cursor",
    "clean_day",
    "clean_kind",
    "clean_language",
    "clean_text",
]
