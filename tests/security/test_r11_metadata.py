"""R11: where, when, by whom and with what a picture was taken is in no byte that we keep or serve."""

import os
import subprocess
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import ImageCms

from events import images
from events.images import keeping
from events.models import Event, Picture, PictureFile, Revision
from moderation.actions import approve_revision
from tests.factories import EventFactory, RevisionFactory, UserFactory
from tests.pictures import CANARIES, photo, with_metadata

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]
KINDS = ["JPEG", "PNG", "WEBP"]
# 49.0, 50.0, 22.5 as Exif writes it, in both orders of bytes.
GPS = [n.to_bytes(4, order) + (1).to_bytes(4, order) for n in (49, 50) for order in ("little", "big")]
CHUNKS = [b"EXIF", b"Exif\0", b"XMP ", b"ICCP", b"xpacket", b"Photoshop", b"JFIF", b"tEXt"]


def database_bytes() -> bytes:
    """Every table as PostgreSQL would write it into a dump, binary columns in the clear."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                rows += [bytes(cell) if isinstance(cell, memoryview | bytes) else str(cell).encode() for cell in row]
    return b"\n".join(rows)


def redis_bytes() -> bytes:
    client = redis.Redis.from_url(settings.CACHE_URL)
    return b"\n".join(key + b" " + (client.dump(key) or b"") for key in client.scan_iter())


def planted(content: bytes) -> list[bytes]:
    return [canary for canary in [*CANARIES, *GPS] if canary in content]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process and its children would put temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_for_these_tests_do_hold_it(kind: str) -> None:
    original = with_metadata(kind)
    assert {b"CANARY-SERIAL-4711", b"CANARY-ARTIST-OLENA", b"CANARY-XMP-LWOW"} <= set(planted(original))
    assert any(gps in original for gps in GPS)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_it_is_stored_or_served(kind: str, watched: Path) -> None:
    original = with_metadata(kind)
    event = EventFactory(state="submitted")
    sent = SimpleUploadedFile("CANARY-photo.jpg", original)
    page = Client().post("/en/register/", {"picture_file": sent, "picture_alt": "Red and blue"})
    assert "Your picture is kept." in page.content.decode()
    picture = Picture.objects.get()
    assert planted(database_bytes()) == []
    assert planted(redis_bytes()) == []
    images.read(picture)
    revision = RevisionFactory(event=event, picture=Picture.objects.get(), picture_alt="Red and blue")
    approve_revision(Revision.objects.get(pk=revision.pk), by=UserFactory(is_superuser=True))
    assert Event.objects.get().picture == picture
    for width in Picture.objects.get().widths:
        served = Client().get(f"/pictures/{picture.key}/{width}.webp").content
        assert served.startswith(b"RIFF")
        assert [found for found in [*planted(served), *(c for c in CHUNKS if c in served)] if found] == []
    assert planted(database_bytes()) == []
    assert planted(redis_bytes()) == []
    assert list(watched.rglob("*")) == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_independent_reader_finds_only_the_picture(kind: str, tmp_path: Path) -> None:
    """What stands in a WebP is its list of chunks: pixels are one of them, and there is no other."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for _width, _height, content in keeping.reencoded(photo(kind=kind, icc_profile=profile)):
        names, at = [], 12
        while at < len(content):
            names.append(content[at : at + 4])
            length = int.from_bytes(content[at + 4 : at + 8], "little")
            at += 8 + length + length % 2
        assert names == [b"VP8 "]
        assert at == len(content) == int.from_bytes(content[4:8], "little") + 8
        (tmp_path / "a.webp").write_bytes(content)
        told = subprocess.run(["exiftool", "-G", "-s", tmp_path / "a.webp"], capture_output=True, text=True).stdout
        groups = {line.partition("]")[0].strip("[ ") for line in told.splitlines()}
        assert groups == {"ExifTool", "File", "RIFF", "Composite"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_is_a_page_too_is_only_a_picture_afterwards(kind: str) -> None:
    page = b"<html><script>alert(1)</script></html>"
    *_smaller, (_width, _height, content) = keeping.reencoded(photo(kind=kind) + page)
    assert b"script" not in content
    in_comment = photo(comment=page) if kind == "JPEG" else photo(kind=kind, xmp=page)
    assert b"script" not in keeping.reencoded(in_comment)[0][2]


def test_no_file_was_made_beside_the_rows(watched: Path) -> None:
    images.read(images.receive(with_metadata("JPEG")))
    assert PictureFile.objects.count() == 3
    assert os.listdir(watched) == []
