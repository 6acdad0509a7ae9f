"""Rights cards: what people may need to know when the police are near, as coordinators of a country wrote and checked
it. Nothing ships with the site: a card is empty until somebody has checked a text."""

import re
from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

# After this time a card may be wrong.
FRESH_FOR = timedelta(days=365)


def dialled(number: str) -> str:
    """A phone number as a phone takes it: a plus and digits."""
    return re.sub(r"[^+\d]", "", number)


class CardWords(models.Model):
    """One version of a card. `legal_number` is a phone number for people who are arrested, or their friends."""

    country = models.CharField(max_length=2)
    language = models.CharField(max_length=8)
    # Counts the versions: whoever saves says which one they read.
    number = models.PositiveIntegerField(default=0)
    text = models.TextField(max_length=1500, blank=True)
    legal_number = models.CharField(max_length=40, blank=True)
    legal_number_note = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=300, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    edited_at = models.DateTimeField()
    # The actor id of whoever wrote this version.
    editor_id = models.UUIDField()

    WORDS: ClassVar[tuple[str, ...]] = ("text", "legal_number", "legal_number_note", "source", "checked_on")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"rights card {self.country} in {self.language}, version {self.number}"

    def words(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.WORDS}

    @property
    def has_words(self) -> bool:
        return bool(self.text or self.legal_number)

    @property
    def dial(self) -> str:
        return dialled(self.legal_number)

    def is_old(self, today: date) -> bool:
        """Whether it was checked so long ago that it may be wrong by now."""
        return self.checked_on is not None and self.checked_on < today - FRESH_FOR


class RightsCardQuerySet(models.QuerySet["RightsCard"]):
    def with_words(self) -> Self:
        """Those on which something stands: one that was taken back is an empty row."""
        return self.exclude(text="", legal_number="")

    def of_country(self, country: str) -> Self:
        return self.filter(country=country).order_by("language")


class RightsCard(CardWords):
    """The card of a country in one language, as it is now."""

    objects = RightsCardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rights_card_once", fields=["country", "language"]),
            models.CheckConstraint(
                name="rights_card_was_checked",
                condition=Q(text="", legal_number="") | (~Q(source="") & Q(checked_on__isnull=False)),
            ),
        ]


class RightsCardVersion(CardWords):
    """Every version that a card ever had, the present one included. Append-only (a trigger refuses the rest)."""

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rights_card_version_once", fields=["country", "language", "number"])
        ]
