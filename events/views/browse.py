"""Find a protest: by country, by city, or by search."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from events import listing, timetable, when
from events import map as maps
from events.listing import Filters
from events.models import Campaign, City, CountryRule, Event, PlaceTally
from events.models.event import EventQuerySet
from events.models.tally import PlaceTallyQuerySet
from events.names import country_codes, country_languages, country_name, own_country_name
from events.prints.sheets import has_sheets
from events.rule_words import rule_in_words
from events.timetable import PlaceRow
from events.views.pages import cacheable

NEAR = 6


@dataclass(frozen=True)
class Tab:
    """One day of a list, or all of them."""

    text: str
    count: int
    url: str
    is_current: bool


def day_tabs(path: str, campaign: Campaign, counts: dict[date, int], chosen: str) -> list[Tab]:
    """The days as called and any other that has protests."""
    days = sorted({*campaign.days, *counts})
    return [
        Tab(
            f"{day.day} {when.short_weekday(day)}",
            counts.get(day, 0),
            f"{path}?day={day.isoformat()}",
            day.isoformat() == chosen,
        )
        for day in days
    ]


def country_rows(campaign: Campaign) -> list[PlaceRow]:
    """The countries that take part, and any other where something happens."""
    counts = PlaceTally.objects.in_campaign(campaign).by_country()
    starts = timetable.next_starts(campaign, counts, timezone.now())
    taking_part = list(campaign.countries.values_list("country", flat=True))
    others = sorted((code for code in counts if code not in taking_part), key=country_name)
    return [
        PlaceRow(
            country_name(code),
            own_country_name(code),
            reverse("events:country", args=[code]),
            counts.get(code, 0),
            starts.get(code, ""),
            code,
        )
        for code in [*taking_part, *others]
    ]


def current() -> tuple[Campaign | None, EventQuerySet]:
    campaign = Campaign.objects.current()
    return campaign, timetable.public_protests(campaign) if campaign else Event.objects.none()


@cacheable()
def countries(request: HttpRequest) -> HttpResponse:
    campaign = Campaign.objects.current()
    rows = country_rows(campaign) if campaign else []
    total = sum(row.count for row in rows)
    return render(request, "events/countries.html", {"campaign": campaign, "rows": rows, "total": total})


def _place_context(
    request: HttpRequest, campaign: Campaign | None, events: EventQuerySet, tallies: PlaceTallyQuerySet
) -> dict[str, object]:
    """What a country's and a city's page have in common."""
    chosen_day = request.GET.get("day", "")
    counts = tallies.by_day()
    shown = Filters(day=chosen_day).apply(events)
    return {
        "campaign": campaign,
        "total": sum(counts.values()),
        "tabs": day_tabs(request.path, campaign, counts, chosen_day) if campaign else [],
        "chosen_day": chosen_day,
        "day_query": f"day={chosen_day}" if chosen_day else "",
        "page": timetable.page_of(shown, request.GET.get("after", ""), timezone.now()),
        "path": request.path,
    }


@cacheable(day=listing.clean_day, after=listing.clean_cursor)
def country(request: HttpRequest, country: str) -> HttpResponse:
    if country not in country_codes():
        raise Http404
    campaign, all_events = current()
    tallies = PlaceTally.objects.in_campaign(campaign)
    context = _place_context(request, campaign, all_events.in_country(country), tallies.in_country(country))
    cities = timetable.cities_with_protests(tallies.in_country(country))
    counts = tallies.by_country()
    rule = CountryRule.objects.filter(country=country).first()
    context |= {
        "country": country,
        "own_languages": country_languages(country),
        "name": country_name(country),
        "own_name": own_country_name(country),
        "follow": f"country={country.lower()}",
        "map": maps.country_map(country, cities),
        "cities": [PlaceRow(c.display_name, c.name, c.get_absolute_url(), count) for c, count in cities],
        "neighbours": _neighbours(country, counts),
        "words": rule_in_words(rule) if rule else None,
        "has_sheets": country in counts or (campaign is not None and has_sheets(campaign, country)),
    }
    if not context["total"]:
        context["near"] = countries_near(country, counts)
    return render(request, "events/country.html", context)


def _neighbours(country: str, counts: dict[str, int]) -> list[PlaceRow]:
    """The countries across the border, those where most happens first."""
    rows = [_plain_row(code, counts.get(code, 0)) for code in maps.neighbours(country)]
    return sorted(rows, key=lambda row: (-row.count, row.name))


def _plain_row(code: str, count: int) -> PlaceRow:
    return PlaceRow(country_name(code), own_country_name(code), reverse("events:country", args=[code]), count)


def countries_near(country: str, counts: dict[str, int]) -> list[PlaceRow]:
    """The nearest countries where something happens, by the largest cities on either side."""
    largest = _largest_cities([country, *counts])
    here = largest.get(country)
    if not here:
        return []
    by_distance = sorted((_distance(here, there), code) for code, there in largest.items() if code in counts)
    return [_plain_row(code, counts[code]) for _far, code in by_distance[:NEAR]]


def _largest_cities(countries: list[str]) -> dict[str, City]:
    cities: QuerySet[City] = City.objects.filter(country__in=countries)
    return {city.country: city for city in cities.order_by("country", "-population").distinct("country")}


def _distance(a: City, b: City) -> Decimal:
    """Good enough to sort neighbours: degrees, squared, with the meridians drawn together as in mid Europe."""
    return (a.lat - b.lat) ** 2 + ((a.lon - b.lon) * Decimal("0.62")) ** 2


@cacheable(day=listing.clean_day, after=listing.clean_cursor)
def city(request: HttpRequest, country: str, slug: str) -> HttpResponse:
    if country not in country_codes():
        raise Http404
    place = City.objects.in_country(country).filter(slug=slug).first()
    if place is None:
        known = {"country": country, "country_name": country_name(country)}
        return render(request, "404.html", known, status=404)
    campaign, all_events = current()
    tallies = PlaceTally.objects.in_campaign(campaign)
    context = _place_context(request, campaign, all_events.in_city(place), tallies.in_city(place))
    context |= {
        "city": place,
        "country": country,
        "country_name": country_name(country),
        "own_languages": country_languages(country),
        "name": place.display_name,
        "own_name": place.name,
        "follow": f"city={country.lower()}/{place.slug}",
        "map": maps.country_map(country, [(place, cast(int, context["total"]))]),
    }
    if not context["total"]:
        nearby = timetable.cities_with_protests(tallies.in_country(country))
        nearby.sort(key=lambda row: _distance(place, row[0]))
        context["near"] = [PlaceRow(c.display_name, c.name, c.get_absolute_url(), n) for c, n in nearby[:NEAR]]
    return render(request, "events/city.html", context)
