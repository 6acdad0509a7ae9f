"""A picture from the form to the page: kept, made anew, checked by moderators, shown, removed."""

import datetime as dt
import io
import time
import uuid
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageCms
from pytest_django import DjangoAssertNumQueries

from accounts.models import MailedCode, User
from events import images
from events.forms.picture import signed
from events.images import keeping, originals
from events.images.headers import NotAPicture, read_header
from events.images.keeping import MOST_BYTES, MOST_WAITING
from events.models import Event, Picture, PictureFile, Registration, Revision
from events.models.picture import Refusal
from events.tasks import look_after_pictures, read_picture
from moderation.actions import approve_revision, hide_event
from tests.events.register.form import FORM, answers
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    PictureFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in
from tests.pictures import encoded, photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@pytest.fixture(autouse=True)
def _weeks_before() -> Any:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def clock(_weeks_before: Any) -> Any:
    return _weeks_before


@pytest.fixture(autouse=True)
def _poland() -> None:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()


def upload(content: bytes = b"", name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or photo(), content_type="text/html")


def send(client: Client, **changes: Any) -> Any:
    return client.post(FORM, {**answers(), "picture_alt": "Red and blue", **changes})


def read_all() -> None:
    for picture in Picture.objects.waiting():
        read_picture(picture.pk)


def finish(client: Client) -> Revision:
    """Type the code of the only registration."""
    registration = Registration.objects.get()
    client.post(f"{FORM}{registration.key}/code/", {"code": MailedCode.objects.get().code})
    return Revision.objects.get()


def moderator() -> User:
    return UserFactory(is_superuser=True)


def path_of(picture: Picture, width: int = 480) -> str:
    return f"/pictures/{picture.key}/{width}.webp"


def test_a_picture_goes_from_the_form_to_the_page() -> None:
    client = Client()
    assert send(client, picture_file=upload()).status_code == 302
    revision = finish(client)
    assert revision.picture.is_waiting
    read_all()
    picture = Picture.objects.get()
    assert (picture.state, picture.width, picture.height, picture.widths) == ("ready", 1200, 800, [480, 960, 1200])
    assert Client().get(path_of(picture)).status_code == 404
    approve_revision(Revision.objects.get(), by=moderator())
    shown = Client().get(path_of(picture))
    assert shown.headers["Content-Type"] == "image/webp"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert shown.headers["Cache-Control"] == "public, max-age=0, s-maxage=5, stale-if-error=30"
    assert not shown.cookies
    assert Image.open(io.BytesIO(shown.content)).size == (480, 320)
    page = Client().get(Event.objects.get().get_absolute_url()).content.decode()
    assert f'src="{path_of(picture, 960)}"' in page
    assert 'alt="Red and blue"' in page
    assert 'width="1200" height="800"' in page


