"""Posters, leaflets and share pictures: what stands on them, and that none is ever older than its page."""

import datetime as dt
import io
from pathlib import Path

import pypdf
import pytest
import time_machine
import typst
import zxingcpp
from django.conf import settings
from django.test import Client
from PIL import Image
from pytest_django import Settings

from events.models import Event, Print
from events.models.campaign import Disclosure
from events.models.prints import LEASE, MOST_TRIES
from events.prints import drawing, making
from events.prints.facts import facts_of
from events.prints.sheets import Kind, Sheet
from events.tasks import make_pictures_ahead, make_print, throw_prints_away
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignTextFactory,
    EventFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]
A4, A3 = (595, 842), (842, 1191)
HOSTILE = [
    '#import "/etc/passwd": *',
    '#read("common.typ") $x^2$ *bold* _it_ `raw` <label> @ref \\ // no comment',
    "]] }} \"quoted\" 'single' #{panic()} [link](https://evil.example) \\u{41}",
]


@pytest.fixture
def event() -> Event:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    return event


def sheet(kind: Kind, event: Event, language: str = "en") -> Sheet:
    return Sheet(kind, language, event.public_id)


def address(event: Event, name: str, language: str = "en") -> str:
    return f"/{language}/protests/{event.public_id}-{event.slug}/{name}"


def got(client: Client, path: str, wanted: Sheet) -> bytes:
    """The sheet at *path*: asked for, made, fetched."""
    assert client.get(path).status_code == 202
    make_print(wanted.name)
    response = client.get(path)
    assert response.status_code == 200, path
    return bytes(response.content)


def text_of(pdf: bytes) -> str:
    """The words of a PDF, without the breaks of its lines."""
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def size_of(pdf: bytes) -> tuple[int, int]:
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    return round(page.mediabox.width), round(page.mediabox.height)


def as_picture(pdf: bytes, folder: Path) -> Image.Image:
    """The first page as a printer would show it."""
    (folder / "sheet.pdf").write_bytes(pdf)
    page = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("sheet.pdf")'
    drawn = typst.Compiler(page, root=folder).compile(format="png", ppi=144.0)
    return Image.open(io.BytesIO(drawn)).convert("L")


@time_machine.travel(WEEKS_BEFORE)
def test_a_poster_says_what_when_and_where(client: Client, event: Event) -> None:
    text = text_of(got(client, address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event)))
    for part in (
        "March for freedom of movement", "11", "Monday", "October 2027", "14:00", "until 16:00", "Warszawa",
        "Plac Zamkowy, Plac Zamkowy 1", "Open Borders Assembly", "International Day of Action",
        "For freedom of movement", f"/en/protests/{event.public_id}",
    ):  # fmt: skip
        assert part in text, (part, text)


@pytest.mark.parametrize(("query", "kind", "size"), [("", Kind.POSTER_A4, A4), ("?size=a3", Kind.POSTER_A3, A3)])
@time_machine.travel(WEEKS_BEFORE)
def test_a_poster_comes_in_two_sizes(
    client: Client, event: Event, query: str, kind: Kind, size: tuple[int, int]
) -> None:
    pdf = got(client, address(event, f"poster.pdf{query}"), sheet(kind, event))
    assert size_of(pdf) == size
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1


@time_machine.travel(WEEKS_BEFORE)
def test_a_leaflet_holds_two_on_a_sheet_with_the_text(client: Client, event: Event) -> None:
    pdf = got(client, address(event, "leaflet.pdf"), sheet(Kind.LEAFLET, event))
    assert size_of(pdf) == A4[::-1]
    assert text_of(pdf).count("We walk from the station to the square.") == 2


@time_machine.travel(WEEKS_BEFORE)
def test_a_picture_has_the_size_that_previews_ask_for(client: Client, event: Event) -> None:
    png = got(client, address(event, "card.png"), sheet(Kind.CARD, event))
    assert Image.open(io.BytesIO(png)).size == (1200, 630)
    assert len(png) < 60_000


@pytest.mark.parametrize(("name", "kind"), [("poster.pdf", Kind.POSTER_A4), ("leaflet.pdf", Kind.LEAFLET)])
@time_machine.travel(WEEKS_BEFORE)
def test_a_camera_finds_the_way_from_the_paper_to_the_page(
    client: Client, event: Event, name: str, kind: Kind, tmp_path: Path
) -> None:
    pdf = got(client, address(event, name, "uk"), sheet(kind, event, "uk"))
    codes = {code.text for code in zxingcpp.read_barcodes(as_picture(pdf, tmp_path))}
    assert codes == {f"{settings.SITE_URL}/uk/protests/{event.public_id}/"}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("uk", "Марш за свободу пересування: ґанок, їжак, єдність"),
        ("de", "Marsch zum Büro: Bewegungsfreiheit ist kein Verbrechen"),
        ("pl", "Marsz za swobodą przemieszczania się: żółć"),
        ("fi", "Pohjoismainen liikkumisvapausmielenosoituskulkue"),
        ("fr", "Marche pour la liberté de circulation : où et quand"),
        ("nl", "Mars voor bewegingsvrijheid één"),
    ],
)
@time_machine.travel(WEEKS_BEFORE)
def test_a_poster_speaks_its_language(client: Client, language: str, title: str) -> None:
    event = EventFactory(language=language, title=title)
    text = text_of(got(client, address(event, "poster.pdf", language), sheet(Kind.POSTER_A4, event, language)))
    assert "".join(title.split()) in "".join(text.split())


