"""What happens to protests below the rooms of organisers and moderators: they are proposed, written, changed."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.models import (
    Audience,
    Campaign,
    Event,
    EventChange,
    EventDetails,
    Organiser,
    Revision,
    SiteStamp,
)


class Refused(Exception):
    """The action does not fit the state of things any more. The message is for the person, translated."""


def check_open(campaign: Campaign) -> None:
    """Raises Refused once the edition takes no more protests and changes."""
    if not Campaign.objects.open().filter(pk=campaign.pk).exists():
        raise Refused(_("This Day of Action is closed: protests can no longer be registered or changed."))


def check_day(campaign: Campaign, day: date) -> None:
    """Raises Refused for a day on which protests of the campaign may not lie."""
    if not campaign.allows_day(day):
        raise Refused(_("The day lies outside this Day of Action."))


@transaction.atomic
def submit_protest(
    campaign: Campaign, details: dict[str, Any], *, by: User, note: str = "", is_example: bool = False
) -> Revision:
    """A new protest and its first revision, pending; *by* becomes its owner. Details have been validated by a form."""
    check_open(campaign)
    check_day(campaign, details["day"])
    now = timezone.now()
    event = Event(campaign=campaign, created_at=now, is_example=is_example, **details)
    event.slug = event.slug_for_title()
    event.save()
    Organiser.objects.create(event=event, user=by, role=Organiser.Role.OWNER)
    revision = Revision.objects.create(
        event=event, number=1, author=by, submitted_at=now, note_to_moderators=note, **details
    )
    record("protest submitted", by=by, on=event, revision=revision.pk)
    return revision


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


TIME_FIELDS = ("day", "start_time", "timezone")
PLACE_FIELDS = ("place_kind", "country", "city_id", "venue", "address", "lat", "lon")


def record_change(
    event: Event, kind: EventChange.Kind, *, at: datetime, before: dict[str, str] | None = None
) -> EventChange:
    """Leave the row that notices are made from, and let every public page be made anew."""
    SiteStamp.objects.bump()
    return EventChange.objects.create(
        event=event, kind=kind, at=at, before=before or {}, after=when_and_where(event, at)
    )


@transaction.atomic
def write_details(revision: Revision, *, at: datetime) -> list[EventChange]:
    """Make *revision* what the public sees of its event: the only writer of public details. The caller has moved the
    revision to approved. Publishes a submitted event; leaves a change row for each thing that followers must hear."""
    event = Event.objects.select_for_update().select_related("city").get(pk=revision.event_id)
    before = when_and_where(event, at)
    time_before = [getattr(event, name) for name in TIME_FIELDS]
    place_before = [getattr(event, name) for name in PLACE_FIELDS]
    is_first = event.published_at is None
    for name, value in revision.details().items():
        setattr(event, name, value)
    is_moved = time_before != [getattr(event, name) for name in TIME_FIELDS]
    is_elsewhere = place_before != [getattr(event, name) for name in PLACE_FIELDS]

    event.slug = event.slug_for_title()
    event.search_text = event.text_to_search()
    event.sequence += 1
    event.changed_at = at
    if is_first:
        event.state = Event.State.PUBLISHED
        event.published_at = at
    if is_first or is_moved:
        event.time_set_at = at
    was_disclosed = event.place_disclosed_at is not None
    is_disclosed = event.knows_place(Audience.FOLLOWER, at)
    if not is_disclosed:
        event.place_disclosed_at = None
    elif is_elsewhere or not was_disclosed:
        event.place_disclosed_at = at
    event.save()
    event.refresh_from_db()

    kinds = [EventChange.Kind.PUBLISHED] if is_first else []
    if not is_first and event.state == Event.State.PUBLISHED:
        kinds += [EventChange.Kind.MOVED] if is_moved else []
        if is_elsewhere:
            kinds.append(EventChange.Kind.PLACE_CHANGED)
        elif is_disclosed and not was_disclosed:
            kinds.append(EventChange.Kind.PLACE_DISCLOSED)
    SiteStamp.objects.bump()
    return [record_change(event, kind, at=at, before=before) for kind in kinds]


@transaction.atomic
def change_state(
    event: Event, to: Event.State, kind: EventChange.Kind, *, at: datetime, **fields: Any
) -> EventChange | None:
    """Move a public event to another state if its present one allows it; None if somebody was faster."""
    allowed = [state for state, targets in Event.MOVES.items() if to in targets]
    locked = Event.objects.select_for_update().filter(pk=event.pk, state__in=allowed).first()
    if locked is None:
        return None
    locked.state = to
    locked.sequence += 1
    locked.changed_at = at
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=["state", "sequence", "changed_at", *fields])
    return record_change(locked, kind, at=at)
