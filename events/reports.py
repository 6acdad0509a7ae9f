"""Visitors report a public protest. A report waits for moderators and hides nothing by itself."""

from uuid import UUID

from django.utils import timezone

from events.models import Event, Report


def report(event: Event, key: UUID, reason: str, text: str, *, language: str) -> Report:
    """Keep what a visitor says; the same form again is the same report."""
    said = {"event": event, "at": timezone.now(), "reason": reason, "text": text, "language": language}
    kept, _is_new = Report.objects.get_or_create(key=key, defaults=said)
    return kept