@time_machine.travel(WEEKS_BEFORE)
@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("No border \U0001f525\ufe0f no nation", "No border no nation"),
        ("\U0001f469\u200d\U0001f692 Marsz 不要边界 o wolność!", "Marsz o wolność!"),
        ("Ελευθερία, свобода, თავისუფლება", "Ελευθερία, свобода, თავისუფლება"),
        ("161", "161"),
        ("不要边界！2027", "Demonstration, Warszawa"),
        ("\U0001f525\U0001f525", "Demonstration, Warszawa"),
    ],
)
@time_machine.travel(WEEKS_BEFORE)
def test_letters_that_no_font_holds_leave_no_gap(title: str, headline: str) -> None:
    event = EventFactory(title=title, organiser_name="不要边界")
    for kind in (Kind.POSTER_A4, Kind.CARD):
        found = facts_of(sheet(kind, event), WEEKS_BEFORE)
        assert found is not None
        assert (found[0]["title"], found[0]["who"]) == (headline, "")
    listed = facts_of(Sheet(Kind.COUNTRY_A4, "en", "PL"), WEEKS_BEFORE)
    assert listed is not None
    assert f"'title': '{headline}'" in str(listed[0]["rows"])


def test_an_arabic_title_is_set_in_its_script(client: Client) -> None:
    title = "مسيرة من أجل حرية التنقل"
    event = EventFactory(language="ar", title=title)
    pdf = got(client, address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event))
    # The font draws dots apart from their letters, so that readers of PDFs find no words: letters without dots, then.
    assert set("مسرلأ") <= set(text_of(pdf))
    assert b"NotoSansArabic" in pdf


@pytest.mark.parametrize("title", HOSTILE)
@time_machine.travel(WEEKS_BEFORE)
def test_markup_in_a_text_stays_text(client: Client, title: str) -> None:
    event = EventFactory(title=title, organiser_name=title, venue=title[:200], description=title)
    for name, kind in (("poster.pdf", Kind.POSTER_A4), ("leaflet.pdf", Kind.LEAFLET)):
        text = text_of(got(client, address(event, name), sheet(kind, event)))
        assert "".join(title.split()) in "".join(text.split())
    assert got(client, address(event, "card.png"), sheet(Kind.CARD, event)).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "title", ["Х" * 120, "https://example.org/" + "a" * 100, "Bewegungsfreiheit " * 6 + "überall", "W" * 30, "a"]
)
@time_machine.travel(WEEKS_BEFORE)
def test_any_title_fits_on_one_page(client: Client, title: str) -> None:
    event = EventFactory(
        title=title,
        organiser_name="Bündnis für Bewegungsfreiheit und gegen Abschiebungen, " * 3,
        venue="Platz der Vereinten Nationen vor dem großen Springbrunnen, " * 3,
        description="Long words and short. " * 60,
        spoken_languages=["uk", "pl", "fi", "de", "fr", "nl", "en", "ar"],
        is_example=True,
    )
    for kind in (Kind.POSTER_A4, Kind.POSTER_A3, Kind.LEAFLET, Kind.CARD):
        make_print(sheet(kind, event).name)
    made = dict(Print.objects.values_list("sheet", "data"))
    assert len(made) == 4
    assert all(len(pypdf.PdfReader(io.BytesIO(data)).pages) == 1 for name, data in made.items() if "card" not in name)


@time_machine.travel(WEEKS_BEFORE)
def test_a_country_poster_lists_what_fits_and_counts_the_rest(client: Client, tmp_path: Path) -> None:
    event = EventFactory()
    CampaignCountryFactory(campaign=event.campaign)
    for number in range(49):
        EventFactory(campaign=event.campaign, title=f"Rally {number}")
    EventFactory(campaign=event.campaign, title="Called off", state="cancelled")
    pdf = got(client, "/en/countries/pl/poster.pdf", Sheet(Kind.COUNTRY_A4, "en", "PL"))
    text = text_of(pdf)
    shown = text.count("Rally") + 1
    assert 10 < shown < 40
    assert f"and {50 - shown} more protests" in text
    assert "Poland" in text
    assert "Polska" in text
    assert "Called off" not in text
    codes = [code.text for code in zxingcpp.read_barcodes(as_picture(pdf, tmp_path))]
    assert codes == [f"{settings.SITE_URL}/en/countries/pl/"]
    assert size_of(got(client, "/en/countries/pl/poster.pdf?size=a3", Sheet(Kind.COUNTRY_A3, "en", "PL"))) == A3


