"""What happened to a protest, in plain words. Only what the public may know, and no place that it may not."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from events import when
from events.models import Audience, Event, EventChange

Kind = EventChange.Kind


@dataclass(frozen=True)
class ChangeNote:
    at: datetime
    at_text: str
    text: str
    is_warning: bool


def _time_text(snapshot: dict[str, str]) -> str:
    return f"{when.day_text(date.fromisoformat(snapshot['day']))} {snapshot.get('start_time', '')}".strip()


def _moved_text(change: EventChange) -> str:
    before, after = change.before, change.after
    if not before.get("day") or not after.get("day"):
        return _("The time changed.")
    is_same_day = before["day"] == after["day"]
    now, was = (side.get("start_time", "") if is_same_day else _time_text(side) for side in (after, before))
    if now and was and now != was:
        return _("The start moved: %(now)s instead of %(was)s.") % {"now": now, "was": was}
    return _("The time changed.")


def _text(change: EventChange, event: Event, is_place_public: bool) -> str:
    if change.kind == Kind.MOVED:
        return _moved_text(change)
    if change.kind == Kind.RESTORED and event.is_cancelled:
        # It was hidden while cancelled, and is back as it was.
        return ""
    if change.kind == Kind.PLACE_DISCLOSED:
        return _("The exact place is known now.") if is_place_public else ""
    return {
        Kind.PUBLISHED.value: _("Published."),
        Kind.PLACE_CHANGED.value: _("The place changed."),
        Kind.CANCELLED.value: _("Cancelled."),
        Kind.RESTORED.value: _("Takes place after all."),
    }.get(change.kind, "")


def notes_on(event: Event, now: datetime) -> list[ChangeNote]:
    """The public changes of *event*, the latest first."""
    is_place_public = event.knows_place(Audience.PUBLIC, now)
    notes = [
        ChangeNote(
            change.at,
            when.moment_text(change.at, event.zone),
            _text(change, event, is_place_public),
            change.kind in {Kind.MOVED, Kind.PLACE_CHANGED},
        )
        for change in event.changes.newest_first()
    ]
    return [note for note in notes if note.text]
