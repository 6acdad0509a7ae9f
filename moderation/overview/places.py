"""Countries and cities that people follow and in which nothing takes place yet."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.urls import reverse

from events.models import Campaign, City, PlaceTally
from events.names import country_name
from reminders.models import Subscription, SubscriptionQuerySet

# Fewer followers than these are not counted to anybody: they could be guessed by name.
FEWEST_TO_TELL = 5
Scope = Subscription.Scope


@dataclass(frozen=True)
class Place:
    """`followers` is 0 where there are too few to tell. `register_url` is the form with the place filled in."""

    name: str
    followers: int
    url: str
    register_url: str


def countries(campaign: Campaign, allowed: set[str] | None, after: str, most: int) -> tuple[list[Place], str]:
    """The rows behind the one named in *after*, and the name of the last one if there are more."""
    protests = PlaceTally.objects.in_campaign(campaign).filter(country=OuterRef("country"))
    rows = _followed(campaign, Scope.COUNTRY).exclude(Exists(protests))
    if allowed is not None:
        rows = rows.filter(country__in=allowed)
    found, rest = _page(rows, "country", after, most)
    return [_country(code, told) for code, told in found], rest


def cities(campaign: Campaign, allowed: set[str] | None, after: str, most: int) -> tuple[list[Place], str]:
    """As `countries`."""
    protests = PlaceTally.objects.in_campaign(campaign).filter(city=OuterRef("city"))
    rows = _followed(campaign, Scope.CITY).exclude(Exists(protests))
    if allowed is not None:
        rows = rows.filter(city__country__in=allowed)
    found, rest = _page(rows, "city", after, most)
    known = City.objects.in_bulk([pk for pk, _told in found])
    return [_city(known[pk], told) for pk, told in found], rest


def _followed(campaign: Campaign, scope: Scope) -> SubscriptionQuerySet:
    return Subscription.objects.confirmed().filter(campaign=campaign, scope=scope)


def _page(rows: SubscriptionQuerySet, place: str, after: str, most: int) -> tuple[list[tuple[Any, int]], str]:
    """Places with the numbers that may be told, the largest first; no address of a page tells a smaller one."""
    told = Case(When(followers__gte=FEWEST_TO_TELL, then=F("followers")), default=Value(0), output_field=IntegerField())
    counted = rows.order_by().values(place).annotate(followers=Count("pk")).annotate(told=told)
    last_told, _underscore, last = after.partition("_")
    if re.fullmatch(r"\d{1,9}_(\d{1,9}|[A-Z]{2})", after, re.ASCII) and last.isdecimal() == (place == "city"):
        counted = counted.filter(Q(told__lt=last_told) | Q(told=last_told, **{f"{place}__gt": last}))
    found = list(counted.order_by("-told", place).values_list(place, "told")[: most + 1])
    rest = "{1}_{0}".format(*found[most - 1]) if len(found) > most else ""
    return found[:most], rest


def _register_url(country: str, city: str = "") -> str:
    query = {"country": country} | ({"city": city} if city else {})
    return f"{reverse('events:register')}?{urlencode(query)}"


def _country(code: str, told: int) -> Place:
    return Place(country_name(code), told, reverse("events:country", args=[code.lower()]), _register_url(code))


def _city(city: City, told: int) -> Place:
    return Place(
        name=f"{city.display_name}, {country_name(city.country)}",
        followers=told,
        url=city.get_absolute_url(),
        register_url=_register_url(city.country, city.display_name),
    )
