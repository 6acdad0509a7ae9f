"""What stands on a sheet."""

import io
from pathlib import Path

import pypdf
import pytest
import time_machine
import zxingcpp
from django.conf import settings
from django.test import Client
from PIL import Image

from events.models import Event, Print
from events.prints.facts import facts_of
from events.prints.sheets import Kind, Sheet
from events.tasks import make_print
from tests.events.prints.paper import A3, A4, HOSTILE, address, as_picture, got, sheet, size_of, text_of
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, EventFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


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
