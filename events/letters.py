"""Reading and answering letters, whoever they are for. Whose letters somebody may read: moderation/permissions.py for
those to the campaign, organising/views/letters.py for those to a protest."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.emails import post_answer
from events.listing.moments import moment_in, place_in
from events.models import Message, Thread
from events.models.thread import ThreadQuerySet

PAGE = 50


@dataclass(frozen=True)
class Page:
    """Some threads of a longer list; `after` opens the next ones, "" if there are none."""

    threads: list[Thread]
    after: str


def page_of(threads: ThreadQuerySet, after: str) -> Page:
    """First what waits, the longest-waiting first, then the latest others. The page behind the thread named in *after*;
    what was answered meanwhile shifts nothing."""
    order = (F("waiting_since").asc(nulls_last=True), "-last_at", "-pk")
    found = _behind(threads, after).select_related("campaign").prefetch_related("messages").order_by(*order)
    listed = list(found[: PAGE + 1])
    return Page(listed[:PAGE], _name(listed[PAGE - 1]) if len(listed) > PAGE else "")


def _name(thread: Thread) -> str:
    waiting = thread.waiting_since.isoformat() if thread.waiting_since else ""
    return f"{waiting}_{thread.last_at.isoformat()}_{thread.pk}"


def _behind(threads: ThreadQuerySet, after: str) -> ThreadQuerySet:
    """The *threads* that stand further down than the one of that name."""
    waiting, _underscore, rest = after.partition("_")
    place, since = place_in(rest), moment_in(waiting)
    if place is None:
        return threads
    at, pk = place
    lower = Q(last_at__lt=at) | Q(last_at=at, pk__lt=pk)
    if since is None:
        return threads.filter(lower, waiting_since=None)
    return threads.filter(Q(waiting_since__gt=since) | Q(waiting_since=None) | (lower & Q(waiting_since=since)))


@transaction.atomic
def answer(
    thread: Thread, text: str, *, key: UUID, by: User, seen: int | None = None, leaves: datetime | None = None
) -> Message:
    """Mail *text* to whoever wrote; once, however often the form is sent. Whoever has not *seen* the newest letter, by
    its number, is asked to read it first. The mail leaves at once, or at the moment named."""
    locked = Thread.objects.select_for_update(no_key=True, of=("self",)).filter(pk=thread.pk).first()
    if locked is None:
        raise Refused(_("These letters have been deleted meanwhile."))
    newest = locked.messages.order_by("-pk").first()
    is_sent = Message.objects.filter(key=key).exists()
    if not is_sent and seen is not None and newest and newest.pk > seen:
        raise Refused(_why_to_read_on(newest))
    now = timezone.now()
    message, is_new = Message.objects.get_or_create(
        key=key, defaults={"thread": locked, "at": now, "actor_id": by.actor_id, "text": text}
    )
    if is_new:
        Thread.objects.filter(pk=locked.pk).update(waiting_since=None, last_at=now)
        record("letter answered", by=by, on=locked)
        post_answer(message, leaves=leaves)
    return message


def _why_to_read_on(newest: Message) -> str:
    if newest.is_answer:
        return _("Somebody has answered meanwhile. Read it above; to send yours as well, press the button again.")
    return _("The visitor has written again meanwhile. Read it above; to send your answer, press the button again.")


@transaction.atomic
def set_aside(thread: Thread, *, by: User) -> None:
    """It needs no answer, and does not wait any more."""
    if Thread.objects.filter(pk=thread.pk).waiting().update(waiting_since=None):
        record("letter set aside", by=by, on=thread)


@transaction.atomic
def set_all_aside(threads: ThreadQuerySet, mailbox: bytes, *, by: User) -> None:
    """The same for all of *threads* that wait from one mailbox."""
    for thread in threads.waiting().of_mailbox(mailbox):
        set_aside(thread, by=by)
