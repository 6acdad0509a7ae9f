"""Find a protest: by words, place, day, kind, language and access, by the clock or by distance."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import limits
from events import listing, timetable, when
from events.folding import in_order
from events.listing import Filters, Spot, Surroundings
from events.models import AccessFeature, Campaign, City, Kind, LanguageTally, PlaceTally
from events.models.event import EventQuerySet
from events.models.tally import PlaceTallyQuerySet
from events.names import country_name, language_name
from events.timetable import PlaceRow, Stop
from events.views.answers import later
from events.views.browse import NEAR, countries_near, current
from events.views.pages import cacheable

# With fewer rows than these, those that are nearly right are shown too.
FEW = 3

Link = tuple[str, str]


@cacheable(
    q=listing.clean_text,
    country=listing.clean_country,
    city=listing.clean_text,
    day=listing.clean_day,
    kind=listing.clean_kind,
    lang=listing.clean_language,
    access=listing.clean_access,
    near=listing.clean_text,
    after=listing.clean_cursor,
)
def protests(request: HttpRequest) -> HttpResponse:
    filters = Filters(**{name: request.GET.get(name, "") for name in Filters.names()})
    wait = _wait_of(request) if filters.is_typed else 0
    if wait:
        return later(render(request, "events/search_later.html", {"filters": filters, "wait": wait}), 429, wait)
    campaign, events = current()
    tallies = PlaceTally.objects.in_campaign(campaign)
    spot = listing.spot_called(filters.near) if filters.near else Spot()
    found, counts = filters.apply(events), filters.apply_to_tallies(tallies)
    around = None
    if spot.city:
        # What is online or in a whole country is at no distance.
        found, counts = found.exclude(city=None), counts.exclude(city=None)
        around = Surroundings(spot.city, listing.cities_around(spot.city, counts))
    now = timezone.now()
    page = timetable.page_of(found, request.GET.get("after", ""), now, around)
    total = counts.total() if filters.is_tallied else timetable.count_up_to(found)
    is_more = total > timetable.MOST_COUNTED and not filters.is_tallied
    context: dict[str, object] = {
        "campaign": campaign,
        "filters": filters,
        "chips": _chips(filters),
        "total": total,
        "more_than": timetable.MOST_COUNTED if is_more else 0,
        "page": page,
        "query": filters.query,
        "choices": _choices(campaign, tallies) if campaign else {},
        "spot": spot,
        "spot_country": country_name(spot.city.country) if spot.city else "",
        "spot_links": [_city_link(filters, "near", city) for city in spot.namesakes or spot.similar],
        "similar": _similar(filters, events, found, now) if page.is_first and len(page.stops) < FEW else [],
    }
    if not page.stops:
        context["nothing"] = _nothing(filters, tallies)
    return render(request, "events/protests.html", context)


def _wait_of(request: HttpRequest) -> int:
    """What was typed is looked for anew, so a network may ask only so often (docs/decisions/0045)."""
    return limits.spend_to_read([(limits.SEARCHES_FROM_NETWORK, limits.network_of(request.META))])


def _similar(filters: Filters, events: EventQuerySet, found: EventQuerySet, now: datetime) -> list[Stop]:
    """Protests that the words nearly fit, beside the few that they fit."""
    if not filters.q:
        return []
    others = filters.apply_but_words(events).exclude(pk__in=found.order_by().values("pk")[:FEW])
    return timetable.stops_of(listing.nearly(others, filters.terms), now)


def _url(filters: Filters) -> str:
    path = reverse("events:protests")
    return path if filters.is_empty else f"{path}?{filters.query}"


def _chips(filters: Filters) -> list[Link]:
    """What was chosen, in words, each with the address of the list without it."""
    return [(_in_words(name, value), _url(filters.but(**{name: ""}))) for name, value in filters.chosen.items()]


def _in_words(name: str, value: str) -> str:
    match name:
        case "q":
            return _("“%(words)s”") % {"words": value}
        case "country":
            return country_name(value.upper())
        case "day":
            return when.day_text(datetime.fromisoformat(value).date())
        case "kind":
            return str(Kind(value).label)
        case "lang":
            return language_name(value)
        case "access":
            return str(AccessFeature(value).label)
        case "near":
            return _("By distance from %(city)s") % {"city": value}
    return value


def _city_link(filters: Filters, name: str, city: City) -> Link:
    """A city with its country, and the list with it as the value of *name*."""
    text = f"{city.display_name}, {country_name(city.country)}"
    return text, _url(filters.but(**{name: f"{city.slug}, {city.country.lower()}"}))


@dataclass(frozen=True)
class Nothing:
    """What helps where no protest is found: who is near, and what to do about it."""

    place: str = ""
    is_anything_there: bool = False
    unknown_city: str = ""
    similar_cities: list[Link] = field(default_factory=list)
    near: list[PlaceRow] = field(default_factory=list)
    by_distance: str = ""
    register: str = ""
    remind: str = ""


def _nothing(filters: Filters, tallies: PlaceTallyQuerySet) -> Nothing:
    if filters.cities:
        return _nothing_in_city(filters.cities[0], tallies)
    if filters.city:
        similar = listing.cities_like(filters.city, filters.country.upper())
        return Nothing(unknown_city=filters.city, similar_cities=[_city_link(filters, "city", c) for c in similar])
    if filters.country:
        return _nothing_in_country(filters.country.upper(), tallies)
    return Nothing()


def _nothing_in_city(city: City, tallies: PlaceTallyQuerySet) -> Nothing:
    around = listing.cities_around(city, tallies)
    others = [other for other in around if other.pk != city.pk][:NEAR]
    cities = City.objects.in_bulk([other.pk for other in others])
    rows = [
        PlaceRow(
            cities[other.pk].display_name,
            cities[other.pk].name,
            cities[other.pk].get_absolute_url(),
            other.count,
            _("%(km)s km") % {"km": other.km},
        )
        for other in others
    ]
    country = city.country.lower()
    return Nothing(
        place=city.display_name,
        is_anything_there=any(other.pk == city.pk for other in around),
        near=rows,
        by_distance=_url(Filters(near=f"{city.slug}, {country}")),
        register=urlencode({"country": city.country, "city": city.display_name}),
        remind=f"city={country}/{city.slug}",
    )


def _nothing_in_country(country: str, tallies: PlaceTallyQuerySet) -> Nothing:
    counts = tallies.by_country()
    return Nothing(
        place=country_name(country),
        is_anything_there=country in counts,
        near=[] if country in counts else countries_near(country, counts),
        register=urlencode({"country": country}),
        remind=f"country={country.lower()}",
    )


def _choices(campaign: Campaign, tallies: PlaceTallyQuerySet) -> dict[str, list[tuple[str, str]]]:
    """What the selects of the search offer."""
    spoken = LanguageTally.objects.in_campaign(campaign).languages()
    countries = {*tallies.by_country(), *campaign.countries.values_list("country", flat=True)}
    days = sorted({*campaign.days, *tallies.by_day()})
    return {
        "countries": sorted(
            ((code.lower(), country_name(code)) for code in countries), key=lambda row: in_order(row[1])
        ),
        "days": [(day.isoformat(), when.day_text(day)) for day in days],
        "kinds": [(kind.value, str(kind.label)) for kind in Kind],
        "languages": sorted(((code, language_name(code)) for code in spoken), key=lambda row: in_order(row[1])),
        "access": [(feature.value, str(feature.label)) for feature in AccessFeature],
    }
