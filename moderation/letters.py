"""Letters to protests that organisers have reported, and senders who are not heard anywhere."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.letters import PAGE
from events.listing.moments import place_in
from events.models import BlockedSender, Event, Thread
from events.models.thread import ThreadQuerySet
from moderation.permissions import events_of, is_own, reported_threads_of


def open_for(user: User) -> ThreadQuerySet:
    """The reported letters that wait for *user* among others."""
    return reported_threads_of(user).filter(report_closed_at=None)


def blocked_for(user: User) -> "QuerySet[BlockedSender]":
    """The senders not heard anywhere whom *user* may let write again."""
    return BlockedSender.objects.everywhere().filter(event__in=events_of(user)).select_related("event")


def page_of_blocked(user: User, after: str) -> tuple[list[BlockedSender], str]:
    """The latest of them behind the one named in *after*, and the name of the last if there are more."""
    found = blocked_for(user).order_by("-at", "-pk")
    place = place_in(after)
    if place:
        at, pk = place
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    rows = list(found[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], f"{last.at.isoformat()}_{last.pk}" if last else ""


@transaction.atomic
def close_report(thread: Thread, *, by: User) -> None:
    """Nothing has to be done."""
    _require_others(thread.event, by)
    if _close(Thread.objects.filter(pk=thread.pk)):
        record("reported letter set aside", by=by, on=thread)


@transaction.atomic
def block_everywhere(thread: Thread, *, by: User) -> None:
    """No form of the site keeps a letter of this mailbox any more. All that is reported of it is dealt with."""
    _require_others(thread.event, by)
    blocked, is_new = BlockedSender.objects.get_or_create(
        event=thread.event, mailbox_hash=thread.mailbox, is_everywhere=True, defaults={"at": timezone.now()}
    )
    if is_new:
        record("sender blocked everywhere", by=by, on=blocked)
    _close(reported_threads_of(by).of_mailbox(thread.mailbox))


@transaction.atomic
def unblock_everywhere(blocked: BlockedSender, *, by: User) -> None:
    """The mailbox is heard again, unless organisers, or moderators through another protest, have blocked it too."""
    _require_others(blocked.event, by)
    deleted, _by_model = BlockedSender.objects.filter(pk=blocked.pk).delete()
    if deleted:
        record("sender heard again", by=by, on=blocked)


def _close(threads: ThreadQuerySet) -> int:
    return threads.reported().filter(report_closed_at=None).update(report_closed_at=timezone.now())


def _require_others(event: Event | None, user: User) -> None:
    if event is not None and is_own(event, user):
        raise Refused(_("You organise this protest yourself: another moderator has to decide."))
