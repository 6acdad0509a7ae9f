"""What a new version makes of a protest, and which changes followers must hear of. Nothing here is saved: write_details
(events/actions.py) saves it, and a preview shows it before anybody has sent it."""

from copy import copy
from datetime import datetime
from typing import Any

from events.models import Audience, Event, EventChange, EventDetails

TIME_FIELDS = ("day", "start_time", "timezone")
PLACE_FIELDS = ("place_kind", "country", "city_id", "venue", "address", "lat", "lon")
Kind = EventChange.Kind


def when_and_where(event: EventDetails, now: datetime) -> dict[str, str]:
    """What the public may see of time and place at *now*: what an EventChange keeps, as strings."""
    place = event.place_for(Audience.PUBLIC, now)
    return {
        "day": event.day.isoformat(),
        "start_time": event.start_time.strftime("%H:%M") if event.start_time else "",
        "end_time": event.end_time.strftime("%H:%M") if event.end_time else "",
        "timezone": event.timezone,
        "country": event.country,
        "city": str(place.city.pk) if place.city else "",
        "venue": place.venue,
        "address": place.address,
    }


def change_of(event: Event, kind: Kind, *, at: datetime, before: dict[str, str] | None = None) -> EventChange:
    """The row that notices are made from."""
    return EventChange(
        event=event,
        kind=kind,
        at=at,
        before=before or {},
        after=when_and_where(event, at),
        other=event.merged_into,
    )


def rewritten(event: Event, details: dict[str, Any], *, at: datetime) -> tuple[Event, list[EventChange]]:
    """*event* as it is once *details* are public, and a change for each thing that followers must hear."""
    new = copy(event)
    for name, value in details.items():
        setattr(new, name, value)
    is_moved = _differ(event, new, TIME_FIELDS)
    is_elsewhere = _differ(event, new, PLACE_FIELDS)
    new.slug = new.slug_for_title()
    new.set_search_text()
    new.sequence += 1
    new.changed_at = at
    before = when_and_where(event, at)
    if event.published_at is None:
        if event.publish_at and event.publish_at > at:
            new.state = Event.State.SCHEDULED
            return new, []
        return new, [published(new, at=at, before=before)]
    if is_moved:
        new.time_set_at = at
    was_disclosed = event.place_disclosed_at is not None
    is_disclosed = new.knows_place(Audience.FOLLOWER, at)
    if not is_disclosed:
        new.place_disclosed_at = None
    elif is_elsewhere or not was_disclosed:
        new.place_disclosed_at = at

    kinds = []
    if new.state == Event.State.PUBLISHED:
        kinds += [Kind.MOVED] if is_moved else []
        if is_elsewhere and _spot(event, at) != _spot(new, at):
            kinds.append(Kind.PLACE_CHANGED)
        elif is_disclosed and not was_disclosed:
            kinds.append(Kind.PLACE_DISCLOSED)
    return new, [change_of(new, kind, at=at, before=before) for kind in kinds]


def published(event: Event, *, at: datetime, before: dict[str, str] | None = None) -> EventChange:
    """Let *event* be public from *at* on, and the change that tells of it. Neither is saved."""
    event.state = Event.State.PUBLISHED
    event.published_at = event.time_set_at = event.changed_at = at
    event.place_disclosed_at = at if event.knows_place(Audience.FOLLOWER, at) else None
    return change_of(event, Kind.PUBLISHED, at=at, before=before)


def _spot(event: EventDetails, now: datetime) -> tuple[object, ...]:
    """Where it is, as far as followers may know: of a place that nobody knows yet, nobody need hear that it changed."""
    place = event.place_for(Audience.FOLLOWER, now)
    return (place.country, place.city, place.venue, place.address, place.lat, place.lon, event.place_kind)


def _differ(old: Event, new: Event, names: tuple[str, ...]) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in names)
