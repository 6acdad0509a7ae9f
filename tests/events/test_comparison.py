import datetime as dt

import pytest
from django.utils import translation

from events.comparison import Piece, compare, word_pieces
from events.models import City, Event
from tests.factories import WEEKS_BEFORE


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("", "", []),
        ("same words", "same words", [Piece("same", "same words")]),
        ("", "new", [Piece("new", "new")]),
        ("gone", "", [Piece("gone", "gone")]),
        (
            "at the old square",
            "at the new square",
            [Piece("same", "at the "), Piece("gone", "old"), Piece("new", "new"), Piece("same", " square")],
        ),
        (
            "line\n\nbreaks",
            "line\nbreaks",
            [Piece("same", "line"), Piece("gone", "\n\n"), Piece("new", "\n"), Piece("same", "breaks")],
        ),
    ],
)
def test_words_that_go_and_come_are_set_apart(old, new, pieces):
    assert word_pieces(old, new) == pieces


def test_old_and_new_can_be_read_back_from_the_pieces():
    old, new = "Ми йдемо від вокзалу до площі.", "Ми їдемо від мосту до площі, і далі."
    pieces = word_pieces(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new


def protest(**values):
    start = {
        "title": "March",
        "kind": "demonstration",
        "day": dt.date(2027, 10, 11),
        "start_time": dt.time(14),
        "timezone": "Europe/Warsaw",
        "country": "PL",
        "city": City(name="Warszawa", display_names={"en": "Warsaw"}),
        "place_kind": "address",
        "venue": "Plac Zamkowy",
        "contact_email": "hello@example.org",
    }
    return Event(**{**start, **values})


def changed(**values):
    lines = compare(protest(**values), protest(), WEEKS_BEFORE)
    return {str(line.label): (line.old, line.new) for line in lines if line.is_changed}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"title": "Rally"}, {"Title": ("March", "Rally")}),
        ({"kind": "rally"}, {"Kind": ("Demonstration", "Rally")}),
        ({"day": dt.date(2027, 10, 12)}, {"Day": ("Monday 11 October 2027", "Tuesday 12 October 2027")}),
        ({"start_time": None}, {"Start": ("14:00", "")}),
        ({"end_time": dt.time(16)}, {"End": ("", "16:00")}),
        ({"venue": "Rynek"}, {"Place": ("Plac Zamkowy", "Rynek")}),
        ({"lat": "52.2", "lon": "21.0"}, {"Position": ("", "52.2, 21.0")}),
        ({"spoken_languages": ["pl", "uk"]}, {"Languages spoken": ("", "Polish, Ukrainian")}),
        (
            {"access_features": ["captions", "step_free"], "access_notes": "1 km."},
            {
                "What makes it easier to take part": ("", "Step-free, Captions or subtitles"),
                "More on access": ("", "1 km."),
            },
        ),
        (
            {"disclosure": "timed", "disclose_at": dt.datetime(2027, 10, 10, 15, 0, tzinfo=dt.UTC)},
            {
                "Who may know the exact place": ("Public now", "Public from a set time"),
                "Known from": ("", "10 October, 17:00"),
            },
        ),
        (
            {"translations": {"de": {"title": "Marsch", "description": "Kommt."}}},
            {"Title in German": ("", "Marsch"), "Text in German": ("", "Kommt.")},
        ),
        # Nobody's to read: not even that it changed.
        ({"contact_email": "other@example.org"}, {}),
    ],
)
def test_each_field_is_compared_in_words(values, expected):
    with translation.override("en"):
        assert changed(**values) == expected


def test_a_translation_that_goes_is_shown():
    old = protest(translations={"de": {"title": "Marsch", "description": ""}})
    lines = compare(protest(), old, WEEKS_BEFORE)
    assert [(line.old, line.new) for line in lines if line.is_changed] == [("Marsch", "")]


def test_spoken_languages_in_another_order_are_no_change():
    """The form gives them back in the order of its boxes."""
    old = protest(spoken_languages=["pl", "en", "uk"])
    lines = compare(protest(spoken_languages=["en", "pl", "uk"]), old, WEEKS_BEFORE)
    assert not any(line.is_changed for line in lines)


def test_without_a_public_version_nothing_counts_as_changed():
    lines = compare(protest(), None, WEEKS_BEFORE)
    assert not any(line.is_changed for line in lines)
    assert all(line.new for line in lines)


def test_the_order_is_that_of_the_form():
    translations = {"uk": {"title": "Марш", "description": "Текст"}, "de": {"title": "Marsch", "description": "Text"}}
    with translation.override("en"):
        labels = [str(line.label) for line in compare(protest(translations=translations), None, WEEKS_BEFORE)]
    assert labels[:2] == ["Title", "Language of the text"]
    assert labels[-4:] == ["Title in German", "Text in German", "Title in Ukrainian", "Text in Ukrainian"]
