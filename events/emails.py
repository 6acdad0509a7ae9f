"""The letters of this room: about the appeal, and between visitors and those who answer them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from events import tokens
from events.models import Campaign, Coordinator, Message, SignOn, Thread
from outbox.actions import post
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter

# At most one notice in so many minutes, however much is written.
NOTICE_EVERY = timedelta(minutes=15)


def post_answer(message: Message, *, leaves: datetime | None = None) -> None:
    """Mail an answer to whoever began the thread. One from a protest keeps quiet at night, by the clock there."""
    thread = message.thread
    ids: dict[str, Any] = {"message": message.pk}
    if thread.event:
        ids["quiet"] = thread.event.timezone
    key = f"answer:{message.pk}"
    post("letter_answer", thread.recipient, key=key, ids=ids, priority=Priority.NOTICE, not_before=leaves)


def tell_that_letters_wait(campaign: Campaign | None, now: datetime) -> None:
    """One line, without a word of the letter, to the campaign's admins; without any, to the superusers."""
    people = User.objects.filter(is_active=True)
    admins = people.filter(pk__in=Coordinator.objects.admins().filter(campaign=campaign).values("user"))
    window = int(NOTICE_EVERY.total_seconds())
    until = datetime.fromtimestamp((int(now.timestamp()) // window + 1) * window, UTC)
    for person in (admins if admins.exists() else people.filter(is_superuser=True)).select_related("recipient"):
        post(
            "letters_waiting",
            person.recipient,
            key=f"letters-waiting:{person.recipient_id}:{int(until.timestamp())}",
            ids={},
            priority=Priority.NOTICE,
            not_before=until,
        )


def _signed(deliveries: list[Delivery]) -> dict[int, list[SignOn]]:
    """What still waits to be confirmed, by the delivery that asks for it."""
    recipients = {delivery.recipient_id for delivery in deliveries}
    waiting = list(SignOn.objects.waiting(timezone.now()).filter(recipient__in=recipients).order_by("pk"))
    return {
        delivery.pk: [sign_on for sign_on in waiting if sign_on.recipient_id == delivery.recipient_id]
        for delivery in deliveries
    }


def _sign_on_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {pk: "nothing to confirm" for pk, sign_ons in _signed(deliveries).items() if not sign_ons}


def _render_sign_on(deliveries: list[Delivery]) -> dict[int, Letter]:
    letters, signed = {}, _signed(deliveries)
    for delivery in deliveries:
        language = delivery.ids["language"]
        context = {
            "names": [sign_on.name for sign_on in signed[delivery.pk]],
            "confirm_url": tokens.sign_ons_url(delivery.recipient, language),
            "appeal_url": _page("events:appeal", language),
        }
        letters[delivery.pk] = render_letter("sign_on", context, language)
    return letters


def _page(name: str, language: str) -> str:
    with translation.override(language):
        return settings.SITE_URL + reverse(name)


def _waiting_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    if Thread.objects.to_campaign().waiting().exists():
        return {}
    return {delivery.pk: "nothing waits" for delivery in deliveries}


def _render_waiting(deliveries: list[Delivery]) -> dict[int, Letter]:
    context = {"letters_url": settings.SITE_URL + reverse("moderation:letters")}
    return {
        delivery.pk: render_letter("letters_waiting", context, delivery.recipient.language) for delivery in deliveries
    }


def _answers(deliveries: list[Delivery]) -> dict[int, Message]:
    ids = {delivery.pk: delivery.ids["message"] for delivery in deliveries}
    known = Message.objects.select_related("thread__event").in_bulk(set(ids.values()))
    return {pk: known[message] for pk, message in ids.items() if message in known}


def _answer_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    answers = _answers(deliveries)
    forgotten = {delivery.pk: "letters forgotten" for delivery in deliveries if delivery.pk not in answers}
    events = {pk: message.thread.event for pk, message in answers.items()}
    return forgotten | {pk: "protest not public" for pk, event in events.items() if event and not event.is_visible}


def _render_answer(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {pk: _answer_letter(message) for pk, message in _answers(deliveries).items()}


def _answer_letter(message: Message) -> Letter:
    thread = message.thread
    with translation.override(thread.language):
        title = thread.event.display_title if thread.event else ""
    context = {"text": message.text, "thread_url": tokens.thread_url(thread), "title": title}
    return render_letter("letter_answer", context, thread.language)


def register_letters() -> None:
    register("sign_on", unwanted=_sign_on_unwanted, render=_render_sign_on)
    register("letters_waiting", unwanted=_waiting_unwanted, render=_render_waiting)
    register("letter_answer", unwanted=_answer_unwanted, render=_render_answer)
