"""Inviting people to a protest or into a collective, and accepting."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Collective, Event, Membership, Organiser
from organising.actions.hosting import lend_to
from organising.actions.people import check_chooses, locked, set_role
from organising.emails import people as emails
from organising.groups import RANKS, Group, ids_of, roles_offered, rows_of
from organising.models import Invitation
from outbox import actions as outbox
from outbox.actions import lock_mailbox, recipient_for
from outbox.models import Recipient

# Of one person in a day, whatever Redis says; and of one protest or collective at a time.
MOST_A_DAY = 30
MOST_LIVING = 30


def _check_can_invite(group: Group, role: str, *, by: User, by_link: bool) -> None:
    check_chooses(group, by=by)
    now = timezone.now()
    if role not in dict(roles_offered(group, by_link=by_link)):
        raise Refused(_("Choose a role."))
    if isinstance(group, Event) and (group.over_at <= now or group.state == Event.State.WITHDRAWN):
        raise Refused(_("This protest is over: nobody can be invited any more."))
    if isinstance(group, Collective) and group.state == Collective.State.HIDDEN:
        raise Refused(_("The moderators have hidden this collective: nobody can be invited."))
    is_much = Invitation.objects.filter(created_by=by, created_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY
    if is_much or Invitation.objects.living(now).filter(**ids_of(group)).count() >= MOST_LIVING:
        raise Refused(_("These are many invitations. Revoke some, or go on tomorrow."))


def _keep(group: Group, role: str, recipient: Recipient | None, *, by: User) -> Invitation:
    now = timezone.now()
    invitation = Invitation.objects.create(
        role=role,
        recipient=recipient,
        created_by=by,
        created_at=now,
        expires_at=now + Invitation.LIVES,
        **{f"{name}_id": pk for name, pk in ids_of(group).items()},
    )
    record("invited", by=by, on=group, invitation=invitation.pk, role=role, by_link=recipient is None)
    return invitation


@transaction.atomic
def invite_by_mail(group: Group, address: str, role: str, *, by: User) -> Invitation:
    """Mail a link that works once, for this address alone. The same again is the same invitation."""
    group = locked(group)
    _check_can_invite(group, role, by=by, by_link=False)
    lock_mailbox(address)
    recipient = recipient_for(address, language=translation.get_language() or "en")
    is_there = rows_of(group).filter(user__recipient=recipient)
    if is_there.filter(role=role).exists():
        raise Refused(_("This person is in the list already."))
    living = Invitation.objects.living(timezone.now()).filter(recipient=recipient, **ids_of(group))
    known = living.filter(role=role).first()
    if known is None:
        living.update(revoked_at=timezone.now())
        known = _keep(group, role, recipient, by=by)
    emails.post_invitation(known)
    return known


@transaction.atomic
def invite_by_link(group: Group, role: str, *, by: User) -> Invitation:
    """A link to pass on: it works for some people and some days, and makes nobody an owner or admin."""
    group = locked(group)
    _check_can_invite(group, role, by=by, by_link=True)
    return _keep(group, role, None, by=by)


@transaction.atomic
def revoke(group: Group, invitation: Invitation, *, by: User) -> None:
    """It lets nobody in any more; who is in stays."""
    group = locked(group)
    check_chooses(group, by=by)
    mine = Invitation.objects.filter(pk=invitation.pk, revoked_at=None, **ids_of(group))
    if mine.update(revoked_at=timezone.now()):
        record("invitation revoked", by=by, on=group, invitation=invitation.pk)


@transaction.atomic
def rotate(group: Group, invitation: Invitation, *, by: User) -> Invitation | None:
    """The same link anew: the old one is in the wrong hands. None if it had ended already."""
    group = locked(group)
    check_chooses(group, by=by)
    living = Invitation.objects.living(timezone.now()).filter(pk=invitation.pk, recipient=None, **ids_of(group))
    if not living.update(revoked_at=timezone.now()):
        return None
    record("invitation revoked", by=by, on=group, invitation=invitation.pk)
    return _keep(group, invitation.role, None, by=by)


@transaction.atomic
def decline(invitation: Invitation) -> None:
    """Whoever got the mail does not want to. Their inviter sees that it is open no more."""
    if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("invitation declined", by=None, on=invitation)


@transaction.atomic
def never_again(recipient: Recipient) -> None:
    """Decline all, keep no address: only the keyed hash that says "never again". An account needs the address: there
    the invitations alone end."""
    for invitation in Invitation.objects.living(timezone.now()).filter(recipient=recipient):
        decline(invitation)
    if not User.objects.filter(recipient=recipient).exists():
        outbox.never_again(recipient)


@transaction.atomic
def accept(invitation: Invitation, *, by: User) -> Group:
    """Come in. Who is in already with as much stays as they are, and the invitation stays unused. Raises Refused for
    one that has ended meanwhile, or that was mailed to somebody else."""
    group = locked(_group_of(invitation))
    living = Invitation.objects.living(timezone.now()).filter(pk=invitation.pk).first()
    row = rows_of(group).filter(user=by).select_related("user__recipient").first()
    if row is not None and RANKS[row.role] >= RANKS[invitation.role]:
        return group
    if living is None or living.recipient_id not in {None, by.recipient_id}:
        raise Refused(_("This invitation does not work any more."))
    living.uses += 1
    living.save(update_fields=["uses"])
    if row is not None:
        set_role(group, row, living.role, by=by)
    else:
        _let_in(group, living.role, by)
    entry = record("invitation accepted", by=by, on=group, invitation=living.pk, role=living.role)
    emails.post_joined(group, by, entry=entry.pk)
    return group


def _group_of(invitation: Invitation) -> Group:
    if invitation.event:
        return invitation.event
    return Collective.objects.get(invitations=invitation)


def _let_in(group: Group, role: str, user: User) -> None:
    if isinstance(group, Event):
        Organiser.objects.create(event=group, user=user, role=role)
    else:
        Membership.objects.create(collective=group, user=user, role=role)
        lend_to(group, [user.pk])
