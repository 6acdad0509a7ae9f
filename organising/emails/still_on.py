"""The letters to organisers about their own protests."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from events.models import Audience, Event, Organiser
from organising.still_on import LETTER, Question, questions_of
from organising.tokens import still_on_url
from outbox.letters import Letter, register
from outbox.models import Delivery
from outbox.rendering import render_letter
from reminders.emails import protest_in_words

LAST_STEP = 24


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    now = timezone.now()
    questions = questions_of({delivery.ids["event"] for delivery in deliveries})
    organisers = Organiser.objects.running().in_bulk({delivery.ids["organiser"] for delivery in deliveries})
    reasons = {
        delivery.pk: "not an organiser any more"
        if delivery.ids["organiser"] not in organisers
        else _why_not(delivery, questions.get(delivery.ids["event"]), now)
        for delivery in deliveries
    }
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_not(delivery: Delivery, question: Question | None, now: datetime) -> str:
    if question is None:
        return "not public any more"
    if int(question.starts.timestamp()) != delivery.ids["starts"]:
        return "moved"
    return "" if question.is_open(now) else "answered"


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    events = Event.objects.select_related("city").in_bulk({delivery.ids["event"] for delivery in deliveries})
    return {delivery.pk: _letter(delivery, events[delivery.ids["event"]]) for delivery in deliveries}


def _letter(delivery: Delivery, event: Event) -> Letter:
    """The place as the public knows it: organisers know the rest, and a mailbox may be read by others."""
    language = delivery.recipient.language
    with translation.override(language):
        protest = protest_in_words(event, Audience.PUBLIC, timezone.now())
    context = {
        "protest": protest,
        "is_last": delivery.ids["step"] == LAST_STEP,
        "still_on_url": still_on_url(delivery.ids["organiser"]),
        "edit_url": settings.SITE_URL + reverse("organising:edit", args=[event.public_id]),
        "cancel_url": settings.SITE_URL + reverse("organising:cancel", args=[event.public_id]),
    }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
