"""Protests as schema.org/Event, for search engines and calendars that read pages."""

from datetime import date, datetime, time

from django.conf import settings
from django.urls import reverse

from events import entries, timetable
from events.characters import clean
from events.markdown import as_plain_text
from events.models import Audience, Event, EventChange
from events.models.details import PlaceKind
from events.names import country_name
from events.prints.sheets import card_path

Json = dict[str, object]


def _location(event: Event, now: datetime) -> Json:
    if event.place_kind == PlaceKind.ONLINE:
        return {"@type": "VirtualLocation", "url": entries.page_url(event)}
    place = event.place_for(Audience.PUBLIC, now)
    address = {
        "@type": "PostalAddress",
        "streetAddress": clean(place.address),
        "addressLocality": place.city.name if place.city else "",
        "addressCountry": place.country,
    }
    found: Json = {
        "@type": "Place",
        "name": clean(place.venue) or (timetable.where_text(event) if place.city else country_name(place.country)),
        "address": {name: value for name, value in address.items() if value},
    }
    if place.lat is not None and place.lon is not None:
        found["geo"] = {"@type": "GeoCoordinates", "latitude": float(place.lat), "longitude": float(place.lon)}
    return found


def _previous_start(event: Event) -> str:
    """When it was to begin before it was moved for the last time; nothing if it never was."""
    move = event.changes.filter(kind=EventChange.Kind.MOVED).newest_first().first()
    if move is None or not move.before.get("day"):
        return ""
    day, hour = date.fromisoformat(move.before["day"]), move.before.get("start_time")
    return datetime.combine(day, time.fromisoformat(hour), event.zone).isoformat() if hour else day.isoformat()


def _status(event: Event) -> Json:
    if event.is_cancelled:
        return {"eventStatus": "https://schema.org/EventCancelled"}
    previous = _previous_start(event)
    if previous and previous != entries.start_text(event):
        return {"eventStatus": "https://schema.org/EventRescheduled", "previousStartDate": previous}
    return {"eventStatus": "https://schema.org/EventScheduled"}


def as_schema_org(event: Event, now: datetime) -> Json:
    """What the public may know of *event*, in the active language."""
    attendance = "Online" if event.place_kind == PlaceKind.ONLINE else "Offline"
    facts: Json = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": f"{settings.SITE_URL}{reverse('events:protest_short', args=[event.public_id])}",
        "name": entries.headline(event),
        "description": clean(as_plain_text(event.display_description)),
        "inLanguage": event.text_language,
        "url": entries.page_url(event),
        "startDate": entries.start_text(event),
        "endDate": entries.end_text(event),
        "eventAttendanceMode": f"https://schema.org/{attendance}EventAttendanceMode",
        "location": _location(event, now),
        "image": settings.SITE_URL + card_path(event),
        "isAccessibleForFree": True,
        **_status(event),
    }
    organiser = entries.organiser(event)
    if organiser:
        facts["organizer"] = {"@type": "Organization", "name": organiser}
    return {name: value for name, value in facts.items() if value != ""}
