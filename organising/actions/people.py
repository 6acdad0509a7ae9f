"""Who organises a protest, and who belongs to a collective. Its owners or admins change roles and remove people;
everybody may leave; the last of those who choose cannot. All of it locks the protest or the collective first, so that
two who go at once go one after the other."""

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Collective, Event, Membership, Organiser
from organising.emails import people as emails
from organising.groups import Group, Row, chief_role, chiefs_of, ids_of, rows_of
from organising.models import Invitation

G = TypeVar("G", bound=Group)


def locked(group: G) -> G:
    found: Any = type(group)
    kept: G = found.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
    return kept


def check_chooses(group: Group, *, by: User) -> None:
    """Raises Refused once *by* does not choose the people any more. Needs the lock."""
    if not chiefs_of(group).filter(user=by).exists():
        raise Refused(_("You do not choose these people any more."))


def _check_one_stays(group: Group, row: Row) -> None:
    if row.role != chief_role(group) or chiefs_of(group).exclude(user=row.user_id).exists():
        return
    if isinstance(group, Event):
        raise Refused(_("Nobody else owns this protest. Make somebody else an owner first."))
    raise Refused(_("Nobody else is an admin of this collective. Make somebody else an admin first."))


def _check_not_of_host(group: Group, row: Row) -> None:
    """A member of the collective that hosts a protest organises it as long as both are so."""
    if isinstance(group, Event) and Membership.objects.filter(collective=group.host_id, user=row.user_id).exists():
        raise Refused(
            _(
                "Members of the collective that hosts a protest organise it. First they leave the collective, or an "
                "owner takes the collective off the protest."
            )
        )


def _row(group: Group, row: Row) -> Row:
    found = rows_of(group).select_related("user__recipient").filter(pk=row.pk).first()
    if found is None:
        raise Refused(_("This person was removed meanwhile."))
    kept: Row = found
    return kept


@transaction.atomic
def change_role(group: Group, row: Row, role: str, *, by: User) -> None:
    """Give somebody another role. The same again leaves no trace."""
    group = locked(group)
    check_chooses(group, by=by)
    row = _row(group, row)
    if row.role != role and role != chief_role(group):
        _check_one_stays(group, row)
    set_role(group, row, role, by=by)


def set_role(group: Group, row: Row, role: str, *, by: User) -> None:
    """The role is their own from now on, whichever collective they came by. Needs the lock."""
    was, is_lent = row.role, isinstance(row, Organiser) and row.collective_id is not None
    if was == role and not is_lent:
        return
    row.role = role
    if isinstance(row, Organiser):
        row.collective = None
        if was == Organiser.Role.HELPER:
            # Their standing counts from when they began to run it (organising/trust.py).
            row.since = timezone.now()
    row.save()
    if was == role:
        return
    if was == chief_role(group):
        _end_invitations(group, row.user)
    entry = record("role changed", by=by, on=group, person=str(row.user.actor_id), role=role)
    if row.user != by:
        emails.post_role(group, row.user, entry=entry.pk)


@transaction.atomic
def hand_over(group: Group, row: Row, *, by: User) -> None:
    """Make somebody else choose the people, and step down to the next role."""
    group = locked(group)
    check_chooses(group, by=by)
    row = _row(group, row)
    if row.user_id == by.pk:
        raise Refused(_("Choose somebody else."))
    if not row.user.is_active:
        raise Refused(_("This account is closed."))
    set_role(group, row, chief_role(group), by=by)
    below = Organiser.Role.CO_ORGANISER if isinstance(group, Event) else Membership.Role.MEMBER
    set_role(group, rows_of(group).select_related("user").get(user=by), below, by=by)


@transaction.atomic
def remove(group: Group, row: Row, *, by: User) -> None:
    """Take everything from somebody at once; they are told. Links to pass on end, since they may hold one. Removing
    oneself is leaving."""
    group = locked(group)
    check_chooses(group, by=by)
    found = rows_of(group).select_related("user__recipient").filter(pk=row.pk).first()
    if found is None:
        return
    _check_one_stays(group, found)
    _check_not_of_host(group, found)
    _take_away(group, found)
    entry = record("person removed", by=by, on=group, person=str(found.user.actor_id))
    if found.user_id != by.pk:
        _end_ways_back(group, found.user, by=by)
        emails.post_removed(group, found.user, entry=entry.pk)


@transaction.atomic
def leave(group: Group, *, by: User) -> None:
    """Go, and keep nothing. Who has gone already stays gone."""
    group = locked(group)
    row = rows_of(group).select_related("user").filter(user=by).first()
    if row is None:
        return
    _check_one_stays(group, row)
    _check_not_of_host(group, row)
    _take_away(group, row)
    record("person left", by=by, on=group)


def _take_away(group: Group, row: Row) -> None:
    _end_invitations(group, row.user)
    row.delete()
    if isinstance(group, Collective):
        Organiser.objects.filter(collective=group, user=row.user_id).delete()


def _end_invitations(group: Group, user: User) -> None:
    """What somebody has invited to ends with their say, and does not come back with it."""
    theirs = Invitation.objects.filter(created_by=user, revoked_at=None, **ids_of(group))
    theirs.update(revoked_at=timezone.now())


def _end_ways_back(group: Group, user: User, *, by: User) -> None:
    """Links that anybody may hold, and what was mailed to them."""
    living = Invitation.objects.living(timezone.now()).filter(**ids_of(group))
    for invitation in living.filter(Q(recipient=None) | Q(recipient=user.recipient_id)):
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        record("invitation revoked", by=by, on=group, invitation=invitation.pk)


@transaction.atomic
def set_label(event: Event, organiser: Organiser, label: str, *, by: User) -> None:
    """What the owners call somebody. Nobody but the organisers sees it."""
    event = locked(event)
    check_chooses(event, by=by)
    Organiser.objects.filter(event=event, pk=organiser.pk).update(label=label)
