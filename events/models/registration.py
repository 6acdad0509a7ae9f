from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models

from accounts.models import MailedCode
from events.models.campaign import Campaign
from events.models.event import Revision
from outbox.models import Recipient
from outbox.sealing import SealedTextField


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def living(self, now: datetime) -> Self:
        return self.filter(expires_at__gt=now)


class Registration(models.Model):
    """A form that was sent, until the mailed code proves its address. `key` comes from a hidden field of the form, so
    that a form sent twice is one registration. `answers` is the form's data as JSON, sealed."""

    key = models.UUIDField(unique=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE)
    answers = SealedTextField(purpose="registration")
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    code = models.ForeignKey(MailedCode, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"registration {self.pk}"
