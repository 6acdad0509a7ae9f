"""Reading a file."""

import contextlib

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st

from accounts.models import User
from events.models import Campaign, Event
from organising.actions import drafting
from organising.importing import MOST_ROWS, Unreadable
from organising.importing.calendars import read_calendar
from organising.importing.dry_run import form_of
from organising.importing.tables import read_table
from organising.models import Draft, Import, ImportedRow
from tests.at_once import at_once
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CampaignFactory, CityFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.importing.files import calendar, looked_at, row, table, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_a_row_is_known_again_by_its_uid_or_by_all_it_says(owner: User) -> None:
    rows = looked_at(table(row(uid="a"), row("Another title", uid="a"), row(uid="b"), row(), row()), owner)
    assert [one.verdict for one in rows] == ["new", "before", "new", "new", "before"]


CHOICES = [
    ({"kind": "Rally"}, "kind", "rally"),
    ({"kind": "Kundgebung"}, "kind", "rally"),
    ({"kind": "мітинг"}, "kind", "rally"),
    ({"country": "Polska"}, "country", "PL"),
    ({"country": "Польща"}, "country", "PL"),
    ({"country": "pl"}, "country", "PL"),
    ({"where": "A place in a city"}, "place_kind", "address"),
    ({"city": "Warschau"}, "city", "Warschau"),
    ({"day": "11.10.2027"}, "day", "11.10.2027"),
    ({"start": "2pm"}, "start_time", "2pm"),
]


@pytest.mark.parametrize(("changes", "field", "value"), CHOICES)
def test_words_of_any_language_name_a_choice(owner: User, changes: dict[str, str], field: str, value: str) -> None:
    [one] = looked_at(table(row(**changes)), owner)
    assert one.answers[field] == [value]
    assert one.verdict == "new", one.reasons


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"country": "Atlantis"}, "Choose a country from the list."),
        ({"kind": "dance"}, "Choose a kind from the list."),
        ({"city": "Nowhereville"}, "We do not know Nowhereville in Poland."),
        ({"start": "25:00"}, "There is no such time."),
        ({"day": "2027-02-31"}, "There is no such day"),
        ({"description": "x" * 6001}, "at most 6000"),
    ],
)
def test_a_row_is_refused_in_the_words_of_the_form(owner: User, changes: dict[str, str], words: str) -> None:
    [one] = looked_at(table(row(**changes)), owner)
    assert one.verdict == "refused"
    assert words in " ".join(text for _field, text in one.reasons)


@pytest.mark.parametrize(
    ("changes", "words"), [({"start": ""}, "Say when it starts."), ({"place": ""}, "Name the place or the street")]
)
def test_a_row_that_lacks_something_becomes_a_draft_at_most(owner: User, changes: dict[str, str], words: str) -> None:
    [one] = looked_at(table(row(**changes)), owner)
    assert one.verdict == "incomplete"
    assert words in " ".join(text for _field, text in one.reasons)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_of_any_spreadsheet_are_read(delimiter: str, mark: bytes, end: str) -> None:
    lines = ["Title,Day,ACCESS_notes", '"One, two",2027-10-11,"A', 'B ""quoted"""', ",,", "'=cmd(),2027-10-12,"]
    content = mark + end.join(lines).replace(",", delimiter).replace(f"One{delimiter}", "One,").encode()
    rows = read_table(content)
    assert [r.cells["title"] for r in rows] == ["One, two", "=cmd()"]
    assert rows[0].cells["access_notes"].split() == ["A", "B", '"quoted"']


