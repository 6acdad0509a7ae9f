"""The reminder of one protest."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils import timezone, translation

from events.models import Event
from outbox.letters import Letter, Made
from outbox.models import Delivery, Recipient
from outbox.rendering import Draft
from reminders import tokens
from reminders.coming import asked_among
from reminders.emails.words import (
    MOMENT_FIELDS,
    AsTold,
    as_told_to_followers,
    draft_to_followers,
    fill_for_follower,
    paused_among,
    subscriptions_to,
)
from reminders.models import Subscription


def _events(deliveries: list[Delivery]) -> dict[int, Event]:
    events = Event.objects.select_related("city", "campaign").in_bulk({d.ids["event"] for d in deliveries})
    return {d.pk: events[d.ids["event"]] for d in deliveries if d.ids["event"] in events}


def unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    events, subscriptions = _events(deliveries), subscriptions_to(deliveries)
    reasons = {d.pk: _why_not(d, events.get(d.pk), subscriptions.get(d.pk)) for d in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason} | paused_among(deliveries)


def _why_not(delivery: Delivery, event: Event | None, subscription: Subscription | None) -> str:
    if event is None or event.state != Event.State.PUBLISHED:
        return f"protest {event.state if event else 'gone'}"
    if subscription is None or not getattr(subscription, MOMENT_FIELDS[delivery.ids["moment"]]):
        return "not followed any more"
    starts_at = int(event.starts_at.timestamp()) if event.starts_at else None
    if (starts_at, event.day.isoformat()) != (delivery.ids["starts_at"], delivery.ids["day"]):
        return "moved"
    return "over" if event.over_at <= timezone.now() else ""


def render(deliveries: list[Delivery]) -> dict[int, Made]:
    """What readers of one protest and language share is made here, what is each reader's own when it is their turn."""
    now, events, subscriptions = timezone.now(), _events(deliveries), subscriptions_to(deliveries)
    asked = asked_among([event.pk for event in events.values()], now)
    shared: dict[tuple[int, str, str], Shared] = {}
    letters: dict[int, Made] = {}
    for delivery in deliveries:
        event, language, moment = events[delivery.pk], delivery.recipient.language, delivery.ids["moment"]
        key = event.pk, language, moment
        if key not in shared:
            shared[key] = _shared(event, language, moment, asks=event.pk in asked, now=now)
        letters[delivery.pk] = partial(_letter, shared[key], delivery.recipient, subscriptions[delivery.pk])
    return letters


@dataclass(frozen=True)
class Shared:
    """What all who are reminded at one moment of one protest in one language get."""

    draft: Draft
    told: AsTold
    asks: bool
    has_calendar: bool


def _shared(event: Event, language: str, moment: str, *, asks: bool, now: datetime) -> Shared:
    """On the day itself nobody needs it in a calendar any more."""
    with translation.override(language):
        told = as_told_to_followers(event, now)
    draft = draft_to_followers("reminder", {"protest": told.protest, "moment": moment}, language, asks=asks)
    return Shared(draft, told, asks, has_calendar=moment != "hours")


def _letter(shared: Shared, recipient: Recipient, ours: Subscription) -> Letter:
    return fill_for_follower(
        shared.draft,
        recipient,
        [ours],
        coming_url=tokens.coming_url(ours, recipient) if shared.asks else "",
        calendar=shared.told.calendar_for(recipient) if shared.has_calendar else None,
    )
