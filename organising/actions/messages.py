"""Organisers write to the moderators of their protest."""

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from events import messages
from events.actions import Refused
from events.models import Event, EventMessage
from organising.permissions import can_write


def write_to_moderators(event: Event, text: str, *, key: UUID, by: User) -> EventMessage | None:
    """None if this very form was sent before."""
    if not can_write(event):
        raise Refused(_("Nobody has looked at it yet. Until then, say what moderators should know by changing it."))
    return messages.write(event, text, key=key, by=by, is_from_moderators=False)
