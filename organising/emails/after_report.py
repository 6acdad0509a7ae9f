"""The letter that asks those who run a protest how it was."""

from django.utils import timezone, translation

from events.after_reports import can_be_told
from events.models import AfterReport, Audience, Event, Organiser
from organising.after_report import AGAIN, LETTER
from organising.tokens import report_url
from outbox.letters import Letter, register
from outbox.models import Delivery
from outbox.rendering import render_letter
from reminders.emails import protest_in_words


def _events(deliveries: list[Delivery]) -> dict[int, Event]:
    asked = Event.objects.select_related("campaign", "city")
    return asked.in_bulk({delivery.ids["event"] for delivery in deliveries})


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    now, events = timezone.now(), _events(deliveries)
    organisers = Organiser.objects.running().in_bulk({delivery.ids["organiser"] for delivery in deliveries})
    sent = AfterReport.objects.filter(event__in=events, submitted_at__isnull=False)
    told = set(sent.values_list("event", flat=True))
    reasons = {}
    for delivery in deliveries:
        event = events.get(delivery.ids["event"])
        if delivery.ids["organiser"] not in organisers:
            reasons[delivery.pk] = "not an organiser any more"
        elif event is None or not can_be_told(event, now):
            reasons[delivery.pk] = "not public any more"
        elif event.pk in told:
            reasons[delivery.pk] = "answered"
    return reasons


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    events = _events(deliveries)
    return {delivery.pk: _letter(delivery, events[delivery.ids["event"]]) for delivery in deliveries}


def _letter(delivery: Delivery, event: Event) -> Letter:
    """The place as the public knows it, as in all letters: a mailbox may be read by others."""
    language = delivery.recipient.language
    with translation.override(language):
        protest = protest_in_words(event, Audience.PUBLIC, timezone.now())
    context = {
        "protest": protest,
        "is_last": delivery.ids["step"] == AGAIN,
        "report_url": report_url(delivery.ids["organiser"]),
    }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
