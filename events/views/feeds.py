"""Feeds. Their language is named in the query, so that one address always says the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation

from events.atom import as_atom
from events.calendar import as_calendar
from events.entries import Feed
from events.json_feed import as_json_feed
from events.models import Campaign, City, Event
from events.names import country_codes
from events.scope import Scope
from events.views.pages import cacheable, led_to, moved_to
from events.views.protest import event_or_heir

DEFAULT_ZONE = "Europe/Brussels"
# A calendar holds all protests, a reader asks for what is new.
LATEST = 100


@dataclass(frozen=True)
class Form:
    """A format: how it is called on the wire, and who writes it."""

    content_type: str
    write: Callable[[Feed, Iterable[Event], datetime], str]


FORMS = {
    "ics": Form("text/calendar; charset=utf-8", as_calendar),
    "atom": Form("application/atom+xml; charset=utf-8", as_atom),
    "json": Form("application/feed+json; charset=utf-8", as_json_feed),
}


def clean_feed_language(value: str) -> str:
    return value if value in settings.COMPLETE_LANGUAGES else ""


def _answer(form: str, feed: Feed, events: Iterable[Event]) -> HttpResponse:
    text = FORMS[form].write(feed, events, timezone.now())
    response = HttpResponse(text, content_type=FORMS[form].content_type)
    # Feeds are fetched by other sites and their scripts, too; nothing in them is private.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Content-Language"] = translation.get_language() or "en"
    return response


def _feed(request: HttpRequest, form: str, scope: Scope) -> HttpResponse:
    campaign = Campaign.objects.current()
    events = scope.protests(campaign).in_order() if form == "ics" else scope.latest(campaign, LATEST)
    zone = scope.city.timezone if scope.city else campaign.timezone if campaign else DEFAULT_ZONE
    with translation.override(request.GET.get("lang") or "en"):
        feed = Feed(
            name=f"{campaign.text.name if campaign else settings.SITE_NAME}: {scope.name}",
            url=settings.SITE_URL + request.get_full_path(),
            page_url=settings.SITE_URL + scope.path,
            timezone=zone,
        )
        return _answer(form, feed, events.select_related("city"))


def country_scope(country: str) -> Scope:
    if country not in country_codes():
        raise Http404
    return Scope(country)


def city_scope(country: str, slug: str) -> Scope:
    city = City.objects.in_country(country).filter(slug=slug).first()
    if city is None:
        raise Http404
    return Scope(country, city)


@cacheable(lang=clean_feed_language)
def everything(request: HttpRequest, form: str) -> HttpResponse:
    return _feed(request, form, Scope())


@cacheable(lang=clean_feed_language)
def country(request: HttpRequest, country: str, form: str) -> HttpResponse:
    return _feed(request, form, country_scope(country))


@cacheable(lang=clean_feed_language)
def city(request: HttpRequest, country: str, slug: str, form: str) -> HttpResponse:
    return _feed(request, form, city_scope(country, slug))


@cacheable()
def protest(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    """One protest as a calendar, in the language of the address."""
    event = event_or_heir(public_id)
    if event.public_id != public_id:
        return led_to(_calendar_url(event))
    if slug != event.slug:
        return moved_to(_calendar_url(event))
    page = settings.SITE_URL + event.get_absolute_url()
    feed = Feed(event.display_title, settings.SITE_URL + request.path, page, event.timezone)
    response = _answer("ics", feed, [event])
    response.headers["Content-Disposition"] = f'inline; filename="{event.public_id}.ics"'
    return response


def _calendar_url(event: Event) -> str:
    return event.get_absolute_url().removesuffix("/") + ".ics"
