"""Timetables made for a frame on other people's sites, and the code to put there. Nothing else may be framed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.clickjacking import xframe_options_exempt

from events import timetable
from events.models import Campaign
from events.names import own_country_name
from events.scope import Scope
from events.views.feeds import city_scope, clean_feed_language, country_scope
from events.views.pages import cacheable

SHOWN = 30


def _embed(request: HttpRequest, scope: Scope) -> HttpResponse:
    campaign = Campaign.objects.current()
    now = timezone.now()
    upcoming = list(timetable.with_rows(scope.protests(campaign).upcoming(now))[: SHOWN + 1])
    with translation.override(request.GET.get("lang") or "en"):
        context = {
            "campaign": campaign,
            "scope": scope,
            "stops": [timetable.stop(event, now) for event in upcoming[:SHOWN]],
            "has_more": len(upcoming) > SHOWN,
        }
        response = render(request, "events/embed.html", context)
        response.headers["Content-Language"] = translation.get_language() or "en"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


@xframe_options_exempt
@cacheable(lang=clean_feed_language)
def everything(request: HttpRequest) -> HttpResponse:
    return _embed(request, Scope())


@xframe_options_exempt
@cacheable(lang=clean_feed_language)
def country(request: HttpRequest, country: str) -> HttpResponse:
    return _embed(request, country_scope(country))


@xframe_options_exempt
@cacheable(lang=clean_feed_language)
def city(request: HttpRequest, country: str, slug: str) -> HttpResponse:
    return _embed(request, city_scope(country, slug))


@cacheable()
def code(request: HttpRequest, country: str) -> HttpResponse:
    """How to take a country's timetable along: into a calendar, a feed reader, another site."""
    scope = country_scope(country)
    return render(request, "events/embed_code.html", {"scope": scope, "own_name": own_country_name(country)})
