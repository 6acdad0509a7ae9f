"""What organisers do with their protests: change, confirm, withdraw, cancel. Whoever changes both locks the protest
before its revisions, as moderators do."""

from datetime import datetime
from types import EllipsisType
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import (
    Refused,
    change_state,
    check_day,
    check_open,
    check_public_before_start,
    check_publish_at,
    publish,
    write_details,
)
from events.blocklist import listed_in
from events.models import Event, EventChange, Revision, SiteStamp
from organising.permissions import can_cancel, can_edit, can_schedule
from organising.trust import Way, can_confirm, has_been_seen, way_of


def _locked(event: Event) -> Event:
    return Event.objects.select_for_update(of=("self",), no_key=True).select_related("campaign").get(pk=event.pk)


def _is_the_same(details: dict[str, Any], other: Event | Revision) -> bool:
    return all(getattr(other, name) == value for name, value in details.items())


def _renew_public_page(event: Event) -> None:
    """It says whether a change is being checked."""
    if event.is_visible:
        SiteStamp.objects.bump()


def check_edit(event: Event, details: dict[str, Any]) -> None:
    """Raises Refused if these *details* cannot be proposed as a new version now."""
    check_open(event.campaign)
    check_day(event.campaign, details["day"])
    if not can_edit(event):
        raise Refused(_("This protest can no longer be changed."))
    if event.is_approved and _is_the_same(details, event) and not event.revisions.pending().exists():
        raise Refused(_("Nothing is different from what is public."))
    if event.is_scheduled:
        check_public_before_start(event.publish_at, details)


def proposal_of(event: Event, details: dict[str, Any], *, by: User, at: datetime, note: str = "") -> Revision:
    """The version that would be sent, not saved and without a number."""
    return Revision(event=event, author=by, submitted_at=at, note_to_moderators=note, **details)


@transaction.atomic
def submit_edit(
    event: Event,
    details: dict[str, Any],
    *,
    by: User,
    note: str = "",
    publish_at: datetime | EllipsisType | None = ...,
) -> Revision:
    """Propose a new version. It takes the place of one that is still open; what is public stays until it is approved,
    unless its author is trusted and nothing in it is sensitive. The same version again is the same revision. Before a
    protest is approved, *publish_at* says from when it may be public; not given, that stays."""
    event = _locked(event)
    check_edit(event, details)
    if publish_at is not ... and event.state == Event.State.SUBMITTED:
        _set_publish_at(event, publish_at, details, by=by)
    waiting = event.revisions.pending().first()
    if waiting and _is_the_same(details, waiting):
        return waiting
    now = timezone.now()
    event.revisions.open().update(state=Revision.State.SUPERSEDED, decided_at=now)
    revision = proposal_of(event, details, by=by, at=now, note=note)
    revision.number = (event.revisions.aggregate(last=Max("number"))["last"] or 0) + 1
    revision.quarantine = _quarantine_for(event, waiting, details, by)
    way = way_of(revision, event, now)
    revision.is_sensitive = way == Way.SENSITIVE
    revision.save()
    record("edit submitted", by=by, on=event, revision=revision.pk)
    if way == Way.AT_ONCE:
        _publish(revision, at=now)
        record("edit published by trust", by=by, on=event, revision=revision.pk)
    else:
        _renew_public_page(event)
    return revision


def _set_publish_at(event: Event, publish_at: datetime | None, *versions: dict[str, Any], by: User) -> None:
    """Write down from when a protest that is locked may be public, whichever of *versions* it has then."""
    if publish_at == event.publish_at:
        return
    check_publish_at(publish_at, timezone.now(), *versions)
    event.publish_at = publish_at
    event.save(update_fields=["publish_at"])
    record("hour of publication set", by=by, on=event)


@transaction.atomic
def schedule(event: Event, publish_at: datetime | None, *, by: User) -> Event:
    """Choose another moment from which a protest that never was public is; None, which is for one that still waits for
    its approval: as soon as it has that."""
    event = _locked(event)
    check_open(event.campaign)
    if not can_schedule(event):
        raise Refused(_("It is public already, or withdrawn: there is no moment to choose any more."))
    if event.is_scheduled and publish_at is None:
        raise Refused(_("Say from which day and time."))
    proposed = [revision.details() for revision in event.revisions.open()]
    _set_publish_at(event, publish_at, *([event.details()] if event.is_scheduled else []), *proposed, by=by)
    return event