MALFORMED = [
    (b"\xff\xfet\0i\0", "not in UTF-8"),
    ("title,day\nZażółć,x".encode("cp1250"), "not in UTF-8"),
    (b"name,when\na,b", "The first line has to name the columns"),
    (b"title,day,title\na,b,c", "Two columns have the same name."),
    (b"title,day\n" + b"x" * 200_000, "damaged near line"),
    (b"title,day\n" + b"a,b\n" * (MOST_ROWS + 1), "at most 500"),
    (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", "There is no entry"),
    (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", ""),
    (
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 10_000 + b"END:VCALENDAR",
        "10000 protests; at most 500",
    ),
    (
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEV\r\n ENT\r\nEND:VEVENT\r\n" * 2_000 + b"END:VCALENDAR",
        "2000 protests; at most 500",
    ),
    (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 50_000, ""),
    (b"%PDF-1.7 \x00\x01", "first line has to name"),
    (b" \n ", "This file is empty."),
    (b"x" * 1_000_001, "larger than 1 MB"),
]


@pytest.mark.parametrize(("content", "words"), MALFORMED)
def test_a_file_that_is_no_use_is_explained(owner: User, content: bytes, words: str) -> None:
    page = upload(logged_in(owner), content)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert Import.objects.count() == 0 or not words


def test_no_file_at_all_is_explained(owner: User) -> None:
    page = logged_in(owner).post("/organise/import/", {"country": "XX"})
    assert page.context["form"].errors.keys() == {"file", "country"}


TIMES = [
    ("DTSTART;TZID=Europe/Warsaw:20271011T140000", "2027-10-11", "14:00"),
    ("DTSTART:20271011T120000Z", "2027-10-11", "14:00"),
    ("DTSTART;TZID=America/New_York:20271011T080000", "2027-10-11", "14:00"),
    ("DTSTART:20271011T140000", "2027-10-11", "14:00"),
    ("DTSTART:20271011T230000Z", "2027-10-12", "01:00"),
    ("DTSTART;VALUE=DATE:20271011", "2027-10-11", ""),
]


@pytest.mark.parametrize(("start", "day", "hour"), TIMES)
def test_the_hour_of_a_calendar_is_that_of_the_place(owner: User, start: str, day: str, hour: str) -> None:
    where = "LOCATION:Plac Zamkowy 4\\, 00-277 Warszawa\\, Poland"
    [one] = looked_at(calendar(where, "DESCRIPTION:Come.", start=start), owner)
    assert (one.day, one.answers.get("start_time", [""])[0]) == (day, hour)
    assert (one.answers["city"], one.answers["country"]) == (["Warszawa"], ["PL"])
    assert one.answers["venue"] == ["Plac Zamkowy 4"]
    missing = {field for field, _text in one.reasons}
    assert missing == ({"Kind of protest"} if hour else {"Kind of protest", "Start"})


CALENDARS = [
    (["RRULE:FREQ=DAILY"], "It repeats."),
    (["RECURRENCE-ID:20271011T140000Z"], "It repeats."),
    (["STATUS:CANCELLED"], "It is cancelled in your calendar."),
    (["DTSTART;TZID=Mars/Olympus:20271011T140000"], "We do not know the time zone “Mars/Olympus”."),
    (["DTSTART:tomorrow"], "Choose the day."),
]


@pytest.mark.parametrize(("lines", "words"), CALENDARS)
def test_what_a_calendar_cannot_give_is_said(owner: User, lines: list[str], words: str) -> None:
    start = next((line for line in lines if line.startswith("DTSTART")), "DTSTART:20271011T120000Z")
    rest = [line for line in lines if not line.startswith("DTSTART")]
    [one] = looked_at(calendar(*rest, start=start), owner)
    assert one.verdict == "refused"
    assert words in " ".join(text for _field, text in one.reasons)


def test_text_of_an_office_calendar_loses_its_tags(owner: User) -> None:
    said = "DESCRIPTION:<p>Bring <b>water</b> &amp\\; friends</p><script>alert(1)</script><p>5 < 6</p>"
    [one] = looked_at(calendar(said), owner, country="PL")
    text = one.answers["description"][0]
    assert "Bring water & friends" in text
    assert not {"<b>", "<script>", "alert"} & set(text.split())


def test_a_country_can_be_chosen_for_a_calendar_that_names_none(owner: User) -> None:
    page = upload(logged_in(owner), calendar("LOCATION:Warszawa", "DESCRIPTION:Come."), country="PL")
    assert page.context["rows"][0]["answers"]["city"] == ["Warszawa"]
    assert page.context["rows"][0]["answers"]["place_kind"] == ["city"]


ODD = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=300).map(
        lambda text: f"title,day,start,city,country,languages\n{text}".encode("utf-8", "replace")
    ),
    st.lists(st.text(st.sampled_from("ABDEGINRSTUVXYZ:;=,\\\n\r\0 09-"), max_size=40), max_size=12).map(
        lambda lines: calendar(*lines)
    ),
    st.binary(max_size=200).map(
        lambda noise: b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + noise + b"\r\nEND:VEVENT\r\nEND:VCALENDAR"
    ),
    st.text(max_size=60).map(lambda text: calendar(f"LOCATION:{text}", start=f"DTSTART:{text}")),
)


@given(content=ODD)
@example(content=calendar(start="DTSTART:00010101T000000Z"))
@example(content=calendar(start="DTSTART:99991231T235959Z"))
@example(content=calendar("DTEND;TZID=Europe/Warsaw:99991231T235959", "DTSTART:20271011T120000Z"))
@how(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_are_an_error_of_ours(owner: User, content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        rows = looked_at(content, owner)
        assert all(one.verdict in {"new", "incomplete", "refused", "before"} for one in rows)
        drafting.keep_import([one.as_json() for one in rows], CampaignFactory(), by=owner)


def test_the_largest_file_is_looked_through_in_bearable_time(owner: User) -> None:
    with time_machine.travel(WEEKS_BEFORE, tick=True):
        rows = looked_at(table(*(row(f"March number {n}") for n in range(MOST_ROWS))), owner)
    assert len(rows) == MOST_ROWS
    assert {one.verdict for one in rows} == {"new"}


def test_readers_alone_take_no_row_for_granted(campaign: Campaign) -> None:
    [entry] = read_calendar(calendar(), campaign, "")
    assert entry.cells["title"] == "A march in Warszawa"
    assert not form_of({name: [text] for name, text in entry.cells.items()}, campaign).is_valid()


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_take_a_file_once() -> None:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()
    owner = UserFactory(email="owner@example.org")
    rows = looked_at(table(row(), row("Another march")), owner)
    campaign = Campaign.objects.prefetch_related("countries").get()
    found = drafting.keep_import([one.as_json() for one in rows], campaign, by=owner)
    forms = [[(r.fingerprint, form_of(r.answers, campaign)) for r in rows] for _press in range(3)]
    assert all(form.is_valid() for press in forms for _name, form in press)
    at_once(*[lambda press=press: drafting.take_import(found, press, is_sent=False, by=owner) for press in forms])
    assert (Draft.objects.count(), ImportedRow.objects.count()) == (2, 2)
    assert Import.objects.get().taken_at == timezone.now()


def test_a_calendar_becomes_drafts_in_which_the_rest_is_added(owner: User) -> None:
    client = logged_in(owner)
    page = upload(client, calendar("LOCATION:Plac Zamkowy 4\\, Warszawa\\, Poland"))
    here = f"/organise/import/{Import.objects.get().key}/"
    assert [one["verdict"] for one in page.context["rows"]] == ["incomplete"]
    assert 'name="send"' not in page.content.decode()
    client.post(here, {"send": "1"})
    assert Draft.objects.count() == Event.objects.count() == 0
    client.post(here)
    draft = Draft.objects.get()
    assert "A march in Warszawa" in draft.answers
    assert "Kind of protest" in str(page.context["rows"][0]["reasons"])
