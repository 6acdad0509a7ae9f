"""Jobs that a protest needs helpers for, and who does them."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from events.models import Event, EventChange
from outbox.models import Recipient
from outbox.sealing import SealedTextField

MOST_NEEDED = 500
# How many days before and after the protest helpers may be needed.
DAYS_AROUND = 3
_FARTHEST = timedelta(days=DAYS_AROUND + 2)


class LocalTime(Func):
    """The wall-clock time of a shift, from the protest's: day + hour + distance, in SQL."""

    arg_joiner = " + "
    template = "(%(expressions)s)"
    output_field = models.DateTimeField()


def _instant(distance: str) -> Func:
    """When a shift starts or ends, as PostgreSQL works it out from the protest as it stands."""
    local = LocalTime(F("event__day"), Coalesce(F("event__start_time"), Value(time(0))), F(distance))
    return Func(F("event__timezone"), local, function="timezone", output_field=models.DateTimeField())


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """As PostgreSQL reads a wall-clock time: one that is skipped as the hour after, one that comes twice as the
    second."""
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    exists = second.astimezone(zone).replace(tzinfo=None, fold=0) == local
    return second if exists else local.replace(tzinfo=zone).astimezone(UTC)


class ShiftQuerySet(models.QuerySet["Shift"]):
    def standing(self) -> Self:
        """Those that nobody has removed."""
        return self.filter(removed_at=None)

    def not_over(self, now: datetime) -> Self:
        return self.alias(ends=_instant("ends_after")).filter(ends__gt=now)

    def in_order(self) -> Self:
        return self.order_by("starts_after", "position", "pk")


class Shift(models.Model):
    """One job at one time. Its times are kept as distances from the start of the protest on the clock of the place, so
    that it moves with the protest by itself (docs/decisions/0032-shifts.md)."""

    class Job(models.TextChoices):
        STEWARD = "steward", _("Steward")
        FIRST_AID = "first_aid", _("First aid")
        LEGAL_OBSERVER = "legal_observer", _("Legal observer")
        INTERPRETER = "interpreter", _("Interpreter")
        SOUND = "sound", _("Sound")
        BANNERS = "banners", _("Banners")
        CHILDCARE = "childcare", _("Childcare")
        KITCHEN = "kitchen", _("Kitchen")
        SET_UP = "set_up", _("Set-up")
        CLEAN_UP = "clean_up", _("Clean-up")
        OTHER = "other", _("Something else")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="shifts")
    job = models.CharField(max_length=16, choices=Job.choices)
    # What it is, in the organisers' words, if it is none of these.
    label = models.CharField(max_length=60, blank=True)
    starts_after = models.DurationField()
    ends_after = models.DurationField()
    needed = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    # Since when its times are what they are: reminders due before that were told by a mail of the change.
    time_set_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="shift_ends_after_start", condition=Q(ends_after__gt=F("starts_after"))),
            models.CheckConstraint(
                name="shift_near_the_protest", condition=Q(starts_after__gt=-_FARTHEST, ends_after__lt=_FARTHEST)
            ),
            models.CheckConstraint(name="shift_needs_a_number", condition=Q(needed__lte=MOST_NEEDED)),
            models.CheckConstraint(name="shift_label_says_what", condition=~Q(job="other", label="")),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.pk}"

    @property
    def name(self) -> str:
        return (self.label if self.job == self.Job.OTHER else "") or str(self.Job(self.job).label)

    def _local(self, distance: timedelta) -> datetime:
        return datetime.combine(self.event.day, self.event.start_time or time(0)) + distance

    def _at(self, distance: timedelta) -> datetime:
        return instant_of(self._local(distance), self.event.zone).astimezone(self.event.zone)

    @property
    def starts_at(self) -> datetime:
        """On the clock of the place."""
        return self._at(self.starts_after)

    @property
    def ends_at(self) -> datetime:
        return self._at(self.ends_after)

    def overlaps(self, other: "Shift") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def distance_from(event: Event, local: datetime) -> timedelta:
    """How far a wall-clock time lies from the start of *event*."""
    return local - datetime.combine(event.day, event.start_time or time(0))


class ShiftSignUpQuerySet(models.QuerySet["ShiftSignUp"]):
    def taken(self) -> Self:
        return self.filter(state=ShiftSignUp.State.IN)

    def in_line(self) -> Self:
        """Those who said yes: who is in, and who waits for a free place."""
        return self.filter(state__in=ShiftSignUp.State.living())

    def to_confirm(self, now: datetime) -> Self:
        """Those that can still be confirmed."""
        lives = timedelta(hours=settings.UNCONFIRMED_HOURS)
        return self.filter(state=ShiftSignUp.State.UNCONFIRMED, created_at__gt=now - lives, shift__removed_at=None)

    def of(self, recipient: Recipient) -> Self:
        return self.filter(recipient=recipient)

    def with_protest(self) -> Self:
        return self.select_related("shift__event__campaign", "shift__event__city", "recipient")


class ShiftSignUp(models.Model):
    """Somebody without an account who wants to do a shift. `line` says who came first: the first `needed` are in, the
    others wait in this order. Whoever left may come again; whoever was removed may not."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed"
        IN = "in"
        WAITING = "waiting"
        LEFT = "left"
        REMOVED = "removed"

        @classmethod
        def living(cls) -> list["ShiftSignUp.State"]:
            return [cls.IN, cls.WAITING]

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="sign_ups")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="shift_sign_ups")
    # Shown to those who run the protest and their helpers alone.
    name = SealedTextField(purpose="helper", blank=True)
    language = models.CharField(max_length=8)
    # From a hidden field of the form: the same form sent again brings nobody back who has left.
    key = models.UUIDField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.UNCONFIRMED)
    line = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # When a place became theirs.
    in_since = models.DateTimeField(null=True, blank=True)

    objects = ShiftSignUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sign_up_once_a_shift", fields=["shift", "recipient"]),
            models.UniqueConstraint(name="sign_up_one_a_place_in_line", fields=["shift", "line"]),
            models.CheckConstraint(
                name="sign_up_in_line_while_it_lives",
                condition=Q(state__in=["in", "waiting"], line__isnull=False)
                | Q(~Q(state__in=["in", "waiting"]), line__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} sign-up {self.pk}"

    @property
    def is_in(self) -> bool:
        return self.state == self.State.IN

    @property
    def is_living(self) -> bool:
        return self.state in self.State.living()


class HelpersTold(models.Model):
    """A change of a protest of which its helpers have been told. A mark apart from the reminders room's, and without a
    constraint, so that neither reader waits for the other."""

    change = models.OneToOneField(
        EventChange, on_delete=models.DO_NOTHING, db_constraint=False, related_name="helpers_told", primary_key=True
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"helpers told of change {self.change_id}"


def overlapping(shifts: Iterable[Shift]) -> list[tuple[Shift, Shift]]:
    """The pairs that nobody can do both."""
    ordered = sorted(shifts, key=lambda shift: shift.starts_at)
    return [(one, other) for n, one in enumerate(ordered) for other in ordered[n + 1 :] if one.overlaps(other)]
