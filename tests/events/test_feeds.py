"""Calendar feeds: valid for every reader, whatever people typed."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from events.actions import change_state
from events.calendar import as_calendar
from events.entries import Feed
from events.models import Event, EventChange
from events.models.campaign import Disclosure
from moderation.actions import approve_revision
from tests.events.test_browse import krakow, kyiv
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    CampaignTextFactory,
    EventFactory,
    RevisionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def feed(client: Client, path: str = "/feeds/all.ics") -> bytes:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return bytes(response.content)


def events_in(ics: bytes) -> list[Any]:
    return list(Calendar.from_ical(ics).walk("VEVENT"))


@pytest.mark.parametrize("number", [0, 1, 3])
def test_lines_are_short_and_end_in_crlf(client: Client, number: int) -> None:
    CampaignFactory()
    for _ in range(number):
        EventFactory(title="Ж" * 120, description="Довгий опис, із комою; крапкою та \\ рискою.\n" * 20)
    ics = feed(client)
    assert ics.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in ics.replace(b"\r\n", b"")
    assert max(len(line) for line in ics.split(b"\r\n")) <= 75
    for line in ics.split(b"\r\n"):
        line.decode()
    assert len(events_in(ics)) == number
    assert Calendar.from_ical(ics).walk("VTIMEZONE")
    assert b"METHOD" not in ics


@time_machine.travel(WEEKS_BEFORE, tick=False)
def test_an_event_carries_all_that_a_calendar_needs(client: Client) -> None:
    event = EventFactory(lat="52.24780", lon="21.01370", description="We **walk**.", access_notes="Step-free")
    (found,) = events_in(feed(client))
    assert str(found["UID"]) == f"{event.public_id}@localhost"
    assert found.decoded("DTSTART").isoformat() == "2027-10-11T14:00:00+02:00"
    assert found.decoded("DTEND").isoformat() == "2027-10-11T16:00:00+02:00"
    assert found["DTSTART"].params["TZID"] == "Europe/Warsaw"
    assert found.decoded("DTSTAMP") == WEEKS_BEFORE
    assert str(found["SUMMARY"]) == "March for freedom of movement"
    assert str(found["LOCATION"]) == "Plac Zamkowy, Plac Zamkowy 1, Warszawa, Poland"
    assert found["GEO"].to_ical() == "52.2478;21.0137"
    assert str(found["URL"]) == f"http://localhost:8000/en/protests/{event.public_id}-{event.slug}/"
    assert str(found["DESCRIPTION"]) == f"We walk.\n\nStep-free\n\n{found['URL']}"
    assert (str(found["STATUS"]), int(found["SEQUENCE"])) == ("CONFIRMED", 0)


def test_without_an_hour_it_is_all_day(client: Client) -> None:
    EventFactory(start_time=None, end_time=None)
    (found,) = events_in(feed(client))
    assert found.decoded("DTSTART") == dt.date(2027, 10, 11)
    assert found.decoded("DTEND") == dt.date(2027, 10, 12)


def test_cancelled_stays_with_a_higher_sequence(client: Client) -> None:
    event = EventFactory()
    change_state(event, Event.State.CANCELLED, EventChange.Kind.CANCELLED, at=WEEKS_BEFORE, cancel_reason="Storm")
    (found,) = events_in(feed(client))
    assert (str(found["STATUS"]), int(found["SEQUENCE"])) == ("CANCELLED", 1)
    assert str(found["SUMMARY"]) == "Cancelled: March for freedom of movement"
    assert str(found["DESCRIPTION"]).startswith("Storm\n\n")
    assert str(found["UID"]) == f"{event.public_id}@localhost"


@pytest.mark.parametrize(
    ("hours", "rings"),
    [
        ((dt.time(14), dt.time(16)), "2027-10-10T11:00:00+02:00"),
        ((dt.time(0, 30), None), "2027-10-10T11:00:00+02:00"),
        ((None, None), "2027-10-10T11:00:00+02:00"),
    ],
)
def test_it_rings_the_day_before(client: Client, hours: tuple[dt.time | None, ...], rings: str) -> None:
    EventFactory(start_time=hours[0], end_time=hours[1])
    (found,) = events_in(feed(client))
    (alarm,) = found.walk("VALARM")
    assert (str(alarm["ACTION"]), str(alarm["DESCRIPTION"])) == ("DISPLAY", "March for freedom of movement")
    assert _moment(found) + alarm.decoded("TRIGGER") == dt.datetime.fromisoformat(rings)


def _moment(found: Any) -> dt.datetime:
    start = found.decoded("DTSTART")
    if not isinstance(start, dt.datetime):
        start = dt.datetime.combine(start, dt.time(), ZoneInfo("Europe/Warsaw"))
    return start.astimezone(dt.UTC)


def test_it_rings_at_the_same_hour_when_the_clocks_change(client: Client) -> None:
    EventFactory(day=dt.date(2027, 10, 31), start_time=dt.time(12, 15), end_time=None)
    (found,) = events_in(feed(client))
    (alarm,) = found.walk("VALARM")
    rings = _moment(found) + alarm.decoded("TRIGGER")
    assert rings.astimezone(ZoneInfo("Europe/Warsaw")).isoformat() == "2027-10-30T11:00:00+02:00"


def test_a_cancelled_protest_does_not_ring(client: Client) -> None:
    EventFactory(state=Event.State.CANCELLED)
    assert Calendar.from_ical(feed(client)).walk("VALARM") == []


def test_a_moved_protest_replaces_itself(client: Client) -> None:
    first = EventFactory(created_at=WEEKS_BEFORE)
    (before,) = events_in(feed(client))
    revision = RevisionFactory(event=first, number=1, day=dt.date(2027, 10, 12), start_time=dt.time(9), end_time=None)
    with time_machine.travel(WEEKS_BEFORE + dt.timedelta(hours=1)):
        approve_revision(revision, by=UserFactory(is_superuser=True))
    (after,) = events_in(feed(client))
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) == int(before["SEQUENCE"]) + 1
    assert str(after["STATUS"]) == "CONFIRMED"
    assert after.decoded("DTSTART").isoformat() == "2027-10-12T09:00:00+02:00"
    assert after.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")


def test_feeds_hold_their_own_scope(client: Client) -> None:
    EventFactory(title="Warsaw")
    EventFactory(title="Krakow", city=krakow())
    EventFactory(title="Kyiv", city=kyiv(), country="UA", timezone="Europe/Kyiv")
    wanted = {
        "/feeds/all.ics": {"Warsaw", "Krakow", "Kyiv"},
        "/feeds/pl.ics": {"Warsaw", "Krakow"},
        "/feeds/pl/krakow.ics": {"Krakow"},
        "/feeds/fr.ics": set(),
    }
    for path, titles in wanted.items():
        assert {str(event["SUMMARY"]) for event in events_in(feed(client, path))} == titles, path


def test_each_zone_is_defined_once(client: Client) -> None:
    EventFactory()
    EventFactory()
    EventFactory(city=kyiv(), country="UA", timezone="Europe/Kyiv")
    zones = [str(zone["TZID"]) for zone in Calendar.from_ical(feed(client)).walk("VTIMEZONE")]
    assert zones == ["Europe/Brussels", "Europe/Kyiv", "Europe/Warsaw"]


def test_lang_picks_the_language(client: Client) -> None:
    event = EventFactory(translations={"de": {"title": "Marsch", "description": "Wir gehen."}})
    CampaignTextFactory(campaign=event.campaign, language="de", name="Aktionstag")
    german = feed(client, "/feeds/pl.ics?lang=de").decode()
    assert "SUMMARY:Marsch\r\n" in german
    assert "NAME:Aktionstag: Polen\r\n" in german
    assert "/de/protests/" in german.replace("\r\n ", "")
    assert b"SUMMARY:March for freedom of movement\r\n" in feed(client, "/feeds/pl.ics")


def test_the_language_does_not_follow_the_browser(client: Client) -> None:
    EventFactory(translations={"de": {"title": "Marsch"}})
    response = client.get("/feeds/all.ics", headers={"Accept-Language": "de"})
    assert b"SUMMARY:March for" in response.content


def test_one_protest_has_its_own_calendar(client: Client) -> None:
    event = EventFactory()
    EventFactory()
    (found,) = events_in(feed(client, f"/en/protests/{event.public_id}-{event.slug}.ics"))
    assert str(found["UID"]).startswith(event.public_id)


def test_a_place_kept_back_is_not_in_the_feed(client: Client) -> None:
    EventFactory(disclosure=Disclosure.FOLLOWERS, lat="52.24780", lon="21.01370")
    (found,) = events_in(feed(client))
    assert str(found["LOCATION"]) == "Warszawa, Poland"
    assert "GEO" not in found
    assert "The exact place is not public yet" in str(found["DESCRIPTION"])


CONTROLS = ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1b", "\x7f", "\t", "\u202e"]
TEXTS = ("title", "description", "venue", "address", "access_notes", "organiser_name", "cancel_reason")


def _names(ics: bytes) -> list[str]:
    """The names of all properties, in order."""
    lines = ics.decode().replace("\r\n ", "").split("\r\n")
    return [re.split("[:;]", line)[0] for line in lines]


@pytest.mark.parametrize("control", CONTROLS)
def test_control_characters_add_no_line(client: Client, control: str) -> None:
    dirty = f"a{control}BEGIN:VEVENT{control}URL:x"
    EventFactory(contact_link="https://example.org/")
    clean_names = _names(feed(client))
    Event.objects.update(**dict.fromkeys(TEXTS, dirty), contact_link=f"https://example.org/{control}X:y")
    ics = feed(client)
    assert _names(ics) == clean_names
    assert len(events_in(ics)) == 1


@given(title=st.text(max_size=120), description=st.text(max_size=300), link=st.text(max_size=50))
def test_whatever_is_typed_gives_one_event_in_short_lines(title: str, description: str, link: str) -> None:
    event = Event(
        title=title, description=f"{description}\n\n[{title}]({link})", organiser_name=link, slug="march",
        day=dt.date(2027, 10, 11), start_time=dt.time(14), timezone="Europe/Warsaw", place_kind="online", venue=link,
        country="PL", state=Event.State.PUBLISHED, created_at=WEEKS_BEFORE,
    )  # fmt: skip
    told = Feed(title, "https://example.org/feeds/all.ics", "https://example.org/", "Europe/Warsaw")
    ics = as_calendar(told, [event], WEEKS_BEFORE).encode()
    assert max(len(line) for line in ics.split(b"\r\n")) <= 75
    assert b"\n" not in ics.replace(b"\r\n", b"")
    assert len(events_in(ics)) == 1
