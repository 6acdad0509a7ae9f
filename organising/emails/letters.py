"""The mail that says that letters wait: not a word of them, and only while they do."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from events.models import Event, Organiser
from organising.letters import LETTER, waiting
from outbox.letters import Letter, register
from outbox.models import Delivery
from outbox.rendering import render_letter


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    running = Organiser.objects.running().filter(user__is_active=True)
    organisers = running.in_bulk({delivery.ids["organiser"] for delivery in deliveries})
    numbers = waiting({delivery.ids["event"] for delivery in deliveries})
    reasons = {
        delivery.pk: "not an organiser any more"
        if delivery.ids["organiser"] not in organisers
        else ("" if delivery.ids["event"] in numbers else "nothing waits")
        for delivery in deliveries
    }
    return {pk: reason for pk, reason in reasons.items() if reason}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    events = Event.objects.in_bulk({delivery.ids["event"] for delivery in deliveries})
    return {delivery.pk: _letter(delivery, events[delivery.ids["event"]]) for delivery in deliveries}


def _letter(delivery: Delivery, event: Event) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        title = event.display_title
    url = settings.SITE_URL + reverse("organising:letters", args=[event.public_id])
    return render_letter(LETTER, {"title": title, "letters_url": url}, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
