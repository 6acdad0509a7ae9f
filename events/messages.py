"""What moderators and organisers write to each other about a protest, beside the reasons of decisions."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Event, EventMessage

LONGEST = 2000
# As many messages of one side wait for an answer at once. A stranger's account must not bury the others' protests.
MOST_UNANSWERED = 5


@transaction.atomic
def write(event: Event, text: str, *, key: UUID, by: User, is_from_moderators: bool) -> EventMessage | None:
    """Add a message to the talk; None if this very form was sent before. Raises Refused while too many of this side
    wait for an answer."""
    Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
    if EventMessage.objects.filter(key=key).exists():
        return None
    if _unanswered(event, is_from_moderators=is_from_moderators) >= MOST_UNANSWERED:
        raise Refused(_("Wait for an answer first: what you wrote before is still unanswered."))
    message = EventMessage.objects.create(
        event=event,
        key=key,
        at=timezone.now(),
        actor_id=by.actor_id,
        is_from_moderators=is_from_moderators,
        text=text,
    )
    record("message written", by=by, on=event, message=message.pk)
    return message


def _unanswered(event: Event, *, is_from_moderators: bool) -> int:
    """How many messages of one side stand behind the last one of the other."""
    theirs = event.messages.filter(is_from_moderators=not is_from_moderators).order_by("-pk").first()
    ours = event.messages.filter(is_from_moderators=is_from_moderators)
    return (ours.filter(pk__gt=theirs.pk) if theirs else ours).count()
