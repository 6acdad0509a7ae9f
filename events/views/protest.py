"""One protest."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from events import changes, entries, markdown, timetable, when
from events import map as maps
from events.actions import TIME_FIELDS
from events.map import CountryMap
from events.models import ArchiveRecord, Audience, Event
from events.models.details import Place
from events.names import country_languages, country_name, language_name
from events.views.pages import cacheable, moved_to


@dataclass(frozen=True)
class Text:
    """Title and description in one language."""

    language: str
    language_name: str
    title: str
    html: SafeString


def public_event(public_id: str) -> Event:
    """The protest as the public may see it, or a 404."""
    event = (
        Event.objects.visible()
        .select_related("campaign", "city", "picture", "archive_record")
        .filter(public_id=public_id)
        .first()
    )
    if event is None:
        raise Http404
    return event


def _other_texts(event: Event) -> list[Text]:
    """The texts that this reader does not see at first."""
    texts = {event.language: {"title": event.title, "description": event.description}, **event.translations}
    texts.pop(event.text_language)
    return [
        Text(code, language_name(code), text.get("title", ""), markdown.as_html(text.get("description", "")))
        for code, text in texts.items()
    ]


def _is_change_reported(event: Event, now: datetime) -> bool:
    """Whether organisers asked for another time or place and nobody has decided yet."""
    revision = event.revisions.pending().select_related("city").first()
    if revision is None:
        return False
    asked, public = (
        [*(getattr(details, name) for name in TIME_FIELDS), details.place_for(Audience.INSIDER, now)]
        for details in (revision, event)
    )
    return asked != public


def _share_text(event: Event, place: Place, url: str) -> str:
    """What people send each other: title, day and hour, place, address of the page."""
    spot = [*place.spot, timetable.where_text(event)]
    moment = [when.day_text_with_year(event.day), when.hours_text(event)]
    return "\n".join([event.display_title, ", ".join(filter(None, moment)), ", ".join(spot), url])


def _map(event: Event) -> CountryMap | None:
    """The city in its country. It knows nothing finer than the city, whoever may know the place."""
    return maps.country_map(event.country, [(event.city, 1)] if event.city else [])


def _archive_record(event: Event) -> ArchiveRecord | None:
    return getattr(event, "archive_record", None)


@cacheable()
def short(request: HttpRequest, public_id: str) -> HttpResponse:
    return moved_to(public_event(public_id).get_absolute_url())


@cacheable()
def protest(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    event = public_event(public_id)
    if slug != event.slug:
        return moved_to(event.get_absolute_url())
    now = timezone.now()
    place = event.place_for(Audience.PUBLIC, now)
    notes = changes.notes_on(event, now)
    share_url = settings.SITE_URL + reverse("events:protest_short", args=[event.public_id])
    is_over = event.over_at <= now
    context = {
        "event": event,
        "campaign": event.campaign,
        "place": place,
        "disclosed_from": when.moment_text(place.disclosed_from, event.zone) if place.disclosed_from else "",
        "where": timetable.where_text(event),
        "country_name": country_name(event.country),
        "day": when.day_text_with_year(event.day),
        "hours": when.hours_text(event),
        "zone": when.zone_text(event),
        "html": markdown.as_html(event.display_description),
        "summary": markdown.as_plain_text(event.display_description)[:200],
        "text_language_name": language_name(event.text_language),
        "original_language_name": language_name(event.language),
        "is_foreign": event.text_language != get_language(),
        "is_translated": event.text_language != event.language,
        "other_texts": _other_texts(event),
        "spoken": [language_name(code) for code in event.spoken_languages],
        "headline": entries.headline(event),
        "shared_text": entries.summary(event, now),
        "marks": timetable.marks_of(event, now),
        "notes": notes,
        "latest_move": next((note for note in notes if note.is_warning), None),
        "is_change_reported": event.state == Event.State.PUBLISHED and _is_change_reported(event, now),
        "is_over": is_over,
        "can_follow": event.campaign.is_open and not is_over and not event.is_cancelled,
        "record": _archive_record(event),
        "share_text": _share_text(event, place, share_url),
        "map": _map(event),
        "map_label": f"{timetable.where_text(event)}, {country_name(event.country)}",
        "own_languages": country_languages(event.country),
    }
    return render(request, "events/protest.html", context)
