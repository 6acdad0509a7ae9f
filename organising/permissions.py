"""What can be done with a protest in its present state, in one line each. Who may: organising/views/room.py."""

from datetime import datetime, timedelta

from events.models import Event, Revision

# How long after a protest its organisers may still thank those who followed it.
TO_THANK = timedelta(days=7)


def can_edit(event: Event) -> bool:
    """A cancelled, withdrawn or past protest, or one of a closed edition, stays as it is. The day of one that was never
    public may be about to change, so it does not count."""
    states = Event.State
    is_editable = event.state in {states.SUBMITTED, states.SCHEDULED, states.PUBLISHED, states.HIDDEN}
    is_past = event.published_at is not None and event.is_over
    return is_editable and event.campaign.is_open and not is_past


def can_cancel(event: Event) -> bool:
    return event.state == Event.State.PUBLISHED and not event.is_over


def can_schedule(event: Event) -> bool:
    """Whether its organisers choose from when it is public."""
    return event.state in {Event.State.SUBMITTED, Event.State.SCHEDULED} and event.campaign.is_open


def can_withdraw(revision: Revision | None) -> bool:
    return revision is not None and revision.state in Revision.State.unfinished()


def can_announce(event: Event, now: datetime) -> bool:
    """Whether those who follow it may be written to: what is public, of an open edition, and not long over."""
    return event.is_visible and event.campaign.is_open and event.over_at > now - TO_THANK


def can_write(event: Event) -> bool:
    """Whether moderators have dealt with it, so that there is somebody to write to. What nobody has looked at may be
    spam, and must not reach them twice."""
    return event.published_at is not None or event.decisions.exists()
