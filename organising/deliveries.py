"""Whether everybody was told: what became of the mails about a protest.

`told(event)` are the rows of the board, `totals(events)` the sums for a dashboard. Counted are announcements, notices
of changes to those who follow the protest or its city, and reminders. Mails that gather several protests, digests and
the changes of an hour, are not those of one protest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from events import when
from events.models import Event, EventChange
from organising.models import Announcement
from outbox.tallies import Counts, counts_of
from reminders.emails import kind_in_words
from reminders.emails.words import MOMENT_FIELDS
from reminders.notices import without_twins

State = Announcement.State


@dataclass(frozen=True)
class Row:
    """Something that followers were told. `at` is when it happened; None for reminders, which have their own times."""

    what: str
    at: datetime | None
    counts: Counts
    zone: ZoneInfo
    announcement: Announcement | None = None

    @property
    def at_text(self) -> str:
        """By the clocks on the spot."""
        return when.moment_text(self.at, self.zone) if self.at else ""


def _batch_of_change(change: int) -> str:
    return f"change:{change}"


def _batches_of_reminders(event: int) -> dict[str, str]:
    return {f"reminder:{event}:{moment}": moment for moment in MOMENT_FIELDS}


def _moment_in_words(moment: str) -> str:
    return {
        "week": _("Reminder a week before"),
        "day": _("Reminder on the day before"),
        "hours": _("Reminder on the day"),
    }[moment]


def told(event: Event) -> list[Row]:
    """All that was told of *event*, the newest first, reminders at the end; in three queries."""
    released = event.announcements.filter(state__in=[State.RELEASED, State.STOPPED])
    announcements = {announcement.batch: announcement for announcement in released}
    noticed = EventChange.objects.filter(event=event).order_by("at", "pk")
    changes = {_batch_of_change(change.pk): change for change in without_twins(noticed)}
    reminders = _batches_of_reminders(event.pk)
    counts, zone = counts_of([*announcements, *changes, *reminders]), event.zone
    rows = [
        Row(one.subject, one.released_at, counts.get(batch, Counts()), zone, one)
        for batch, one in announcements.items()
    ]
    rows += [Row(kind_in_words(one.kind), one.at, counts.get(batch, Counts()), zone) for batch, one in changes.items()]
    rows.sort(key=lambda row: row.at.timestamp() if row.at else 0, reverse=True)
    left = {batch: moment for batch, moment in reminders.items() if batch in counts}
    return rows + [Row(_moment_in_words(moment), None, counts[batch], zone) for batch, moment in left.items()]


def totals(events: Iterable[Event]) -> dict[int, Counts]:
    """What became of all mails about each of *events*, by its key, in three queries for any number of them. Every
    event has an entry: `totals([event])[event.pk].sent`."""
    keys = [event.pk for event in events]
    batches = {batch: key for key in keys for batch in _batches_of_reminders(key)}
    changes = EventChange.objects.filter(event__in=keys).values_list("pk", "event")
    batches |= {_batch_of_change(change): event for change, event in changes}
    released = Announcement.objects.filter(event__in=keys, released_at__isnull=False).only("pk", "event")
    batches |= {announcement.batch: announcement.event_id for announcement in released}
    sums = dict.fromkeys(keys, Counts())
    for batch, counts in counts_of(batches).items():
        sums[batches[batch]] += counts
    return sums
