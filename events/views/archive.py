"""Earlier editions."""

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from events import listing, markdown, numbers, timetable
from events import map as maps
from events.folding import in_order
from events.models import ArchiveRecord, Campaign, PlaceTally
from events.names import country_name
from events.timetable import PlaceRow
from events.views.pages import cacheable


@cacheable()
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "events/archive.html", {"editions": numbers.compared(Campaign.objects.archived())})


def _map_rows(path: str, counts: dict[str, int]) -> list[PlaceRow]:
    """The countries of the edition for its map; each leads to its part of the list."""
    return [
        PlaceRow(country_name(code), "", f"{path}?country={code.lower()}", count, code=code)
        for code, count in counts.items()
    ]


@cacheable(country=listing.clean_country, after=listing.clean_cursor)
def edition(request: HttpRequest, slug: str) -> HttpResponse:
    campaign = Campaign.objects.archived().filter(slug=slug).first()
    if campaign is None:
        raise Http404
    events = timetable.public_protests(campaign)
    chosen = request.GET.get("country", "").upper()
    shown = events.in_country(chosen) if chosen else events
    counts = PlaceTally.objects.in_campaign(campaign).by_country()
    context = {
        "campaign": campaign,
        "campaign_html": markdown.as_html(campaign.text.call),
        "total": sum(counts.values()),
        "countries": sorted(
            ((code, country_name(code), count) for code, count in counts.items()), key=lambda row: in_order(row[1])
        ),
        "sheets": maps.sheets(_map_rows(request.path, counts)),
        "chosen": chosen,
        "country_query": f"country={chosen.lower()}" if chosen else "",
        "page": timetable.page_of(shown, request.GET.get("after", ""), timezone.now()),
        "turnout": ArchiveRecord.objects.filter(event__in=events).aggregate(Sum("turnout"))["turnout__sum"],
    }
    return render(request, "events/archive_edition.html", context)
