"""Days, hours and time zones in words, in the reader's language. A protest's time is always the time on the spot."""

import math
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from events.models import EventDetails

# Django's letters: E is the month's name as it stands in a date, where that differs from F.
_DAY_AND_MONTH = {"en": "j F", "uk": "j E", "pl": "j E", "fi": "j. E", "de": "j. F", "fr": "j F", "nl": "j F"}
_WEEKDAY = {"uk": "l, ", "pl": "l, ", "de": "l, "}
_SHORT_DAY = {"de": "j. M", "fi": "j.n."}
_CAPITAL_NAMES = {"en", "de"}


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _day_and_month() -> str:
    return _DAY_AND_MONTH.get(_language(), "j F")


def _as_in_a_sentence(text: str) -> str:
    """Django begins some days and months with a capital, and writes the apostrophe of a typewriter."""
    return (text if _language() in _CAPITAL_NAMES else text.lower()).replace("'", "’")


def day_inside_text(day: date) -> str:
    """“Monday 11 October”, as it stands within a sentence."""
    return _as_in_a_sentence(format_date(day, _WEEKDAY.get(_language(), "l ") + _day_and_month()))


def day_text(day: date) -> str:
    """“Monday 11 October”."""
    return capfirst(day_inside_text(day))


def day_inside_text_with_year(day: date) -> str:
    """“Monday 11 October 2027”, as it stands within a sentence."""
    return f"{day_inside_text(day)} {day.year}"


def day_text_with_year(day: date) -> str:
    """“Monday 11 October 2027”."""
    return f"{day_text(day)} {day.year}"


def date_text(day: date) -> str:
    """“11 October”."""
    return format_date(day, _day_and_month())


def date_text_with_year(day: date) -> str:
    """“11 October 2027”."""
    return f"{date_text(day)} {day.year}"


def short_day(day: date) -> str:
    """“11 Oct”."""
    text = format_date(day, _SHORT_DAY.get(_language(), "j M"))
    return _as_in_a_sentence(text)


def short_day_with_year(day: date) -> str:
    """“11 Oct 2027”; nothing stands between numbers that end in a dot."""
    text = short_day(day)
    return f"{text}{'' if text.endswith('.') else ' '}{day.year}"


def short_moment(moment: datetime) -> str:
    """“11 Oct 14:00”."""
    return f"{short_day(moment)} {clock(moment)}"


def short_moment_with_year(moment: datetime) -> str:
    """“11 Oct 2027 14:00”."""
    return f"{short_day_with_year(moment)} {clock(moment)}"


def weekday(day: date) -> str:
    return capfirst(_as_in_a_sentence(format_date(day, "l")))


def short_weekday(day: date) -> str:
    return capfirst(str(WEEKDAYS_ABBR[day.weekday()]))


def month_text(day: date) -> str:
    """“October 2027”."""
    return capfirst(format_date(day, "F Y"))


def span_text(first: date, last: date) -> str:
    """“11–13 October 2027”, or a single day."""
    if first == last:
        return f"{date_text(first)} {first.year}"
    if (first.year, first.month) == (last.year, last.month):
        dot = "." if "j." in _day_and_month() else ""
        return f"{first.day}{dot}–{date_text(last)} {last.year}"
    return f"{date_text(first)} – {date_text(last)} {last.year}"


def clock(moment: time | datetime | None) -> str:
    """“14:00”; nothing without an hour."""
    return moment.strftime("%H:%M") if moment else ""


def hours_text(details: EventDetails) -> str:
    """“14:00”, “14:00–16:00”, or nothing without an hour."""
    if details.end_time:
        return f"{clock(details.start_time)}–{clock(details.end_time)}"
    return clock(details.start_time)


def zone_short(moment: datetime) -> str:
    """“CEST”, or “UTC+5:45” for a zone that has no letters."""
    name = moment.tzname() or "UTC"
    if name[0] not in "+-":
        return name
    minutes = f":{name[3:5]}" if name[3:5].strip("0") else ""
    return f"UTC{name[0]}{int(name[1:3])}{minutes}"


def _place_of_zone(name: str) -> str:
    return name.rsplit("/", 1)[-1].replace("_", " ")


def zone_text(details: EventDetails, moment: datetime | None = None) -> str:
    """Whose clock the hours follow at its start, or at another *moment*: “local time in Warszawa (CEST)”."""
    moment = moment or datetime.combine(details.day, details.start_time or time(12), details.zone)
    place = details.city.display_name if details.city else _place_of_zone(details.timezone)
    return _("local time in %(place)s (%(zone)s)") % {"place": place, "zone": zone_short(moment)}


def wait_text(wait: timedelta) -> str:
    """A wait, rounded up: “3 hours”, “2 days”."""
    hours = math.ceil(wait / timedelta(hours=1)) or 1
    if hours <= 36:
        return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    days = math.ceil(hours / 24)
    return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """An instant as the clocks of *zone* show it: “9 October, 18:20”."""
    local = moment.astimezone(zone)
    return f"{date_text(local)}, {clock(local)}"
