"""One protest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from events import after_reports, changes, entries, markdown, timetable, when
from events import map as maps
from events.folding import in_order
from events.map import CountryMap
from events.merging import heir_of
from events.models import ArchiveRecord, Audience, Collective, Event, EventSupport
from events.models.details import Place
from events.names import country_languages, country_name, language_name
from events.rewriting import TIME_FIELDS
from events.views.pages import cacheable, led_to, moved_to


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
        .select_related("campaign", "city", "picture", "archive_record", "host")
        .filter(public_id=public_id)
        .first()
    )
    if event is None:
        raise Http404
    return event


def facts_of(event: Event) -> dict[str, str]:
    """Which protest a form is about."""
    return {
        "day": when.day_text_with_year(event.day),
        "hours": when.hours_text(event),
        "where": timetable.where_text(event),
    }


def event_or_heir(public_id: str) -> Event:
    """The protest or, if it was merged with another one, that one; a 404 if the public may not see it."""
    try:
        return public_event(public_id)
    except Http404:
        merged = Event.objects.exclude(merged_into=None).filter(public_id=public_id).first()
        if merged is None:
            raise
        return public_event(heir_of(merged).public_id)


def _other_texts(event: Event) -> list[Text]:
    """The texts that this reader does not see at first."""
    texts = {event.language: {"title": event.title, "description": event.description}, **event.translations}
    texts.pop(event.text_language)
    return [
        Text(code, language_name(code), text.get("title", ""), markdown.as_html(text.get("description", "")))
        for code, text in texts.items()
    ]


def _is_change_reported(event: Event, now: datetime) -> bool:
    """Whether organisers asked for another time, place or link and nobody has decided yet."""
    revision = event.revisions.pending().select_related("city").first()
    if revision is None:
        return False
    fields = (*TIME_FIELDS, "contact_link")
    asked, public = (
        [*(getattr(details, name) for name in fields), details.place_for(Audience.INSIDER, now)]
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


def _coming(event: Event) -> int:
    """How many say that they come, as the public is told; 0 for too few, and where counts are off."""
    is_told = event.coming_shown and Event.objects.counted().filter(pk=event.pk).exists()
    return event.coming_shown if is_told else 0


def _archive_record(event: Event) -> ArchiveRecord | None:
    return getattr(event, "archive_record", None)


def _supporters(event: Event) -> list[Collective]:
    """The public collectives that stand behind it, in order."""
    shown = EventSupport.objects.shown().filter(event=event).select_related("collective")
    return sorted((support.collective for support in shown), key=lambda collective: in_order(collective.name))


@cacheable()
def short(request: HttpRequest, public_id: str) -> HttpResponse:
    event = event_or_heir(public_id)
    forward = moved_to if event.public_id == public_id else led_to
    return forward(event.get_absolute_url())


@cacheable()
def protest(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    event = event_or_heir(public_id)
    if event.public_id != public_id:
        return led_to(event.get_absolute_url())
    if slug != event.slug:
        return moved_to(event.get_absolute_url())
    return render(request, "events/protest.html", context_of(event, timezone.now()))


def context_of(event: Event, now: datetime) -> dict[str, Any]:
    """What the page of *event* shows to the public at *now*."""
    place = event.place_for(Audience.PUBLIC, now)
    notes = changes.notes_on(event, now)
    share_url = settings.SITE_URL + reverse("events:protest_short", args=[event.public_id])
    is_over = event.over_at <= now
    return {
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
        "takes_letters": event.takes_letters,
        "can_follow": event.campaign.is_open and not is_over and not event.is_cancelled,
        "wants_help": event.helpers_wanted > 0 and event.campaign.is_open and not is_over and not event.is_cancelled,
        "host": event.host if event.host and event.host.is_public else None,
        "supporters": _supporters(event),
        "record": _archive_record(event),
        "coming": 0 if event.is_cancelled else _coming(event),
        "told": after_reports.told_of(event, now),
        "share_text": _share_text(event, place, share_url),
        "map": _map(event),
        "map_label": f"{timetable.where_text(event)}, {country_name(event.country)}",
        "own_languages": country_languages(event.country),
    }
