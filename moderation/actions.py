"""What moderators do with submissions and public protests. Each verb leaves a Decision and tells the organisers."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused, change_state, check_day, write_details
from events.models import Decision, DecisionReason, Event, EventChange, Revision, SiteStamp
from moderation import emails
from moderation.permissions import is_own


class AlreadyDecided(Refused):
    """The submission is no longer what the moderator saw: decided, withdrawn or replaced meanwhile."""

    def __init__(self, revision: Revision) -> None:
        super().__init__(what_happened(revision))
        self.revision = revision


def what_happened(revision: Revision) -> str:
    """Says why a submission is not open to a decision any more."""
    return {
        Revision.State.APPROVED: _("Another moderator has approved this submission already."),
        Revision.State.REJECTED: _("Another moderator has rejected this submission already."),
        Revision.State.CHANGES_REQUESTED: _("Another moderator has asked for changes already."),
        Revision.State.WITHDRAWN: _("The organisers have withdrawn this submission."),
        Revision.State.SUPERSEDED: _("The organisers have sent a newer version."),
    }.get(Revision.State(revision.state), _("This submission has changed. Look at it again."))


def approve_revision(revision: Revision, *, by: User, reason: str = "") -> Decision:
    """Make *revision* what the public sees; the first approval publishes the protest."""
    return _decide_on_revision(revision, Decision.Verb.APPROVE, by=by, reason=reason)


def request_changes(revision: Revision, *, by: User, reason: str) -> Decision:
    """Give *revision* back to its organisers, who can send a better one."""
    return _decide_on_revision(revision, Decision.Verb.REQUEST_CHANGES, by=by, reason=reason)


def reject_revision(revision: Revision, *, by: User, reason: str) -> Decision:
    """Turn *revision* down. What is public stays as it is."""
    return _decide_on_revision(revision, Decision.Verb.REJECT, by=by, reason=reason)


BECOMES = {
    Decision.Verb.APPROVE: Revision.State.APPROVED,
    Decision.Verb.REQUEST_CHANGES: Revision.State.CHANGES_REQUESTED,
    Decision.Verb.REJECT: Revision.State.REJECTED,
}


def _locked(event_id: int) -> Event:
    """The protest, locked before its revision as organisers do it too: two orders could wait for each other."""
    return Event.objects.select_for_update(of=("self",), no_key=True).select_related("campaign").get(pk=event_id)


@transaction.atomic
def _decide_on_revision(revision: Revision, verb: Decision.Verb, *, by: User, reason: str) -> Decision:
    now = timezone.now()
    event = _locked(revision.event_id)
    _check(event, verb, by=by, reason=reason)
    moved = Revision.objects.pending().filter(pk=revision.pk).update(state=BECOMES[verb], decided_at=now)
    revision.refresh_from_db()
    if not moved:
        raise AlreadyDecided(revision)
    if verb == Decision.Verb.APPROVE:
        check_day(event.campaign, revision.day)
        _check_picture(revision)
        write_details(revision, at=now)
    elif event.is_visible:
        # Its page said that a change was being checked.
        SiteStamp.objects.bump()
    return _keep(verb, event, revision, by=by, reason=reason, at=now)


@transaction.atomic
def hide_event(event: Event, *, by: User, reason: str) -> Decision:
    """Take a public protest off the list. Its followers are told that it is no longer listed."""
    now = timezone.now()
    _check(event, Decision.Verb.HIDE, by=by, reason=reason)
    if change_state(event, Event.State.HIDDEN, EventChange.Kind.HIDDEN, at=now) is None:
        raise Refused(_("This protest is not public any more."))
    return _keep(Decision.Verb.HIDE, event, None, by=by, reason=reason, at=now)


@transaction.atomic
def restore_event(event: Event, *, by: User, reason: str = "") -> Decision:
    """Put a hidden protest back: published, or cancelled if that is what it was."""
    now = timezone.now()
    _check(event, Decision.Verb.RESTORE, by=by, reason=reason)
    if _locked(event.pk).state != Event.State.HIDDEN:
        raise Refused(_("This protest is not hidden any more."))
    was_cancelled = event.changes.filter(kind=EventChange.Kind.CANCELLED).exists()
    change_state(
        event,
        Event.State.CANCELLED if was_cancelled else Event.State.PUBLISHED,
        EventChange.Kind.RESTORED,
        at=now,
    )
    return _keep(Decision.Verb.RESTORE, event, None, by=by, reason=reason, at=now)


def _check(event: Event, verb: Decision.Verb, *, by: User, reason: str) -> None:
    if is_own(event, by):
        raise Refused(_("You organise this protest yourself: another moderator has to decide."))
    if verb in Decision.NEEDS_REASON and not reason.strip():
        raise Refused(_("Say why: the organisers get your words by mail."))


def _check_picture(revision: Revision) -> None:
    """Nobody has seen a picture that is not ready."""
    if revision.picture and revision.picture.is_waiting:
        raise Refused(_("The picture is still being prepared. Look at it, then decide."))


def _keep(
    verb: Decision.Verb, event: Event, revision: Revision | None, *, by: User, reason: str, at: datetime
) -> Decision:
    decision = Decision.objects.create(at=at, verb=verb, actor_id=by.actor_id, event=event, revision=revision)
    if reason.strip():
        DecisionReason.objects.create(decision=decision, text=reason.strip())
    record(f"decision: {verb}", by=by, on=revision or event, decision=decision.pk)
    emails.post_decision(decision)
    return decision
