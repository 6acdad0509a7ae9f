"""Protests as iCalendar (RFC 5545). Written by hand because one bad character must never spoil a whole feed."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parseaddr
from enum import StrEnum
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Timezone

from events import entries, markdown
from events.characters import clean, clean_address, one_line
from events.entries import Feed
from events.models import Audience, Event
from outbox.letters import Own, Pieced

PRODUCT = "-//noborder//protests//EN"
LONGEST_LINE = 75
# When the reminder plan tells people, too.
ALARM_HOUR = time(11)


class Method(StrEnum):
    """What a mailed entry does to a calendar (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


def _escaped(text: str) -> str:
    text = clean(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """*line* in pieces of at most 75 octets, never cut inside a character."""
    rest = line.encode()
    pieces = []
    room = LONGEST_LINE
    while len(rest) > room:
        end = room
        while rest[end] & 0b1100_0000 == 0b1000_0000:
            end -= 1
        pieces.append(rest[:end].decode())
        rest = rest[end:]
        room = LONGEST_LINE - 1
    return "\r\n ".join([*pieces, rest.decode()])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


@functools.lru_cache(maxsize=256)
def _zone_lines(name: str, year: int) -> tuple[str, ...]:
    """A VTIMEZONE that is right for *year*."""
    zone = Timezone.from_tzinfo(ZoneInfo(name), name, first_date=date(year, 1, 1), last_date=date(year + 1, 1, 1))
    text: str = zone.to_ical().decode()
    return tuple(text.replace("\r\n ", "").strip().split("\r\n"))


def _zones(events: list[Event], zone: str) -> Iterator[str]:
    """One definition per zone, from the year that most need; a calendar without protests still holds one."""
    years = {zone: min((event.day.year for event in events), default=2000)}
    for event in events:
        if event.start_time:
            years[event.timezone] = min(event.day.year, years.get(event.timezone, event.day.year))
    for name, year in sorted(years.items()):
        yield from _zone_lines(name, year)


def _local(name: str, event: Event, at: time) -> str:
    return f"{name};TZID={event.timezone}:{datetime.combine(event.day, at):%Y%m%dT%H%M%S}"


def _times(event: Event) -> Iterator[str]:
    if event.start_time is None:
        yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
        return
    yield _local("DTSTART", event, event.start_time)
    if event.end_time:
        yield _local("DTEND", event, event.end_time)


def _status(event: Event) -> str:
    if event.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if event.is_unconfirmed else "CONFIRMED"


def _description(event: Event, url: str, is_place_known: bool) -> str:
    parts = [markdown.as_plain_text(event.display_description)]
    if event.is_cancelled and event.cancel_reason:
        parts.insert(0, event.cancel_reason)
    if event.is_unconfirmed:
        parts.insert(0, entries.warning())
    if event.access_notes:
        parts.append(event.access_notes)
    if not is_place_known:
        parts.append(_("The exact place is not public yet: see the page of the protest."))
    return "\n\n".join(part for part in [*parts, url] if part)


def _position(event: Event, audience: Audience, now: datetime) -> Iterator[str]:
    place = event.place_for(audience, now)
    if place.has_position:
        yield f"GEO:{place.lat};{place.lon}"


def _alarm(event: Event) -> Iterator[str]:
    """A bell the day before. Its distance from the start is counted in instants: the clocks may change in between."""
    start = datetime.combine(event.day, event.start_time or time(), event.zone)
    bell = datetime.combine(event.day - timedelta(days=1), ALARM_HOUR, event.zone)
    hours, seconds = divmod(int((start.astimezone(UTC) - bell.astimezone(UTC)).total_seconds()), 3600)
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"TRIGGER:-PT{hours}H" + (f"{seconds // 60}M" if seconds else "")
    yield "DESCRIPTION:" + _escaped(entries.headline(event))
    yield "END:VALARM"


def _uid(event: Event) -> str:
    return f"UID:{event.public_id}@{settings.SITE_HOST}"


def _facts(event: Event, audience: Audience, now: datetime) -> Iterator[str]:
    """When, what and where, as far as *audience* may know."""
    url = entries.page_url(event)
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{_status(event)}"
    yield from _times(event)
    yield "SUMMARY:" + _escaped(entries.headline(event))
    yield "DESCRIPTION:" + _escaped(_description(event, url, event.knows_place(audience, now)))
    yield "LOCATION:" + _escaped(entries.place_text(event, now, audience))
    yield from _position(event, audience, now)
    if event.kind:
        yield "CATEGORIES:" + _escaped(str(event.get_kind_display()))
    yield f"URL:{url}"
    yield "TRANSP:TRANSPARENT"


def _event_lines(event: Event, now: datetime) -> Iterator[str]:
    changed = entries.changed_at(event)
    yield "BEGIN:VEVENT"
    yield _uid(event)
    yield f"DTSTAMP:{_utc(changed)}"
    yield f"LAST-MODIFIED:{_utc(changed)}"
    yield f"CREATED:{_utc(event.published_at or event.created_at)}"
    yield from _facts(event, Audience.PUBLIC, now)
    if not event.is_cancelled:
        yield from _alarm(event)
    yield "END:VEVENT"


def _lines(feed: Feed, events: list[Event], now: datetime) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield "NAME:" + _escaped(feed.name)
    yield "X-WR-CALNAME:" + _escaped(feed.name)
    yield f"SOURCE;VALUE=URI:{clean_address(feed.url)}"
    yield "REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    yield "X-PUBLISHED-TTL:PT1H"
    yield from _zones(events, feed.timezone)
    for event in events:
        yield from _event_lines(event, now)
    yield "END:VCALENDAR"


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def as_calendar(feed: Feed, events: Iterable[Event], now: datetime) -> str:
    """The whole calendar in the active language."""
    return _text(_lines(feed, list(events), now))


def method_for(event: Event) -> Method:
    """Whoever may not count on it any more finds it struck out."""
    return Method.REQUEST if event.state == Event.State.PUBLISHED else Method.CANCEL


def _mailed_facts(event: Event, audience: Audience, now: datetime) -> Iterator[str]:
    """Of a protest that is not listed any more nothing is repeated but what its reader has to find."""
    if event.is_visible:
        yield from _facts(event, audience, now)
        return
    yield f"SEQUENCE:{event.sequence}"
    yield "STATUS:CANCELLED"
    yield from _times(event)
    yield "SUMMARY:" + _escaped(entries.headline(event))


def _mailed_lines(event: Event, audience: Audience, now: datetime) -> Iterator[str]:
    """Private, because some programs show the calendar to colleagues. It does not ring: the mails do."""
    name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield f"METHOD:{method_for(event)}"
    yield from _zones([event], event.timezone)
    yield "BEGIN:VEVENT"
    yield _uid(event)
    yield f"DTSTAMP:{_utc(now)}"
    yield f"ORGANIZER;CN={_quoted(name or settings.SITE_NAME)}:{_mailto(sender)}"
    yield _PRIVATE
    yield from _mailed_facts(event, audience, now)
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _quoted(text: str) -> str:
    """A value of a parameter: no quotation mark can stand in it."""
    return '"' + one_line(text).replace('"', "'") + '"'


def _mailto(address: str) -> str:
    return "mailto:" + quote(clean_address(address), safe="@!$&'*+-/=_`{|}~.")


# Before this line stands who reads it.
_PRIVATE = "CLASS:PRIVATE"


@dataclass(frozen=True)
class Update:
    """An entry as it is mailed, but for its reader."""

    before: str
    after: str

    def to(self, reader: str) -> str:
        """Nobody is asked to answer: the one attendee is the reader, who has said yes by following."""
        attendee = "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:" + _mailto(reader)
        return Pieced.join((self.before, Own(_text([attendee])), self.after))


def as_update(event: Event, audience: Audience, now: datetime) -> Update:
    """The entry of one protest as it is mailed, in the active language: the same UID as in the feeds, so that it
    replaces what stands in their readers' calendars, or strikes it out (RFC 6047)."""
    lines = list(_mailed_lines(event, audience, now))
    cut = lines.index(_PRIVATE)
    return Update(_text(lines[:cut]), _text(lines[cut:]))
