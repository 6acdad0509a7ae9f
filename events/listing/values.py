"""Brings each value of the query into its one form, or into "" for one that means nothing."""

from datetime import date

from events.models import Kind
from events.models.details import AccessFeature
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


def clean_access(value: str) -> str:
    return value if value in AccessFeature.values else ""
