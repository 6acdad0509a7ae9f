"""Places in lists whose rows stand in the order of a moment."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime


def place_in(after: str) -> tuple[datetime, int] | None:
    """The moment and the number in the name of a row."""
    at, _underscore, pk = after.partition("_")
    moment = moment_in(at)
    return (moment, int(pk)) if moment and pk.isdecimal() and len(pk) < 18 else None


def moment_in(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (OverflowError, ValueError):
        return None
