"""Editions in numbers: where, when and what; and one edition beside the others."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Sum, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from events import when
from events.bars import Bar, bars
from events.folding import in_order
from events.models import AfterReport, ArchiveRecord, Campaign, Event, Kind, PlaceTally
from events.models.event import EventQuerySet
from events.names import country_name

_TOOK_PLACE = Q(event__state=Event.State.PUBLISHED)


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
class Turnout:
    """How many came to those protests that said so afterwards."""

    protests: int
    low: int
    high: int


def told(campaign: Campaign) -> Turnout:
    """From public reports alone: what the archive knows of earlier editions are lower ends."""
    reports = AfterReport.objects.published().filter(_TOOK_PLACE, event__campaign=campaign, turnout_low__isnull=False)
    sums = reports.aggregate(n=Count("pk"), low=Sum("turnout_low"), high=Sum("turnout_high"))
    return Turnout(sums["n"], sums["low"] or 0, sums["high"] or 0)


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
    records = ArchiveRecord.objects.filter(_TOOK_PLACE, event__campaign__in=counted)
    reports = AfterReport.objects.published().filter(_TOOK_PLACE, event__campaign__in=counted)
    turnout = _sums(records, "turnout") + _sums(reports, "turnout_low")
    lengths = bars((campaign.slug, totals.get(campaign.pk, NONE)[0]) for campaign in counted)
    return [
        Edition(campaign, *totals.get(campaign.pk, NONE), turnout[campaign.pk], length)
        for campaign, length in zip(counted, lengths, strict=True)
    ]


def _sums(rows: "QuerySet[Any]", field: str) -> Counter[int]:
    """The sum of *field*, by campaign."""
    return Counter({pk: n or 0 for pk, n in rows.order_by().values_list("event__campaign").annotate(Sum(field))})


def _distinct(field: str) -> Count:
    return Count(field, distinct=True)
