"""The letters in which people read what moderators decided, one for each verb."""

from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from events import when
from events.actions import SECOND_THOUGHTS
from events.models import Decision, Event, Organiser, SignOn
from events.tokens import sign_ons_url
from outbox.actions import post, post_many
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority, Recipient
from outbox.rendering import render_letter

HANDED_AWAY = "decision_handed_away"
# Whoever sent more than this gets no mail for each: a flood that is turned down must not become a flood of mail.
MOST_AT_ONCE = 10


def letter_name(verb: str) -> str:
    return f"decision_{verb}"


def post_decision(decision: Decision) -> None:
    """Tell everybody who organises the protest, each in their language."""
    post_decisions([decision])


def post_decisions(decisions: list[Decision]) -> None:
    """The same for many decisions, in a few statements; MOST_AT_ONCE of them to one person."""
    organisers: dict[int, list[Recipient]] = {}
    told: Counter[Recipient] = Counter()
    asked = Organiser.objects.running().filter(event__in={decision.event_id for decision in decisions})
    for organiser in asked.filter(user__is_active=True).select_related("user__recipient").order_by("pk"):
        recipient = organiser.user.recipient
        told[recipient] += 1
        if told[recipient] <= MOST_AT_ONCE:
            organisers.setdefault(organiser.event_id, []).append(recipient)
    for verb in {decision.verb for decision in decisions}:
        mails = [
            (recipient, _key(decision, recipient), {"decision": decision.pk})
            for decision in decisions
            if decision.verb == verb
            for recipient in organisers.get(decision.event_id, [])
        ]
        post_many(letter_name(verb), mails, priority=Priority.NOTICE, not_before=_leaves(verb))


def post_handed_away(decision: Decision, former: list[User]) -> None:
    """Tell those who do not look after the protest any more."""
    mails = [(user.recipient, _key(decision, user.recipient), {"decision": decision.pk}) for user in former]
    post_many(HANDED_AWAY, mails, priority=Priority.NOTICE, not_before=_leaves(decision.verb))


def _leaves(verb: str) -> datetime:
    """What is hidden has to be known at once; anything else may still be taken back unheard."""
    return timezone.now() + (timedelta() if verb == Decision.Verb.HIDE else SECOND_THOUGHTS)


def _key(decision: Decision, recipient: Recipient) -> str:
    return f"decision:{decision.pk}:{recipient.pk}"


def _decisions(deliveries: list[Delivery]) -> dict[int, Decision]:
    """The decision that each delivery tells of, by the delivery's id; gone ones are missing."""
    ids = {delivery.pk: delivery.ids["decision"] for delivery in deliveries}
    known = Decision.objects.select_related(
        "event__city", "revision__city", "reason", "undone_by", "undoes", "other"
    ).in_bulk(set(ids.values()))
    return {pk: known[decision] for pk, decision in ids.items() if decision in known}


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    decisions = _decisions(deliveries)
    reasons = {delivery.pk: _why_not(delivery, decisions.get(delivery.pk)) for delivery in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_not(delivery: Delivery, decision: Decision | None) -> str:
    if decision is None:
        return "protest gone"
    if hasattr(decision, "undone_by"):
        return "undone"
    if decision.undoes and not _may_have_heard(delivery.recipient, decision.undoes):
        return "never told"
    return ""


def _may_have_heard(recipient: Recipient, decision: Decision) -> bool:
    """Whether the mail of a decision has left, or may be leaving while we ask."""
    told = Delivery.objects.filter(key=_key(decision, recipient))
    return told.filter(state__in=[Delivery.State.CLAIMED, Delivery.State.STARTED, Delivery.State.SENT]).exists()


def _public_from(event: Event) -> str:
    """From when it is public by itself; call with the reader's language active."""
    if not event.is_scheduled or event.publish_at is None:
        return ""
    return f"{when.moment_text(event.publish_at, event.zone)}, {when.zone_text(event)}"


def _words(decision: Decision) -> str:
    """The moderator's own words. Those of a handing over are for whom it was taken from."""
    return decision.reason.text if hasattr(decision, "reason") else ""


def _letter(delivery: Delivery, decision: Decision) -> Letter:
    public_id = decision.event.public_id
    with translation.override(delivery.recipient.language):
        context = {
            "details": decision.revision or decision.event,
            "event": decision.event,
            "other": decision.other,
            "public_from": _public_from(decision.event),
            "other_url": settings.SITE_URL + decision.other.get_absolute_url() if decision.other else "",
            "reason": _words(decision) if delivery.letter != letter_name(Decision.Verb.HAND_OVER) else "",
            "contact_url": settings.SITE_URL + reverse("events:contact"),
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
    for letter in [*map(letter_name, Decision.Verb.values), HANDED_AWAY]:
        register(letter, unwanted=_unwanted, render=_render)
    for letter in SIGN_ON_LETTERS.values():
        register(letter, unwanted=_sign_on_unwanted, render=_render_sign_on)
