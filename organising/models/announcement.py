"""What organisers write to those who follow their protest."""

import json
import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from events.models import Event
from outbox.sealing import SealedTextField

SUBJECT_LENGTH = 120
TEXT_LENGTH = 4000


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def in_review(self) -> Self:
        return self.filter(state=Announcement.State.IN_REVIEW)


class Announcement(models.Model):
    """One letter to the followers of one protest, in one language or several. Its texts are sealed and go with the
    edition; `actor_id` is the author's. `version` counts changes: what is sent is what was read."""

    class State(models.TextChoices):
        DRAFT = "draft"
        IN_REVIEW = "in_review"
        REFUSED = "refused"
        RELEASED = "released"
        STOPPED = "stopped"

    class Review(models.TextChoices):
        """Why a moderator looks at it first. Organisers are told of the first one alone."""

        MANY = "many"
        LISTED = "listed"

    MOVES: ClassVar[dict[str, set[str]]] = {
        State.DRAFT: {State.IN_REVIEW, State.RELEASED},
        State.IN_REVIEW: {State.RELEASED, State.REFUSED, State.DRAFT},
        State.REFUSED: {State.DRAFT},
        # Back to a draft only while no mail has left.
        State.RELEASED: {State.STOPPED, State.DRAFT},
        State.STOPPED: set(),
    }

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="announcements")
    actor_id = models.UUIDField()
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    subject = SealedTextField(purpose="announcement", blank=True)
    text = SealedTextField(purpose="announcement", blank=True)
    # {language: {"subject": ..., "text": ...}} as JSON.
    other_texts = SealedTextField(purpose="announcement", blank=True)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    review = models.CharField(max_length=6, choices=Review.choices, blank=True)
    # The moderator's words to the organisers.
    reason = SealedTextField(purpose="announcement", blank=True)
    created_at = models.DateTimeField()
    # When the organiser sent it: what budgets count. When it was released to the outbox, by them or by a moderator.
    sent_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="announcement_released_once_sent",
                condition=Q(state="draft", released_at=None)
                | Q(state__in=["in_review", "refused"], sent_at__isnull=False, released_at=None)
                | Q(state__in=["released", "stopped"], sent_at__isnull=False, released_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="announcement_in_review", fields=["sent_at"], condition=Q(state="in_review")),
        ]

    def __str__(self) -> str:
        return f"announcement {self.pk} ({self.state})"

    @property
    def batch(self) -> str:
        """By which its mails are counted in the outbox."""
        return f"announcement:{self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_in_review(self) -> bool:
        return self.state == self.State.IN_REVIEW

    @property
    def is_refused(self) -> bool:
        return self.state == self.State.REFUSED

    @property
    def is_released(self) -> bool:
        return self.state == self.State.RELEASED

    @property
    def is_open(self) -> bool:
        """Whether its organisers may still write on it."""
        return self.state in {self.State.DRAFT, self.State.REFUSED}

    @property
    def translations(self) -> dict[str, dict[str, str]]:
        return json.loads(self.other_texts) if self.other_texts else {}

    @property
    def languages(self) -> list[str]:
        """Those it is written in, its own first."""
        return [self.language, *self.translations]

    def texts_in(self, language: str) -> tuple[str, str]:
        """Subject and text for a reader of *language*; in its own language where there is no translation."""
        translated = self.translations.get(language)
        return (translated["subject"], translated["text"]) if translated else (self.subject, self.text)
