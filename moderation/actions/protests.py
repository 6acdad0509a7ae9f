"""Decisions on a protest: hide it, restore it, make it one with another, give it into other hands."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import account_for_address
from accounts.models import User
from events.actions import Refused, change_state, record_change
from events.models import Decision, Event, EventChange, Organiser, Revision
from moderation import emails
from moderation.actions.deciding import AlreadyDecided, check, keep, locked
from moderation.actions.trust import take_back_on

Verb = Decision.Verb
Kind = EventChange.Kind


@transaction.atomic
def hide_event(event: Event, *, by: User, reason: str) -> Decision:
    """Take a public protest off the list. Its followers are told that it is no longer listed."""
    now = timezone.now()
    [event] = locked(event.pk)
    check(event, Verb.HIDE, by=by, reason=reason, now=now)
    if change_state(event, Event.State.HIDDEN, Kind.HIDDEN, at=now) is None:
        raise Refused(_("This protest is not public any more."))
    return keep(Decision(at=now, verb=Verb.HIDE, event=event), by=by, reason=reason)


@transaction.atomic
def restore_event(event: Event, *, by: User, reason: str = "") -> Decision:
    """Put a hidden protest back, one with no other: published, or cancelled if that is what it was."""
    now = timezone.now()
    [event] = locked(event.pk)
    check(event, Verb.RESTORE, by=by, reason=reason, now=now)
    if event.state != Event.State.HIDDEN:
        raise Refused(_("This protest is not hidden any more."))
    change_state(event, state_before_hiding(event), Kind.RESTORED, at=now, merged_into=None)
    return keep(Decision(at=now, verb=Verb.RESTORE, event=event), by=by, reason=reason)


def state_before_hiding(event: Event) -> Event.State:
    was_cancelled = event.changes.filter(kind=Kind.CANCELLED).exists()
    return Event.State.CANCELLED if was_cancelled else Event.State.PUBLISHED


@transaction.atomic
def merge_event(event: Event, *, into: Event, by: User, reason: str) -> Decision:
    """*event* is the same protest as *into*, which stays. What waits is turned down; what is public is hidden, leads to
    the other one, and its followers go there."""
    now = timezone.now()
    if event.pk == into.pk or event.campaign_id != into.campaign_id:
        raise Refused(_("There is no other public protest with this number in this edition."))
    event, into = locked(event.pk, into.pk)
    check(event, Verb.MERGE, by=by, reason=reason, now=now)
    if into.state != Event.State.PUBLISHED:
        raise Refused(_("The other protest is not public any more, or it is cancelled."))
    revision = event.revisions.pending().first()
    if event.is_visible:
        change_state(event, Event.State.HIDDEN, Kind.MERGED, at=now, merged_into=into)
    elif event.is_scheduled:
        raise Refused(_("This protest is approved and waits for its hour. Reject it instead."))
    elif event.state != Event.State.SUBMITTED:
        raise Refused(_("This protest is not public any more."))
    elif revision is None:
        raise AlreadyDecided(event.revisions.latest("number"))
    if revision:
        Revision.objects.filter(pk=revision.pk).update(state=Revision.State.REJECTED, decided_at=now)
    return keep(Decision(at=now, verb=Verb.MERGE, event=event, revision=revision, other=into), by=by, reason=reason)


@transaction.atomic
def hand_over_event(event: Event, *, address: str, by: User, reason: str) -> Decision:
    """Whoever reads mail to *address* looks after the protest from now on, and nobody else: those who did so far were
    not who they said. They lose what they had not yet published, and the trust that they had there."""
    now = timezone.now()
    [event] = locked(event.pk)
    check(event, Verb.HAND_OVER, by=by, reason=reason, now=now)
    if event.published_at is None:
        raise Refused(_("Only a protest that is or was public can be handed over."))
    owner = _new_owner(event, address, by=by)
    former = [organiser.user for organiser in event.organisers.exclude(user=owner).select_related("user__recipient")]
    if not former and event.organisers.filter(user=owner).exists():
        raise Refused(_("Nobody else looks after this protest."))
    event.organisers.exclude(user=owner).delete()
    Organiser.objects.update_or_create(
        event=event, user=owner, defaults={"role": Organiser.Role.OWNER, "collective": None}
    )
    take_back_on(event, former, by=by)
    event.revisions.open().exclude(author=owner).update(state=Revision.State.WITHDRAWN, decided_at=now)
    # Earlier versions too: one of them may become public again.
    event.revisions.update(contact_email=owner.email)
    # Members of a collective came with those who invited it.
    Event.objects.filter(pk=event.pk).update(contact_email=owner.email, host=None)
    record_change(event, Kind.HANDED_OVER, at=now)
    decision = keep(Decision(at=now, verb=Verb.HAND_OVER, event=event), by=by, reason=reason)
    emails.post_handed_away(decision, former)
    return decision


def _new_owner(event: Event, address: str, *, by: User) -> User:
    owner = account_for_address(address, language=event.language, by=by)
    if owner == by:
        raise Refused(_("Let another moderator hand it over to you."))
    if not owner.is_active:
        raise Refused(_("This account is closed."))
    return owner
