"""The letters in which people read what moderators decided, one for each verb."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from events.models import Decision, Organiser, SignOn
from events.tokens import sign_ons_url
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


SIGN_ON_LETTERS = {SignOn.State.PUBLISHED: "sign_on_publish", SignOn.State.REFUSED: "sign_on_refuse"}


def post_sign_on_decided(sign_on: SignOn, *, key: str) -> None:
    """Tell who signed for the organisation, if that is still known. *key* names the decision."""
    if sign_on.recipient:
        letter = SIGN_ON_LETTERS[SignOn.State(sign_on.state)]
        ids = {"sign_on": sign_on.pk}
        post(letter, sign_on.recipient, key=f"{letter}:{key}", ids=ids, priority=Priority.NOTICE)


def _sign_ons(deliveries: list[Delivery]) -> dict[int, SignOn]:
    """The signature that each delivery tells of, if it still stands where the letter says."""
    known = SignOn.objects.in_bulk({delivery.ids["sign_on"] for delivery in deliveries})
    found = {delivery: known.get(delivery.ids["sign_on"]) for delivery in deliveries}
    return {
        delivery.pk: sign_on
        for delivery, sign_on in found.items()
        if sign_on and SIGN_ON_LETTERS.get(SignOn.State(sign_on.state)) == delivery.letter
    }


def _sign_on_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    told = _sign_ons(deliveries)
    return {delivery.pk: "signature changed" for delivery in deliveries if delivery.pk not in told}


def _render_sign_on(deliveries: list[Delivery]) -> dict[int, Letter]:
    told = _sign_ons(deliveries)
    return {delivery.pk: _sign_on_letter(delivery, told[delivery.pk]) for delivery in deliveries if delivery.pk in told}


def _sign_on_letter(delivery: Delivery, sign_on: SignOn) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        context = {
            "name": sign_on.name,
            "reason": sign_on.reason,
            "appeal_url": settings.SITE_URL + reverse("events:appeal"),
            "contact_url": settings.SITE_URL + reverse("events:contact"),
            "manage_sign_ons_url": sign_ons_url(delivery.recipient, language),
        }
    return render_letter(delivery.letter, context, language)


def register_letters() -> None:
    for verb in Decision.Verb.values:
        register(letter_name(verb), unwanted=_unwanted, render=_render)
    for letter in SIGN_ON_LETTERS.values():
        register(letter, unwanted=_sign_on_unwanted, render=_render_sign_on)
