"""What the campaign's admins do with letters to the campaign."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.actions import record
from accounts.models import User
from events.emails import post_answer
from events.models import Message, Thread
from events.models.thread import ThreadQuerySet
from moderation.listing import moment_in, place_in
from moderation.permissions import threads_of

PAGE = 50


@dataclass(frozen=True)
class Page:
    """Some threads of a longer list; `after` opens the next ones, "" if there are none."""

    threads: list[Thread]
    after: str


def page_of(user: User, after: str) -> Page:
    """What *user* may answer: first what waits, the longest-waiting first, then the latest others. The page behind the
    thread named in *after*; what was answered meanwhile shifts nothing."""
    order = (F("waiting_since").asc(nulls_last=True), "-last_at", "-pk")
    found = _behind(threads_of(user), after).select_related("campaign").prefetch_related("messages").order_by(*order)
    threads = list(found[: PAGE + 1])
    return Page(threads[:PAGE], _name(threads[PAGE - 1]) if len(threads) > PAGE else "")


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


@transaction.atomic
def set_all_aside(thread: Thread, *, by: User) -> None:
    """The same for all that waits from the mailbox behind *thread*, as far as *by* may answer it."""
    theirs = threads_of(by).waiting().filter(recipient__mailbox_hash=thread.recipient.mailbox_hash)
    for other in theirs:
        set_aside(other, by=by)