def test_an_unchanged_picture_is_not_sent_again_and_costs_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    event = EventFactory(picture=PictureFactory())
    etag = Client().get(path_of(event.picture)).headers["ETag"]
    with django_assert_num_queries(1):
        again = Client().get(path_of(event.picture), headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_hidden_protest_hides_its_picture_at_once() -> None:
    event = EventFactory(picture=PictureFactory())
    etag = Client().get(path_of(event.picture)).headers["ETag"]
    hide_event(event, by=moderator(), reason="Not ours")
    assert Client().get(path_of(event.picture), headers={"if-none-match": etag}).status_code == 404


@pytest.mark.parametrize("width", [479, 0, 1600, 961])
def test_a_width_that_was_not_made_does_not_exist(width: int) -> None:
    event = EventFactory(picture=PictureFactory())
    assert Client().get(path_of(event.picture, width)).status_code == 404


def test_a_chosen_picture_survives_an_error_elsewhere() -> None:
    client = Client()
    page = send(client, picture_file=upload(), title="").content.decode()
    picture = Picture.objects.get()
    assert "Your picture is kept." in page
    assert signed(picture) in page
    assert send(client, picture_name=signed(picture)).status_code == 302
    assert finish(client).picture == picture


def test_the_answers_can_be_changed_without_losing_the_picture() -> None:
    client = Client()
    send(client, picture_file=upload())
    page = client.get(FORM, {"change": str(Registration.objects.get().key)}).content.decode()
    assert signed(Picture.objects.get()) in page
    assert 'value="Red and blue"' in page


def test_a_picture_can_be_removed_and_replaced() -> None:
    client, first = Client(), PictureFactory()
    assert send(client, picture_name=signed(first), picture_gone="on", picture_alt="").status_code == 302
    revision = finish(client)
    assert (revision.picture, revision.picture_alt) == (None, "")
    page = send(client, picture_name=signed(first), picture_gone="on", picture_file=upload(), title="")
    assert signed(Picture.objects.latest("pk")) in page.content.decode()


@pytest.mark.parametrize("alt", ["", "   "])
def test_words_are_asked_for_with_a_picture(alt: str) -> None:
    page = send(Client(), picture_file=upload(), picture_alt=alt).content.decode()
    assert "Say in one sentence what can be seen on the picture." in page
    assert "Your picture is kept." in page


def test_words_without_a_picture_are_dropped() -> None:
    client = Client()
    send(client)
    assert finish(client).picture_alt == ""


def test_words_about_a_picture_do_not_tell_a_hidden_place() -> None:
    secret = {"disclosure": "followers", "picture_alt": "The statue on Plac Zamkowy"}
    page = send(Client(), picture_file=upload(), **secret).content.decode()
    assert "Your text names “Plac Zamkowy”" in page


@pytest.mark.parametrize("name", ["{key}", "{key}:made-up", "made-up", "", "\0", "{other}"])
def test_nobody_can_name_the_picture_of_somebody_else(name: str) -> None:
    picture = PictureFactory()
    name = name.format(key=picture.key, other=signed(picture).replace(str(picture.key), str(uuid.uuid4())))
    client = Client()
    send(client, picture_name=name)
    assert not Revision.objects.filter(picture=picture).exists()
    if Registration.objects.exists():
        assert finish(client).picture is None


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"GIF89a" + bytes(20), Refusal.WRONG_FORMAT),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", Refusal.WRONG_FORMAT),
        (b"%PDF-1.7 and so on", Refusal.WRONG_FORMAT),
        (b"\0\0\0\x18ftypheic" + bytes(20), Refusal.HEIC),
        (b"\0\0\0\x18ftypavif" + bytes(20), Refusal.WRONG_FORMAT),
        (b"\xff\xd8\xff", Refusal.WRONG_FORMAT),
        (b"\x89PNG\r\n\x1a\n", Refusal.WRONG_FORMAT),
        (b"RIFF\0\0\0\0WEBPVP8X", Refusal.WRONG_FORMAT),
        (b"x", Refusal.WRONG_FORMAT),
    ],
)
def test_other_files_are_refused_in_plain_words(content: bytes, refusal: Refusal) -> None:
    page = send(Client(), picture_file=upload(content)).content.decode()
    assert str(refusal.label) in page
    assert not Picture.objects.exists()


