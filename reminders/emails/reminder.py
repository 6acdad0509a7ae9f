"""The reminder of one protest."""

from datetime import datetime
from functools import partial

from django.utils import timezone, translation

from events.models import Audience, Event
from outbox.letters import Made
from outbox.models import Delivery
from reminders.coming import asked_among
from reminders.emails.words import (
    MOMENT_FIELDS,
    Shared,
    entry_of,
    paused_among,
    protest_in_words,
    share,
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
    events, subscriptions, now = _events(deliveries), subscriptions_to(deliveries), timezone.now()
    asked = asked_among([event.pk for event in events.values()], now)
    shared: dict[tuple[int, str, str], Shared] = {}
    letters: dict[int, Made] = {}
    for delivery in deliveries:
        event, recipient, moment = events[delivery.pk], delivery.recipient, delivery.ids["moment"]
        key = event.pk, recipient.language, moment
        if key not in shared:
            shared[key] = _shared(event, recipient.language, moment, asks=event.pk in asked, now=now)
        letters[delivery.pk] = partial(shared[key].to, recipient, [subscriptions[delivery.pk]])
    return letters


def _shared(event: Event, language: str, moment: str, *, asks: bool, now: datetime) -> Shared:
    """On the day itself nobody needs it in a calendar any more."""
    with translation.override(language):
        context = {"protest": protest_in_words(event, Audience.FOLLOWER, now), "moment": moment}
        entry = entry_of(event, Audience.FOLLOWER, now) if moment != "hours" else None
    return share("reminder", context, language, asks=asks, entry=entry)
