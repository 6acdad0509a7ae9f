"""Names of countries and languages, and days and hours in words."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import translation

from events import names, when
from events.folding import in_order
from events.models import Event

MONDAY = dt.date(2027, 10, 11)


def test_countries_are_named_for_the_reader_and_for_those_who_live_there() -> None:
    with translation.override("uk"):
        assert (names.country_name("PL"), names.own_country_name("PL")) == ("Польща", "Polska")
    assert names.own_country_name("BE").startswith("België / Belgique")
    assert names.country_name("??") == "??"


@pytest.mark.parametrize("language", settings.COMPLETE_LANGUAGES)
def test_every_country_and_language_has_a_name_in_every_language(language: str) -> None:
    with translation.override(language):
        assert all(names.country_name(code) not in {"", code} for code in names.country_codes())
        assert all(names.language_name(code) for code in names.language_codes())


@pytest.mark.parametrize(
    ("language", "day", "short", "span", "month"),
    [
        ("en", "Monday 11 October", "11 Oct", "11–13 October 2027", "October 2027"),
        ("uk", "Понеділок, 11 жовтня", "11 жов", "11–13 жовтня 2027", "Жовтень 2027"),
        ("pl", "Poniedziałek, 11 października", "11 paź", "11–13 października 2027", "Październik 2027"),
        ("fi", "Maanantai 11. lokakuuta", "11.10.", "11.–13. lokakuuta 2027", "Lokakuu 2027"),
        ("de", "Montag, 11. Oktober", "11. Okt", "11.–13. Oktober 2027", "Oktober 2027"),
        ("fr", "Lundi 11 octobre", "11 oct", "11–13 octobre 2027", "Octobre 2027"),
        ("nl", "Maandag 11 oktober", "11 okt", "11–13 oktober 2027", "Oktober 2027"),
    ],
)
def test_days_read_as_people_write_them(language: str, day: str, short: str, span: str, month: str) -> None:
    with translation.override(language):
        assert when.day_text(MONDAY) == day
        assert when.short_day(MONDAY) == short
        assert when.span_text(MONDAY, dt.date(2027, 10, 13)) == span
        assert when.month_text(MONDAY) == month


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "6 Nov 2026 07:05"),
        ("uk", "6 лис 2026 07:05"),
        ("fi", "6.11.2026 07:05"),
        ("de", "6. Nov 2026 07:05"),
    ],
)
def test_a_short_moment_reads_as_people_write_it(language: str, text: str) -> None:
    with translation.override(language):
        assert when.short_moment_with_year(dt.datetime(2026, 11, 6, 7, 5, tzinfo=dt.UTC)) == text


def test_no_page_names_a_month_in_django_s_way() -> None:
    """It writes “6 Mar” for November in Finnish, and a full stop too many in Ukrainian."""
    month = re.compile(r'date:"([^"]*[FMNE]|[A-Z_]+FORMAT)')
    pages = (settings.BASE_DIR / "templates").rglob("*.html")
    assert [page.name for page in pages if month.search(page.read_text())] == []


@pytest.mark.parametrize(
    ("zone", "day", "words"),
    [
        ("Europe/Warsaw", dt.date(2027, 10, 11), "local time in Warsaw (CEST)"),
        ("Europe/Warsaw", dt.date(2027, 10, 31), "local time in Warsaw (CET)"),
        ("Asia/Tbilisi", dt.date(2027, 10, 11), "local time in Tbilisi (UTC+4)"),
        ("America/Argentina/Buenos_Aires", dt.date(2027, 10, 11), "local time in Buenos Aires (UTC-3)"),
        ("Asia/Kathmandu", dt.date(2027, 10, 11), "local time in Kathmandu (UTC+5:45)"),
        ("UTC", dt.date(2027, 10, 11), "local time in UTC (UTC)"),
    ],
)
def test_the_zone_is_named(zone: str, day: dt.date, words: str) -> None:
    assert when.zone_text(Event(day=day, start_time=dt.time(14), timezone=zone)) == words


def test_an_instant_is_told_by_the_clocks_on_the_spot() -> None:
    moment = dt.datetime(2027, 10, 9, 16, 20, tzinfo=dt.UTC)
    assert when.moment_text(moment, ZoneInfo("Europe/Warsaw")) == "9 October, 18:20"


@pytest.mark.parametrize(
    "names",
    [
        ["Oman", "Österreich", "Polen"],
        ["Espagne", "États-Unis", "Finlande"],
        ["Естонія", "Ємен", "Зімбабве", "Індія", "Італія", "Кіпр"],
        ["Cypr", "Łotwa", "Maroko"],
        ["Гана", "Ґана", "Данія"],
    ],
)
def test_names_stand_where_a_dictionary_has_them(names: list[str]) -> None:
    assert sorted(names, key=in_order) == names
