"""Editions in numbers: where, when and what; and one edition beside the others."""

from dataclasses import dataclass

from django.db.models import Case, CharField, Count, QuerySet, Sum, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from events import when
from events.bars import Bar, bars
from events.folding import in_order
from events.models import ArchiveRecord, Campaign, Event, Kind, PlaceTally
from events.models.event import EventQuerySet
from events.names import country_name


def _counted(events: EventQuerySet, field: str) -> dict[str, int]:
    return dict(events.order_by().values_list(field).annotate(Count("pk")))


def by_country(campaign: Campaign) -> list[Bar]:
    """The busiest first, each a link to its page."""
    counts = PlaceTally.objects.in_campaign(campaign).by_country()
    rows = sorted(
        ((country_name(code), count) for code, count in counts.items()), key=lambda row: (-row[1], in_order(row[0]))
    )
    return bars(rows, {country_name(code): reverse("events:country", args=[code]) for code in counts})


def by_day(campaign: Campaign) -> list[Bar]:
    counts = PlaceTally.objects.in_campaign(campaign).by_day()
    return bars((when.day_text(day), count) for day, count in counts.items())


def by_kind(events: EventQuerySet) -> list[Bar]:
    """The most frequent first."""
    counts = _counted(events, "kind")
    rows = ((str(Kind(kind).label), n) for kind, n in counts.items())
    return bars(sorted(rows, key=lambda row: (-row[1], in_order(row[0]))))


def by_hour(events: EventQuerySet) -> list[Bar]:
    """When they begin, on the clock of the place."""
    part = Case(
        When(start_time=None, then=Value("none")),
        When(start_time__lt="12:00", then=Value("morning")),
        When(start_time__lt="17:00", then=Value("afternoon")),
        default=Value("evening"),
        output_field=CharField(),
    )
    counts = _counted(events.annotate(part=part), "part")
    names = {
        "morning": _("Before 12:00"),
        "afternoon": _("From 12:00 to 17:00"),
        "evening": _("From 17:00 on"),
        "none": _("Hour not known"),
    }
    return bars((name, counts[part]) for part, name in names.items() if part in counts)


@dataclass(frozen=True)
class Edition:
    """One row of the comparison. `turnout` is what was counted at least, where anybody counted; 0 if nobody did."""

    campaign: Campaign
    protests: int
    countries: int
    cities: int
    turnout: int
    bar: Bar


# Protests, countries, cities.
NONE = (0, 0, 0)


def compared(campaigns: "QuerySet[Campaign]") -> list[Edition]:
    """The editions with their totals, the latest first."""
    counted = list(campaigns.prefetch_related("texts").order_by("-actions_from"))
    tallies = PlaceTally.objects.filter(campaign__in=counted).order_by().values_list("campaign")
    totals = {
        pk: (protests, countries, cities)
        for pk, protests, countries, cities in tallies.annotate(Sum("count"), _distinct("country"), _distinct("city"))
    }
    turnout = dict(
        ArchiveRecord.objects.filter(event__campaign__in=counted, event__state=Event.State.PUBLISHED)
        .order_by()
        .values_list("event__campaign")
        .annotate(Sum("turnout"))
    )
    lengths = bars((campaign.slug, totals.get(campaign.pk, NONE)[0]) for campaign in counted)
    return [
        Edition(campaign, *totals.get(campaign.pk, NONE), turnout.get(campaign.pk) or 0, length)
        for campaign, length in zip(counted, lengths, strict=True)
    ]


def _distinct(field: str) -> Count:
    return Count(field, distinct=True)
