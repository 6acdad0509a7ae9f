"""R12: no character in any field adds an entry or a line to a calendar, in feeds and in mails."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import translation
from icalendar import Calendar
from pytest_django import Settings

from events.calendar import as_calendar, as_update
from events.entries import Feed
from events.models import Audience, Event
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory

pytestmark = pytest.mark.django_db

BREAKS = ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\0", "\x1c", "\ud800"]
# Where a reader that takes the break for a line end would find another entry.
INJECTED = "END:VEVENT{0}BEGIN:VEVENT{0}UID:evil{0}ATTENDEE:mailto:evil@example.org{0} "
FIELDS = ("title", "description", "organiser_name", "venue", "address", "access_notes", "contact_link")
STATES = (Event.State.PUBLISHED, Event.State.CANCELLED, Event.State.HIDDEN)


def filled(event: Event, text: str) -> Event:
    """*event* with this in every free text. Not saved: the database refuses some of these characters."""
    for name in FIELDS:
        setattr(event, name, text)
    event.cancel_reason = text
    event.translations = {"uk": {"title": text, "description": text}}
    event.city.name = text
    return event


def calendars(event: Event, text: str) -> list[str]:
    """A feed and mails in every state that hold nothing but this protest."""
    feed = Feed(name=text, url=f"https://x.example/{text}", page_url="https://x.example/", timezone="Europe/Warsaw")
    made = [as_calendar(feed, [event], WEEKS_BEFORE)]
    for state in STATES:
        event.state = state
        made.append(as_update(event, Audience.FOLLOWER, WEEKS_BEFORE).to(f"anna{text}@example.org"))
    event.state = Event.State.PUBLISHED
    return made


def property_names(ics: str) -> list[str]:
    lines = ics.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    return [line.partition(":")[0].partition(";")[0] for line in lines]


@pytest.mark.parametrize("language", ["en", "uk"])
def test_nothing_breaks_out_of_its_line(settings: Settings, language: str) -> None:
    event = EventFactory(lat="52.24780", lon="21.01370")
    with translation.override(language):
        clean = [property_names(ics) for ics in calendars(filled(event, "clean"), "clean")]
        for line_end in BREAKS:
            text = INJECTED.format(line_end)
            settings.SITE_NAME = f'no"border{text}'
            for number, ics in enumerate(calendars(filled(event, text), text)):
                assert property_names(ics) == clean[number], (line_end, number)
                assert not [c for c in ics.replace("\r\n", "") if c in "\r\n\x0b\x0c\x85\u2028\u2029\0\x1c"]
                assert max(len(line.encode()) for line in ics.split("\r\n")) <= 75
                assert len(Calendar.from_ical(ics).walk("VEVENT")) == 1


def test_one_bad_row_spoils_no_feed(client: Client) -> None:
    """What the database does hold, asked for at its address."""
    CampaignTextFactory()
    for line_end in BREAKS:
        if line_end not in ("\0", "\ud800"):
            text = INJECTED.format(line_end)
            EventFactory(title=text[:120], description=text, venue=text, access_notes=text, day=dt.date(2027, 10, 12))
    response = client.get("/feeds/all.ics")

    assert response.status_code == 200
    assert len(Calendar.from_ical(response.content).walk("VEVENT")) == len(BREAKS) - 2
