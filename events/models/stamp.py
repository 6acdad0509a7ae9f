from django.db import models
from django.db.models import F


class SiteStampManager(models.Manager["SiteStamp"]):
    def bump(self) -> None:
        """Everything public may look different now. Called inside the transaction that changes something."""
        if not self.filter(pk=1).update(version=F("version") + 1):
            self.bulk_create([SiteStamp(pk=1, version=1)], ignore_conflicts=True)

    def current(self) -> int:
        return self.filter(pk=1).values_list("version", flat=True).first() or 0


class SiteStamp(models.Model):
    """One row: the version of all that the public sees. ETags are made from it (DESIGN: freshness)."""

    version = models.BigIntegerField(default=1)
    # Up to when the clock has looked for what becomes true by time alone (events/clock.py).
    ticked_at = models.DateTimeField(null=True, blank=True)

    objects = SiteStampManager()

    class Meta:
        constraints = [models.CheckConstraint(name="one_site_stamp", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return f"version {self.version}"
