import functools
import gzip
import json
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from events import gazetteer
from events.models import City, CityName
from tests.factories import CityFactory, EventFactory

KYIV, WARSZAWA, WIEN, TURKU = 703448, 756135, 2761369, 633679


@functools.cache
def real_rows():
    return list(gazetteer.read_all(settings.DATA_DIR))


def rows(*ids):
    return [row for row in real_rows() if row.geoname_id in ids]


def row(**values):
    start = {
        "geonameid": 1,
        "country": "PL",
        "name": "Sowno",
        "slug": "sowno",
        "lat": 50,
        "lon": 20,
        "timezone": "Europe/Warsaw",
        "population": 5,
        "display_names": {},
        "alternates": [],
    }
    return gazetteer.city_row({**start, **values})


def content():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT md5(string_agg(c::text, '' ORDER BY geoname_id)) FROM events_city c),"
            " (SELECT md5(string_agg(n::text, '' ORDER BY id)) FROM events_cityname n)"
        )
        return cursor.fetchone()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("Kyiv", KYIV),
        ("Київ", KYIV),
        ("київ", KYIV),
        ("Kiew", KYIV),
        ("Kijów", KYIV),
        ("kijow", KYIV),
        ("Wien", WIEN),
        ("Vienna", WIEN),
        ("Відень", WIEN),
        ("Åbo", TURKU),
        ("abo", TURKU),
        ("Turku", TURKU),
        ("Warschau", WARSZAWA),
        ("Варшава", WARSZAWA),
        ("WARSZAWA", WARSZAWA),
    ],
)
def test_a_city_is_found_in_any_spelling(typed, city):
    gazetteer.load(rows(KYIV, WARSZAWA, WIEN, TURKU))
    assert [found.pk for found in City.objects.named(typed)] == [city]


@pytest.mark.django_db
def test_the_whole_gazetteer_loads_and_a_second_time_changes_nothing():
    first = gazetteer.load(gazetteer.read_all(settings.DATA_DIR))
    assert first.cities == City.objects.count() == len(real_rows())
    before = content()
    assert gazetteer.load(real_rows()).is_nothing
    assert content() == before


@contextmanager
def plans():
    """How PostgreSQL goes about the statements that write, as it says before each of them."""
    seen = []

    def explain(execute, sql, params, many, context):
        if sql.split()[0] in {"UPDATE", "INSERT", "DELETE"}:
            execute(f"EXPLAIN {sql}", params, many, context)
            seen.append("\n".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield seen


@pytest.mark.django_db(transaction=True)
def test_no_table_is_read_again_for_each_row_of_another():
    """Nor of one that PostgreSQL knows to be empty, as after a load that was broken off: it reads as if for nothing."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE events_cityname")
        cursor.execute("VACUUM ANALYZE events_city, events_cityname")
    with plans() as seen:
        for _time in range(2):
            gazetteer.load(real_rows()[:2000])
    assert len(seen) == 8
    assert [plan for plan in seen if "Nested Loop" in plan] == []


@pytest.mark.django_db
def test_a_load_leaves_the_plans_of_others_alone():
    gazetteer.load(rows(KYIV))
    with connection.cursor() as cursor:
        assert cursor.execute("SHOW enable_nestloop").fetchone() == ("on",)


@pytest.mark.django_db
def test_the_main_facts_are_kept():
    gazetteer.load(rows(KYIV))
    kyiv = City.objects.get()
    assert (kyiv.country, kyiv.name, kyiv.slug, kyiv.timezone) == ("UA", "Київ", "kyiv", "Europe/Kyiv")
    assert kyiv.display_names["pl"] == "Kijów"


@pytest.mark.django_db
def test_a_city_that_left_the_files_stays_for_the_protests_that_point_to_it():
    event = EventFactory(city=CityFactory(geoname_id=99, slug="stare", name="Stare"))
    gazetteer.load(rows(KYIV))
    event.refresh_from_db()
    assert event.city.pk == 99


@pytest.mark.django_db
def test_cities_can_swap_their_slugs():
    gazetteer.load([row(geonameid=1, slug="a"), row(geonameid=2, slug="b")])
    gazetteer.load([row(geonameid=1, slug="b"), row(geonameid=2, slug="a")])
    assert dict(City.objects.values_list("pk", "slug")) == {1: "b", 2: "a"}


@pytest.mark.django_db
def test_a_slug_is_taken_over_from_a_city_that_left_the_files():
    gazetteer.load([row(geonameid=1, slug="a")])
    gazetteer.load([row(geonameid=2, slug="a")])
    assert dict(City.objects.values_list("pk", "slug")) == {1: "a-1", 2: "a"}


@pytest.mark.django_db
def test_a_spelling_that_is_gone_from_the_file_finds_nothing_more():
    gazetteer.load([row(alternates=["Eulendorf"])])
    gazetteer.load([row()])
    assert set(CityName.objects.values_list("folded", flat=True)) == {"sowno"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("twin", "said"),
    [({"slug": "other"}, "The city 1 (Sowno) is there twice."), ({"geonameid": 2}, "Two cities in PL have the slug")],
)
def test_doubles_are_refused(twin, said):
    with pytest.raises(gazetteer.BadGazetteer, match="^" + said.replace("(", r"\(").replace(")", r"\)")):
        gazetteer.load([row(), row(**twin)])


@pytest.mark.django_db
def test_a_broken_line_is_named_and_nothing_is_loaded(tmp_path):
    heading = "geonameid\tcountry\tname\tslug\tlat\tlon\ttimezone\tpopulation\tdisplay_names\talternates"
    good = "1\tPL\tSowno\tsowno\t50\t20\tEurope/Warsaw\t5\t{}\t"
    bad = "2\tPL\tInne\tinne\tnorth\t20\tEurope/Warsaw\t5\t{}\t"
    (tmp_path / "cities.tsv.gz").write_bytes(gzip.compress("\n".join([heading, good, bad, ""]).encode()))
    (tmp_path / "extra_cities.json").write_text(json.dumps([]))
    with pytest.raises(CommandError, match=r"cities\.tsv\.gz, line 3"):
        call_command("load_cities", data=tmp_path)
    assert not City.objects.exists()


@pytest.mark.django_db
def test_a_missing_file_is_one_clear_sentence(tmp_path):
    with pytest.raises(CommandError, match="The gazetteer cannot be read"):
        call_command("load_cities", data=tmp_path)
