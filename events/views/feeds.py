"""Calendar feeds. Their language is named in the query, so that one address always says the same."""

from collections.abc import Iterable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from events import timetable
from events.calendar import Feed, as_calendar
from events.models import Campaign, City, Event
from events.names import country_codes, country_name
from events.views.pages import cacheable, moved_to
from events.views.protest import public_event

DEFAULT_ZONE = "Europe/Brussels"


def clean_feed_language(value: str) -> str:
    return value if value in settings.COMPLETE_LANGUAGES else ""


def _answer(feed: Feed, events: Iterable[Event]) -> HttpResponse:
    text = as_calendar(feed, events, timezone.now())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    # Feeds are fetched by calendars on other sites, too; nothing in them is private.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Language"] = translation.get_language() or "en"
    return response


def _feed(request: HttpRequest, country: str = "", city: City | None = None) -> HttpResponse:
    campaign = Campaign.objects.current()
    events = timetable.public_protests(campaign) if campaign else Event.objects.none()
    if country:
        events = events.in_country(country)
    if city:
        events = events.in_city(city)
    with translation.override(request.GET.get("lang") or "en"):
        place = city.display_name if city else country_name(country) if country else _("all countries")
        name = f"{campaign.text.name if campaign else settings.SITE_NAME}: {place}"
        zone = city.timezone if city else campaign.timezone if campaign else DEFAULT_ZONE
        feed = Feed(name, settings.SITE_URL + request.get_full_path(), zone)
        return _answer(feed, events.select_related("city").in_order())


@cacheable(lang=clean_feed_language)
def everything(request: HttpRequest) -> HttpResponse:
    return _feed(request)


@cacheable(lang=clean_feed_language)
def country(request: HttpRequest, country: str) -> HttpResponse:
    if country not in country_codes():
        raise Http404
    return _feed(request, country)


@cacheable(lang=clean_feed_language)
def city(request: HttpRequest, country: str, slug: str) -> HttpResponse:
    place = City.objects.in_country(country).filter(slug=slug).first()
    if place is None:
        raise Http404
    return _feed(request, country, place)


@cacheable()
def protest(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    """One protest, in the language of the address."""
    event = public_event(public_id)
    if slug != event.slug:
        return moved_to(event.get_absolute_url().removesuffix("/") + ".ics")
    feed = Feed(event.display_title, settings.SITE_URL + request.path, event.timezone)
    response = _answer(feed, [event])
    response.headers["Content-Disposition"] = f'inline; filename="{event.public_id}.ics"'
    return response
