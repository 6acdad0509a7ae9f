"""Pictures."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from events.models import AfterReport, Picture, PictureFile, ReportPicture
from events.tasks import look_after_pictures, read_picture
from tests.factories import AfterReportFactory, PictureFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.after_report.telling import LONG_BEFORE, owned, path_of, press, upload
from tests.pictures import photo, png, with_metadata
from tests.security.test_r11_metadata import CHUNKS, database_bytes, planted, redis_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_a_picture_goes_from_the_phone_to_the_page(clock: Any) -> None:
    _event, organiser = owned()
    path = path_of(organiser)
    done = press(path, text="We walked.", picture_file=upload(), picture_alt="A banner", do="add")
    assert done["Location"] == f"{path}#pictures"
    shown = ReportPicture.objects.get()
    assert (shown.alt, shown.position, shown.report.text) == ("A banner", 1, "We walked.")
    assert "being prepared" in Client().get(path).content.decode()
    read_picture(shown.picture_id)
    page = Client().get(path).content.decode()
    src = f"{path}pictures/{shown.picture.key}/480.webp"
    assert src in page
    assert Client().get(src)["Content-Type"] == "image/webp"
    assert logged_in(organiser.user).get(f"/organise/pictures/{shown.picture.key}/480.webp").status_code == 200
    assert logged_in(UserFactory()).get(f"/organise/pictures/{shown.picture.key}/480.webp").status_code == 404
    assert Client().get(f"/pictures/{shown.picture.key}/480.webp").status_code == 404
    stranger = path_of(owned()[1])
    assert Client().get(f"{stranger}pictures/{shown.picture.key}/480.webp").status_code == 404


def test_pictures_are_described_moved_and_removed(clock: Any) -> None:
    _event, organiser = owned()
    path = path_of(organiser)
    for name in "abc":
        press(path, picture_file=upload(), picture_alt=name)

    def shown() -> str:
        return "".join(picture.alt for picture in ReportPicture.objects.in_order())

    keys = {picture.alt: picture.picture.key.hex for picture in ReportPicture.objects.in_order()}
    press(path, do=f"up:{keys['c']}", text="Kept too")
    assert shown() == "acb"
    assert AfterReport.objects.get().text == "Kept too"
    press(path, do=f"down:{keys['b']}")
    press(path, do=f"up:{keys['a']}")
    assert shown() == "acb"
    press(path, do=f"remove:{keys['a']}")
    press(path, do="down:nonsense")
    assert shown() == "cb"
    press(path, **{f"alt_{keys['b']}": "x"})
    assert shown() == "cx"


def test_ten_pictures_are_the_most(clock: Any) -> None:
    event, organiser = owned()
    AfterReportFactory(event=event, state="draft", number=0, pictures=[PictureFactory() for _ in range(10)])
    page = press(path_of(organiser), picture_file=upload(), text="Kept all the same")
    assert "A report has at most 10 pictures." in page.content.decode()
    assert ReportPicture.objects.count() == 10
    assert AfterReport.objects.get().text == "Kept all the same"


def test_a_chosen_picture_survives_an_error_elsewhere(clock: Any) -> None:
    _event, organiser = owned()
    page = press(path_of(organiser), turnout_low="many", picture_file=upload(), picture_alt="A banner")
    assert page.status_code == 200
    assert ReportPicture.objects.get().alt == "A banner"
    assert 'value="A banner"' in page.content.decode()
    assert 'value="many"' in page.content.decode()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda: png(20_000, 20_000), "This picture has too many pixels."),
        (lambda: SVG, "This is not a picture that we can read."),
        (lambda: photo() + bytes(20 * 1024 * 1024), "This file is larger than 10 MB."),
        (lambda: b"GIF89a" + SVG, "This is not a picture that we can read."),
        (lambda: b"%PDF-1.7 " + photo(), "This is not a picture that we can read."),
        (lambda: b"PK\3\4" + photo(), "This is not a picture that we can read."),
    ],
    ids=["bomb", "svg", "20 MB", "gif", "pdf", "zip"],
)
def test_a_hostile_file_is_refused_in_words_and_the_text_is_kept(
    clock: Any, content: Callable[[], bytes], says: str
) -> None:
    _event, organiser = owned()
    page = press(path_of(organiser), text="Kept", picture_file=upload(content()), do="add")
    assert page.status_code == 200
    assert says in page.content.decode()
    assert not Picture.objects.exists()
    assert AfterReport.objects.get().text == "Kept"


def test_a_page_hidden_in_a_picture_does_not_reach_the_public(clock: Any) -> None:
    _event, organiser = owned()
    page = b"<html><script>alert(1)</script></html>"
    press(path_of(organiser), picture_file=upload(photo(comment=page) + page), picture_alt="x")
    read_picture(Picture.objects.get().pk)
    assert all(b"script" not in bytes(file.content) for file in PictureFile.objects.all())


def test_a_picture_that_turns_out_broken_can_be_replaced(clock: Any) -> None:
    _event, organiser = owned()
    path = path_of(organiser)
    press(path, picture_file=upload(photo()[:3000]), picture_alt="x")
    read_picture(Picture.objects.get().pk)
    assert "Your picture is missing." in Client().get(path).content.decode()
    assert "A picture could not be kept." in press(path, do="send").content.decode()
    press(path, do=f"remove:{Picture.objects.get().key.hex}")
    assert not ReportPicture.objects.exists()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_camera_hides_is_kept(clock: Any, kind: str, tmp_path: Path) -> None:
    _event, organiser = owned()
    press(path_of(organiser), picture_file=upload(with_metadata(kind)), picture_alt="x")
    read_picture(Picture.objects.get().pk)
    picture = Picture.objects.get()
    assert picture.is_ready
    for width in picture.widths:
        served = Client().get(f"{path_of(organiser)}pictures/{picture.key}/{width}.webp").content
        assert [found for found in [*planted(served), *(c for c in CHUNKS if c in served)] if found] == []
        (tmp_path / "a.webp").write_bytes(served)
        told = subprocess.run(["exiftool", "-G", "-s", tmp_path / "a.webp"], capture_output=True, text=True).stdout
        groups = {line.partition("]")[0].strip("[ ") for line in told.splitlines()}
        assert groups == {"ExifTool", "File", "RIFF", "Composite"}
    assert planted(database_bytes()) == planted(redis_bytes()) == []


def test_without_redis_the_text_is_kept_and_the_picture_can_be_chosen_again(clock: Any, redis_away: None) -> None:
    _event, organiser = owned()
    page = press(path_of(organiser), text="Kept", picture_file=upload())
    assert page.status_code == 200
    assert "Pictures cannot be taken at the moment." in page.content.decode()
    assert AfterReport.objects.get().text == "Kept"


def test_pictures_in_use_stay_and_others_go(clock: Any) -> None:
    event, organiser = owned()
    kept, gone = PictureFactory(created_at=LONG_BEFORE), PictureFactory(created_at=LONG_BEFORE)
    AfterReportFactory(event=event, state="draft", number=0, pictures=[kept, gone])
    look_after_pictures()
    assert Picture.objects.count() == 2
    press(path_of(organiser), do=f"remove:{gone.key.hex}")
    look_after_pictures()
    assert Picture.objects.get() == kept
