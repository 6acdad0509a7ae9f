"""What only the moderation room keeps: who is at work on what, ready-made reasons, and who is written to when."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models

from events.models import Decision, Event


class ClaimQuerySet(models.QuerySet["Claim"]):
    def living(self, now: datetime) -> Self:
        return self.filter(until__gt=now)


class Claim(models.Model):
    """A moderator is at work on a protest, its submissions and reports, until a moment."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="claim")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    until = models.DateTimeField()

    objects = ClaimQuerySet.as_manager()

    def __str__(self) -> str:
        return f"claim on {self.event_id}"


class ReasonTemplate(models.Model):
    """Words for a reason that moderators need often, in one language. Admins edit them."""

    verb = models.CharField(max_length=20, choices=[(verb.value, verb.value) for verb in Decision.Verb])
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    # The same for the translations of one text.
    name = models.SlugField(max_length=40)
    title = models.CharField(max_length=80)
    text = models.TextField(max_length=1500)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["position", "name", "language"]
        constraints = [models.UniqueConstraint(name="reason_once_a_language", fields=["verb", "name", "language"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class MailChoice(models.Model):
    """How a moderator wants to hear of what waits. Without a row: the defaults."""

    class Digest(models.TextChoices):
        NEVER = "never"
        QUARTER = "quarter"
        HOURLY = "hourly"
        DAILY = "daily"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_choice")
    digest = models.CharField(max_length=8, choices=Digest.choices, default=Digest.HOURLY)
    # Alert when something waits longer than so many hours; 0: never.
    alert_hours = models.PositiveSmallIntegerField(default=12)
    alert_on_reports = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"mail choice of {self.user_id}"
