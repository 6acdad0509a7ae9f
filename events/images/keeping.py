"""From an uploaded file to a picture of our own: checked at once, made anew by a worker, thrown away when unused."""

import subprocess
import sys
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from events.images import originals
from events.images.headers import Heic, NotAPicture, read_header
from events.models import Event, Picture, PictureFile, ReportPicture, Revision
from events.models.picture import Refusal

MOST_BYTES = 10 * 1024 * 1024
# All that wait lie in the memory of Redis, so together they take at most 300 MB.
MOST_WAITING = 30
LONGEST_SIDE = 12_000
# A WebP decoder needs about three times the memory of the others for the same picture.
MOST_PIXELS = {"JPEG": 40_000_000, "PNG": 40_000_000, "WEBP": 12_500_000}
# The process limits its own time of work; this is for one that does not even get to work.
PATIENCE_SECONDS = 30
# Longer than a registration may wait for its code: its answers name a picture that no protest points to yet.
UNUSED_LIFETIME = timedelta(hours=settings.UNCONFIRMED_HOURS + 24)
_REENCODE = Path(__file__).with_name("reencode.py")


class Refused(Exception):
    """A file that is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.label)
        self.refusal = refusal


class Odd(ValueError):
    """The process printed something else than pictures."""


def check(content: bytes, size: int) -> None:
    """Refuse what can be told from size and first bytes, before any decoder sees it. Raises Refused."""
    if size > MOST_BYTES:
        raise Refused(Refusal.TOO_HEAVY)
    if not content:
        raise Refused(Refusal.EMPTY)
    try:
        header = read_header(content)
    except Heic as error:
        raise Refused(Refusal.HEIC) from error
    except NotAPicture as error:
        raise Refused(Refusal.WRONG_FORMAT) from error
    if header.is_animated:
        raise Refused(Refusal.ANIMATED)
    if not header.pixels:
        raise Refused(Refusal.UNREADABLE)
    if header.pixels > MOST_PIXELS[header.format] or max(header.width, header.height) > LONGEST_SIDE:
        raise Refused(Refusal.TOO_LARGE)


def receive(content: bytes) -> Picture:
    """Take a file that `check` let pass. A worker still has to be woken. Raises originals.Unavailable."""
    now = timezone.now()
    if Picture.objects.waiting().filter(created_at__gt=now - originals.LIFETIME).count() >= MOST_WAITING:
        raise originals.Unavailable
    picture = Picture(created_at=now)
    originals.put(picture.key, content)
    picture.save()
    return picture


def read(picture: Picture) -> None:
    """Make a waiting picture ready, or refuse it; then the original is gone. Raises originals.Unavailable."""
    content = originals.get(picture.key)
    if content is None:
        _refuse(picture, Refusal.LOST)
        return
    try:
        files = reencoded(content)
    except Refused as refused:
        _refuse(picture, refused.refusal)
    else:
        _keep(picture, files)
    originals.drop(picture.key)


def reencoded(content: bytes) -> list[tuple[int, int, bytes]]:
    """Width, height and WebP bytes of *content* in each width, made by a process of its own. Raises Refused."""
    check(content, len(content))
    try:
        done = subprocess.run(
            [sys.executable, "-I", _REENCODE], input=content, capture_output=True, env={}, timeout=PATIENCE_SECONDS
        )
        done.check_returncode()
        return _files(done.stdout)
    except (subprocess.SubprocessError, Odd) as error:
        raise Refused(Refusal.UNREADABLE) from error


def _files(printed: bytes) -> list[tuple[int, int, bytes]]:
    """What the process printed: a few WebP files, each after its length. Raises Odd for anything else."""
    files = []
    while printed:
        line, _newline, rest = printed.partition(b"\n")
        if not (line.isdigit() and len(line) < 9):
            raise Odd
        content, printed = rest[: int(line)], rest[int(line) :]
        try:
            header = read_header(content)
        except NotAPicture as error:
            raise Odd from error
        if header.format != "WEBP":
            raise Odd
        files.append((header.width, header.height, content))
    if not files:
        raise Odd
    return files


@transaction.atomic
def _keep(picture: Picture, files: list[tuple[int, int, bytes]]) -> None:
    width, height, _content = files[-1]
    ready = {"state": Picture.State.READY, "width": width, "height": height}
    if Picture.objects.waiting().filter(pk=picture.pk).update(**ready):
        PictureFile.objects.bulk_create(
            PictureFile(picture=picture, width=width, content=content) for width, _height, content in files
        )


def _refuse(picture: Picture, refusal: Refusal) -> None:
    refused = {"state": Picture.State.REFUSED, "refusal": refusal}
    Picture.objects.waiting().filter(pk=picture.pk).update(**refused)


def overdue(now: datetime) -> list[int]:
    """Pictures that no worker was woken for, or whose worker died."""
    waiting = Picture.objects.waiting().filter(created_at__lte=now - timedelta(minutes=1))
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:20])


def throw_unused_away(now: datetime) -> None:
    """Delete the pictures that no protest, no version of one and no report points to any more, or ever did."""
    used = reduce(
        or_, (Exists(model.objects.filter(picture=OuterRef("pk"))) for model in (Event, Revision, ReportPicture))
    )
    Picture.objects.filter(~used, created_at__lte=now - UNUSED_LIFETIME).delete()
