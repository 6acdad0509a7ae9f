"""The letter that asks whether a wish was meant."""

from django.utils import timezone, translation

from outbox.letters import Letter
from outbox.models import Delivery
from outbox.rendering import render_letter
from reminders import tokens
from reminders.models import Subscription

MOST_NAMED = 10


def _wishes(deliveries: list[Delivery]) -> dict[int, list[Subscription]]:
    """All that each delivery's recipient follows or waits for."""
    found = (
        Subscription.objects.filter(recipient__in={delivery.recipient_id for delivery in deliveries})
        .select_related("event", "city", "campaign")
        .order_by("pk")
    )
    wishes: dict[int, list[Subscription]] = {delivery.pk: [] for delivery in deliveries}
    for delivery in deliveries:
        wishes[delivery.pk] = [wish for wish in found if wish.recipient_id == delivery.recipient_id]
    return wishes


def unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {pk: "nothing to confirm" for pk, wishes in _wishes(deliveries).items() if not wishes}


def render(deliveries: list[Delivery]) -> dict[int, Letter]:
    wishes = _wishes(deliveries)
    return {delivery.pk: _letter(delivery, wishes[delivery.pk]) for delivery in deliveries}


def _letter(delivery: Delivery, wishes: list[Subscription]) -> Letter:
    """Who asks for what is on already gets the way to it instead."""
    language = delivery.ids["language"]
    waiting = [wish for wish in wishes if wish.is_waiting(timezone.now())]
    with translation.override(language):
        names = [wish.name for wish in waiting[:MOST_NAMED]]
    context = {
        "names": names,
        "more": len(waiting) - len(names),
        "confirm_url": tokens.confirm_url(delivery.recipient, language),
        "existing_url": tokens.manage_url(delivery.recipient),
    }
    return render_letter("confirm", context, language)
