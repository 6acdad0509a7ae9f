"""Editions of the Day of Action and the countries that take part."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def validate_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name}) from error


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def public(self) -> Self:
        return self.exclude(state=Campaign.State.DRAFT)

    def open(self) -> Self:
        return self.filter(state=Campaign.State.OPEN)

    def archived(self) -> Self:
        return self.filter(state__in=[Campaign.State.CLOSED, Campaign.State.ARCHIVED])

    def to_forget(self, now: datetime) -> Self:
        """Those that ended so long ago that their people are forgotten."""
        return self.ended_before(now - timedelta(days=settings.FORGET_AFTER_DAYS))

    def ended_before(self, moment: datetime) -> Self:
        return self.filter(actions_to__lt=moment.date())

    def current(self) -> "Campaign | None":
        """The open edition that comes next, or the latest one that is public."""
        latest_first = self.public().order_by("-actions_from")
        return self.open().order_by("actions_from").first() or latest_first.first()


class Campaign(models.Model):
    """One edition: `starts_on`-`ends_on` is the span as called, `actions_from`-`actions_to` where protests may lie."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSED = "closed"
        ARCHIVED = "archived"

    MOVES = {
        State.DRAFT: {State.OPEN},
        State.OPEN: {State.CLOSED},
        State.CLOSED: {State.ARCHIVED, State.OPEN},
        State.ARCHIVED: set(),
    }

    slug = models.SlugField(max_length=20, unique=True)
    source_key = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    starts_on = models.DateField()
    ends_on = models.DateField()
    actions_from = models.DateField()
    actions_to = models.DateField()
    timezone = models.CharField(max_length=40, default="Europe/Brussels", validators=[validate_timezone])
    source_url = models.URLField(blank=True, max_length=300)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-actions_from"]
        constraints = [
            models.CheckConstraint(name="campaign_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="campaign_actions_in_order", condition=Q(actions_to__gte=F("actions_from"))),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        if self.state in {self.State.CLOSED, self.State.ARCHIVED}:
            return reverse("events:archive_edition", args=[self.slug])
        return reverse("events:landing")

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def days(self) -> list[date]:
        """The days as called, in order."""
        return [self.starts_on + timedelta(days=n) for n in range((self.ends_on - self.starts_on).days + 1)]

    @property
    def allowed_days(self) -> list[date]:
        """The days on which protests may lie, in order."""
        return [self.actions_from + timedelta(days=n) for n in range((self.actions_to - self.actions_from).days + 1)]

    def allows_day(self, day: date) -> bool:
        """Whether a protest of this edition may take place on *day*."""
        return self.actions_from <= day <= self.actions_to

    @property
    def today(self) -> date:
        return timezone.now().astimezone(ZoneInfo(self.timezone)).date()

    @cached_property
    def texts_by_language(self) -> dict[str, "CampaignText"]:
        return {text.language: text for text in self.texts.all()}

    def _in_reading_order(self) -> list["CampaignText"]:
        """The texts in the reader's language, in English, then all."""
        texts = self.texts_by_language
        order = dict.fromkeys([get_language() or "en", "en", *texts])
        return [texts[language] for language in order if language in texts]

    @property
    def text(self) -> "CampaignText":
        """The texts in the reader's language, else English, else any; empty ones if there are none yet."""
        return next(iter(self._in_reading_order()), CampaignText(campaign=self, language="en", name=self.slug))

    @property
    def call_text(self) -> "CampaignText":
        """As `text`, but those that have a call, if any has."""
        return next((text for text in self._in_reading_order() if text.call), self.text)

    @property
    def appeal_text(self) -> "CampaignText":
        """As `text`, but those that have an appeal, if any has."""
        return next((text for text in self._in_reading_order() if text.appeal), self.text)


class CampaignText(models.Model):
    """Name, slogan, call and appeal of an edition in one language. Call and appeal are Markdown."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    name = models.CharField(max_length=200)
    slogan = models.CharField(max_length=200, blank=True)
    call = models.TextField(blank=True)
    # What organisations sign: events/models/sign_on.py.
    appeal = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="campaign_text_once_a_language", fields=["campaign", "language"]),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} ({self.language})"


class Disclosure(models.TextChoices):
    """Who may know the exact place, and from when (DESIGN section 4)."""

    PUBLIC = "public", _("Public now")
    TIMED = "timed", _("Public from a set time")
    FOLLOWERS = "followers", _("Only confirmed followers, from a set time")


class CampaignCountry(models.Model):
    """A country that takes part in an edition. `timezone` is its capital's, for digests."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="countries")
    country = models.CharField(max_length=2)
    position = models.PositiveSmallIntegerField(default=100)
    timezone = models.CharField(max_length=40, validators=[validate_timezone])
    least_disclosure = models.CharField(max_length=10, choices=Disclosure.choices, default=Disclosure.PUBLIC)
    shows_counts = models.BooleanField(
        default=True,
        help_text="Followers may say that they come, and pages say how many do. Without it nobody is asked, and what "
        "was answered is deleted within the hour.",
    )

    class Meta:
        verbose_name_plural = "campaign countries"
        ordering = ["position", "country"]
        constraints = [
            models.UniqueConstraint(name="country_once_a_campaign", fields=["campaign", "country"]),
        ]

    def __str__(self) -> str:
        return f"{self.country} in {self.campaign}"
