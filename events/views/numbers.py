"""The present edition in numbers, and the editions side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from events import numbers, timetable
from events.models import Campaign, PlaceTally
from events.views.pages import cacheable


@cacheable()
def page(request: HttpRequest) -> HttpResponse:
    campaign = Campaign.objects.current()
    context: dict[str, object] = {"campaign": campaign, "editions": numbers.compared(Campaign.objects.public())}
    if campaign:
        protests = timetable.public_protests(campaign).taking_place()
        context |= {
            "total": PlaceTally.objects.in_campaign(campaign).total(),
            "has_examples": protests.filter(is_example=True).exists(),
            "told": numbers.told(campaign),
            "by_country": numbers.by_country(campaign),
            "by_day": numbers.by_day(campaign),
            "by_kind": numbers.by_kind(protests),
            "by_hour": numbers.by_hour(protests),
        }
    return render(request, "events/numbers.html", context)