@transaction.atomic
def publish_now(event: Event, *, by: User) -> Event:
    """Let a protest that waits for its hour be public at once."""
    event = _locked(event)
    if event.state == Event.State.PUBLISHED:
        return event
    check_open(event.campaign)
    if not event.is_scheduled:
        raise Refused(_("Only a protest that is approved and waits for its hour can be made public."))
    publish(event, at=timezone.now(), by=by)
    return event


def _publish(revision: Revision, *, at: datetime) -> None:
    """Make a version public that nobody has decided on; refused if it does not wait any more."""
    waiting = Revision.objects.pending().filter(pk=revision.pk)
    if not waiting.update(state=Revision.State.APPROVED, decided_at=at):
        raise Refused(_("This change does not wait any more."))
    revision.refresh_from_db()
    write_details(revision, at=at)


@transaction.atomic
def confirm_edit(revision: Revision, *, by: User) -> Revision:
    """Publish a late or large change that another, trusted organiser of the same protest has proposed: two people who
    know it stand for it."""
    event = _locked(revision.event)
    revision = event.revisions.select_related("author", "city", "picture").get(pk=revision.pk)
    now = timezone.now()
    check_open(event.campaign)
    check_day(event.campaign, revision.day)
    if not revision.is_pending:
        raise Refused(_("This change does not wait any more."))
    if not can_confirm(revision, event, by, now):
        raise Refused(_("You cannot confirm this change: the moderators look at it."))
    if not has_been_seen(revision):
        raise Refused(_("The picture is still being prepared. Try again in a moment."))
    _publish(revision, at=now)
    record("edit confirmed by co-organiser", by=by, on=event, revision=revision.pk)
    return revision


def _quarantine_for(event: Event, waiting: Revision | None, details: dict[str, Any], by: User) -> str:
    """A flood stays one in other words. What moderators have once dealt with is in their hands."""
    if event.published_at or event.is_example or event.decisions.exists():
        return ""
    was_flood = waiting is not None and waiting.quarantine == Revision.Quarantine.FLOOD
    return Revision.Quarantine.FLOOD if was_flood else listed_in(details, by.email)


@transaction.atomic
def withdraw(event: Event, *, by: User, is_whole: bool = False) -> Event:
    """Take back what the moderators have not decided. A protest that was never approved is over with that; one that is
    approved and waits for its hour only if all of it is meant (*is_whole*), and not a change to it."""
    event = _locked(event)
    now = timezone.now()
    withdrawn = event.revisions.open().update(state=Revision.State.WITHDRAWN, decided_at=now)
    is_first = event.state == Event.State.SUBMITTED or (is_whole and event.is_scheduled)
    if is_first:
        event.state = Event.State.WITHDRAWN
        event.save(update_fields=["state"])
    if withdrawn or is_first:
        record("withdrawn", by=by, on=event)
        _renew_public_page(event)
    elif event.state != Event.State.WITHDRAWN and not event.revisions.filter(state=Revision.State.WITHDRAWN).exists():
        raise Refused(_("There is nothing to withdraw: the moderators have decided meanwhile."))
    return event


@transaction.atomic
def cancel_event(event: Event, *, by: User, reason: str) -> Event:
    """Call a public protest off, at once and for good. Its page stays with the reason; followers are told."""
    event = _locked(event)
    if event.is_cancelled:
        return event
    if not can_cancel(event):
        raise Refused(_("Only a protest that is public and not over can be cancelled."))
    now = timezone.now()
    change_state(event, Event.State.CANCELLED, EventChange.Kind.CANCELLED, at=now, cancel_reason=reason)
    event.revisions.open().update(state=Revision.State.WITHDRAWN, decided_at=now)
    record("cancelled", by=by, on=event)
    event.refresh_from_db()
    return event
