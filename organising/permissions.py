"""Who may do what with a protest, in one line each. Not an organiser: it does not exist."""

from accounts.models import User
from events.models import Event, Revision
from events.models.event import EventQuerySet


def protests_of(user: User) -> EventQuerySet:
    return Event.objects.organised_by(user)


def can_edit(event: Event) -> bool:
    """A cancelled, withdrawn or past protest, or one of a closed edition, stays as it is. The day of one that was never
    public may be about to change, so it does not count."""
    is_editable = event.state in {Event.State.SUBMITTED, Event.State.PUBLISHED, Event.State.HIDDEN}
    is_past = event.published_at is not None and event.is_over
    return is_editable and event.campaign.is_open and not is_past


def can_cancel(event: Event) -> bool:
    return event.state == Event.State.PUBLISHED and not event.is_over


def can_withdraw(revision: Revision | None) -> bool:
    return revision is not None and revision.state in Revision.State.unfinished()
