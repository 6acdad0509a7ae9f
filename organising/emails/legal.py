"""The letter to those who run a protest before its notice is due."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from events import when
from events.legal_clock import Deadline
from events.models import Event, Organiser
from events.rule_words import deadline_in_words
from organising.legal import LETTER, deadlines_of, next_deadlines
from outbox.letters import Letter, register
from outbox.models import Delivery
from outbox.rendering import render_letter


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    events = Event.objects.in_bulk({delivery.ids["event"] for delivery in deliveries})
    due = next_deadlines(events.values())
    running = Organiser.objects.running().in_bulk({delivery.ids["organiser"] for delivery in deliveries})
    reasons = {
        delivery.pk: _why_not(delivery, due.get(delivery.ids["event"]))
        if delivery.ids["organiser"] in running
        else "does not run it any more"
        for delivery in deliveries
    }
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_not(delivery: Delivery, due: Deadline | None) -> str:
    if due is None or due.at is None:
        return "nothing is due any more"
    return "" if int(due.at.timestamp()) == delivery.ids["at"] else "due at another time"


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    events = Event.objects.in_bulk({delivery.ids["event"] for delivery in deliveries})
    due = deadlines_of(events.values())
    return {
        delivery.pk: _letter(delivery, events[delivery.ids["event"]], due[delivery.ids["event"]])
        for delivery in deliveries
    }


def _letter(delivery: Delivery, event: Event, due: Deadline) -> Letter:
    """Nothing of the place: who reads this mailbox has to know no more than that there is a deadline."""
    language = delivery.recipient.language
    with translation.override(language):
        deadline = deadline_in_words(due, timezone.now())
        title, day = event.display_title, when.day_text(event.day)
    context = {
        "title": title,
        "day": day,
        "deadline": deadline,
        "rule": due.rule,
        "rules_url": settings.SITE_URL + reverse("organising:rules", args=[event.public_id]),
    }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
