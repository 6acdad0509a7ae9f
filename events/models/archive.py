from django.core.validators import MinValueValidator
from django.db import models

from events.models.event import Event


class ArchiveRecord(models.Model):
    """Where a protest of an earlier edition is told of. `source_key` names its row in the data file."""

    class Basis(models.TextChoices):
        REPORT = "report"
        ANNOUNCEMENT = "announcement"

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="archive_record")
    source_key = models.CharField(max_length=80, unique=True)
    basis = models.CharField(max_length=12, choices=Basis.choices)
    note = models.CharField(max_length=500, blank=True)
    # The lower end of a range, as the organisers counted.
    turnout = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    source_url = models.URLField(max_length=400)
    other_sources = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return self.source_key
