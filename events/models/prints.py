"""Posters, leaflets and share pictures that were made, and the tries to make them."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Sum, Value, When, Window
from django.db.models.functions import Length

from events.models.event import Event

# After so many tries at the same content it is given up, until the content or the template changes.
MOST_TRIES = 3
# Longer than a worker may take (events/tasks.py): then whoever tried is dead.
LEASE = timedelta(seconds=60)


class PrintQuerySet(models.QuerySet["Print"]):
    def claim(self, sheet: str, key: str, event: Event | None, now: datetime) -> bool:
        """Take the making of *key* upon oneself: True for one caller at a time, and not if it is made or given up."""
        self.bulk_create([Print(sheet=sheet, event=event)], ignore_conflicts=True)
        wanted = self.filter(sheet=sheet).exclude(key=key)
        is_free = Q(claimed_at=None) | Q(claimed_at__lte=now - LEASE)
        may_try = ~Q(tried_key=key) | (Q(tries__lt=MOST_TRIES) & is_free)
        tries = Case(When(tried_key=key, then=F("tries") + 1), default=Value(1))
        return bool(wanted.filter(may_try).update(tries=tries, tried_key=key, claimed_at=now))

    def beyond(self, most_bytes: int) -> Self:
        """The oldest ones, as far as all together take more than *most_bytes*."""
        newest_first = Window(Sum(Length("data")), order_by=[F("made_at").desc(nulls_last=True), F("pk").desc()])
        return self.annotate(bytes_so_far=newest_first).filter(bytes_so_far__gt=most_bytes)


class Print(models.Model):
    """One address at which something printed lies: `sheet` names it. `key` stands for all that is drawn in `data`; a
    view that finds another key than today's serves nothing. `tried_key` and `tries` are about the latest attempts."""

    sheet = models.CharField(max_length=60, unique=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, related_name="prints")
    key = models.CharField(max_length=64, blank=True)
    data = models.BinaryField(null=True)
    made_at = models.DateTimeField(null=True)
    tried_key = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)

    objects = PrintQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="print_made", fields=["made_at"])]

    def __str__(self) -> str:
        return self.sheet
