"""R10: a file that grows when it is opened is refused before that, one that is let in stays within bounds, and one that
is something else besides a picture is a picture alone afterwards."""

import os
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from events import images
from events.images import keeping, reencode
from events.models import Picture, Revision
from moderation.actions import approve_revision
from tests.factories import CampaignFactory, EventFactory, RevisionFactory, UserFactory
from tests.pictures import encoded, photo, png

FORM = "/en/register/"
MEGA = 1024 * 1024


@pytest.fixture
def form(db: None, fresh_limits: None) -> Client:
    CampaignFactory()
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("side", "bytes_at_most"), [(20_000, 60_000), (13_000, 30_000)])
def test_a_small_file_of_many_pixels_is_refused_at_once(side: int, bytes_at_most: int) -> None:
    bomb = png(side, side)
    assert len(bomb) < bytes_at_most
    started = time.process_time()
    with pytest.raises(images.Refused, match="too many pixels"):
        images.check(bomb, len(bomb))
    # Whoever unpacks it works for seconds.
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("size", [(6400, 6400), (12_001, 10), (10, 12_001)])
def test_pixels_and_sides_have_a_limit(size: tuple[int, int]) -> None:
    content = png(*size)
    with pytest.raises(images.Refused, match="too many pixels"):
        images.check(content, len(content))


def test_a_bomb_in_the_form_is_an_error_beside_its_field(form: Client) -> None:
    page = form.post(FORM, {"picture_file": SimpleUploadedFile("a.png", png(20_000, 20_000))})
    assert page.status_code == 200
    assert "This picture has too many pixels." in page.content.decode()
    assert not Picture.objects.exists()


@pytest.mark.parametrize("megabytes", [11, 20])
def test_a_heavy_file_is_an_error_beside_its_field_and_the_rest_is_kept(form: Client, megabytes: int) -> None:
    heavy = SimpleUploadedFile("a.jpg", photo() + bytes(megabytes * MEGA))
    page = form.post(FORM, {"title": "March from the station", "picture_file": heavy})
    assert page.status_code == 200
    assert "This file is larger than 10 MB." in page.content.decode()
    assert 'value="March from the station"' in page.content.decode()


def test_a_body_beyond_all_measure_and_many_files_are_refused(form: Client) -> None:
    huge = {"content_type": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(1024 * MEGA)}
    assert form.generic("POST", FORM, b"--x--", **huge).status_code == 400
    files = {f"file{n}": SimpleUploadedFile("a.jpg", b"x") for n in range(3)}
    assert form.post(FORM, files).status_code == 400


