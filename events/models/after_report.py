"""What organisers tell of a protest afterwards: how many came, what happened, pictures, what others wrote."""

from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from events.models.picture import Picture

MOST_PEOPLE = 2_000_000
MOST_PICTURES = 10
MOST_LINKS = 10
# What only its organisers work on: one such version of a report at a time.
_IN_HAND = ["draft", "pending", "changes_requested", "refused"]


class HowCounted(models.TextChoices):
    COUNTED = "counted", _("Counted, one by one")
    ORGANISERS = "organisers", _("Estimated by the organisers")
    OTHERS = "others", _("Estimated by others, or by the press")
    POLICE = "police", _("As the police say")
    OTHER = "other", _("Another way")


class AfterReportQuerySet(models.QuerySet["AfterReport"]):
    def published(self) -> Self:
        return self.filter(state=AfterReport.State.PUBLISHED)

    def shown(self) -> Self:
        """Those that the public sees: of a protest that it sees, too."""
        return self.published().filter(event__in=Event.objects.visible())

    def pending(self) -> Self:
        return self.filter(state=AfterReport.State.PENDING)

    def in_hand(self) -> Self:
        return self.filter(state__in=_IN_HAND)


class AfterReport(models.Model):
    """One version of what is told of a protest: of each protest at most one is public, and at most one in hand.
    `number` counts how often it was sent to the moderators, so that a decision is about what was read; `edits` counts
    what was saved, so that two who write at once do not overwrite each other."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PENDING = "pending"
        CHANGES_REQUESTED = "changes_requested"
        REFUSED = "refused"
        PUBLISHED = "published"
        TAKEN_DOWN = "taken_down"

    # What moderators may do with it.
    MOVES: ClassVar[dict[str, set[str]]] = {
        State.PENDING: {State.PUBLISHED, State.CHANGES_REQUESTED, State.REFUSED},
        State.PUBLISHED: {State.TAKEN_DOWN},
        State.TAKEN_DOWN: {State.PUBLISHED},
    }

    TOLD: ClassVar[tuple[str, ...]] = ("turnout_low", "turnout_high", "how_counted", "text", "language", "links")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="after_reports")
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    number = models.PositiveIntegerField(default=0)
    edits = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="after_reports"
    )
    turnout_low = models.PositiveIntegerField(null=True, blank=True)
    turnout_high = models.PositiveIntegerField(null=True, blank=True)
    how_counted = models.CharField(max_length=10, choices=HowCounted.choices, blank=True)
    text = models.TextField(max_length=6000, blank=True)
    language = models.CharField(max_length=8)
    links = ArrayField(models.URLField(max_length=300), default=list, blank=True)
    # What moderators last wrote about it to those who run the protest.
    reason = models.TextField(max_length=2000, blank=True)
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AfterReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="after_report_public_once", fields=["event"], condition=Q(state="published")),
            models.UniqueConstraint(
                name="after_report_in_hand_once", fields=["event"], condition=Q(state__in=_IN_HAND)
            ),
            models.CheckConstraint(
                name="after_report_turnout_is_a_range",
                condition=Q(turnout_low=None, turnout_high=None)
                | Q(
                    turnout_low__isnull=False,
                    turnout_high__isnull=False,
                    turnout_high__gte=F("turnout_low"),
                    turnout_high__lte=MOST_PEOPLE,
                ),
            ),
            models.CheckConstraint(
                name="after_report_was_sent_before_decided",
                condition=Q(state="draft") | Q(submitted_at__isnull=False, number__gt=0),
            ),
        ]
        indexes = [
            models.Index(name="after_report_queue", fields=["submitted_at", "id"], condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"after-report {self.pk} v{self.number} ({self.state})"

    @property
    def is_public(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def told(self) -> dict[str, Any]:
        """What is written in it, pictures apart."""
        return {name: getattr(self, name) for name in self.TOLD}

    @property
    def hosts(self) -> list[tuple[str, str]]:
        """The links, each with the site that it leads to, in words that cannot hide it."""
        return [(link, (urlsplit(link).hostname or "").removeprefix("www.")) for link in self.links]


class ReportPictureQuerySet(models.QuerySet["ReportPicture"]):
    def shown(self) -> Self:
        """Those that the public sees."""
        return self.filter(report__in=AfterReport.objects.shown())

    def in_order(self) -> Self:
        return self.select_related("picture").order_by("position", "pk")


class ReportPicture(models.Model):
    """A picture in one version of a report. Two versions may show the same one."""

    report = models.ForeignKey(AfterReport, on_delete=models.CASCADE, related_name="pictures")
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="report_pictures")
    position = models.PositiveIntegerField()
    alt = models.CharField(max_length=300, blank=True)

    objects = ReportPictureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="report_picture_once", fields=["report", "picture"])]

    def __str__(self) -> str:
        return f"picture {self.position} of report {self.report_id}"
