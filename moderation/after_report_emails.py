"""The letter in which those who run a protest read what moderators decided about their report on it."""

from django.conf import settings
from django.utils import translation

from events.models import AfterReport, Organiser
from organising.tokens import report_url
from outbox.actions import post_many
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter

LETTER = "after_report_decided"


def post_decided(report: AfterReport, *, key: str) -> None:
    """Tell everybody who runs the protest, each in their language. *key* names the decision."""
    organisers = Organiser.objects.running().filter(event=report.event_id, user__is_active=True)
    mails = [
        (
            organiser.user.recipient,
            f"{LETTER}:{key}:{organiser.user.recipient_id}",
            {"report": report.pk, "number": report.number, "state": report.state, "organiser": organiser.pk},
        )
        for organiser in organisers.select_related("user__recipient").order_by("pk")
    ]
    post_many(LETTER, mails, priority=Priority.NOTICE)


def _reports(deliveries: list[Delivery]) -> dict[int, AfterReport]:
    """The report that each delivery tells of, if it still stands where the letter says."""
    asked = AfterReport.objects.select_related("event")
    known = asked.in_bulk({delivery.ids["report"] for delivery in deliveries})
    found = {delivery: known.get(delivery.ids["report"]) for delivery in deliveries}
    return {
        delivery.pk: report
        for delivery, report in found.items()
        if report and (report.number, report.state) == (delivery.ids["number"], delivery.ids["state"])
    }


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    told = _reports(deliveries)
    running = Organiser.objects.running().in_bulk({delivery.ids["organiser"] for delivery in deliveries})
    gone = {delivery.pk: "report changed" for delivery in deliveries if delivery.pk not in told}
    left = {d.pk: "not an organiser any more" for d in deliveries if d.ids["organiser"] not in running}
    return gone | left


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    told = _reports(deliveries)
    return {delivery.pk: _letter(delivery, told[delivery.pk]) for delivery in deliveries if delivery.pk in told}


def _letter(delivery: Delivery, report: AfterReport) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        context = {
            "title": report.event.display_title,
            "state": report.state,
            "reason": report.reason,
            "page_url": settings.SITE_URL + report.event.get_absolute_url(),
            "report_url": report_url(delivery.ids["organiser"]),
        }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
