"""Protests as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), what changed last first.

`_noborder` holds what programs need of a protest and the format has no name for (docs/feeds.md)."""

import json
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils import translation

from events import entries
from events.entries import Feed
from events.models import Audience, Event
from events.names import country_name

VERSION = "https://jsonfeed.org/version/1.1"
Json = dict[str, object]


def _facts(event: Event, now: datetime) -> Json:
    place = event.place_for(Audience.PUBLIC, now)
    return {
        "starts": entries.start_text(event),
        "ends": entries.end_text(event) or None,
        "timezone": event.timezone,
        "country": event.country,
        "city": place.city.name if place.city else None,
        "place": entries.place_text(event, now),
        "lat": float(place.lat) if place.lat is not None else None,
        "lon": float(place.lon) if place.lon is not None else None,
        "kind": event.kind or None,
        "is_cancelled": event.is_cancelled,
        "is_unconfirmed": event.is_unconfirmed,
        "is_place_known": place.is_complete,
    }


def _item(event: Event, now: datetime) -> Json:
    organiser = entries.organiser(event)
    kind = [str(event.get_kind_display())] if event.kind else []
    return {
        "id": entries.entry_id(event),
        "url": entries.page_url(event),
        "title": entries.headline(event),
        "summary": entries.summary(event, now),
        "content_html": entries.content_html(event, now),
        "date_published": (event.published_at or event.created_at).isoformat(timespec="seconds"),
        "date_modified": entries.changed_at(event).isoformat(timespec="seconds"),
        "language": event.text_language,
        "tags": [*kind, country_name(event.country)],
        **({"authors": [{"name": organiser}]} if organiser else {}),
        "_noborder": _facts(event, now),
    }


def as_json_feed(feed: Feed, events: Iterable[Event], now: datetime) -> str:
    """The whole feed in the active language."""
    whole = {
        "version": VERSION,
        "title": feed.name,
        "home_page_url": feed.page_url,
        "feed_url": feed.url,
        "language": translation.get_language() or "en",
        "authors": [{"name": settings.SITE_NAME, "url": f"{settings.SITE_URL}/"}],
        "items": [_item(event, now) for event in events],
    }
    return json.dumps(whole, ensure_ascii=False)
