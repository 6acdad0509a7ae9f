"""What organisers keep for themselves about the notice of their protest, and when it is due."""

import json
import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models import Event
from outbox.sealing import SealedTextField


class LegalRecordQuerySet(models.QuerySet["LegalRecord"]):
    def by_event(self, events: Any) -> dict[int, "LegalRecord"]:
        return {record.event_id: record for record in self.filter(event__in=events)}


class LegalRecord(models.Model):
    """For the eyes of those who run the protest alone: no other page, mail, export or trail tells of it. The database
    shows that something was recorded, not what: state and note are sealed together, with a salt, since equal texts
    would be sealed alike."""

    class State(models.TextChoices):
        OPEN = "open", _("Open: nothing is settled yet")
        NOTIFIED = "notified", _("Notified")
        NOT_NEEDED = "not_needed", _("Not needed")
        DECIDED_NOT_TO = "decided_not_to", _("We have decided not to")

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="+")
    # What the clock asks; null: not answered.
    is_march = models.BooleanField(null=True, blank=True)
    uses_street = models.BooleanField(null=True, blank=True)
    # Since when something is settled; the reminders stop then.
    recorded_at = models.DateTimeField(null=True, blank=True)
    said = SealedTextField(purpose="legal", blank=True)

    objects = LegalRecordQuerySet.as_manager()

    def __str__(self) -> str:
        return f"record of {self.event_id}"

    @property
    def state(self) -> str:
        return str(self._said().get("state", self.State.OPEN))

    @property
    def note(self) -> str:
        return str(self._said().get("note", ""))

    def say(self, state: str, note: str) -> None:
        self.said = json.dumps({"state": state, "note": note, "salt": secrets.token_hex(8)})

    def _said(self) -> dict[str, str]:
        return dict(json.loads(self.said)) if self.said else {}


class NoticeDeadline(models.Model):
    """When the notice of a protest is due, worked out anew every minute (organising/legal.py): the reminders are
    planned from it. No row: nothing is due, or nobody knows when."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="+", primary_key=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"notice of {self.event_id} by {self.at}"
