"""Lists beside the queue."""

from accounts.models import User
from events.models.event import EventQuerySet
from moderation.permissions import events_of

PAGE = 50


def found(user: User, text: str) -> EventQuerySet:
    """Public and hidden protests of *user* whose text or number matches, the latest first."""
    events = events_of(user).exclude(published_at=None).select_related("city").order_by("-published_at", "-pk")
    if not text:
        return events[:PAGE]
    return (events.matching(text) | events.filter(public_id=text.strip().lower()))[:PAGE]
