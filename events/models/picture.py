"""Pictures that people upload: what is kept is made anew by us (events/images.py), never the file that was sent."""

import uuid
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

# A picture is kept in those of these widths that are smaller than itself, and in its own.
WIDTHS = (480, 960, 1600)


class Refusal(models.TextChoices):
    """Why a file is not taken, in words for the one who sent it."""

    EMPTY = "empty", _("This file is empty. Choose another one.")
    TOO_HEAVY = "too_heavy", _("This file is larger than 10 MB. Save the picture smaller and try again.")
    HEIC = "heic", _("This is a HEIC file, which many devices cannot show. Export it as JPEG and choose that.")
    WRONG_FORMAT = "wrong_format", _("This is not a picture that we can read. Choose a JPEG, PNG or WebP file.")
    ANIMATED = "animated", _("Moving pictures are not taken. Choose a still one.")
    TOO_LARGE = "too_large", _("This picture has too many pixels. Save it at most 3000 pixels wide and try again.")
    UNREADABLE = "unreadable", _("This picture is damaged or cannot be read. Save it anew as JPEG and try again.")
    LOST = "lost", _("This picture was lost before we could keep it. Please choose it again.")


class PictureQuerySet(models.QuerySet["Picture"]):
    def waiting(self) -> Self:
        return self.filter(state=Picture.State.WAITING)


class Picture(models.Model):
    """One uploaded picture. What it shows in words stands where it is used, since that is checked with the rest."""

    class State(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        REFUSED = "refused"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    refusal = models.CharField(max_length=20, choices=Refusal.choices, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_index=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="picture_state_has_what_it_needs",
                condition=models.Q(state="waiting", refusal="", width=0, height=0)
                | models.Q(state="ready", refusal="", width__gt=0, height__gt=0)
                | (models.Q(state="refused", width=0, height=0) & ~models.Q(refusal="")),
            ),
        ]

    def __str__(self) -> str:
        return f"picture {self.key} ({self.state})"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def widths(self) -> list[int]:
        """The widths in which it is kept, the smallest first."""
        return [width for width in WIDTHS if width < self.width] + [self.width]

    @property
    def middle_width(self) -> int:
        """The one for browsers that cannot choose."""
        widths = self.widths
        return widths[len(widths) // 2]


class PictureFile(models.Model):
    """A picture in one width, as WebP without metadata. In the database, so that one backup, one deletion and one
    transaction hold for it as for everything else (decision 18)."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="files")
    width = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(name="picture_file_once", fields=["picture", "width"])]

    def __str__(self) -> str:
        return f"{self.picture_id} at {self.width}"
