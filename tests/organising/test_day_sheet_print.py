"""The day sheet as a PDF: what stands on it, that its code can be read, and that it lies nowhere in clear."""

import io
from pathlib import Path

import pypdf
import pytest
import redis
import typst
import zxingcpp
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from PIL import Image
from pytest_django import Settings

from events.models import Event, Organiser, Print
from events.models.campaign import Disclosure
from events.prints import drawing
from organising import day_sheet_print
from organising.models import DaySheet
from organising.tasks import make_day_sheet
from tests.factories import (
    CampaignTextFactory,
    EventFactory,
    OrganiserFactory,
    RightsCardFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]


@pytest.fixture
def event() -> Event:
    event = EventFactory(venue="Canaryplatz", address="Canaryweg 5", disclosure=Disclosure.FOLLOWERS)
    CampaignTextFactory(campaign=event.campaign)
    DaySheet.objects.create(
        event=event,
        second_meeting_point="Below the clock",
        own_legal_number="000 111",
        timeline="13:30 stewards meet\n14:00 start",
        roles="sound: M. 🎺\nпереклад: О.\nترجمة: م",
        emergency_plan="Go to the church.",
    )
    return event


@pytest.fixture
def helper(event: Event) -> Client:
    client = Client()
    client.force_login(OrganiserFactory(event=event, role=Organiser.Role.HELPER).user)
    return client


def path_of(event: Event) -> str:
    return f"/organise/{event.public_id}/day-sheet.pdf"


def got(client: Client, event: Event, language: str = "en") -> bytes:
    """Asked for, made, fetched."""
    waiting = client.get(path_of(event))
    assert (waiting.status_code, waiting["Refresh"], waiting["Cache-Control"]) == (202, "2", "private, no-store")
    make_day_sheet(event.pk, language)
    response = client.get(path_of(event))
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Cache-Control"] == "private, no-store"
    return bytes(response.content)


def pages(pdf: bytes) -> list[pypdf.PageObject]:
    return list(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pages(pdf)).split())


def as_picture(pdf: bytes, folder: Path) -> Image.Image:
    """The first page as a printer would show it."""
    (folder / "sheet.pdf").write_bytes(pdf)
    page = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("sheet.pdf")'
    drawn = typst.Compiler(page, root=folder).compile(format="png", ppi=144.0)
    return Image.open(io.BytesIO(drawn)).convert("L")


def test_it_says_what_is_needed_on_the_day(helper: Client, event: Event) -> None:
    RightsCardFactory(language="pl", text="**Polish** words", legal_number="000 222", checked_on="2026-01-01")
    pdf = got(helper, event)
    text = text_of(pdf)
    for part in (
        "Monday 11 October 2027, 14:00–16:00", "local time in Warszawa (CEST)", "Canaryplatz", "Canaryweg 5",
        "Below the clock", "000 111", "000 222", "13:30 stewards meet", "sound: M.", "переклад: О.",
        "Go to the church.",
        "As of Wednesday 1 September, 14:00 CEST.", "it may have changed", f"/en/protests/{event.public_id}",
        "Polish words", "Checked on 1 January 2026.", "more than a year ago", "No checked text yet: English.",
        "Some signs cannot be printed", "For the people of this protest only.",
    ):  # fmt: skip
        assert part in text, (part, text)
    assert [(round(page.mediabox.width), round(page.mediabox.height)) for page in pages(pdf)] == [(595, 842)]


def test_nothing_is_invented(helper: Client, event: Event) -> None:
    DaySheet.objects.all().delete()
    text = text_of(got(helper, event))
    for part in ("No checked number yet.", "No checked text yet: English, Polish.", "Not set yet."):
        assert part in text
    assert "Some signs" not in text


def test_a_camera_reads_its_code(helper: Client, event: Event, tmp_path: Path) -> None:
    (code,) = zxingcpp.read_barcodes(as_picture(got(helper, event), tmp_path))
    assert code.text == f"{settings.SITE_URL}/en/protests/{event.public_id}/"


def test_a_cancelled_protest_says_so_first(helper: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(state=Event.State.CANCELLED, cancel_reason="Storm")
    assert "Cancelled Storm" in text_of(got(helper, event))


@pytest.mark.parametrize("language", settings.COMPLETE_LANGUAGES)
def test_the_longest_texts_fit_on_three_pages_in_every_language(helper: Client, event: Event, language: str) -> None:
    words = ("слово word كلمة " * 200)[:1500]
    DaySheet.objects.update(timeline=words, roles=words, emergency_plan=words, meeting_note=words[:600])
    for code in ("pl", "ar", "uk"):
        RightsCardFactory(language=code, text=words)
    Organiser.objects.get(event=event).user.__class__.objects.update(language=language)
    assert len(pages(got(helper, event, language))) <= 3


def test_it_is_made_anew_once_anything_on_it_changes(helper: Client, event: Event) -> None:
    got(helper, event)
    DaySheet.objects.update(roles="sound: K.")
    assert "sound: K." in text_of(got(helper, event))
    Event.objects.filter(pk=event.pk).update(venue="Elsewhere")
    assert "Elsewhere" in text_of(got(helper, event))


def test_it_lies_sealed_for_minutes_and_among_no_public_sheets(helper: Client, event: Event) -> None:
    pdf = got(helper, event)
    assert not Print.objects.exists()
    store = redis.Redis.from_url(settings.CACHE_URL)
    (key,) = [key for key in store.keys("*") if b":day-sheet:" in key and b"wish" not in key]
    kept = store.get(key)
    assert isinstance(kept, bytes)
    assert pdf[:200] not in kept
    assert b"%PDF" not in kept
    assert 0 < store.ttl(key) <= 600


def test_nobody_else_gets_what_lies_ready(helper: Client, event: Event) -> None:
    got(helper, event)
    client = Client()
    client.force_login(UserFactory())
    assert client.get(path_of(event)).status_code == 404
    Organiser.objects.filter(event=event).delete()
    assert helper.get(path_of(event)).status_code == 404
    assert Client().get(f"/en/protests/{event.public_id}-{event.slug}/day-sheet.pdf").status_code == 404


def test_without_redis_people_are_told_to_print_the_page(helper: Client, event: Event, settings: Settings) -> None:
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {"default": away}
    response = helper.get(path_of(event))
    assert (response.status_code, response["Retry-After"]) == (503, "120")
    assert "Print the page of the day sheet instead" in response.content.decode()


def test_a_sheet_that_cannot_be_drawn_is_said_to_be_so(
    helper: Client, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert helper.get(path_of(event)).status_code == 202
    monkeypatch.setattr(day_sheet_print, "TEMPLATE", "nothing")
    make_day_sheet(event.pk, "en")
    response = helper.get(path_of(event))
    assert (response.status_code, response["Retry-After"]) == (503, "120")
    cache.clear()
    assert helper.get(path_of(event)).status_code == 202


def test_hostile_words_are_printed_as_words(helper: Client, event: Event) -> None:
    hostile = '#import "/etc/passwd": *\n#read("common.typ") $x^2$ *bold* <label> @ref'
    DaySheet.objects.update(roles=hostile)
    assert '#read("common.typ") $x^2$ *bold* <label> @ref' in text_of(got(helper, event))
    assert drawing.release()