@pytest.mark.parametrize("marker", [b"\xff", b"\xff\xd0", b"\xff\xe0\x00\x02"])
def test_looking_for_the_size_of_a_picture_ends_soon(marker: bytes) -> None:
    """In a web process, before any limit: ten million markers would keep everybody waiting."""
    content = b"\xff\xd8" + marker * (MOST_BYTES // len(marker))
    started = time.process_time()
    with pytest.raises(NotAPicture):
        read_header(content)
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue")]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(images.Refused, match="Moving pictures"):
        images.check(content, len(content))


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_picture_is_refused_by_the_worker_and_its_organiser_told(kind: str, cut: float) -> None:
    content = photo(kind=kind)
    event = OrganiserFactory(event__state="submitted").event
    picture = images.receive(content[: int(len(content) * cut)])
    RevisionFactory(event=event, picture=picture, picture_alt="A banner")
    images.read(picture)
    picture.refresh_from_db()
    assert (picture.state, picture.refusal) == ("refused", "unreadable")
    client = Client()
    client.force_login(event.organisers.get().user)
    for path in ("/organise/", f"/organise/{event.public_id}/"):
        assert str(Refusal.UNREADABLE.label) in client.get(path).content.decode()
    assert "Your picture is kept" not in client.get(f"/organise/{event.public_id}/edit/").content.decode()


def test_a_lost_original_is_told_where_the_form_is_sent_again() -> None:
    client = Client()
    send(client, picture_file=upload())
    redis.Redis.from_url(settings.CACHE_URL).flushdb()
    read_all()
    assert Picture.objects.get().refusal == "lost"
    answer = send(client, picture_name=signed(Picture.objects.get()))
    assert str(Refusal.LOST.label) in answer.content.decode()
    # Sent again as it stands, it is a protest without a picture.
    assert send(client, picture_name="").status_code == 302


def test_while_many_pictures_wait_no_more_are_taken_and_the_form_keeps_the_rest(clock: Any) -> None:
    for _n in range(MOST_WAITING):
        PictureFactory(state="waiting", width=0, height=0)
    page = send(Client(), picture_file=upload()).content.decode()
    assert "Pictures cannot be taken at the moment." in page
    assert 'value="Red and blue"' in page
    assert (Picture.objects.count(), Registration.objects.count()) == (MOST_WAITING, 0)
    clock.shift(originals.LIFETIME)
    assert send(Client(), picture_file=upload()).status_code == 302


def test_without_redis_the_form_keeps_the_rest(redis_away: None) -> None:
    page = send(Client(), picture_file=upload())
    assert page.status_code == 200
    assert "Pictures cannot be taken at the moment." in page.content.decode()
    assert 'value="March for freedom of movement"' in page.content.decode()
    assert not Picture.objects.exists()


def test_many_pictures_from_one_network_have_to_wait() -> None:
    for _n in range(20):
        send(Client(), picture_file=upload(), title="")
    assert "Many pictures were sent just now." in send(Client(), picture_file=upload()).content.decode()
    assert Picture.objects.count() == 20


def test_the_original_is_gone_once_it_was_read() -> None:
    picture = images.receive(photo())
    assert originals.get(picture.key) == photo()
    kept = redis.Redis.from_url(settings.CACHE_URL)
    assert 0 < kept.ttl(f"original:{picture.key}") <= 900
    assert photo()[:200] not in bytes(kept.get(f"original:{picture.key}"))
    images.read(picture)
    assert originals.get(picture.key) is None


def test_reading_twice_changes_nothing() -> None:
    picture = images.receive(photo())
    images.read(picture)
    before = list(PictureFile.objects.values_list("pk"))
    images.read(picture)
    read_picture(picture.pk)
    assert list(PictureFile.objects.values_list("pk")) == before
    assert Picture.objects.get().is_ready


def test_a_small_picture_is_not_blown_up_and_a_large_one_is_cut_down() -> None:
    assert [file[:2] for file in keeping.reencoded(photo(300, 200))] == [(300, 200)]
    assert [file[:2] for file in keeping.reencoded(photo(4000, 3000))] == [(480, 360), (960, 720), (1600, 1200)]
    assert [file[:2] for file in keeping.reencoded(photo(480, 320))] == [(480, 320)]
    assert [file[:2] for file in keeping.reencoded(photo(1, 1))] == [(1, 1)]
    tall = keeping.reencoded(photo(500, 10_000))
    assert tall[-1][:2] == (120, 2400)


def pixel(content: bytes, x: float, y: float) -> tuple[int, ...]:
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    return picture.getpixel((int(picture.width * x), int(picture.height * y)))


def is_red(color: tuple[int, ...]) -> bool:
    return color[0] > 200 and color[2] < 60


@pytest.mark.parametrize(("turn", "x", "y"), [(1, 0.1, 0.5), (3, 0.9, 0.5), (6, 0.5, 0.1), (8, 0.5, 0.9)])
def test_a_picture_stands_upright(turn: int, x: float, y: float) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    *_smaller, (_width, _height, content) = keeping.reencoded(photo(exif=exif))
    assert is_red(pixel(content, x, y))


@pytest.mark.parametrize(
    ("mode", "options"),
    [("1", {}), ("L", {}), ("LA", {}), ("P", {}), ("RGBA", {}), ("I;16", {}), ("P", {"transparency": 0})],
)
def test_every_kind_of_png_is_read(mode: str, options: dict[str, int]) -> None:
    content = encoded(Image.new(mode, (3000, 500)), "PNG", **options)
    assert [file[:2] for file in keeping.reencoded(content)][-1] == (1600, 267)


def test_transparent_is_white_and_a_profile_is_applied() -> None:
    (file,) = keeping.reencoded(encoded(Image.new("RGBA", (90, 90), (0, 0, 0, 0)), "PNG"))
    assert min(pixel(file[2], 0.5, 0.5)) > 250
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    grey = encoded(Image.new("RGB", (90, 90), (128, 128, 128)), "PNG", icc_profile=lab)
    (file,) = keeping.reencoded(grey)
    assert b"ICCP" not in file[2]
    assert keeping.reencoded(encoded(Image.new("CMYK", (90, 90), (0, 255, 255, 0))))[0][:2] == (90, 90)


def test_a_broken_profile_does_no_harm() -> None:
    (file,) = keeping.reencoded(photo(90, 90, icc_profile=b"no profile"))
    assert is_red(pixel(file[2], 0.1, 0.5))


def test_a_changed_picture_is_public_only_once_it_is_approved() -> None:
    """R8: bait and switch."""
    old, new = PictureFactory(), PictureFactory()
    organiser = OrganiserFactory(event=EventFactory(picture=old, picture_alt="Old"))
    event, client = organiser.event, Client()
    log_in(client, organiser.user)
    edited = {**answers(), "title": event.title, "picture_name": signed(new), "picture_alt": "New"}
    assert client.post(f"/organise/{event.public_id}/edit/", edited).status_code == 302
    revision = Revision.objects.get()
    assert revision.picture == new
    page = Client().get(event.get_absolute_url()).content.decode()
    assert str(old.key) in page
    assert str(new.key) not in page
    assert Client().get(path_of(new)).status_code == 404
    seen_by = {"/moderation/": CoordinatorFactory().user, "/organise/": organiser.user}
    for room, user in seen_by.items():
        log_in(client, user)
        shown = client.get(f"{room}pictures/{new.key}/480.webp")
        assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "private, no-store")
        one = f"{room}{revision.pk}/" if room == "/moderation/" else f"{room}{event.public_id}/"
        both = client.get(one).content.decode()
        assert str(old.key) in both
        assert str(new.key) in both
    approve_revision(revision, by=moderator())
    page = Client().get(event.get_absolute_url()).content.decode()
    assert str(new.key) in page
    assert Client().get(path_of(old)).status_code == 404
    assert Client().get(path_of(new)).status_code == 200


