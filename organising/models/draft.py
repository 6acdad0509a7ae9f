"""Protests that somebody has written down but not sent, and where they came from."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models

from events.models import Campaign
from outbox.sealing import SealedTextField


class Draft(models.Model):
    """The answers of a form, field by field as they were typed, sealed. `key` becomes that of the registration, so that
    a draft is sent once."""

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    answers = SealedTextField(purpose="draft")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @property
    def typed(self) -> dict[str, list[str]]:
        answers: dict[str, list[str]] = json.loads(self.answers)
        return answers

    def first(self, name: str) -> str:
        """What was typed into this field."""
        return next(iter(self.typed.get(name, [])), "")

    @property
    def title(self) -> str:
        return self.first("title")

    @property
    def day(self) -> str:
        return self.first("day")

    @property
    def city(self) -> str:
        return self.first("city")


class Import(models.Model):
    """A file that was looked through, for an hour: `rows` says of each what would happen, sealed JSON. Nothing else of
    it is kept."""

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    rows = SealedTextField(purpose="import")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    taken_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def listed(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.rows)
        return rows


class ImportedRow(models.Model):
    """A row that somebody has taken, by a keyed hash of what names it; so that it is not taken again by mistake."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BinaryField(max_length=32)
    draft = models.ForeignKey(Draft, on_delete=models.SET_NULL, null=True, related_name="imported")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="row_imported_once", fields=["user", "campaign", "fingerprint"]),
        ]

    def __str__(self) -> str:
        return f"imported row {self.pk}"
