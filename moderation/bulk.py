"""One decision on many submissions at once: each leaves what a single one would leave."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record_many
from accounts.models import User
from events.actions import Refused
from events.models import Decision, DecisionReason, Event, Organiser, Revision, SiteStamp
from moderation import claims, emails
from moderation.actions.deciding import what_happened
from moderation.models import Claim
from moderation.permissions import is_own

AT_ONCE = 1000


@dataclass
class Outcome:
    """How many it worked for, and why not for the others."""

    done: int = 0
    refused: list[tuple[Revision, str]] = field(default_factory=list)


def decide_on_each(revisions: Iterable[Revision], act: Callable[..., Any], *, by: User, **words: str) -> Outcome:
    """Do the same with each, one after the other: where one is refused, the others go on."""
    outcome = Outcome()
    for revision in revisions:
        try:
            act(revision, by=by, **words)
        except Refused as refusal:
            outcome.refused.append((revision, str(refusal)))
        else:
            claims.release(revision.event, by=by)
            outcome.done += 1
    return outcome


def reject_each(revisions: list[Revision], *, by: User, reason: str) -> Outcome:
    """Reject these in one go, so that their authors get no flood of mail, and say why some could not be."""
    done = reject_many(revisions, by=by, reason=reason)
    asked = Revision.objects.filter(pk__in=[revision.pk for revision in revisions])
    left = asked.exclude(state=Revision.State.REJECTED).select_related("event").order_by("pk")
    return Outcome(done, [(revision, _why_left(revision, by)) for revision in left])


def _why_left(revision: Revision, by: User) -> str:
    """Why one was passed over that still waits, or what has become of it."""
    if not revision.is_pending:
        return what_happened(revision)
    if is_own(revision.event, by):
        return _("You organise this protest yourself: another moderator has to decide.")
    return _("Another moderator is at work on this.")


@transaction.atomic
def reject_many(revisions: Iterable[Revision], *, by: User, reason: str) -> int:
    """Reject all that are still to be decided, AT_ONCE at most, in a handful of statements. Passes over those of
    *by*'s own protests and those that somebody else is at work on. Returns how many it were."""
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why: the organisers get your words by mail."))
    now = timezone.now()
    asked = {revision.pk: revision.event_id for revision in list(revisions)[:AT_ONCE]}
    events = Event.objects.filter(pk__in=asked.values()).filter(
        ~Exists(Organiser.objects.filter(event=OuterRef("pk"), user=by)),
        ~Exists(Claim.objects.living(now).filter(event=OuterRef("pk")).exclude(user=by)),
    )
    # In one order, so that two who press at once do not wait for each other.
    locked = {event.pk: event for event in events.order_by("pk").select_for_update(of=("self",), no_key=True)}
    open_ones = Revision.objects.pending().filter(pk__in=asked, event__in=locked)
    rejected = list(open_ones.order_by("pk").select_for_update(of=("self",)))
    Revision.objects.filter(pk__in=[revision.pk for revision in rejected]).update(
        state=Revision.State.REJECTED, decided_at=now
    )
    if any(locked[revision.event_id].is_visible for revision in rejected):
        SiteStamp.objects.bump()
    decisions = Decision.objects.bulk_create(
        Decision(at=now, verb=Decision.Verb.REJECT, actor_id=by.actor_id, event_id=revision.event_id, revision=revision)
        for revision in rejected
    )
    DecisionReason.objects.bulk_create(DecisionReason(decision=decision, text=reason) for decision in decisions)
    record_many(
        f"decision: {Decision.Verb.REJECT}",
        by=by,
        on=[(decision.revision, {"decision": decision.pk}) for decision in decisions if decision.revision],
    )
    Claim.objects.filter(event__in=locked, user=by).delete()
    emails.post_decisions(decisions)
    return len(decisions)
