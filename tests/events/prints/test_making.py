"""Making and keeping sheets."""

import datetime as dt

import pytest
import time_machine
import typst
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from events.models import Event, Print
from events.models.prints import LEASE, MOST_TRIES
from events.prints import drawing, making
from events.prints.sheets import Kind
from events.tasks import make_pictures_ahead, make_print, throw_prints_away
from tests.events.prints.paper import address, got, sheet
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, EventFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@time_machine.travel(WEEKS_BEFORE)
def test_an_address_of_a_sheet_has_one_form(client: Client, event: Event) -> None:
    path = address(event, "poster.pdf")
    for query in ("?size=a2", "?size=A3", "?utm=1", "?size=a3&size=a3"):
        assert client.get(path + query).headers["Location"] == path
    assert client.get(f"/en/protests/{event.public_id}-old/card.png").headers["Location"] == address(event, "card.png")
    assert client.post(path).status_code == 405
    assert client.get("/en/countries/zz/poster.pdf").status_code == 404


@time_machine.travel(WEEKS_BEFORE)
def test_a_sheet_that_cannot_be_made_is_given_up_and_says_so(
    client: Client, event: Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken template is the fault that can happen; the page behind it is whole."""
    wanted, path = sheet(Kind.POSTER_A4, event), address(event, "poster.pdf")
    monkeypatch.setattr(drawing, "_compiler", lambda kind: typst.Compiler(b"#panic()"))
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        for _try in range(MOST_TRIES + 2):
            make_print(wanted.name)
            make_print(wanted.name)
            clock.shift(LEASE)
        assert caplog.text.count("failed: TypstError") == MOST_TRIES
        assert Print.objects.get().tries == MOST_TRIES
        response = client.get(path)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "120")
    assert "This sheet could not be made" in response.content.decode()
    monkeypatch.undo()
    Event.objects.filter(pk=event.pk).update(title="Another content is another try")
    got(client, path, wanted)


@time_machine.travel(WEEKS_BEFORE)
def test_without_redis_the_page_says_so(client: Client, event: Event, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}}
    response = client.get(address(event, "poster.pdf"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "120")
    assert "Nothing can be printed just now" in response.content.decode()


@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_pictures_are_there_before_anybody_asks() -> None:
    event = EventFactory(language="pl", translations={"uk": {"title": "Марш"}})
    EventFactory(campaign=event.campaign, state="submitted")
    CampaignCountryFactory(campaign=event.campaign)
    make_pictures_ahead()
    made = set(Print.objects.exclude(data=None).values_list("sheet", flat=True))
    ours = {f"card/{language}/{event.public_id}" for language in ("en", "pl", "uk")}
    editions = {f"country-card/{lang}/{subject}" for lang in settings.COMPLETE_LANGUAGES for subject in ("", "PL")}
    assert made == ours | editions


@pytest.mark.parametrize(("page", "card"), [("uk", "uk"), ("pl", "pl"), ("fi", "pl"), ("en", "pl")])
@time_machine.travel(WEEKS_BEFORE)
def test_a_page_names_a_picture_that_was_made_ahead(client: Client, page: str, card: str) -> None:
    event = EventFactory(language="pl", translations={"uk": {"title": "Марш"}})
    make_pictures_ahead()
    html = client.get(address(event, "", page)).content.decode()
    path = address(event, "card.png", card)
    assert f'<meta property="og:image" content="{settings.SITE_URL}{path}">' in html
    assert client.get(path).status_code == 200


def test_pictures_are_made_again_after_a_change_and_only_then() -> None:
    event = EventFactory()
    changed = WEEKS_BEFORE + dt.timedelta(hours=1)
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        make_pictures_ahead()
        clock.shift(making.SETTLED_AFTER * 2)
        make_pictures_ahead()
        assert making.make_pictures_ahead() == 0
        before = Print.objects.get(event=event)
        clock.move_to(changed)
        Event.objects.filter(pk=event.pk).update(title="Moved", changed_at=changed)
        clock.shift(making.SETTLED_AFTER * 2)
        assert making.make_pictures_ahead() == 1
        assert making.make_pictures_ahead() == 0
    assert Print.objects.get(event=event).key != before.key


def test_old_and_superfluous_sheets_are_thrown_away(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        make_print(sheet(Kind.POSTER_A4, event).name)
        clock.shift(dt.timedelta(days=6))
        make_print(sheet(Kind.LEAFLET, event).name)
        throw_prints_away()
        assert Print.objects.count() == 2
        clock.shift(dt.timedelta(days=2))
        throw_prints_away()
        assert Print.objects.get().sheet.startswith("leaflet")
        monkeypatch.setattr(making, "MOST_BYTES", 30_000)
        for kind in (Kind.POSTER_A4, Kind.POSTER_A3):
            clock.shift(60)
            make_print(sheet(kind, event).name)
        throw_prints_away()
        assert Print.objects.get().sheet.startswith("poster-a3")
