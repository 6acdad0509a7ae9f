"""R22: what does not show and what turns text round is dropped; real names of every script stay as they are."""

import pytest

from events.forms.fields import clean_line, clean_text
from events.lookalike import look_of
from events.markdown import as_html
from tests.security.addresses import World

SPOOFED = ["\u202e", "\u202d", "\u202a", "\u2066", "\u2067", "\u2069", "\u200b", "\ufeff", "\u00ad", "\u2060", "\u180e"]
NAMES = [
    "Київ, Площа Незалежності",
    "Маріупольська",
    "ساحة التحرير، القاهرة",
    "می\u200cخواهیم آزاد باشیم",
    "رۆژئاوا\u200cی کوردستان",
    "כיכר רבין, תל אביב",
    "Łódź — Plac Wolności",
    "क्\u200dष",
    "Zürich\u200e (CH)",
    "İstanbul’da yürüyüş",
]


@pytest.mark.parametrize("sign", SPOOFED, ids=ascii)
def test_a_sign_that_turns_text_round_or_does_not_show_is_dropped(sign: str) -> None:
    assert clean_line(f"March{sign}gpj.exe") == "Marchgpj.exe"
    assert clean_text(f"a{sign}b\nc") == "ab\nc"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_comes_back_as_it_was_typed(name: str) -> None:
    assert clean_line(name) == clean_text(name) == name


@pytest.mark.parametrize("fake", ["Seebrücke", "Ѕeebrücke", "Seebruсke", "SEEBRÜCKE", "See brücke", "Seebrüсkе"])
def test_names_that_the_eye_takes_for_one_another_look_the_same(fake: str) -> None:
    assert look_of(fake) == look_of("Seebrücke")


HIDDEN = [
    ("[https://good.example](https://evil.example/x)", "(evil.example)"),
    ("[good.example](https://evil.example)", "(evil.example)"),
    ("[myevil.example](https://evil.example)", "(evil.example)"),
    ("[click](https://good.example@evil.example/)", "(evil.example)"),
    ("[good.example/evil.example](https://evil.example)", "(evil.example)"),
    ("[write](mailto:evil@evil.example)", "(evil@evil.example)"),
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_a_link_shows_where_it_leads(text: str, shown: str) -> None:
    assert shown in as_html(text)


def test_names_cannot_turn_the_page_round(world: World) -> None:
    """Their direction is their own (dir="auto" or <bdi>)."""
    type(world.event).objects.filter(pk=world.event.pk).update(title="مسيرة الحرية", organiser_name="قف")
    page = world.client("anonymous").get(type(world.event).objects.get(pk=world.event.pk).get_absolute_url())
    html = page.content.decode()
    assert any(f"{mark}>مسيرة الحرية" in html for mark in ("<bdi", 'dir="auto"'))
