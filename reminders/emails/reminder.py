"""The reminder of one protest."""

from django.utils import timezone, translation

from events.models import Audience, Event
from outbox.letters import Letter
from outbox.models import Delivery
from reminders.emails.words import MOMENT_FIELDS, letter_to_follower, protest_in_words
from reminders.models import Subscription


def _events(deliveries: list[Delivery]) -> dict[int, Event]:
    events = Event.objects.select_related("city", "campaign").in_bulk({d.ids["event"] for d in deliveries})
    return {d.pk: events[d.ids["event"]] for d in deliveries if d.ids["event"] in events}


def _subscriptions_to(deliveries: list[Delivery]) -> dict[int, Subscription]:
    """The confirmed subscription to its protest behind each delivery, by the delivery's id."""
    found = Subscription.objects.confirmed().filter(
        event__in={d.ids["event"] for d in deliveries}, recipient__in={d.recipient_id for d in deliveries}
    )
    by_pair = {(s.recipient_id, s.event_id): s for s in found}
    pairs = {d.pk: (d.recipient_id, d.ids["event"]) for d in deliveries}
    return {pk: by_pair[pair] for pk, pair in pairs.items() if pair in by_pair}


def unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    events, subscriptions = _events(deliveries), _subscriptions_to(deliveries)
    reasons = {d.pk: _why_not(d, events.get(d.pk), subscriptions.get(d.pk)) for d in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


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
    now = timezone.now()
    events, subscriptions = _events(deliveries), _subscriptions_to(deliveries)
    letters = {}
    for delivery in deliveries:
        with translation.override(delivery.recipient.language):
            protest = protest_in_words(events[delivery.pk], Audience.FOLLOWER, now)
        context = {"protest": protest, "moment": delivery.ids["moment"]}
        letters[delivery.pk] = letter_to_follower("reminder", delivery.recipient, context, [subscriptions[delivery.pk]])
    return letters
