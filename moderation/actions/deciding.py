"""What every decision shares: the protest is locked, somebody may decide on it, and a Decision is left."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Decision, DecisionReason, Event, Revision
from moderation import emails
from moderation.claims import claim_on, release
from moderation.permissions import is_own


class AlreadyDecided(Refused):
    """The submission is no longer what the moderator saw: decided, withdrawn or replaced meanwhile."""

    def __init__(self, revision: Revision) -> None:
        super().__init__(what_happened(revision))
        self.revision = revision


def what_happened(revision: Revision) -> str:
    """Says why a submission is not open to a decision any more."""
    if revision.state == Revision.State.APPROVED and not revision.decisions.exists():
        return _("The organisers have published this change themselves.")
    return {
        Revision.State.APPROVED: _("Another moderator has approved this submission already."),
        Revision.State.REJECTED: _("Another moderator has rejected this submission already."),
        Revision.State.CHANGES_REQUESTED: _("Another moderator has asked for changes already."),
        Revision.State.WITHDRAWN: _("The organisers have withdrawn this submission."),
        Revision.State.SUPERSEDED: _("The organisers have sent a newer version."),
    }.get(Revision.State(revision.state), _("This submission has changed. Look at it again."))


def locked(*ids: int) -> list[Event]:
    """These protests in this order, locked before their revisions as organisers do it too, and of several always the
    older one first: two orders could wait for each other."""
    rows = Event.objects.filter(pk__in=ids).select_related("campaign").order_by("pk")
    found = {event.pk: event for event in rows.select_for_update(of=("self",), no_key=True)}
    return [found[pk] for pk in ids]


def check(event: Event, verb: Decision.Verb, *, by: User, reason: str, now: datetime) -> None:
    """Raises Refused if *by* may not decide on a protest that is locked, whatever its state."""
    if is_own(event, by):
        raise Refused(_("You organise this protest yourself: another moderator has to decide."))
    if verb in Decision.NEEDS_REASON and not reason.strip():
        raise Refused(_("Say why: the organisers get your words by mail."))
    # What is at work on a submission must not keep anybody from hiding what puts people at risk.
    claim = claim_on(event, now) if verb != Decision.Verb.HIDE else None
    if claim and claim.user_id != by.pk:
        raise Refused(_("Another moderator is at work on this."))


def keep(decision: Decision, *, by: User, reason: str = "") -> Decision:
    """Save a decision with its words, let others work on the protest, and tell those who organise it now."""
    decision.actor_id = by.actor_id
    decision.save()
    if reason.strip():
        DecisionReason.objects.create(decision=decision, text=reason.strip())
    record(f"decision: {decision.verb}", by=by, on=decision.revision or decision.event, decision=decision.pk)
    release(decision.event, by=by)
    emails.post_decision(decision)
    return decision