@pytest.mark.parametrize("path", [FORM, "/accounts/login/"])
def test_no_upload_reaches_a_disk(form: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", opened)
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", opened)
    assert form.post(path, {"picture_file": SimpleUploadedFile("a.jpg", bytes(9 * MEGA))}).status_code == 200


def worst(*, is_long: bool) -> Iterator[tuple[str, bytes]]:
    """The largest pictures that the first look lets pass: the kinds that take most, or all of them."""
    noise = Image.effect_noise((2000, 1250), 90).resize((8000, 5000)).convert("RGB")
    yield "progressive JPEG", encoded(noise, quality=40, progressive=True, subsampling=0)
    yield "PNG of 16 bits", encoded(Image.new("I;16", (8000, 5000), 30_000), "PNG")
    if is_long:
        square = noise.resize((3535, 3535))
        yield "JPEG", encoded(noise, quality=60)
        yield "PNG", encoded(Image.new("RGB", (8000, 5000), "red"), "PNG")
        yield "PNG with alpha", encoded(Image.new("RGBA", (8000, 5000), (255, 0, 0, 9)), "PNG")
        yield "PNG with palette", encoded(Image.new("P", (8000, 5000)), "PNG", transparency=0)
        yield "PNG of 1 bit", png(8000, 5000)
        yield "WebP", encoded(square, "WEBP", quality=50)
        drawn = square.quantize(16).convert("RGB")
        yield "lossless WebP", encoded(drawn, "WEBP", lossless=True, quality=0, method=0)


# One process that decodes, with what it took.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-I", sys.argv[1]], input=sys.stdin.buffer.read(), capture_output=True, env={})
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, len(done.stdout), used.ru_maxrss // 1024, used.ru_utime + used.ru_stime)
"""


def test_the_worst_picture_takes_under_300_mb_and_5_seconds(is_long: bool) -> None:
    for kind, content in worst(is_long=is_long):
        images.check(content, len(content))
        asked = [sys.executable, "-c", MEASURE, reencode.__file__]
        done = subprocess.run(asked, input=content, capture_output=True, check=True)
        code, made, megabytes, seconds = done.stdout.split()
        assert (int(code), int(made) > 100) == (0, True), kind
        assert int(megabytes) < 300, kind
        assert float(seconds) < 5, kind


def test_what_needs_more_memory_than_that_is_refused_and_nothing_else_is_harmed() -> None:
    ink = Image.effect_noise((2000, 1250), 60).resize((8000, 5000)).convert("CMYK")
    content = encoded(ink, quality=5, progressive=True, subsampling=0)
    images.check(content, len(content))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(images.Refused, match="cannot be read"):
        keeping.reencoded(content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_packed_texts_in_a_png_do_not_grow() -> None:
    """A compressed comment and a compressed profile of 300 MB each, in a picture of one pixel."""
    packed = zlib.compress(bytes(300 * MEGA), 9)
    plain = encoded(Image.new("RGB", (1, 1)), "PNG")
    for name, head in ((b"zTXt", b"Comment\0\0"), (b"iCCP", b"profile\0\0")):
        body = head + packed
        chunk = len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)
        content = plain[:33] + chunk + plain[33:]
        started = os.times()
        try:
            (file,) = keeping.reencoded(content)
            assert len(file[2]) < 1000
        except images.Refused:
            pass
        ended = os.times()
        assert ended.children_user - started.children_user < 5


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(images.Refused):
        keeping.reencoded(photo())


def test_a_process_that_was_taken_over_gets_nothing_but_a_picture_through() -> None:
    for printed in (b"", b"<html>", b'{"width": 1, "height": 1, "bytes": 6}\n<html>', b'{"width": 1}\nx', b"[]\n"):
        with pytest.raises(keeping.Odd):
            keeping._files(printed)


PAGE = b"<!doctype html><html><script>alert(1)</script></html>"
# A picture to some programs, and something that runs to others.
POLYGLOTS = {
    "a JPEG with a page behind it": photo() + PAGE,
    "a JPEG with a page in its comment": photo(comment=PAGE),
    "a JPEG that is a script": photo(comment=b"*/=alert(1)/*" + PAGE),
    "a JPEG that is a PDF": photo(comment=b"%PDF-1.4\n1 0 obj<</S/JavaScript/JS(alert(1))>>endobj") + PAGE,
    "a JPEG that is an archive": photo() + b"PK\x05\x06" + bytes(18) + PAGE,
    "a PNG with a page in its text": photo(kind="PNG", xmp=PAGE) + PAGE,
    "a WebP with a page in its XMP": photo(kind="WEBP", xmp=PAGE) + PAGE,
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_picture_that_is_a_page_or_a_program_too_is_served_as_a_picture_alone(name: str, form: Client) -> None:
    """Polyglot files: what browsers guess from its bytes cannot be anything else either, for it is written anew."""
    assert b"alert(1)" in POLYGLOTS[name]
    event = EventFactory(state="submitted")
    form.post(FORM, {"picture_file": SimpleUploadedFile("a.html", POLYGLOTS[name]), "picture_alt": "Red and blue"})
    images.read(Picture.objects.get())
    revision = RevisionFactory(event=event, picture=Picture.objects.get(), picture_alt="Red and blue")
    approve_revision(Revision.objects.get(pk=revision.pk), by=UserFactory(is_superuser=True))
    picture = Picture.objects.get()
    for width in picture.widths:
        answer = form.get(f"/pictures/{picture.key}/{width}.webp")
        assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/webp", "nosniff")
        assert answer.content.startswith(b"RIFF")
        assert len(answer.content) == int.from_bytes(answer.content[4:8], "little") + 8
        assert [found for found in (b"<script", b"alert(", b"%PDF", b"PK\x05\x06") if found in answer.content] == []


@pytest.mark.parametrize("content", [PAGE, b"GIF89a/*" + PAGE, b"\xff\xd8\xff" + PAGE, b"RIFF\0\0\0\0WEBP" + PAGE])
def test_a_page_that_only_begins_like_a_picture_is_refused(content: bytes, form: Client) -> None:
    page = form.post(FORM, {"picture_file": SimpleUploadedFile("a.jpg", content)})
    assert page.status_code == 200
    assert "Your picture is kept." not in page.content.decode()
    assert not Picture.objects.exists()
