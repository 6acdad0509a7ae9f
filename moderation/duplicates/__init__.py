"""Protests that may be the one that was submitted, entered twice."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Q, QuerySet, When
from django.utils.functional import Promise

from accounts.models import User
from events.distance import Position
from events.models import Audience, City, Event, EventDetails, Revision
from moderation.duplicates.likeness import NEAR_KM, is_near, likeness, sketch_of
from moderation.permissions import events_of, revisions_of

MOST_SHOWN = 3
# More candidates than these in one city on one day are not compared.
MOST_COMPARED = 300
KM_PER_DEGREE = 111.2
# Positions lie so far from the middle of their city at most.
CITY_RADIUS_KM = 15


@dataclass(frozen=True)
class Suspect:
    """A protest that may be the same, as it is public or, before that, as it was submitted."""

    event: Event
    details: EventDetails
    score: float
    reasons: tuple[str | Promise, ...]


def suspects(revision: Revision, *, user: User, now: datetime) -> list[Suspect]:
    """The likeliest first. Of what is not public, *user* hears only what is theirs to decide on."""
    sketch = sketch_of(revision, now)
    found = []
    candidates = list(_candidates(revision, sketch.at, user))
    theirs = set(
        events_of(user).filter(pk__in=[event.pk for event, _details in candidates]).values_list("pk", flat=True)
    )
    for event, details in candidates:
        # A place that is not public yet must not be found out by trying spots until one is called the same.
        is_known = event.pk in theirs or details is not event
        other = sketch_of(details, now, Audience.INSIDER if is_known else Audience.PUBLIC)
        alike = likeness(sketch, other)
        if is_near(sketch, other) and alike.is_suspect:
            found.append(Suspect(event, details, alike.score, alike.reasons))
    return sorted(found, key=lambda suspect: (-suspect.score, suspect.event.pk))[:MOST_SHOWN]


def _candidates(revision: Revision, at: Position | None, user: User) -> Iterable[tuple[Event, EventDetails]]:
    """What is public or will be by itself, and what was never public and still waits, about that day, near by."""
    days = [revision.day + timedelta(days=n) for n in (-1, 0, 1)]
    near = Q(city__in=_cities_around(at)) if at else Q(city=None, country=revision.country)
    public = Event.objects.visible() | events_of(user).filter(state=Event.State.SCHEDULED)
    public = public.filter(near, campaign=revision.event.campaign_id, day__in=days)
    same_day_first = Case(When(day=revision.day, then=0), default=1), "-pk"
    public = public.exclude(pk=revision.event_id).select_related("city").order_by(*same_day_first)
    for event in public[:MOST_COMPARED]:
        yield event, event
    waiting = revisions_of(user).open().filter(near, event__campaign=revision.event.campaign_id, day__in=days)
    waiting = waiting.filter(event__state=Event.State.SUBMITTED).exclude(event=revision.event_id)
    for other in waiting.select_related("city", "event").order_by(*same_day_first)[:MOST_COMPARED]:
        yield other.event, other


def _cities_around(at: Position) -> "QuerySet[City]":
    """Those so near that a protest in them may be near too."""
    lat, lon = at
    high = (NEAR_KM + CITY_RADIUS_KM) / KM_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    return City.objects.filter(lat__range=(lat - high, lat + high), lon__range=(lon - wide, lon + wide))
