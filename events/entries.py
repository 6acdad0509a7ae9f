"""What all feeds say of a protest, whatever their format. Nothing here knows more of a place than the public may."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext as _

from events import markdown, timetable, when
from events.characters import clean, clean_address, one_line
from events.models import Audience, Event
from events.names import country_name


@dataclass(frozen=True)
class Feed:
    """What a feed says about itself: its address, the page that shows the same, and the zone that it is in."""

    name: str
    url: str
    page_url: str
    timezone: str


def page_url(event: Event) -> str:
    return clean_address(settings.SITE_URL + event.get_absolute_url())


def entry_id(event: Event) -> str:
    """The same for ever, in every feed and language (RFC 4151)."""
    return f"tag:{settings.SITE_HOST},2026:{event.public_id}"


def organiser(event: Event) -> str:
    return one_line(event.organiser_name)


def headline(event: Event) -> str:
    """The title, with what must not be missed before it, because many readers show no more."""
    title = one_line(event.display_title)
    if event.is_example:
        title = _("Example: %(title)s") % {"title": title}
    return _("Cancelled: %(title)s") % {"title": title} if event.is_cancelled else title


def changed_at(event: Event) -> datetime:
    """When the public last saw something change."""
    return event.changed_at or event.published_at or event.created_at


def place_text(event: Event, now: datetime, audience: Audience = Audience.PUBLIC) -> str:
    """“Plac Zamkowy, Plac Zamkowy 1, Warszawa, Poland”, as far as *audience* may know."""
    place = event.place_for(audience, now)
    city = place.city.name if place.city else timetable.where_text(event)
    words = [*place.spot, city, country_name(place.country)]
    return ", ".join(dict.fromkeys(one_line(word) for word in words if word))


def time_text(event: Event) -> str:
    """“Monday 11 October 2027, 14:00–16:00, local time in Warszawa (CEST)”."""
    hours = [when.hours_text(event), when.zone_text(event)] if event.start_time else []
    return ", ".join([when.day_text_with_year(event.day), *hours])


def warning() -> str:
    """What stands with a protest while its organisers have not said that it takes place."""
    return f"{_('Not confirmed by the organisers yet.')} {_('Look here again before you leave.')}"


def summary(event: Event, now: datetime) -> str:
    """When and where, and why perhaps or certainly not, in one line."""
    parts = [time_text(event), place_text(event, now)]
    if event.is_cancelled and event.cancel_reason:
        parts.insert(0, one_line(event.cancel_reason))
    if event.is_unconfirmed:
        parts.insert(0, _("Not confirmed by the organisers yet."))
    return " · ".join(parts)


def content_html(event: Event, now: datetime) -> str:
    """The summary and the description as sanitised HTML."""
    facts = format_html("<p><strong>{}</strong></p>", summary(event, now))
    return clean(facts + markdown.as_html(event.display_description))


def start_text(event: Event) -> str:
    """The start in ISO 8601, with its offset; the day alone without an hour."""
    return event.local_start.isoformat() if event.local_start else event.day.isoformat()


def end_text(event: Event) -> str:
    """The end in ISO 8601; nothing if it is not known."""
    if not event.end_time:
        return ""
    return datetime.combine(event.day, event.end_time, event.zone).isoformat()
