"""What organisers write to those who follow their protest, and what becomes of it. A mail holds the text as it was when
it was released, and the protest as it is when the mail leaves."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from events.markdown import as_html
from events.models import Audience, Event, Organiser
from organising.models import Announcement
from outbox.letters import Letter, Made, register
from outbox.models import Delivery
from outbox.rendering import render_letter
from reminders.coming import asked_among
from reminders.emails import Shared, paused_among, protest_in_words, share, subscriptions_to
from reminders.models import Subscription

LETTER, TEST, REFUSED = "announcement", "announcement_test", "announcement_refused"


def _announcements(deliveries: list[Delivery]) -> dict[int, Announcement]:
    """The letter behind each delivery, by the delivery's id; gone ones are missing."""
    found = Announcement.objects.select_related("event__city", "event__campaign")
    known = found.in_bulk({delivery.ids["announcement"] for delivery in deliveries})
    return {d.pk: known[d.ids["announcement"]] for d in deliveries if d.ids["announcement"] in known}


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    announcements, subscriptions = _announcements(deliveries), subscriptions_to(deliveries)
    running = _running({announcement.event_id for announcement in announcements.values()})
    reasons = {d.pk: _why_not(announcements.get(d.pk), subscriptions.get(d.pk), running) for d in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason} | paused_among(deliveries)


def _running(events: set[int]) -> set[tuple[int, UUID]]:
    """Who runs each of these protests, with an account that is not blocked."""
    people = Organiser.objects.running().filter(event__in=events, user__is_active=True)
    return set(people.values_list("event", "user__actor_id"))


def _why_not(
    announcement: Announcement | None, subscription: Subscription | None, running: set[tuple[int, UUID]]
) -> str:
    if announcement is None or not announcement.is_released:
        return "stopped"
    if (announcement.event_id, announcement.actor_id) not in running:
        return "author gone"
    if not announcement.event.is_visible:
        return "not public any more"
    return "" if subscription else "not followed any more"


def _context(announcement: Announcement, language: str, now: datetime) -> dict[str, object]:
    subject, text = announcement.texts_in(language)
    with translation.override(language):
        protest = protest_in_words(announcement.event, Audience.FOLLOWER, now)
    is_translated = language in announcement.translations
    return {
        "protest": protest,
        "is_cancelled": announcement.event.is_cancelled,
        "subject": subject,
        "text": text,
        "html": as_html(text, heading="h2"),
        "text_language": language if is_translated else announcement.language,
    }


def _render(deliveries: list[Delivery]) -> dict[int, Made]:
    now = timezone.now()
    announcements, subscriptions = _announcements(deliveries), subscriptions_to(deliveries)
    asked = asked_among([announcement.event_id for announcement in announcements.values()], now)
    shared: dict[tuple[int, str], Shared] = {}
    letters: dict[int, Made] = {}
    for delivery in deliveries:
        recipient, announcement = delivery.recipient, announcements[delivery.pk]
        key = announcement.pk, recipient.language
        if key not in shared:
            context = _context(announcement, recipient.language, now)
            shared[key] = share(LETTER, context, recipient.language, asks=announcement.event_id in asked)
        letters[delivery.pk] = partial(shared[key].to, recipient, [subscriptions[delivery.pk]])
    return letters


def sample_of(announcement: Announcement, language: str) -> Letter:
    """The letter as a reader of *language* gets it, without the links that are each reader's own."""
    context = _context(announcement, language, timezone.now())
    return render_letter(LETTER, {**context, "is_sample": True}, language)


def _test_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    known = _announcements(deliveries)
    return {delivery.pk: "gone" for delivery in deliveries if delivery.pk not in known}


def _render_test(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {pk: sample_of(announcement, language) for pk, announcement, language in _tests(deliveries)}


def _tests(deliveries: list[Delivery]) -> list[tuple[int, Announcement, str]]:
    known = _announcements(deliveries)
    return [(d.pk, known[d.pk], d.recipient.language) for d in deliveries if d.pk in known]


def _refused_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    known = _announcements(deliveries)
    refused = {pk for pk, announcement in known.items() if announcement.is_refused}
    return {delivery.pk: "changed meanwhile" for delivery in deliveries if delivery.pk not in refused}


def _render_refused(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {pk: _refusal(announcement, language) for pk, announcement, language in _tests(deliveries)}


def _refusal(announcement: Announcement, language: str) -> Letter:
    event: Event = announcement.event
    path = reverse("organising:announcement", args=[event.public_id, announcement.pk])
    with translation.override(language):
        title = event.display_title
    context = {
        "title": title,
        "subject": announcement.subject,
        "reason": announcement.reason,
        "announcement_url": settings.SITE_URL + path,
    }
    return render_letter(REFUSED, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
    register(TEST, unwanted=_test_unwanted, render=_render_test)
    register(REFUSED, unwanted=_refused_unwanted, render=_render_refused)
