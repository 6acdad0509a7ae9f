"""The calendar entry in a mail, read back by another program than the one that wrote it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from icalendar import Calendar

from events.actions import change_state
from events.models import Event, EventChange
from outbox.models import Delivery
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import EventFactory, RecipientFactory, SubscriptionFactory
from tests.reminders.changing import LONG_BEFORE, edit, local, scope_follower
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db

Kind = EventChange.Kind
NEEDED = ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "SUMMARY", "STATUS", "ORGANIZER", "ATTENDEE")


def calendar_in(mail: Mail) -> Any:
    """The one entry of the mail, with the method as `method`; both places where it stands must agree."""
    parts = [part for part in mail.message.walk() if part.get_content_type() == "text/calendar"]
    if not parts:
        return None
    (part,) = parts
    calendar = Calendar.from_ical(part.get_content())
    (entry,) = calendar.walk("VEVENT")
    assert str(calendar["METHOD"]) == part.get_param("method")
    assert part.get_content_charset() == "utf-8"
    assert mail.message.get_content_type() == "multipart/alternative"
    entry.method = str(calendar["METHOD"])
    # What RFC 5546 asks of both methods; its one attendee is who reads it.
    assert [name for name in NEEDED if isinstance(entry.get(name), list | None)] == []
    assert str(entry["ATTENDEE"]) == f"mailto:{mail.to}"
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    assert entry["DTSTART"].params["TZID"] in zones
    return entry


def test_a_week_before_the_reader_finds_it_in_their_calendar(
    client: Client, delivered: Callable[[], list[Mail]]
) -> None:
    event = EventFactory(created_at=LONG_BEFORE, title="Марш")
    follower = SubscriptionFactory(
        event=event, confirmed_at=LONG_BEFORE, recipient=RecipientFactory(address="anna+x@example.org", language="uk")
    )
    with time_machine.travel(local("2027-10-04T09:00"), tick=False):
        plan(local("2027-10-04T09:00"))
        (mail,) = delivered()
        (public,) = Calendar.from_ical(client.get("/feeds/all.ics?lang=uk").content).walk("VEVENT")
    found = calendar_in(mail)

    assert found.method == "REQUEST"
    for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "STATUS", "URL", "DESCRIPTION"):
        assert str(found[name]) == str(public[name])
    assert found.decoded("DTSTART") == public.decoded("DTSTART")
    assert str(found["ORGANIZER"]) == f"mailto:noreply@{settings.SITE_HOST}"
    assert str(found["ATTENDEE"]) == f"mailto:{follower.recipient.address}"
    assert found["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert found["ATTENDEE"].params["RSVP"] == "FALSE"
    assert str(found["CLASS"]) == "PRIVATE"
    assert found.walk("VALARM") == []


def test_each_change_has_a_higher_sequence_and_the_end_is_a_cancellation(
    delivered: Callable[[], list[Mail]],
) -> None:
    event = EventFactory(created_at=LONG_BEFORE)
    SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE)
    with time_machine.travel(local("2027-09-20T15:00"), tick=False) as clock:
        for minute, hour in ((0, 13), (20, 17), (40, 15)):
            at = local(f"2027-09-20T15:{minute:02}")
            clock.move_to(at)
            edit(event, at, start_time=dt.time(hour), end_time=None, venue="Rynek", address="")
            notice_changes(at)
            delivered()
        states = [
            (Event.State.CANCELLED, Kind.CANCELLED),
            (Event.State.PUBLISHED, Kind.RESTORED),
            (Event.State.HIDDEN, Kind.HIDDEN),
        ]
        for hour, (state, kind) in enumerate(states, start=16):
            at = local(f"2027-09-20T{hour}:00")
            clock.move_to(at)
            change_state(event, state, kind, at=at)
            notice_changes(at + dt.timedelta(minutes=2))
            clock.move_to(at + dt.timedelta(minutes=2))
            mails = delivered()
    entries = [calendar_in(mail) for mail in mails]

    assert [entry.method for entry in entries] == [*["REQUEST"] * 3, "CANCEL", "REQUEST", "CANCEL"]
    assert {str(entry["UID"]) for entry in entries} == {f"{event.public_id}@{settings.SITE_HOST}"}
    sequences = [int(entry["SEQUENCE"]) for entry in entries]
    assert sequences == sorted(set(sequences))
    stamps = [entry.decoded("DTSTAMP") for entry in entries]
    assert stamps == sorted(set(stamps))
    assert [entry.decoded("DTSTART").hour for entry in entries[:3]] == [13, 17, 15]
    assert str(entries[2]["LOCATION"]) == "Rynek, Warszawa, Poland"
    assert {str(entry["STATUS"]) for entry in (entries[3], entries[5])} == {"CANCELLED"}
    assert "LOCATION" not in entries[5]
    assert "DESCRIPTION" not in entries[5]


def test_a_place_for_followers_stands_in_their_entry_alone_and_not_too_early(
    delivered: Callable[[], list[Mail]],
) -> None:
    event = EventFactory(
        created_at=LONG_BEFORE, disclosure="followers", disclose_at=local("2027-10-10T12:00"), venue="Canary Yard"
    )
    SubscriptionFactory(event=event, confirmed_at=LONG_BEFORE)
    scope_follower(city=event.city)
    with time_machine.travel(local("2027-10-10T11:00"), tick=False) as clock:
        plan(local("2027-10-10T11:00"))
        early = delivered()
        clock.move_to(local("2027-10-10T12:00"))
        EventChange.objects.create(event=event, kind=Kind.PLACE_DISCLOSED, at=local("2027-10-10T11:59"))
        edit(event, local("2027-10-10T12:00"), start_time=dt.time(15))
        notice_changes(local("2027-10-10T12:00"))
        late = delivered()[len(early) :]
    entries = {mail.to: calendar_in(mail) for mail in early}

    assert len(entries) == 2
    assert [str(entry["LOCATION"]) for entry in entries.values() if entry] == ["Warszawa, Poland"]
    assert Delivery.objects.filter(letter="notice", state="sent").count() == len(late)
    found = [entry for mail in late if (entry := calendar_in(mail))]
    assert {str(entry["LOCATION"]) for entry in found} == {"Canary Yard, Plac Zamkowy 1, Warszawa, Poland"}
    assert len(late) > len(found)
    assert not [mail for mail in late if calendar_in(mail) is None and "Canary" in mail.text + mail.html]
