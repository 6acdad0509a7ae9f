"""What organisers do with their protests: change, withdraw, cancel. Whoever changes both locks the protest before its
revisions, as moderators do."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused, change_state, check_day, check_open
from events.models import Event, EventChange, Revision, SiteStamp
from organising.permissions import can_cancel, can_edit


def _locked(event: Event) -> Event:
    return Event.objects.select_for_update(of=("self",), no_key=True).select_related("campaign").get(pk=event.pk)


def _is_the_same(details: dict[str, Any], other: Event | Revision) -> bool:
    return all(getattr(other, name) == value for name, value in details.items())


def _renew_public_page(event: Event) -> None:
    """It says whether a change is being checked."""
    if event.is_visible:
        SiteStamp.objects.bump()


@transaction.atomic
def submit_edit(event: Event, details: dict[str, Any], *, by: User, note: str = "") -> Revision:
    """Propose a new version. It takes the place of one that is still open; what is public stays until it is approved.
    The same version again is the same revision."""
    event = _locked(event)
    check_open(event.campaign)
    check_day(event.campaign, details["day"])
    if not can_edit(event):
        raise Refused(_("This protest can no longer be changed."))
    waiting = event.revisions.pending().first()
    if waiting and _is_the_same(details, waiting):
        return waiting
    if waiting is None and event.published_at and _is_the_same(details, event):
        raise Refused(_("Nothing is different from what is public."))
    now = timezone.now()
    event.revisions.open().update(state=Revision.State.SUPERSEDED, decided_at=now)
    last = event.revisions.aggregate(last=Max("number"))["last"] or 0
    revision = Revision.objects.create(
        event=event, number=last + 1, author=by, submitted_at=now, note_to_moderators=note, **details
    )
    record("edit submitted", by=by, on=event, revision=revision.pk)
    _renew_public_page(event)
    return revision


@transaction.atomic
def withdraw(event: Event, *, by: User) -> Event:
    """Take back what the moderators have not decided. A protest that was never public is over with that."""
    event = _locked(event)
    now = timezone.now()
    withdrawn = event.revisions.open().update(state=Revision.State.WITHDRAWN, decided_at=now)
    is_first = event.state == Event.State.SUBMITTED
    if is_first:
        event.state = Event.State.WITHDRAWN
        event.save(update_fields=["state"])
    if withdrawn or is_first:
        record("withdrawn", by=by, on=event)
        _renew_public_page(event)
    elif not event.revisions.filter(state=Revision.State.WITHDRAWN).exists():
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
