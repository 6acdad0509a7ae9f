"""What the form reads, and what it says to everything that it cannot take."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from events.forms import ProtestForm, initial_from
from events.forms.fields import clean_line, clean_text, read_clock, read_day, read_position
from events.models import Campaign, Event
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    EventFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def campaign() -> Campaign:
    campaign = CampaignFactory()
    CampaignCountryFactory(campaign=campaign, country="PL", timezone="Europe/Warsaw")
    CampaignCountryFactory(campaign=campaign, country="UA", timezone="Europe/Kyiv", least_disclosure="followers")
    CityFactory(spellings=["Warsaw", "Warschau", "Варшава"])
    CityFactory(
        geoname_id=703448,
        country="UA",
        name="Київ",
        slug="kyiv",
        timezone="Europe/Kyiv",
        lat="50.4547",
        lon="30.5238",
        spellings=["Kyiv", "Kiew"],
    )
    CityFactory(
        geoname_id=1, country="DE", name="Neustadt", slug="neustadt", timezone="Europe/Berlin", population=50_000
    )
    CityFactory(
        geoname_id=2, country="DE", name="Neustadt", slug="neustadt-2", timezone="Europe/Berlin", population=30_000
    )
    CityFactory(geoname_id=3, country="AT", name="Wien", slug="wien", timezone="Europe/Vienna")
    return campaign


def answers(**changes: Any) -> dict[str, Any]:
    """A form that is right, but for the *changes*."""
    return {
        "title": "March for freedom of movement",
        "description": "We walk from the station to the square.",
        "language": "en",
        "kind": "demonstration",
        "day": "2027-10-11",
        "start_time": "14:00",
        "end_time": "16:00",
        "country": "PL",
        "place_kind": "address",
        "city": "Warszawa",
        "venue": "Plac Zamkowy",
        "disclosure": "public",
        **changes,
    }


def form_for(campaign: Campaign, **changes: Any) -> ProtestForm:
    return ProtestForm(answers(**changes), campaign=campaign)


def test_a_right_form_gives_all_details(campaign: Campaign) -> None:
    form = form_for(
        campaign,
        position="52.2477, 21.0143",
        spoken_languages=["pl", "en"],
        access_features=["step_free", "captions"],
        contact_link="example.org/march",
        translation1_language="pl",
        translation1_title="Marsz",
        translation1_description="Idziemy.",
    )
    assert form.is_valid(), form.errors
    details = form.details(contact_email="me@example.org")
    assert set(details) == set(Event.DETAILS)
    assert details["timezone"] == "Europe/Warsaw"
    assert details["city"].name == "Warszawa"
    assert (str(details["lat"]), str(details["lon"])) == ("52.24770", "21.01430")
    assert details["access_features"] == ["step_free", "captions"]
    assert details["contact_link"] == "https://example.org/march"
    assert details["translations"] == {"pl": {"title": "Marsz", "description": "Idziemy."}}
    Event(campaign=campaign, slug="x", created_at=WEEKS_BEFORE, **details).full_clean()


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"title": ""}, "title", "Give the protest a title."),
    ({"title": "\u202e \u200b"}, "title", "Give the protest a title."),
    ({"title": "No"}, "title", "too short"),
    ({"title": "x" * 121}, "title", "at most 120"),
    ({"description": " "}, "description", "Say in a few sentences"),
    ({"description": "x" * 6001}, "description", "at most 6000"),
    ({"language": "xx"}, "language", "from the list"),
    ({"kind": ""}, "kind", "what kind"),
    ({"kind": "riot"}, "kind", "from the list"),
    ({"day": ""}, "day", "Choose the day"),
    ({"day": "2027-02-31"}, "day", "no such day"),
    ({"day": "31.2.2027"}, "day", "no such day"),
    ({"day": "soon"}, "day", "Write the day like"),
    ({"day": "2027-10-10"}, "day", "from 11 October 2027 to 13 October 2027"),
    ({"day": "2028-10-11"}, "day", "from 11 October 2027 to 13 October 2027"),
    ({"start_time": ""}, "start_time", "when it starts"),
    ({"start_time": "25:00"}, "start_time", "no such time"),
    ({"start_time": "14:60"}, "start_time", "no such time"),
    ({"start_time": "13pm"}, "start_time", "no such time"),
    ({"start_time": "noon"}, "start_time", "like 14:30"),
    ({"end_time": "13:00"}, "end_time", "before the start"),
    ({"end_time": "14:00"}, "end_time", "before the start"),
    ({"country": ""}, "country", "Choose the country"),
    ({"country": "ZZ"}, "country", "from the list"),
    ({"place_kind": "moon"}, "place_kind", "one of these"),
    ({"city": ""}, "city", "Enter the city"),
    ({"city": "Warszwa"}, "city", "Choose below"),
    ({"city": "Qqqqq"}, "city", "next larger town"),
    ({"city": "Wien"}, "city", "another country: Austria"),
    ({"country": "DE", "city": "Neustadt"}, "city_pick", "several places"),
    ({"venue": ""}, "venue", "Name the place or the street"),
    ({"place_kind": "city"}, "venue", "no exact place"),
    ({"place_kind": "online", "city": ""}, "venue", "no exact place"),
    ({"place_kind": "country", "venue": "", "address": "Street 1"}, "address", "no exact place"),
    ({"place_kind": "online", "venue": "", "zone": "Mars/Olympus"}, "zone", "from the list"),
    ({"place_kind": "online", "venue": "", "zone": "Pacific/Kiritimati"}, "zone", "from the list"),
    ({"position": "here"}, "position", "two numbers"),
    ({"position": "91, 21"}, "position", "not on earth"),
    ({"position": "21.0143, 52.2477"}, "position", "km from Warszawa"),
    ({"disclosure": "secret"}, "disclosure", "one of these"),
    ({"disclosure": "timed"}, "disclose_day", "from which day"),
    ({"disclosure": "timed", "disclose_day": "2027-10-11"}, "disclose_time", "from which day"),
    ({"disclosure": "timed", "disclose_day": "2027-02-31", "disclose_time": "8"}, "disclose_day", "no such day"),
    (
        {"disclosure": "timed", "disclose_day": "2027-10-11", "disclose_time": "14"},
        "disclose_day",
        "before the protest",
    ),
    ({"country": "UA", "city": "Kyiv"}, "disclosure", "Ukraine"),
    (
        {"disclosure": "followers", "title": "Come to PLAC ZAMKOWY"},
        "names_place",
        "which is not to be public yet",
    ),
    ({"spoken_languages": ["xx"]}, "spoken_languages", "from the list"),
    ({"access_features": ["free_beer"]}, "access_features", "from the list"),
    ({"contact_link": "javascript:alert(1)"}, "contact_link", "not a web address"),
    ({"contact_link": "ftp://example.org"}, "contact_link", "not a web address"),
    ({"contact_link": "https://example.org@evil.example"}, "contact_link", "before the @"),
    ({"contact_link": "https://[::1"}, "contact_link", "not a web address"),
    ({"contact_link": "nonsense"}, "contact_link", "not a web address"),
    ({"translation1_title": "Marsz"}, "translation1_language", "which language"),
    ({"translation1_language": "pl"}, "translation1_title", "Translate the title"),
    ({"translation1_language": "en", "translation1_title": "March"}, "translation1_language", "already"),
    ({"note": "x" * 1001}, "note", "at most 1000"),
]


@pytest.mark.parametrize(
    ("changes", "field", "message"), WRONG, ids=[f"{f}: {next(iter(c.values()))!r:.30}" for c, f, _ in WRONG]
)
def test_wrong_input_is_explained_beside_its_field(
    campaign: Campaign, changes: dict[str, Any], field: str, message: str
) -> None:
    form = form_for(campaign, **changes)
    assert not form.is_valid()
    assert message in " ".join(form.errors[field])
    assert list(form.errors) == [field]


def test_an_empty_form_says_something_about_every_question_that_needs_an_answer(campaign: Campaign) -> None:
    form = ProtestForm({}, campaign=campaign)
    assert not form.is_valid()
    assert set(form.errors) == {
        "title", "description", "language", "kind", "day", "start_time", "country", "place_kind", "city", "disclosure",
    }  # fmt: skip


@pytest.mark.parametrize("spelling", ["Warszawa", "warsaw", "WARSCHAU", "Варшава", " warszawa "])
def test_a_city_is_found_in_any_spelling(campaign: Campaign, spelling: str) -> None:
    form = form_for(campaign, city=spelling)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["found_city"].slug == "warszawa"


def test_one_of_several_cities_can_be_picked(campaign: Campaign) -> None:
    asked = form_for(campaign, country="DE", city="Neustadt")
    assert not asked.is_valid()
    assert [value for value, _label in asked.fields["city_pick"].widget.choices] == ["1", "2"]
    picked = form_for(campaign, country="DE", city="Neustadt", city_pick="2")
    assert picked.is_valid(), picked.errors
    assert picked.cleaned_data["found_city"].pk == 2


def test_a_city_of_nearly_that_name_can_be_picked(campaign: Campaign) -> None:
    picked = form_for(campaign, city="Warszwa", city_pick="756135")
    assert picked.is_valid(), picked.errors


def test_a_pick_that_was_not_offered_counts_for_nothing(campaign: Campaign) -> None:
    assert "city_pick" in form_for(campaign, country="DE", city="Neustadt", city_pick="756135").errors


def test_the_hour_that_daylight_saving_skips_is_refused(campaign: Campaign) -> None:
    campaign.actions_from = dt.date(2028, 3, 20)
    campaign.actions_to = dt.date(2028, 3, 30)
    form = form_for(campaign, day="2028-03-26", start_time="2:30", end_time="")
    assert form.errors == {"start_time": ["On this day the clocks go forward there: this hour does not exist."]}
    assert form_for(campaign, day="2028-03-26", start_time="3:30", end_time="").is_valid()


def test_a_start_in_the_past_is_refused_unless_it_is_what_stands_there_already(campaign: Campaign) -> None:
    with time_machine.travel(dt.datetime(2027, 10, 11, 12, 30, tzinfo=dt.UTC), tick=False):
        assert form_for(campaign).errors == {"start_time": ["This is already over."]}
        event = EventFactory(campaign=campaign)
        assert ProtestForm(answers(), campaign=campaign, current=event).is_valid()


def test_an_online_protest_takes_the_zone_of_its_country_or_the_one_chosen(campaign: Campaign) -> None:
    online = {"place_kind": "online", "city": "", "venue": ""}
    usual, chosen = form_for(campaign, **online), form_for(campaign, **online, zone="Europe/Kyiv")
    assert usual.is_valid()
    assert chosen.is_valid()
    assert (usual.cleaned_data["timezone"], chosen.cleaned_data["timezone"]) == ("Europe/Warsaw", "Europe/Kyiv")
    assert usual.details(contact_email="")["city"] is None


def test_a_hidden_place_may_stand_in_the_text_once_that_is_confirmed(campaign: Campaign) -> None:
    changes = {"disclosure": "followers", "title": "Come to Plac Zamkowy"}
    assert form_for(campaign, **changes).is_asked_about_text
    assert form_for(campaign, **changes, names_place="on").is_valid()


def test_disclosure_is_read_in_the_zone_of_the_city(campaign: Campaign) -> None:
    form = form_for(campaign, disclosure="timed", disclose_day="2027-10-11", disclose_time="8")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["disclose_at"] == dt.datetime(2027, 10, 11, 6, 0, tzinfo=dt.UTC)


def test_a_protest_that_is_changed_in_nothing_gives_the_same_details(campaign: Campaign) -> None:
    first = form_for(
        campaign,
        country="DE",
        city="Neustadt",
        city_pick="2",
        disclosure="timed",
        disclose_day="2027-10-11",
        disclose_time="8",
        translation1_language="pl",
        translation1_title="Marsz",
    )
    assert first.is_valid(), first.errors
    event = EventFactory(campaign=campaign, **first.details(contact_email="a@example.org"))
    blank = ProtestForm(campaign=campaign, current=event, initial=initial_from(event))
    shown = {name: blank[name].value() for name in blank.fields}
    again = ProtestForm({k: v for k, v in shown.items() if v is not None}, campaign=campaign, current=event)
    assert again.is_valid(), again.errors
    assert again.details(contact_email="a@example.org") == event.details()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("14", (14, 0)), ("14.30", (14, 30)), ("14:30", (14, 30)), ("14h30", (14, 30)), ("14 h", (14, 0)),
        ("1430", (14, 30)), ("930", (9, 30)), ("2pm", (14, 0)), ("2:30 p.m.", (14, 30)), ("12am", (0, 0)),
        ("12 pm", (12, 0)), ("0:00", (0, 0)), ("١٤:٣٠", (14, 30)), ("14 Uhr", (14, 0)),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(text: str, time: tuple[int, int]) -> None:
    assert read_clock(text) == dt.time(*time)


@pytest.mark.parametrize("text", ["2027-10-11", "11.10.2027", "11. 10. 2027"])
def test_a_day_is_read_in_both_orders(text: str) -> None:
    assert read_day(text) == dt.date(2027, 10, 11)


@pytest.mark.parametrize(
    "text",
    [
        "52.2477, 21.0143",
        "52.2477 21.0143",
        "52,2477; 21,0143",
        "geo:52.2477,21.0143?z=19",
        "https://www.openstreetmap.org/?mlat=52.2477&mlon=21.0143#map=17/52.2/21.0",
        "https://www.openstreetmap.org/#map=19/52.2477/21.0143",
    ],
)
def test_a_position_is_read_from_numbers_and_links(text: str) -> None:
    assert [float(number) for number in read_position(text)] == [52.2477, 21.0143]


def test_what_does_not_show_is_dropped_and_scripts_are_kept() -> None:
    assert clean_line("a\u202eb\u200bc\x00d\r\ne\x0bf") == "abcd e f"
    assert clean_text("a\r\nb\u2028c") == "a\nb\nc"
    for name in ("محمدرضا می\u200cخواهم", "שָׁלוֹם", "Під'їзд", "کوردی", "Łódź"):
        assert clean_line(name) == name
