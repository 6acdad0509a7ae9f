"""Letters of what has changed: a notice of one change, and the changes of an hour."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation

from events.models import Audience, Campaign, Event, EventChange
from outbox.letters import Letter
from outbox.models import Delivery, Recipient
from reminders.emails.words import (
    MOST_LISTED,
    Kind,
    Scope,
    confirmed_of,
    in_scopes,
    kind_in_words,
    letter_to_follower,
    place_before,
    protest_in_words,
    time_before,
)
from reminders.models import Subscription
from reminders.notices import LONGEST_WAIT, audience_of, release_of, without_twins

# In which state of the protest a change of each kind is still true.
_TRUE_WHILE = {Kind.CANCELLED: Event.State.CANCELLED, Kind.HIDDEN: Event.State.HIDDEN}


def is_still_true(change: EventChange) -> bool:
    """Whether the protest is still in the state that this change tells of: a move is overtaken by a cancellation."""
    return change.event.state == _TRUE_WHILE.get(Kind(change.kind), Event.State.PUBLISHED)


def _changes(deliveries: list[Delivery]) -> dict[int, EventChange]:
    changes = EventChange.objects.select_related("event__city", "event__campaign").in_bulk(
        {delivery.ids["change"] for delivery in deliveries}
    )
    return {d.pk: changes[d.ids["change"]] for d in deliveries if d.ids["change"] in changes}


def _because_of(change: EventChange, recipient: Recipient) -> list[Subscription]:
    """By which subscriptions this recipient is told at once of the change, the one to the protest first."""
    told = audience_of(change)
    ours = confirmed_of(recipient, change.event.campaign_id)
    direct = [subscription for subscription in ours if subscription.event_id == change.event_id]
    return direct + [s for s in ours if s.scope == Scope.CITY and s.city_id in told.cities]


def notice_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    changes = _changes(deliveries)
    reasons = {}
    for delivery in deliveries:
        change = changes.get(delivery.pk)
        if change is None or not is_still_true(change):
            reasons[delivery.pk] = "overtaken"
        elif not _because_of(change, delivery.recipient):
            reasons[delivery.pk] = "not followed any more"
    return reasons


def render_notice(deliveries: list[Delivery]) -> dict[int, Letter]:
    changes = _changes(deliveries)
    return {delivery.pk: _notice(delivery, changes[delivery.pk]) for delivery in deliveries}


def _notice(delivery: Delivery, change: EventChange) -> Letter:
    because_of = _because_of(change, delivery.recipient)
    audience = Audience.FOLLOWER if because_of[0].event_id else Audience.PUBLIC
    with translation.override(delivery.recipient.language):
        context = {
            "kind": change.kind,
            "what": kind_in_words(change.kind),
            "protest": protest_in_words(change.event, audience, timezone.now()),
            "is_elsewhere": change.kind == Kind.PLACE_CHANGED or delivery.ids["is_elsewhere"],
            "time_before": time_before(change),
            "place_before": place_before(change),
            "reason": change.event.cancel_reason if change.kind == Kind.CANCELLED else "",
        }
    return letter_to_follower("notice", delivery.recipient, context, because_of)


def _wide(subscriptions: list[Subscription]) -> list[Subscription]:
    return [s for s in subscriptions if s.scope in {Scope.COUNTRY, Scope.CAMPAIGN}]


def _gathered(delivery: Delivery) -> list[EventChange]:
    """The changes that this mail tells of: those released at its hour, in the reader's scopes, not told already."""
    ours = confirmed_of(delivery.recipient, delivery.ids["campaign"])
    told = in_scopes([s for s in ours if s.scope == Scope.CITY])
    told |= Q(pk__in=[s.event_id for s in ours if s.event_id])
    events = Event.objects.filter(in_scopes(_wide(ours))).exclude(told)
    release = datetime.fromtimestamp(delivery.ids["release"], tz=timezone.get_default_timezone())
    found = (
        EventChange.objects.filter(event__in=events, noticed_at__lt=release, noticed_at__gt=release - LONGEST_WAIT)
        .select_related("event__city", "event__campaign")
        .order_by("at", "pk")
    )
    released = [c for c in found if c.noticed_at and release_of(c, c.noticed_at) == release]
    return [c for c in without_twins(released) if audience_of(c).is_wide and is_still_true(c)]


def changes_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {delivery.pk: "nothing to tell" for delivery in deliveries if not _gathered(delivery)}


def render_changes(deliveries: list[Delivery]) -> dict[int, Letter]:
    campaigns = Campaign.objects.in_bulk({delivery.ids["campaign"] for delivery in deliveries})
    return {d.pk: _hour(d, campaigns[d.ids["campaign"]]) for d in deliveries}


def _hour(delivery: Delivery, campaign: Campaign) -> Letter:
    changes = _gathered(delivery)
    with translation.override(delivery.recipient.language):
        context = {
            "rows": [_row(change) for change in changes[:MOST_LISTED]],
            "count": len(changes),
            "more": max(0, len(changes) - MOST_LISTED),
            "more_url": settings.SITE_URL + campaign.get_absolute_url(),
        }
    because_of = _wide(confirmed_of(delivery.recipient, campaign.pk))
    return letter_to_follower("changes", delivery.recipient, context, because_of)


def _row(change: EventChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "what": kind_in_words(change.kind),
        "protest": protest_in_words(change.event, Audience.PUBLIC, timezone.now()),
        "time_before": time_before(change) if change.kind == Kind.MOVED else "",
    }
