"""Decisions on a submission: approve, approve and trust, ask for changes, reject."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import Refused, check_day, write_details
from events.models import Decision, Event, Revision, SiteStamp
from moderation.actions.deciding import AlreadyDecided, check, keep, locked
from moderation.actions.trust import give_trust

Verb = Decision.Verb
BECOMES = {
    Verb.APPROVE: Revision.State.APPROVED,
    Verb.APPROVE_AND_TRUST: Revision.State.APPROVED,
    Verb.REQUEST_CHANGES: Revision.State.CHANGES_REQUESTED,
    Verb.REJECT: Revision.State.REJECTED,
}


def approve_revision(revision: Revision, *, by: User, reason: str = "") -> Decision:
    """Make *revision* what the public sees; the first approval publishes the protest."""
    return _decide(revision, Verb.APPROVE, by=by, reason=reason)


@transaction.atomic
def approve_and_trust(revision: Revision, *, by: User, reason: str = "") -> Decision:
    """Approve *revision*, and let its author's later changes in this country go public at once."""
    decision = _decide(revision, Verb.APPROVE_AND_TRUST, by=by, reason=reason)
    if revision.author is None or not revision.author.is_active:
        raise Refused(_("The account that sent this is gone: there is nobody to trust. You can approve it alone."))
    give_trust(revision.author, revision.event.campaign, revision.country, by=by, at=decision.at)
    return decision


def request_changes(revision: Revision, *, by: User, reason: str) -> Decision:
    """Give *revision* back to its organisers, who can send a better one."""
    return _decide(revision, Verb.REQUEST_CHANGES, by=by, reason=reason)


@transaction.atomic
def reject_revision(revision: Revision, *, by: User, reason: str) -> Decision:
    """Turn *revision* down. What is public stays as it is; what is approved and waits for its hour can be turned down
    too, until it comes."""
    [event] = locked(revision.event_id)
    approved = event.revisions.filter(state=Revision.State.APPROVED) if event.is_scheduled else Revision.objects.none()
    if not approved.filter(pk=revision.pk).exists():
        return _decide(revision, Verb.REJECT, by=by, reason=reason)
    now = timezone.now()
    check(event, Verb.REJECT, by=by, reason=reason, now=now)
    approved.update(state=Revision.State.REJECTED, decided_at=now)
    Event.objects.filter(pk=event.pk).update(state=Event.State.SUBMITTED)
    return keep(Decision(at=now, verb=Verb.REJECT, event=event, revision=revision), by=by, reason=reason)


@transaction.atomic
def _decide(revision: Revision, verb: Decision.Verb, *, by: User, reason: str) -> Decision:
    now = timezone.now()
    [event] = locked(revision.event_id)
    check(event, verb, by=by, reason=reason, now=now)
    moved = Revision.objects.pending().filter(pk=revision.pk).update(state=BECOMES[verb], decided_at=now)
    revision.refresh_from_db()
    if not moved:
        raise AlreadyDecided(revision)
    if revision.state == Revision.State.APPROVED:
        check_day(event.campaign, revision.day)
        _check_picture(revision)
        write_details(revision, at=now)
    elif event.is_visible:
        # Its page said that a change was being checked.
        SiteStamp.objects.bump()
    return keep(Decision(at=now, verb=verb, event=event, revision=revision), by=by, reason=reason)


def _check_picture(revision: Revision) -> None:
    """Nobody has seen a picture that is not ready."""
    if revision.picture and revision.picture.is_waiting:
        raise Refused(_("The picture is still being prepared. Look at it, then decide."))
