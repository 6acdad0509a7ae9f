import functools
import json
from datetime import time

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from events import archive, gazetteer
from events.folding import fold
from events.models import ArchiveRecord, Campaign, City, Event, EventChange

FILE = settings.DATA_DIR / "days_of_action.json"


@functools.cache
def cities_of_the_archive():
    """The part of the gazetteer that the archive names, so that each test loads fast."""
    events = json.loads(FILE.read_text())["events"]
    wanted = {(e["country"], fold(name)) for e in events for name in (e["city"], e["city_en"]) if name}
    return [
        row
        for row in gazetteer.read_all(settings.DATA_DIR)
        if any((row.country, folded) in wanted for folded in row.spellings())
    ]


@pytest.fixture
def cities(db):
    gazetteer.load(cities_of_the_archive())


def content():
    """Every row of what the archive writes, down to the version stamp."""
    tables = ["campaign", "campaigntext", "event", "archiverecord", "sitestamp", "eventchange"]
    with connection.cursor() as cursor:
        rows = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM events_{table} t ORDER BY 1")
            rows += cursor.fetchall()
        return rows


def changed(number, **values):
    """The text of a short file with one event's fields changed."""
    data = json.loads(FILE.read_text())
    data["events"] = data["events"][:6]
    data["events"][number].update(values)
    return json.dumps(data, indent=1, ensure_ascii=False)


def line_of(text, number):
    """Where an event begins, counted in another way than the loader does it."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines, start=1) if line == "  {"]
    return starts[len(json.loads(text)["campaigns"]) + number]


@pytest.mark.usefixtures("cities")
def test_five_editions_and_132_protests_are_loaded():
    call_command("load_archive")
    assert list(Campaign.objects.order_by("slug").values_list("slug", "source_key", "state")) == [
        ("2002", "iom-2002", "archived"),
        ("2003", "iom-2003", "archived"),
        ("2004", "migration-2004", "archived"),
        ("2005", "migration-2005", "archived"),
        ("2006", "migration-2006", "archived"),
    ]
    assert (Event.objects.visible().count(), ArchiveRecord.objects.count()) == (132, 132)
    assert Event.objects.filter(start_time=None).count() == 111
    assert Event.objects.filter(kind="").count() == 52
    assert Event.objects.filter(city=None).count() == 3
    assert not EventChange.objects.exists()


@pytest.mark.usefixtures("cities")
def test_one_protest_is_told_of_in_full():
    call_command("load_archive")
    event = Event.objects.get(title="IOM office in Berlin declared closed")
    assert (event.campaign.slug, event.country, event.city.slug) == ("2002", "DE", "berlin")
    assert (event.kind, event.place_kind, event.venue) == ("action", "address", "IOM office, Inselstraße 12")
    assert (event.language, event.start_time, event.starts_at) == ("en", None, None)
    told = event.archive_record
    assert (told.basis, told.turnout, len(told.other_sources)) == ("report", 70, 2)
    assert told.note == "A German photo archive puts it in the morning."


@pytest.mark.usefixtures("cities")
def test_online_and_country_wide_ones_have_no_city():
    call_command("load_archive")
    kinds = Event.objects.filter(city=None).order_by("country").values_list("country", "place_kind")
    assert list(kinds) == [("BE", "country"), ("IT", "online"), ("MA", "country")]


@pytest.mark.usefixtures("cities")
def test_texts_of_an_edition_are_english():
    call_command("load_archive")
    text = Campaign.objects.get(slug="2005").texts.get()
    assert (text.language, text.slogan) == ("en", "For freedom of movement and the right to stay")
    assert text.call.startswith("Freedom of movement")


@pytest.mark.usefixtures("cities")
def test_loading_again_changes_not_one_row():
    call_command("load_archive")
    before = content()
    call_command("load_archive")
    assert content() == before


@pytest.mark.usefixtures("cities")
def test_a_corrected_row_is_corrected():
    archive.load(changed(0))
    loaded = archive.load(changed(0, time="11:00", turnout=80))
    assert loaded.written == 2
    event = Event.objects.get(title="IOM office in Berlin declared closed")
    event.refresh_from_db()
    assert (event.start_time, event.archive_record.turnout) == (time(11), 80)


@pytest.mark.usefixtures("cities")
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"date": "2002-10-32"}, "date: '2002-10-32' is not a day"),
        ({"date": "2002-11-01"}, "date: 2002-11-01 is outside 2002-10-10 to 2002-10-19"),
        ({"time": "25:00"}, "time: '25:00' is not a time"),
        ({"city": "Nowhere", "city_en": None}, "is not in the gazetteer"),
        ({"country": "XX"}, "country: 'XX' is not a country"),
        ({"kind": "teleport"}, "kind: 'teleport' is not known"),
        ({"timezone": "Europe/Berlim"}, "timezone: 'Europe/Berlim' is not a time zone"),
        ({"campaign": "iom-1999"}, "campaign: 'iom-1999' is none of the file's"),
        ({"title": ""}, "title: This field cannot be blank."),
        ({"title": "x" * 121}, "title: Ensure this value has at most 120 characters (it has 121)."),
        ({"basis": "rumour"}, "basis: Value 'rumour' is not a valid choice."),
        ({"turnout": -5}, "turnout: Ensure this value is greater than or equal to 1."),
        ({"turnout": "many"}, "turnout: “many” value must be an integer."),
        ({"source_url": "javascript:alert(1)"}, "source_url: Enter a valid URL."),
    ],
)
def test_a_bad_row_is_named_by_line_and_reason_and_nothing_is_loaded(values, said, tmp_path):
    text = changed(3, **values)
    file = tmp_path / "archive.json"
    file.write_text(text)
    before = content()
    with pytest.raises(CommandError) as refusal:
        call_command("load_archive", str(file))
    assert str(refusal.value).startswith("Nothing was loaded.\n")
    assert f"Line {line_of(text, 3)}: " in str(refusal.value)
    assert said in str(refusal.value)
    assert content() == before


@pytest.mark.usefixtures("cities")
def test_every_bad_row_is_reported_at_once():
    data = json.loads(FILE.read_text())
    data["events"] = data["events"][:6]
    for number in (1, 3, 5):
        data["events"][number]["kind"] = "teleport"
    with pytest.raises(archive.BadRows) as refusal:
        archive.load(json.dumps(data, indent=1))
    assert len(refusal.value.reasons) == 3


@pytest.mark.usefixtures("cities")
def test_the_same_protest_twice_is_refused():
    data = json.loads(FILE.read_text())
    data["events"] = [data["events"][0], data["events"][0]]
    with pytest.raises(archive.BadRows, match="the same protest is in the file twice"):
        archive.load(json.dumps(data, indent=1))


@pytest.mark.usefixtures("cities")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n"campaigns": [\n', "Line 3: "),
        ("[]", "The file has no list campaigns."),
        ('{"campaigns": [], "events": [7]}', "Line 1: campaign is missing"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(text, said):
    with pytest.raises(archive.BadRows, match="^" + said):
        archive.load(text)


@pytest.mark.django_db
def test_without_cities_it_says_what_to_run_first():
    assert not City.objects.exists()
    with pytest.raises(CommandError, match="run load_cities first"):
        call_command("load_archive")
