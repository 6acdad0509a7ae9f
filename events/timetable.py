"""Protests as rows of a timetable, and how many there are where and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from events import when
from events.listing import Cursor, Surroundings
from events.models import Audience, Campaign, City, Event, EventChange
from events.models.details import PlaceKind
from events.models.event import EventQuerySet
from events.models.tally import PlaceTallyQuerySet
from events.names import country_name

PAGE = 50
# A search is not counted any further: past this, the reader should ask more precisely.
MOST_COUNTED = 1000
# So long a protest is called new. Pages are made anew at every local midnight, so none says it much longer.
NEW = timedelta(days=1)
MOVES = [EventChange.Kind.MOVED, EventChange.Kind.PLACE_CHANGED]


@dataclass(frozen=True)
class Mark:
    name: str
    text: str


@dataclass(frozen=True)
class Stop:
    """One row of the timetable."""

    url: str
    day: date
    time: str
    where: str
    country: str
    title: str
    language: str
    who: str
    kind: str
    is_cancelled: bool
    is_over: bool
    marks: list[Mark]
    # How far it is, in a list by distance.
    km: int | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether the title is in another language than the page."""
        return self.language != (get_language() or "en")


def where_text(event: Event) -> str:
    if event.city:
        return event.city.display_name
    if event.place_kind == PlaceKind.ONLINE:
        return _("Online")
    return _("Whole country") if event.place_kind == PlaceKind.COUNTRY else country_name(event.country)


def marks_of(event: Event, now: datetime) -> list[Mark]:
    """The words beside a row: colour alone says nothing."""
    marks = []
    if event.is_example:
        marks.append(Mark("example", pgettext("mark", "example")))
    if event.is_cancelled:
        return [*marks, Mark("cancelled", pgettext("mark", "cancelled"))]
    if event.is_unconfirmed:
        marks.append(Mark("unconfirmed", pgettext("mark", "not confirmed")))
    if getattr(event, "is_moved", False):
        marks.append(Mark("moved", pgettext("mark", "moved")))
    elif event.published_at and not event.is_example and now - NEW < event.published_at <= now < event.over_at:
        marks.append(Mark("new", pgettext("mark", "new")))
    if event.place_kind == PlaceKind.ADDRESS and not event.knows_place(Audience.PUBLIC, now):
        marks.append(Mark("later", pgettext("mark", "place later")))
    return marks


def stop(event: Event, now: datetime) -> Stop:
    return Stop(
        url=event.get_absolute_url(),
        day=event.day,
        time=when.clock(event.start_time),
        where=where_text(event),
        country=country_name(event.country),
        title=event.display_title,
        language=event.text_language,
        who=event.organiser_name,
        kind=event.get_kind_display(),
        is_cancelled=event.is_cancelled,
        is_over=event.over_at <= now,
        marks=marks_of(event, now),
        km=getattr(event, "km", None),
    )


def with_rows(events: EventQuerySet) -> EventQuerySet:
    """With all that a row shows, in the timetable's order."""
    moved = EventChange.objects.filter(event=OuterRef("pk"), kind__in=MOVES)
    return events.select_related("city").annotate(is_moved=Exists(moved)).in_order()


@dataclass(frozen=True)
class Page:
    stops: list[Stop]
    next_cursor: str
    is_first: bool

    @property
    def days(self) -> list[tuple[date, list[Stop]]]:
        """The rows under the heading of their day."""
        groups: dict[date, list[Stop]] = {}
        for row in self.stops:
            groups.setdefault(row.day, []).append(row)
        return list(groups.items())


def page_of(events: EventQuerySet, cursor: str, now: datetime, around: Surroundings | None = None) -> Page:
    """The page after *cursor* (the first one if it is empty), by distance if *around* is given."""
    after = Cursor.parse(cursor)
    if after and (after.km is None) == bool(around):
        after = None
    rows = with_rows(events)
    if around:
        found = around.rows(rows, after, PAGE + 1)
    else:
        found = list((rows.filter(after.rows_after()) if after else rows)[: PAGE + 1])
    next_cursor = str(Cursor.of(found[PAGE - 1])) if len(found) > PAGE else ""
    return Page([stop(event, now) for event in found[:PAGE]], next_cursor, is_first=after is None)


def stops_of(keys: list[int], now: datetime) -> list[Stop]:
    """Rows of the protests with these keys, in this order."""
    events = with_rows(Event.objects.all()).in_bulk(keys)
    return [stop(events[key], now) for key in keys]


def public_protests(campaign: Campaign) -> EventQuerySet:
    return Event.objects.visible().in_campaign(campaign)


def count_up_to(events: EventQuerySet, most: int = MOST_COUNTED) -> int:
    """How many of *events* take place; *most* + 1 means “more than *most*”."""
    return events.taking_place().order_by()[: most + 1].count()


@dataclass(frozen=True)
class PlaceRow:
    """A country or city with what happens there."""

    name: str
    own_name: str
    url: str
    count: int
    next_text: str = ""
    # Two letters for a country, nothing for a city.
    code: str = ""


# One look into the index for each country; no way of asking all at once does without reading all protests.
_NEXT = """
    SELECT place.country, soonest.day, soonest.start_time FROM unnest(%(countries)s::text[]) AS place (country)
    CROSS JOIN LATERAL (
        SELECT day, start_time FROM events_event
        WHERE campaign_id = %(campaign)s AND country = place.country AND state = 'published' AND starts_at > %(now)s
        ORDER BY starts_at LIMIT 1
    ) AS soonest
"""


def next_starts(campaign: Campaign, countries: Iterable[str], now: datetime) -> dict[str, str]:
    """When the next protest begins, by country: “11 Oct 12:00”."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"countries": list(countries), "campaign": campaign.pk, "now": now})
        soonest = cursor.fetchall()
    return {country: f"{when.short_day(day)} {when.clock(start)}" for country, day, start in soonest}


def cities_with_protests(tallies: PlaceTallyQuerySet) -> list[tuple[City, int]]:
    """The cities of the protests with their numbers, the busiest first."""
    counts = tallies.by_city()
    cities = City.objects.in_bulk(counts)
    return sorted(((cities[pk], count) for pk, count in counts.items()), key=lambda row: (-row[1], row[0].display_name))
