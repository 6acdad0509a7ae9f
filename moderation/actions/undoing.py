"""Taking a decision back. While nobody has been told of it, it is as if it had not been; later those who were told hear
of the way back, where there is one."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import Refused, change_state, check_day, check_open, write_details
from events.models import Decision, Event, EventChange, Report, Revision, SiteStamp, Trust
from moderation.actions.deciding import check, keep, locked
from moderation.actions.protests import state_before_hiding
from moderation.actions.trust import take_back

Verb = Decision.Verb
Kind = EventChange.Kind


class HeardOf(Refused):
    """People have been told already, and cannot be made to forget. There is another decision that serves."""


@transaction.atomic
def undo_decision(decision: Decision, *, by: User) -> Decision:
    """Take back the latest decision on a protest, by whomever. Its mails that have not left stay; who has had one is
    told."""
    now = timezone.now()
    other = _merged_into_before(decision)
    event = locked(decision.event_id, *([other] if other else []))[0]
    check(event, Verb.UNDO, by=by, reason="", now=now)
    _check_is_latest(decision, event)
    _WAYS_BACK[Verb(decision.verb)](decision, event, now, by)
    SiteStamp.objects.bump()
    return keep(Decision(at=now, verb=Verb.UNDO, event=event, revision=decision.revision, undoes=decision), by=by)


def _hiding_before(decision: Decision) -> EventChange | None:
    """What a restoring undid."""
    hidden = EventChange.objects.filter(event=decision.event_id, kind__in=[Kind.HIDDEN, Kind.MERGED])
    return hidden.filter(at__lt=decision.at).newest_first().first()


def _merged_into_before(decision: Decision) -> int | None:
    """The protest into which undoing a restoring leads back: it has to be locked too."""
    hidden = _hiding_before(decision) if decision.verb == Verb.RESTORE else None
    return hidden.other_id if hidden and hidden.kind == Kind.MERGED else None


def _check_is_latest(decision: Decision, event: Event) -> None:
    if decision.verb == Verb.UNDO:
        raise Refused(_("What was taken back is decided anew, not taken back again."))
    if Decision.objects.filter(undoes=decision).exists():
        raise Refused(_("This was taken back already."))
    standing = event.decisions.exclude(verb=Verb.UNDO).filter(undone_by=None)
    if standing.latest("at", "pk") != decision:
        raise Refused(_("Something else was decided since. Take that back first."))


def _untold(decision: Decision, event: Event) -> list[EventChange] | None:
    """The changes that a decision made, if nobody has been told of any of them yet; else None. From now on nobody will
    be told of them before we are done."""
    changes = event.changes.filter(at=decision.at)
    untold = list(changes.unnoticed().select_for_update())
    return untold if len(untold) == changes.count() else None


def _forget(event: Event, changes: list[EventChange]) -> None:
    """There and back again: nobody hears of either, and reminders are due as before."""
    EventChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    moved = event.changes.filter(kind__in=[Kind.PUBLISHED, Kind.MOVED]).aggregate(at=Max("at"))["at"]
    Event.objects.filter(pk=event.pk).update(time_set_at=moved or event.published_at)


def _reopen(revision: Revision | None, event: Event) -> None:
    """Let a version wait again, unless its organisers have gone on meanwhile."""
    if revision is None:
        raise Refused(_("This version is gone."))
    if event.state in {Event.State.WITHDRAWN, Event.State.CANCELLED}:
        raise Refused(_("The organisers have called it off meanwhile."))
    if event.revisions.filter(number__gt=revision.number).exists():
        raise Refused(_("The organisers have sent a newer version."))
    decided = [Revision.State.APPROVED, Revision.State.REJECTED, Revision.State.CHANGES_REQUESTED]
    waits = Revision.objects.filter(pk=revision.pk, state__in=decided)
    if not waits.update(state=Revision.State.PENDING, decided_at=None):
        raise Refused(_("The organisers have withdrawn this submission."))


def _undo_answer(decision: Decision, event: Event, _now: datetime, _by: User) -> None:
    _reopen(decision.revision, event)


def _undo_approval(decision: Decision, event: Event, now: datetime, by: User) -> None:
    _reopen(decision.revision, event)
    if event.is_scheduled:
        _unschedule(event, now)
    elif event.changes.filter(at=decision.at, kind=Kind.PUBLISHED).exists():
        _unpublish(decision, event)
    else:
        _write_the_version_before(decision, event, now)
    if decision.revision and decision.verb == Verb.APPROVE_AND_TRUST:
        given = Trust.objects.filter(campaign=event.campaign, user=decision.revision.author, since=decision.at)
        take_back(given, by=by)


def _last_approved(event: Event) -> Revision | None:
    return event.revisions.filter(state=Revision.State.APPROVED).order_by("-number").first()


def _unschedule(event: Event, now: datetime) -> None:
    """Back to the version that was approved before, which waits for the same hour, or to the queue."""
    approved = _last_approved(event)
    if approved:
        # Its hour may have come while the edition was closed: then it must not become public by this.
        check_open(event.campaign)
        write_details(approved, at=now)
    else:
        Event.objects.filter(pk=event.pk).update(state=Event.State.SUBMITTED)


def _unpublish(decision: Decision, event: Event) -> None:
    untold = _untold(decision, event)
    if untold is None or event.state != Event.State.PUBLISHED:
        raise HeardOf(_("People have been told of this protest already. Hide it instead."))
    event.state = Event.State.SUBMITTED
    event.published_at = event.place_disclosed_at = event.confirmed_at = event.unconfirmed_at = None
    event.sequence += 1
    event.save(
        update_fields=["state", "published_at", "place_disclosed_at", "confirmed_at", "unconfirmed_at", "sequence"]
    )
    _forget(event, untold)


def _write_the_version_before(decision: Decision, event: Event, now: datetime) -> None:
    # Approved before its hour, and public since: there is no change of this moment that could still be kept back.
    was_scheduled = event.published_at is not None and event.published_at > decision.at
    untold = None if was_scheduled else _untold(decision, event)
    approved = _last_approved(event)
    if approved is None and was_scheduled:
        raise HeardOf(_("It has gone public meanwhile. Hide it instead."))
    if approved is None:
        raise Refused(_("There is no earlier version to go back to."))
    check_day(event.campaign, approved.day)
    way_back = write_details(approved, at=now)
    if untold is not None:
        _forget(event, [*untold, *way_back])


def _undo_hiding(decision: Decision, event: Event, now: datetime, _by: User) -> None:
    _show_again(decision, event, now, _untold(decision, event))


def _show_again(decision: Decision, event: Event, now: datetime, untold: list[EventChange] | None) -> None:
    way_back = change_state(event, state_before_hiding(event), Kind.RESTORED, at=now, merged_into=None)
    if way_back is None:
        raise Refused(_("This protest is not hidden any more."))
    if untold is not None:
        _forget(event, [*untold, way_back])
    event.reports.filter(closed_at=decision.at, outcome=Report.Outcome.ACTED).update(closed_at=None, outcome="")


def _undo_restoring(decision: Decision, event: Event, now: datetime, _by: User) -> None:
    untold = _untold(decision, event)
    hidden = _hiding_before(decision)
    kind, into = (Kind(hidden.kind), hidden.other) if hidden else (Kind.HIDDEN, None)
    # The one that stays may be gone by now, or lead back here: people would be sent round in a circle.
    if into and into.state != Event.State.PUBLISHED:
        raise Refused(_("The other protest is not public any more, or it is cancelled."))
    way_back = change_state(event, Event.State.HIDDEN, kind, at=now, merged_into=into)
    if way_back is None:
        raise Refused(_("This protest is not public any more."))
    if untold is not None:
        _forget(event, [*untold, way_back])


def _undo_merging(decision: Decision, event: Event, now: datetime, _by: User) -> None:
    if decision.revision:
        _reopen(decision.revision, event)
    if event.published_at is None:
        return
    untold = _untold(decision, event)
    if untold is None:
        raise HeardOf(_("Its followers follow the other protest already. Restore it instead."))
    _show_again(decision, event, now, untold)


def _refuse_to_take_back(_decision: Decision, _event: Event, _now: datetime, _by: User) -> None:
    raise Refused(_("Hand it over again instead, to whom it belongs."))


_WAYS_BACK: dict[Verb, Callable[[Decision, Event, datetime, User], None]] = {
    Verb.APPROVE: _undo_approval,
    Verb.APPROVE_AND_TRUST: _undo_approval,
    Verb.REQUEST_CHANGES: _undo_answer,
    Verb.REJECT: _undo_answer,
    Verb.HIDE: _undo_hiding,
    Verb.RESTORE: _undo_restoring,
    Verb.MERGE: _undo_merging,
    Verb.HAND_OVER: _refuse_to_take_back,
}
