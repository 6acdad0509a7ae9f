"""What becomes true by the clock alone. The tick writes it down, so that followers are told and pages made anew."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actions import record
from events.actions import forget_registrations, publish
from events.models import Campaign, CampaignCountry, Event, EventChange, SiteStamp
from events.models.campaign import Disclosure
from events.rewriting import when_and_where

# How many places one transaction discloses.
BATCH = 500
_JUST_BEFORE = timedelta(microseconds=1)


def tick() -> None:
    """Called every minute; missing some minutes or running twice at once does no harm."""
    now = timezone.now()
    close_and_archive()
    forget_registrations()
    while publish_scheduled(now):
        pass
    while disclose_places(now):
        pass
    look_at_the_clock(now)


@transaction.atomic
def close_and_archive() -> None:
    """Close editions on the day after their last one, and archive them once what was private is forgotten."""
    rules = [
        (Campaign.State.OPEN, Campaign.State.CLOSED, timedelta()),
        (Campaign.State.CLOSED, Campaign.State.ARCHIVED, timedelta(days=settings.FORGET_AFTER_DAYS)),
    ]
    for state, becomes, delay in rules:
        for campaign in Campaign.objects.filter(state=state):
            if campaign.today > campaign.actions_to + delay and _moved(campaign, state, becomes):
                record(f"campaign {becomes}", by=None, on=campaign)
                SiteStamp.objects.bump()


def _moved(campaign: Campaign, state: Campaign.State, becomes: Campaign.State) -> bool:
    return bool(Campaign.objects.filter(pk=campaign.pk, state=state).update(state=becomes))


@transaction.atomic
def publish_scheduled(now: datetime) -> int:
    """Publish what was approved for an hour that has come, in editions that are still open; says how many. Who is just
    withdrawing or changing one of them holds its lock, and is asked again by the next tick."""
    due = Event.objects.filter(state=Event.State.SCHEDULED, publish_at__lte=now, campaign__state=Campaign.State.OPEN)
    held = due.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("city").order_by("pk")
    events = list(held[:BATCH])
    for event in events:
        publish(event, at=now, by=None)
    return len(events)


def due_for_disclosure(now: datetime) -> "QuerySet[Event]":
    """Public protests whose place may be known from a time that has come, without a change row that says so."""
    return Event.objects.taking_place().filter(
        disclosure__in=[Disclosure.TIMED, Disclosure.FOLLOWERS], disclose_at__lte=now, place_disclosed_at=None
    )


@transaction.atomic
def disclose_places(now: datetime) -> int:
    """Leave one change for each place that may be known now; says how many. What only followers may know is not in
    the change: it says that there is something, and they read it in their mail."""
    due = list(due_for_disclosure(now).select_for_update(of=("self",), skip_locked=True).select_related("city")[:BATCH])
    for event in due:
        event.place_disclosed_at = event.changed_at = now
        event.sequence += 1
    Event.objects.bulk_update(due, ["place_disclosed_at", "changed_at", "sequence"])
    EventChange.objects.bulk_create(_disclosed(event, now) for event in due)
    if due:
        SiteStamp.objects.bump()
    return len(due)


def _disclosed(event: Event, now: datetime) -> EventChange:
    return EventChange(
        event=event,
        kind=EventChange.Kind.PLACE_DISCLOSED,
        at=now,
        before=when_and_where(event, event.disclose_at - _JUST_BEFORE) if event.disclose_at else {},
        after=when_and_where(event, now),
    )


@transaction.atomic
def look_at_the_clock(now: datetime) -> None:
    """Let every page be made anew if a midnight, a start or an end has passed since the last look, however long ago
    that was."""
    stamp, _made = SiteStamp.objects.select_for_update().get_or_create(pk=1)
    last = stamp.ticked_at
    if last is None or last > now or _midnight_between(last, now) or _event_between(last, now):
        SiteStamp.objects.bump()
    SiteStamp.objects.filter(pk=1).update(ticked_at=now)


def _midnight_between(last: datetime, now: datetime) -> bool:
    open_editions = Campaign.objects.open()
    # The public page of what was deleted counts in days of UTC.
    zones = {"UTC", *open_editions.values_list("timezone", flat=True)}
    zones |= set(CampaignCountry.objects.filter(campaign__in=open_editions).values_list("timezone", flat=True))
    zones |= set(
        Event.objects.visible().filter(campaign__in=open_editions).values_list("timezone", flat=True).distinct()
    )
    return any(last.astimezone(zone).date() != now.astimezone(zone).date() for zone in map(ZoneInfo, zones))


def _event_between(last: datetime, now: datetime) -> bool:
    """Whether a protest has started or ended, or a place has become known, after *last* and up to *now*."""
    passed = Q()
    for instant in ("starts_at", "over_at", "disclose_at"):
        passed |= Q(**{f"{instant}__gt": last, f"{instant}__lte": now})
    return Event.objects.visible().filter(campaign__state__in=_MOVING).filter(passed).exists()


# The states in which pages still tell what is to come.
_MOVING = [Campaign.State.OPEN, Campaign.State.CLOSED]
