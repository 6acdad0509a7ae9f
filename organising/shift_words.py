"""Shifts in the reader's words."""

from dataclasses import dataclass

from django.utils import timezone

from events import when
from events.models import Audience
from organising.models import Shift
from organising.shifts import kept_back, without_places


@dataclass(frozen=True)
class ShiftInWords:
    name: str
    day: str
    day_inside: str
    hours: str
    zone: str
    note: str

    @property
    def when(self) -> str:
        return f"{self.day}, {self.hours}"

    @property
    def when_inside(self) -> str:
        return f"{self.day_inside}, {self.hours}"


def in_words(shift: Shift, audience: Audience = Audience.INSIDER) -> ShiftInWords:
    """As far as *audience* may know it. Call with the reader's language active."""
    if audience != Audience.INSIDER:
        shift = without_places(shift, kept_back([shift.event], audience, timezone.now()))
    start, end = shift.starts_at, shift.ends_at
    return ShiftInWords(
        name=shift.name,
        day=when.day_text(start.date()),
        day_inside=when.day_inside_text(start.date()),
        hours=f"{when.clock(start)}–{when.clock(end)}",
        zone=when.zone_text(shift.event, start),
        note=shift.note,
    )


def by_job(shift: Shift) -> str:
    """The same without a word that somebody typed, for those who may never have asked for it."""
    words = in_words(shift)
    return f"{shift.get_job_display()}, {words.when_inside}, {words.zone}"


def short(shift: Shift) -> str:
    """“Steward, Monday 11 October, 14:00–16:00”."""
    words = in_words(shift, Audience.FOLLOWER)
    return f"{words.name}, {words.when_inside}"
