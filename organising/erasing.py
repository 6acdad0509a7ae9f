"""What becomes of protests and collectives when one of their people is erased: somebody else looks after them, or what
is public stays as it is and all else goes."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.erasing import Tie
from accounts.models import User
from events.models import Collective, Event, Membership, Organiser, Revision
from organising.actions import shifts
from organising.actions.people import locked, set_role
from organising.forgetting import NO_TEXTS
from organising.groups import Group, chief_role, chiefs_of, rows_of
from organising.models import Announcement, DaySheet, LegalRecord, NoticeDeadline
from outbox.models import Recipient


@dataclass(frozen=True)
class _Left:
    """A protest or collective of which somebody is the last who chooses people, and who would do so after them."""

    group: Group
    heir: Organiser | Membership | None


def _led_alone(user: User) -> list[_Left]:
    groups: list[Group] = [
        *Event.objects.filter(organisers__user=user, organisers__role=Organiser.Role.OWNER).order_by("pk"),
        *Collective.objects.filter(memberships__user=user, memberships__role=Membership.Role.ADMIN).order_by("pk"),
    ]
    return [_Left(group, _heir(group, user)) for group in groups if not chiefs_of(group).exclude(user=user).exists()]


def _heir(group: Group, user: User) -> Organiser | Membership | None:
    """Who has run it longest beside *user*; helpers do not."""
    others = rows_of(group).exclude(user=user).filter(user__is_active=True).exclude(role=Organiser.Role.HELPER)
    found: Organiser | Membership | None = others.select_related("user__recipient").order_by("since", "pk").first()
    return found


def ties(user: User) -> list[Tie]:
    """What would be without an owner, and what becomes of it; in the language that is active."""
    return [_tie(left) for left in _led_alone(user)]


def _tie(left: _Left) -> Tie:
    group = left.group
    if isinstance(group, Collective):
        url = reverse("organising:collective", args=[group.public_id])
        alone = _("Nobody else belongs to it: what is public of it stays, and nobody can change it any more.")
        other = _("You are its only admin: the member who has been there longest becomes admin.")
        return Tie(group.name, url, other if left.heir else alone, is_left_alone=left.heir is None)
    url = reverse("organising:people", args=[group.public_id])
    if left.heir:
        what = _("You are its only owner: the co-organiser who has been there longest becomes its owner.")
    elif group.published_at:
        what = _("Nobody else runs it: it stays public without any contact, and nobody can change it or call it off.")
    else:
        what = _("Nobody else runs it and it was never public: it is deleted.")
    return Tie(group.title, url, what, is_left_alone=left.heir is None)


def let_go(recipient: Recipient) -> None:
    """Before somebody goes: their places in shifts are free for others, and what they led is led on or ends."""
    shifts.leave_all(recipient)
    user = User.objects.filter(recipient=recipient).first()
    if user is None:
        return
    for left in _led_alone(user):
        group = locked(left.group)
        heir = _heir(group, user)
        if heir:
            set_role(group, heir, chief_role(group), by=user)
        elif isinstance(group, Event):
            leave_alone(group, by=user)
    written = Announcement.objects.filter(actor_id=user.actor_id)
    written.filter(released_at=None).delete()
    written.update(**NO_TEXTS)


def leave_alone(event: Event, *, by: User | None) -> None:
    """Of a protest that nobody runs any more only what is public stays; one that never was public goes. Needs the
    lock."""
    record("protest left alone", by=by, on=event)
    if event.published_at is None:
        event.delete()
        return
    for model in (DaySheet, LegalRecord, NoticeDeadline):
        model._default_manager.filter(event=event).delete()
    Announcement.objects.filter(event=event, released_at=None).delete()
    event.revisions.exclude(state=Revision.State.APPROVED).delete()
    event.revisions.update(contact_email="", contact_link="", note_to_moderators="")
    Event.objects.filter(pk=event.pk).update(contact_email="", contact_link="")
