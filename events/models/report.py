"""What visitors say is wrong with a public protest."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from outbox.sealing import SealedTextField


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)


class Report(models.Model):
    """One report, without a word of who sent it. `key` comes from a hidden field of the form, so that a form sent
    twice is one report. Reports hide nothing by themselves: a moderator closes all of a protest with one decision."""

    class Reason(models.TextChoices):
        FAKE = "fake", _("It is not a real protest")
        WRONG = "wrong", _("The time or the place is wrong")
        DANGER = "danger", _("It puts people at risk")
        HATE = "hate", _("It spreads hate")
        SPAM = "spam", _("It is advertising")
        OTHER = "other", _("Something else")

    class Outcome(models.TextChoices):
        ACTED = "acted"
        DISMISSED = "dismissed"

    key = models.UUIDField(unique=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reports")
    at = models.DateTimeField()
    reason = models.CharField(max_length=8, choices=Reason.choices)
    text = SealedTextField(purpose="report", blank=True)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="report_closed_with_an_outcome",
                condition=Q(closed_at=None, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes = [models.Index(name="report_open", fields=["event", "at"], condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return f"report {self.pk} on {self.event_id}"
