"""Moderators write to the organisers of a protest without deciding anything."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from events import messages
from events.actions import Refused
from events.models import Event, EventMessage, Organiser
from moderation.permissions import is_own
from outbox.actions import post_many
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter

LETTER = "moderators_write"


@transaction.atomic
def write_to_organisers(event: Event, text: str, *, key: UUID, by: User) -> EventMessage | None:
    """Mail *text* to everybody who runs the protest; None if this very form was sent before."""
    if is_own(event, by):
        raise Refused(_("You organise this protest yourself: another moderator has to write."))
    message = messages.write(event, text, key=key, by=by, is_from_moderators=True)
    if message:
        running = (
            Organiser.objects.running().filter(event=event, user__is_active=True).select_related("user__recipient")
        )
        mails = [
            (one.user.recipient, f"{LETTER}:{message.pk}:{one.user.recipient_id}", {"message": message.pk})
            for one in running
        ]
        post_many(LETTER, mails, priority=Priority.NOTICE)
    return message


def _known(deliveries: list[Delivery]) -> dict[int, EventMessage]:
    """The message that each delivery brings, by the delivery's id; forgotten ones, and those of a protest that its
    reader does not run any more, are missing."""
    found = EventMessage.objects.select_related("event__city").in_bulk({one.ids["message"] for one in deliveries})
    running = Organiser.objects.running().filter(event__in={message.event_id for message in found.values()})
    readers = set(running.values_list("event", "user__recipient"))
    wanted = {one.pk: found.get(one.ids["message"]) for one in deliveries}
    return {
        one.pk: message
        for one in deliveries
        if (message := wanted[one.pk]) and (message.event_id, one.recipient_id) in readers
    }


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    known = _known(deliveries)
    return {delivery.pk: "not for them any more" for delivery in deliveries if delivery.pk not in known}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    known = _known(deliveries)
    return {delivery.pk: _letter(delivery, known[delivery.pk]) for delivery in deliveries if delivery.pk in known}


def _letter(delivery: Delivery, message: EventMessage) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        context = {
            "event": message.event,
            "text": str(message.text),
            "messages_url": settings.SITE_URL + reverse("organising:messages", args=[message.event.public_id]),
        }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
