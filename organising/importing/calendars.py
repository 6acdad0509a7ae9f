"""ICS: each VEVENT is a protest. What a calendar cannot say (the kind, who may know the place) is asked for later."""

import datetime as dt
import html
import re
from typing import Any
from zoneinfo import ZoneInfo

import nh3
from django.utils.translation import gettext as _
from icalendar import Calendar

from events.folding import fold
from events.models import Campaign, City
from events.names import countries_called
from organising.importing.reading import RawRow, Unreadable, check_number, text_of

_REPEATS = ("RRULE", "RDATE", "EXRULE", "RECURRENCE-ID")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
MOST_PARTS = 6


def is_calendar(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \r\n\t")[:15].upper() == b"BEGIN:VCALENDAR"


def read_calendar(content: bytes, campaign: Campaign, country: str) -> list[RawRow]:
    """The entries in the order of the file. Raises Unreadable."""
    text = text_of(content)
    # Lines may be folded anywhere; the reader would take seconds to find out how many entries there are.
    check_number(len(re.findall(r"(?im)^BEGIN:VEVENT\s*$", re.sub(r"\r?\n[ \t]", "", text))))
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        entries = [entry for calendar in calendars for entry in calendar.walk("VEVENT")]
    # The library tells of damage in many ways, and any of them only means that this is no calendar.
    except Exception as error:
        raise Unreadable(_("This calendar is damaged and cannot be read.")) from error
    if not entries:
        raise Unreadable(_("There is no entry in this calendar."))
    return [_row(number, entry, campaign, country) for number, entry in enumerate(entries, start=1)]


def _row(number: int, entry: Any, campaign: Campaign, country: str) -> RawRow:
    try:
        return _read(number, entry, campaign, country)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
        return RawRow(number, {"title": _text(entry, "SUMMARY")}, trouble=[_("This entry is damaged.")])


def _read(number: int, entry: Any, campaign: Campaign, country: str) -> RawRow:
    cells = {
        "title": _text(entry, "SUMMARY"),
        "description": _without_tags(_text(entry, "DESCRIPTION")),
        "contact_link": _text(entry, "URL"),
    }
    where, city = _where(_text(entry, "LOCATION"), country)
    trouble = []
    if any(name in entry for name in _REPEATS):
        trouble.append(_("It repeats. Enter each day as an entry of its own."))
    if _text(entry, "STATUS").upper() == "CANCELLED":
        trouble.append(_("It is cancelled in your calendar."))
    zone = ZoneInfo(city.timezone if city else campaign.timezone)
    start, end = (_moment(entry, name, zone, trouble) for name in ("DTSTART", "DTEND"))
    if start:
        cells |= _when(start, end)
    cells |= where
    return RawRow(number, {name: text for name, text in cells.items() if text}, _text(entry, "UID"), trouble)


def _text(entry: Any, name: str) -> str:
    value = entry.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value)


def _without_tags(text: str) -> str:
    """Calendars of offices put HTML into descriptions."""
    if not _TAG.search(text):
        return text
    return html.unescape(nh3.clean(_BREAK.sub("\n", text), tags=set())).strip()


def _moment(entry: Any, name: str, zone: ZoneInfo, trouble: list[str]) -> dt.date | dt.datetime | None:
    """As the clock on the spot shows it; a day without an hour stays one."""
    found = entry.get(name)
    found = found[0] if isinstance(found, list) else found
    moment = getattr(found, "dt", None)
    if not isinstance(moment, dt.datetime):
        return moment if isinstance(moment, dt.date) else None
    named = str(getattr(found, "params", {}).get("TZID", ""))
    if moment.tzinfo is None and named:
        trouble.append(_("We do not know the time zone “%(name)s”.") % {"name": named[:60]})
    return moment if moment.tzinfo is None else moment.astimezone(zone)


def _when(start: dt.date | dt.datetime, end: dt.date | dt.datetime | None) -> dict[str, str]:
    if not isinstance(start, dt.datetime):
        return {"day": start.isoformat()}
    cells = {"day": start.date().isoformat(), "start_time": start.strftime("%H:%M")}
    if isinstance(end, dt.datetime) and end.date() == start.date():
        cells["end_time"] = end.strftime("%H:%M")
    return cells


def _where(location: str, country: str) -> tuple[dict[str, str], City | None]:
    """The parts of “Plac Zamkowy 4, Warszawa, Poland”: a country and a city if one is named, the rest is the place."""
    parts = [part.strip() for part in re.split(r"[,;\n]", location) if part.strip()][:MOST_PARTS]
    if parts and countries_called(parts[-1]):
        country = countries_called(parts.pop())[0]
    for part in reversed(parts):
        # “00-277 Warszawa”
        name = part.strip("0123456789- ")
        city = City.objects.named(name, country=country).first() if country and fold(name) else None
        if city:
            place = ", ".join(other for other in parts if other != part)
            kind = "address" if place else "city"
            return {"country": country, "city": name, "venue": place, "place_kind": kind}, city
    return {"country": country, "venue": ", ".join(parts)}, None
