"""People who can log in, the codes mailed to them, and the trail of who did what."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models

from outbox.actions import recipient_for
from outbox.models import Recipient
from outbox.sealing import SealedTextField, normal_address

# allauth keeps addresses in a column of its own, in clear. The column is sealed by giving the field our class; its
# migrations are in accounts/allauth_migrations (docs/decisions/0003-sealed-addresses.md).
_clear = EmailAddress._meta.get_field("email")
EmailAddress._meta.local_fields.remove(_clear)
SealedTextField(purpose="account", verbose_name=_clear.verbose_name, db_index=True).contribute_to_class(
    EmailAddress, "email"
)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, *, language: str = "en", **fields: Any) -> "User":
        """An account without a password: people log in with a mailed code."""
        email = normal_address(email)
        user = self.model(email=email, language=language, recipient=recipient_for(email, language=language), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.create_user(email, is_staff=True, is_superuser=True, **fields)
        if password:
            user.set_password(password)
            user.save(update_fields=["password"])
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_address(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """An organiser, moderator or admin. `actor_id` is what the audit trail keeps of a person: it tells nothing."""

    email = SealedTextField(purpose="account", unique=True)
    recipient = models.OneToOneField(Recipient, on_delete=models.PROTECT, related_name="user")
    actor_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")
    is_staff = models.BooleanField("may enter /admin/", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    # After an edition organisers are asked whether their account is to stay (organising/staying.py).
    asked_to_stay_at = models.DateTimeField(null=True, blank=True)
    said_stay_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return f"user {self.pk}"

    @property
    def is_asked_to_stay(self) -> bool:
        """Whether they were asked and have not answered."""
        asked, said = self.asked_to_stay_at, self.said_stay_at
        return asked is not None and (said is None or said < asked)


class MailedCodeQuerySet(models.QuerySet["MailedCode"]):
    def living(self, now: datetime) -> Self:
        return self.filter(expires_at__gt=now)


class MailedCode(models.Model):
    """A six-digit code on its way to a mailbox. The letter is written from the row, which is deleted once over."""

    class Purpose(models.TextChoices):
        LOGIN = "login"
        REGISTER = "register"

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE)
    code = SealedTextField(purpose="code")
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    objects = MailedCodeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"code {self.pk} ({self.purpose})"


class AuditEntry(models.Model):
    """One line of the trail: an opaque actor, a verb, an object by id. Append-only (a trigger refuses the rest)."""

    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True, blank=True)
    verb = models.CharField(max_length=40)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    codes = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(name="audit_of_object", fields=["object_type", "object_id"]),
            models.Index(name="audit_at", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
