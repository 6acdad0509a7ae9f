"""The reminder of one protest."""

from django.utils import timezone, translation

from events.models import Event
from outbox.letters import Letter
from outbox.models import Delivery
from reminders.coming import asked_among
from reminders.emails.words import (
    MOMENT_FIELDS,
    AsTold,
    as_told_to_followers,
    coming_url,
    letter_to_follower,
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


def render(deliveries: list[Delivery]) -> dict[int, Letter]:
    events, subscriptions = _events(deliveries), subscriptions_to(deliveries)
    asked = asked_among([event.pk for event in events.values()], timezone.now())
    told: dict[tuple[int, str], AsTold] = {}
    letters = {}
    for delivery in deliveries:
        event, recipient, ours = events[delivery.pk], delivery.recipient, subscriptions[delivery.pk]
        if (event.pk, recipient.language) not in told:
            with translation.override(recipient.language):
                told[event.pk, recipient.language] = as_told_to_followers(event, timezone.now())
        link = coming_url(ours, recipient, asked)
        letters[delivery.pk] = _letter(delivery, told[event.pk, recipient.language], ours, link)
    return letters


def _letter(delivery: Delivery, told: AsTold, ours: Subscription, link: str) -> Letter:
    """On the day itself nobody needs it in a calendar any more."""
    recipient, moment = delivery.recipient, delivery.ids["moment"]
    calendar = told.calendar_for(recipient) if moment != "hours" else None
    context = {"protest": told.protest, "moment": moment}
    return letter_to_follower("reminder", recipient, context, [ours], coming_url=link, calendar=calendar)
