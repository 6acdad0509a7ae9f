"""What the campaign's admins do with letters to the campaign."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.actions import record
from accounts.models import User
from events.emails import post_answer
from events.models import Message, Thread
from moderation.permissions import threads_of

PAGE = 50


def threads(user: User) -> "QuerySet[Thread]":
    """What *user* may answer: first what waits, the longest-waiting first, then the latest others."""
    order = (F("waiting_since").asc(nulls_last=True), "-last_at", "-pk")
    return threads_of(user).select_related("campaign").prefetch_related("messages").order_by(*order)[:PAGE]


@transaction.atomic
def answer(thread: Thread, text: str, *, key: UUID, by: User) -> Message:
    """Mail *text* to whoever wrote; once, however often the form is sent."""
    now = timezone.now()
    message, is_new = Message.objects.get_or_create(
        key=key, defaults={"thread": thread, "at": now, "actor_id": by.actor_id, "text": text}
    )
    if is_new:
        Thread.objects.filter(pk=thread.pk).update(waiting_since=None, last_at=now)
        record("letter answered", by=by, on=thread)
        post_answer(message)
    return message


@transaction.atomic
def set_aside(thread: Thread, *, by: User) -> None:
    """It needs no answer, and does not wait any more."""
    if Thread.objects.filter(pk=thread.pk).waiting().update(waiting_since=None):
        record("letter set aside", by=by, on=thread)
