"""Fields that read what people write: clean text, clock times, days, positions, links."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

# Controls, direction overrides and the zero-width signs that no script needs. The joiners U+200C and U+200D and the
# marks U+200E and U+200F stay: Persian, Kurdish, Arabic and Hebrew are written with them.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u180e\u200b\u202a-\u202e"
    "\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_LINE_BREAKS = re.compile("\r\n|[\r\n\u000b\u000c\u0085\u2028\u2029]")

_PHONE = re.compile(r"\+?[0-9]{1,4}(?:[ ()/.-]{0,2}[0-9]{1,12}){1,10}")


def clean_text(text: str) -> str:
    """*text* without signs that do not show; every line break is one newline."""
    return _LINE_BREAKS.sub("\n", _INVISIBLE.sub("", text))


def clean_line(text: str) -> str:
    """*text* on one line, with single blanks."""
    return " ".join(clean_text(text).split())


class LineField(forms.CharField):
    """One line of text. What does not show in it is dropped before anything else looks at it."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(clean_line(str(value or ""))))


class ProseField(forms.CharField):
    """Text of several lines."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(clean_text(str(value or ""))))


class PhoneField(LineField):
    """A phone number as people write it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
        super().__init__(**{"max_length": 40, "widget": widget, **kwargs})

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not _PHONE.fullmatch(value):
            raise ValidationError(_("Write digits only, and a plus in front for the country."), code="invalid")


class ReadField(forms.Field):
    """A field that reads its value from a line of text, and shows it as text again."""

    longest = 40

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def show(self, value: Any) -> str:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        text = clean_line(str(value or ""))
        if len(text) > self.longest:
            raise ValidationError(_("This is too long."), code="invalid")
        return self.read(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else self.show(value)


_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:\s*[.:h]\s*(?P<minute>\d{2})|(?P<glued>\d{2}))?\s*(?:h|uhr|hrs?)?\s*(?P<half>[ap]\.?\s?m\.?)?",
    re.IGNORECASE,
)


def read_clock(text: str) -> dt.time:
    """The time that *text* names: 14, 14.30, 14:30, 14h30, 1430, 2pm. Raises ValidationError."""
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise ValidationError(_("Write the time like 14:30."), code="invalid")
    hour, minute = int(found["hour"]), int(found["minute"] or found["glued"] or 0)
    half = (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValidationError(_("There is no such time. Write it like 14:30."), code="invalid")
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 23 or minute > 59:
        raise ValidationError(_("There is no such time. Write it like 14:30."), code="invalid")
    return dt.time(hour, minute)


class ClockField(ReadField):
    """A local time, as people write it."""

    widget = forms.TextInput(attrs={"size": "7", "autocomplete": "off"})

    def read(self, text: str) -> dt.time:
        return read_clock(text)

    def show(self, value: dt.time) -> str:
        return value.strftime("%H:%M")


_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED_DAY = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")


def read_day(text: str) -> dt.date:
    """The day that *text* names: 2027-10-11 or 11.10.2027. Raises ValidationError, also for 31 February."""
    iso, dotted = _ISO_DAY.fullmatch(text), _DOTTED_DAY.fullmatch(text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif dotted:
        day, month, year = (int(part) for part in dotted.groups())
    else:
        raise ValidationError(_("Write the day like 2027-10-11 or 11.10.2027."), code="invalid")
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise ValidationError(_("There is no such day in the calendar."), code="invalid") from error


class DayField(ReadField):
    """A date, from a picker, from radio buttons or typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def read(self, text: str) -> dt.date:
        return read_day(text)

    def show(self, value: dt.date) -> str:
        return value.isoformat()


def exists_on_the_clock(day: dt.date, time: dt.time, zone: ZoneInfo) -> bool:
    """False for the hour that is skipped when the clocks go forward."""
    local = dt.datetime.combine(day, time, zone)
    return local.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


_NUMBER = r"[-+]?\d{1,3}(?:\.\d+)?"
_POSITIONS = [
    re.compile(rf"geo:(?P<lat>{_NUMBER}),(?P<lon>{_NUMBER})(?:[,;?].*)?", re.IGNORECASE),
    re.compile(rf"https?://.*[?&#]mlat=(?P<lat>{_NUMBER})&mlon=(?P<lon>{_NUMBER}).*", re.IGNORECASE),
    re.compile(rf"https?://.*#map=[\d.]+/(?P<lat>{_NUMBER})/(?P<lon>{_NUMBER}).*", re.IGNORECASE),
    re.compile(rf"https?://.*/@(?P<lat>{_NUMBER}),(?P<lon>{_NUMBER}).*", re.IGNORECASE),
    re.compile(rf"(?P<lat>{_NUMBER})(?:\s*[,;]\s*|\s+)(?P<lon>{_NUMBER})"),
    re.compile(r"(?P<lat>[-+]?\d{1,3},\d+)(?:\s*;\s*|\s+)(?P<lon>[-+]?\d{1,3},\d+)"),
]
Position = tuple[Decimal, Decimal]


def read_position(text: str) -> Position:
    """Latitude and longitude from numbers, a geo: link or a link to a map. Raises ValidationError."""
    found = next(filter(None, (pattern.fullmatch(text) for pattern in _POSITIONS)), None)
    if found is None:
        raise ValidationError(
            _("Paste two numbers like 52.2477, 21.0143, a geo: link, or a link from OpenStreetMap."), code="invalid"
        )
    lat, lon = (Decimal(found[name].replace(",", ".")).quantize(Decimal("0.00001")) for name in ("lat", "lon"))
    if abs(lat) > 90 or abs(lon) > 180:
        raise ValidationError(
            _("This position is not on earth: latitude goes to 90, longitude to 180."), code="invalid"
        )
    return lat, lon


class PositionField(ReadField):
    longest = 400

    def read(self, text: str) -> Position:
        return read_position(unquote(text))

    def show(self, value: Position) -> str:
        return ", ".join(str(number) for number in value)


class LinkField(forms.CharField):
    """A web address, http or https, without a user name that could hide where it leads."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url", "spellcheck": "false"})
        super().__init__(**{"max_length": 300, "widget": widget, **kwargs})

    def to_python(self, value: Any) -> str:
        text = clean_line(str(value or ""))
        if text and "://" not in text and not text.lower().startswith(("javascript:", "data:", "mailto:")):
            text = f"https://{text}"
        return text

    def validate(self, value: Any) -> None:
        super().validate(value)
        if not value:
            return
        message = _("This is not a web address. It looks like https://example.org/protest.")
        try:
            parts = urlsplit(value)
            URLValidator(schemes=["http", "https"], message=message)(value)
        except ValueError as error:
            raise ValidationError(message, code="invalid") from error
        if "@" in parts.netloc or "\\" in value:
            raise ValidationError(
                _("Leave out what stands before the @: it hides where the link leads."), code="invalid"
            )
