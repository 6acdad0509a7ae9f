"""The letters in which organisers read what moderators decided, one for each verb."""

from django.conf import settings
from django.urls import reverse

from events.models import Decision, Organiser
from outbox.actions import post
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter


def letter_name(verb: str) -> str:
    return f"decision_{verb}"


def post_decision(decision: Decision) -> None:
    """Tell everybody who organises the protest, each in their language."""
    organisers = Organiser.objects.filter(event=decision.event_id, user__is_active=True)
    for organiser in organisers.select_related("user__recipient"):
        recipient = organiser.user.recipient
        post(
            letter_name(decision.verb),
            recipient,
            key=f"decision:{decision.pk}:{recipient.pk}",
            ids={"decision": decision.pk},
            priority=Priority.NOTICE,
        )


def _decisions(deliveries: list[Delivery]) -> dict[int, Decision]:
    """The decision that each delivery tells of, by the delivery's id; gone ones are missing."""
    ids = {delivery.pk: delivery.ids["decision"] for delivery in deliveries}
    known = Decision.objects.select_related("event__city", "revision__city", "reason").in_bulk(set(ids.values()))
    return {pk: known[decision] for pk, decision in ids.items() if decision in known}


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    decisions = _decisions(deliveries)
    return {delivery.pk: "protest gone" for delivery in deliveries if delivery.pk not in decisions}


def _letter(delivery: Delivery, decision: Decision) -> Letter:
    public_id = decision.event.public_id
    context = {
        "details": decision.revision or decision.event,
        "event": decision.event,
        "reason": decision.reason.text if hasattr(decision, "reason") else "",
        "protest_url": settings.SITE_URL + reverse("organising:protest", args=[public_id]),
        "edit_url": settings.SITE_URL + reverse("organising:edit", args=[public_id]),
    }
    return render_letter(delivery.letter, context, delivery.recipient.language)


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    decisions = _decisions(deliveries)
    return {
        delivery.pk: _letter(delivery, decisions[delivery.pk]) for delivery in deliveries if delivery.pk in decisions
    }


def register_letters() -> None:
    for verb in Decision.Verb.values:
        register(letter_name(verb), unwanted=_unwanted, render=_render)