def test_what_nobody_has_seen_is_not_approved() -> None:
    revision = RevisionFactory(picture=images.receive(photo()), picture_alt="Red and blue")
    client = Client()
    log_in(client, moderator())
    answer = client.post(f"/moderation/{revision.pk}/decide/", {"verb": "approve"})
    assert answer.status_code == 409
    assert "The picture is still being prepared." in answer.content.decode()
    read_all()
    assert client.post(f"/moderation/{revision.pk}/decide/", {"verb": "approve"}).status_code == 302


def test_unused_pictures_go_and_used_ones_stay(clock: Any) -> None:
    used, proposed, unused = PictureFactory(), PictureFactory(), PictureFactory()
    event = EventFactory(picture=used)
    RevisionFactory(event=event, picture=proposed)
    clock.shift(dt.timedelta(hours=71))
    look_after_pictures()
    assert Picture.objects.filter(pk=unused.pk).exists()
    clock.shift(dt.timedelta(hours=1))
    look_after_pictures()
    assert set(Picture.objects.all()) == {used, proposed}
    assert set(PictureFile.objects.values_list("picture", flat=True)) == {used.pk, proposed.pk}
    event.delete()
    look_after_pictures()
    assert not PictureFile.objects.exists()


def test_a_picture_that_no_worker_was_woken_for_is_found(clock: Any) -> None:
    picture = images.receive(photo())
    assert keeping.overdue(WEEKS_BEFORE) == []
    assert keeping.overdue(WEEKS_BEFORE + dt.timedelta(minutes=1)) == [picture.pk]
