"""The shifts of protests as pages show them, and how many free places there are."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from events.forms import named_in
from events.models import Audience, Event, EventDetails
from organising.models import Shift, ShiftSignUp

_ENDS = "(e.day + COALESCE(e.start_time, time '00:00') + s.ends_after) AT TIME ZONE e.timezone"
# The free places of a protest in shifts that are not over.
_WANTED = f"""
    COALESCE((
        SELECT sum(s.needed - (
            SELECT count(*) FROM organising_shiftsignup u WHERE u.shift_id = s.id AND u.state = 'in'
        ))
        FROM organising_shift s WHERE s.event_id = e.id AND s.removed_at IS NULL AND {_ENDS} > %(now)s
    ), 0)
"""
_SUMMARY = """
    SELECT s.event_id, sum(s.needed), sum(u.filled), sum(u.waiting)
    FROM organising_shift s
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state = 'in') AS filled, count(*) FILTER (WHERE state = 'waiting') AS waiting
        FROM organising_shiftsignup WHERE shift_id = s.id
    ) u
    WHERE s.event_id = ANY(%(events)s) AND s.removed_at IS NULL
    GROUP BY s.event_id
"""


@dataclass(frozen=True)
class Summary:
    """How a protest stands: places, those that are taken, and who waits for one."""

    needed: int
    filled: int
    waiting: int


def summary(events: Iterable[Event]) -> dict[int, Summary]:
    """By the keys of the protests; those without shifts are missing. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY, {"events": [event.pk for event in events]})
        return {row[0]: Summary(*map(int, row[1:])) for row in cursor.fetchall()}


def wanted(event: Event, now: datetime) -> int:
    """How many places are free."""
    return int(_rows(f"SELECT {_WANTED} FROM events_event e WHERE e.id = %(event)s", now, event=event.pk)[0][0])


def miscounted(now: datetime) -> list[int]:
    """The protests whose number of free places is no longer what it was: shifts are over by time alone."""
    counted = f"SELECT e.id, e.helpers_wanted, {_WANTED} AS wanted FROM events_event e"
    known = "e.helpers_wanted > 0 OR EXISTS (SELECT FROM organising_shift s WHERE s.event_id = e.id)"
    found = f"SELECT id FROM ({counted} WHERE {known}) e WHERE helpers_wanted <> wanted ORDER BY id"
    return [row[0] for row in _rows(found, now)]


def _rows(query: str, now: datetime, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"now": now, **values})
        return list(cursor.fetchall())


def can_help(event: Event, now: datetime) -> bool:
    """Whether strangers may offer help: only for what is public, still to come, and not cancelled."""
    return event.state == Event.State.PUBLISHED and event.campaign.is_open and event.over_at > now


def can_take(shift: Shift, now: datetime) -> bool:
    """Whether an offer for this shift can still be confirmed."""
    return can_help(shift.event, now) and shift.removed_at is None and shift.ends_at > now


def kept_back(versions: Sequence[EventDetails], audience: Audience, now: datetime) -> list[str]:
    """The places in *versions* of one protest, the standing one first, that *audience* may not know yet."""
    known = versions[0].place_for(audience, now).spot
    return [place for one in versions for place in one.place_for(Audience.INSIDER, now).spot if place not in known]


def without_places(shift: Shift, places: Iterable[str]) -> Shift:
    """The shift to be shown, without words that name one of *places*: it may have become the place after they were
    written."""
    shift, places = copy(shift), list(places)
    for name in ("label", "note"):
        if named_in([getattr(shift, name)], places):
            setattr(shift, name, "")
    return shift


@dataclass(frozen=True)
class Person:
    """Somebody in line for a shift; `number` counts the line."""

    sign_up: ShiftSignUp
    number: int


@dataclass(frozen=True)
class Filled:
    """One shift and who does it."""

    shift: Shift
    taken: list[Person]
    waiting: list[Person]

    @property
    def free(self) -> int:
        return max(0, self.shift.needed - len(self.taken))

    @property
    def empty_lines(self) -> range:
        """For a sheet of paper: a line for each place that is still free, within reason."""
        return range(min(self.free, 10))


def filled(event: Event) -> list[Filled]:
    """All shifts of *event*, each with its people in the order in which they came; in two queries."""
    shifts = list(event.shifts.standing().in_order())
    for shift in shifts:
        shift.event = event
    people: dict[int, list[ShiftSignUp]] = {shift.pk: [] for shift in shifts}
    for sign_up in ShiftSignUp.objects.in_line().filter(shift__in=people).order_by("line"):
        people[sign_up.shift_id].append(sign_up)
    return [_filled(shift, people[shift.pk]) for shift in shifts]


def _filled(shift: Shift, line: list[ShiftSignUp]) -> Filled:
    people = [Person(sign_up, number) for number, sign_up in enumerate(line, start=1)]
    return Filled(
        shift=shift,
        taken=[person for person in people if person.sign_up.is_in],
        waiting=[person for person in people if not person.sign_up.is_in],
    )


@dataclass(frozen=True)
class Open:
    """A shift that strangers may take, or wait for."""

    shift: Shift
    free: int


def open_shifts(event: Event, now: datetime) -> list[Open]:
    """The shifts of *event* that somebody is needed for and that are not over."""
    shifts = event.shifts.standing().not_over(now).filter(needed__gt=0).in_order()
    counted: Iterable[Any] = shifts.annotate(taken=Count("sign_ups", filter=Q(sign_ups__state=ShiftSignUp.State.IN)))
    places = kept_back([event, *event.revisions.open()], Audience.PUBLIC, now)
    found = []
    for shift in counted:
        shift.event = event
        found.append(Open(without_places(shift, places), max(0, shift.needed - shift.taken)))
    return found
