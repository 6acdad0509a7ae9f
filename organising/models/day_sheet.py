"""What those on the spot need on the day, beside what the protest's page says."""

from typing import ClassVar

from django.db import models

from events.models import Event
from outbox.sealing import SealedTextField


class DaySheet(models.Model):
    """What organisers wrote for each other, sealed. `number` counts the versions: whoever saves says which one they
    read, so that nobody overwrites what they have not seen."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="day_sheet")
    number = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True)
    second_meeting_point = SealedTextField(purpose="day sheet", blank=True, default="")
    meeting_note = SealedTextField(purpose="day sheet", blank=True, default="")
    # Of their own legal team; the country's stands on its rights card.
    own_legal_number = SealedTextField(purpose="day sheet", blank=True, default="")
    roles = SealedTextField(purpose="day sheet", blank=True, default="")
    timeline = SealedTextField(purpose="day sheet", blank=True, default="")
    emergency_plan = SealedTextField(purpose="day sheet", blank=True, default="")

    WORDS: ClassVar[tuple[str, ...]] = (
        "second_meeting_point",
        "meeting_note",
        "own_legal_number",
        "timeline",
        "roles",
        "emergency_plan",
    )
    # Without these nobody should go out.
    NEEDED: ClassVar[tuple[str, ...]] = ("second_meeting_point", "roles", "emergency_plan")

    def __str__(self) -> str:
        return f"day sheet of {self.event_id}"

    def words(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.WORDS}

    @property
    def is_ready(self) -> bool:
        return all(getattr(self, name) for name in self.NEEDED)