@time_machine.travel(WEEKS_BEFORE)
def test_the_edition_and_its_countries_have_pictures(client: Client, event: Event) -> None:
    CampaignCountryFactory(campaign=event.campaign, country="FR")
    for path, subject in (
        ("/pl/card.png", ""),
        ("/pl/countries/pl/card.png", "PL"),
        ("/pl/countries/fr/card.png", "FR"),
    ):
        png = got(client, path, Sheet(Kind.COUNTRY_CARD, "pl", subject))
        assert Image.open(io.BytesIO(png)).size == (1200, 630)


@time_machine.travel(WEEKS_BEFORE)
def test_a_sheet_is_public_and_known_by_its_content(client: Client, event: Event) -> None:
    path = address(event, "poster.pdf")
    got(client, path, sheet(Kind.POSTER_A4, event))
    response = client.get(path)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=5, stale-if-error=30"
    assert response.headers["Content-Disposition"] == f'inline; filename="noborder-{event.public_id}-poster-a4-en.pdf"'
    assert not response.cookies
    again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@time_machine.travel(WEEKS_BEFORE)
def test_who_comes_first_waits_on_a_page_that_looks_again(client: Client, event: Event) -> None:
    response = client.get(address(event, "poster.pdf"))
    assert response.status_code == 202
    assert response.headers["Cache-Control"] == "private, no-store"
    assert (response.headers["Refresh"], response.headers["Retry-After"]) == ("2", "2")
    assert "Being printed" in response.content.decode()
    assert not Print.objects.exists()


@time_machine.travel(WEEKS_BEFORE)
def test_a_moved_protest_never_shows_its_old_sheet(client: Client, event: Event) -> None:
    path, wanted = address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event)
    got(client, path, wanted)
    Event.objects.filter(pk=event.pk).update(start_time=dt.time(18, 30), end_time=None)
    assert "18:30" in text_of(got(client, path, wanted))
    assert Print.objects.count() == 1


@pytest.mark.parametrize("kind", [Kind.POSTER_A4, Kind.POSTER_A3, Kind.LEAFLET, Kind.CARD])
@time_machine.travel(WEEKS_BEFORE)
def test_an_undisclosed_place_leaves_no_trace(kind: Kind) -> None:
    """The facts are all that a sheet is made from: with another place they are the same to the last letter."""
    event = EventFactory(venue="Canaryplatz", address="Canaryweg 5", disclosure=Disclosure.FOLLOWERS)
    CampaignTextFactory(campaign=event.campaign)
    before, _event = facts_of(sheet(kind, event), WEEKS_BEFORE)
    Event.objects.filter(pk=event.pk).update(venue="Elsewhere", address="Elsewhere 7")
    after, _event = facts_of(sheet(kind, event), WEEKS_BEFORE)
    assert before == after
    assert drawing.draw(kind, before) == drawing.draw(kind, after)
    assert "Canary" not in str(before)


def test_a_place_stands_on_the_poster_once_it_is_public(client: Client) -> None:
    opens = dt.datetime(2027, 10, 10, 8, tzinfo=dt.UTC)
    event = EventFactory(venue="Canaryplatz", disclosure=Disclosure.TIMED, disclose_at=opens)
    path, wanted = address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event)
    with time_machine.travel(opens - dt.timedelta(minutes=1)):
        text = text_of(got(client, path, wanted))
        assert "Canary" not in text
        assert "The exact place will stand on its page from 10 October, 10:00." in text
    with time_machine.travel(opens + dt.timedelta(seconds=1)):
        assert "Canaryplatz" in text_of(got(client, path, wanted))


@time_machine.travel(WEEKS_BEFORE)
def test_an_invented_protest_says_so(client: Client) -> None:
    event = EventFactory(is_example=True)
    assert "example" in text_of(got(client, address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event)))


@time_machine.travel(WEEKS_BEFORE)
def test_a_cancelled_protest_has_no_poster_and_a_picture_that_says_so(client: Client, event: Event) -> None:
    taking_place = got(client, address(event, "card.png"), sheet(Kind.CARD, event))
    got(client, address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event))
    Event.objects.filter(pk=event.pk).update(state="cancelled")
    for name in ("poster.pdf", "leaflet.pdf"):
        response = client.get(address(event, name))
        assert (response.status_code, response.headers["Cache-Control"]) == (410, "private, no-store")
    assert got(client, address(event, "card.png"), sheet(Kind.CARD, event)) != taking_place


def test_a_protest_that_is_over_has_no_poster(client: Client, event: Event) -> None:
    with time_machine.travel(event.over_at):
        assert client.get(address(event, "poster.pdf")).status_code == 410


@pytest.mark.parametrize("state", ["submitted", "hidden", "withdrawn"])
@time_machine.travel(WEEKS_BEFORE)
def test_what_is_not_public_is_not_printed(client: Client, event: Event, state: str) -> None:
    got(client, address(event, "card.png"), sheet(Kind.CARD, event))
    Event.objects.filter(pk=event.pk).update(state=state, published_at=None if state != "hidden" else WEEKS_BEFORE)
    for name in ("poster.pdf", "leaflet.pdf", "card.png"):
        assert client.get(address(event, name)).status_code == 404
    make_print(sheet(Kind.POSTER_A4, event).name)
    assert not Print.objects.filter(sheet__startswith="poster").exists()
    throw_prints_away()
    assert not Print.objects.exists()


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
