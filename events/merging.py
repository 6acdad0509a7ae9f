"""Protests that were entered twice: which entry stays."""

from events.models import Event


def heir_of(event: Event) -> Event:
    """The entry that stays of a protest: the one that it was merged into, and that one, and so on. It may have gone
    from the public list meanwhile."""
    seen = {event.pk}
    while event.merged_into and event.merged_into_id not in seen:
        event = event.merged_into
        seen.add(event.pk)
    return event
