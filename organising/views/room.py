"""Who may open which page of a protest: not an organiser, it does not exist; a helper reads what helpers may."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from events.after_reports import can_be_told
from events.models import Event, Organiser
from organising.permissions import can_edit


@dataclass(frozen=True)
class Room:
    """What all pages of one protest show: which one it is, and the role of whoever looks at it."""

    event: Event
    role: str

    @property
    def is_run(self) -> bool:
        """Whether its reader changes it, calls it off and speaks for it."""
        return self.role in Organiser.Role.running()

    @property
    def may_edit(self) -> bool:
        return self.is_run and can_edit(self.event)

    @property
    def may_report(self) -> bool:
        return self.is_run and can_be_told(self.event, timezone.now())

    @property
    def is_owned(self) -> bool:
        """Whether its reader chooses its people."""
        return self.role == Organiser.Role.OWNER


def room_of(user: User, public_id: str) -> Room:
    """A protest of *user*'s, in whatever role. Raises Http404 for anybody else's."""
    mine = Organiser.objects.select_related("event__campaign", "event__city")
    organiser = get_object_or_404(mine, user=user, event__public_id=public_id)
    return Room(organiser.event, organiser.role)


def room_run_by(user: User, public_id: str) -> Room:
    """A protest that *user* decides about. Raises Http404 for a stranger, PermissionDenied for a helper."""
    room = room_of(user, public_id)
    if not room.is_run:
        raise PermissionDenied
    return room


def room_owned_by(user: User, public_id: str) -> Room:
    """A protest whose people *user* chooses. Raises Http404 for a stranger, PermissionDenied for other roles."""
    room = room_of(user, public_id)
    if not room.is_owned:
        raise PermissionDenied
    return room
