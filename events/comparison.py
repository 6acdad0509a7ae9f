"""A submission beside what is public now, field by field, with the words that differ."""

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from events import when
from events.models import Audience, EventDetails, Picture
from events.models.picture import Refusal
from events.names import country_name, language_name

Text = str | Promise


@dataclass(frozen=True)
class Piece:
    """A run of words: in both versions, only in the old one, or only in the new one."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True)
class Line:
    """One field of a submission. Without a public version, `old` is None."""

    label: Text
    new: str
    old: str | None
    new_picture: Picture | None = None
    old_picture: Picture | None = None

    @property
    def is_changed(self) -> bool:
        return self.old is not None and (self.old, self.old_picture) != (self.new, self.new_picture)

    @property
    def has_picture(self) -> bool:
        return bool(self.new_picture or self.old_picture)

    @property
    def pieces(self) -> list[Piece]:
        return word_pieces(self.old or "", self.new)


def word_pieces(old: str, new: str) -> list[Piece]:
    """*old* and *new* as one text in which the words that went and came are set apart."""
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    pieces = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[i1:i2])))
            continue
        if i1 < i2:
            pieces.append(Piece("gone", "".join(before[i1:i2])))
        if j1 < j2:
            pieces.append(Piece("new", "".join(after[j1:j2])))
    return pieces


def compare(
    new: EventDetails, old: EventDetails | None, now: datetime, *, old_as: Audience = Audience.INSIDER
) -> list[Line]:
    """Every field that is filled in either version, in the order of the form; the place of *old* as *old_as* may know
    it."""
    ours = _values(new, now, Audience.INSIDER)
    theirs = _values(old, now, old_as) if old else {}
    lines = []
    for key in sorted(ours.keys() | theirs.keys()):
        label, value = ours.get(key) or (theirs[key][0], "")
        before = theirs.get(key, (label, ""))[1] if old else None
        if value or before:
            lines.append(Line(label, value, before))
    return lines + _picture_lines(new, old)


def _picture_lines(new: EventDetails, old: EventDetails | None) -> list[Line]:
    line = Line(
        pgettext_lazy("heading", "Picture"),
        _picture_state(new.picture),
        _picture_state(old.picture) if old else None,
        new.picture,
        old.picture if old else None,
    )
    return [line] if line.has_picture else []


def _picture_state(picture: Picture | None) -> str:
    """What stands where the picture cannot be shown."""
    if picture is None or picture.is_ready:
        return ""
    if picture.is_waiting:
        return gettext("It is still being prepared. Open this page again in a moment.")
    return str(Refusal(picture.refusal).label)


# The place in the order, and a language where a field has several.
Key = tuple[int, str]


def _values(details: EventDetails, now: datetime, audience: Audience) -> dict[Key, tuple[Text, str]]:
    plain = [*_what(details), *_when(details), *_where(details, now, audience), *_for_whom(details)]
    values: dict[Key, tuple[Text, str]] = {(n, ""): pair for n, pair in enumerate(plain)}
    for language, texts in sorted(details.translations.items()):
        name = language_name(language)
        title = _("Title in %(language)s") % {"language": name}
        description = _("Text in %(language)s") % {"language": name}
        values[len(plain), language + "1"] = (title, texts.get("title", ""))
        values[len(plain), language + "2"] = (description, texts.get("description", ""))
    return values


def _what(details: EventDetails) -> list[tuple[Text, str]]:
    return [
        (_("Title"), details.title),
        (_("Text"), details.description),
        (_("Language of the text"), language_name(details.language)),
        (_("Kind"), str(details.get_kind_display())),
        (_("Who organises it"), details.organiser_name),
    ]


def _when(details: EventDetails) -> list[tuple[Text, str]]:
    return [
        (_("Day"), when.day_text_with_year(details.day)),
        (_("Start"), time_format(details.start_time, "H:i") if details.start_time else ""),
        (_("End"), time_format(details.end_time, "H:i") if details.end_time else ""),
        (_("Time zone"), details.timezone),
    ]


def _where(details: EventDetails, now: datetime, audience: Audience) -> list[tuple[Text, str]]:
    place = details.place_for(audience, now)
    return [
        (_("Country"), country_name(details.country)),
        (_("City"), details.city.display_name if details.city else ""),
        (_("Kind of place"), str(details.get_place_kind_display())),
        (_("Place"), place.venue),
        (_("Address"), place.address),
        (_("Position"), f"{place.lat}, {place.lon}" if place.has_position else ""),
        (_("Who may know the exact place"), str(details.get_disclosure_display())),
        (_("Known from"), when.moment_text(details.disclose_at, details.zone) if details.disclose_at else ""),
    ]


def _for_whom(details: EventDetails) -> list[tuple[Text, str]]:
    return [
        (_("Languages spoken"), ", ".join(sorted(language_name(code) for code in details.spoken_languages))),
        (_("What makes it easier to take part"), ", ".join(details.access_labels)),
        (_("More on access"), details.access_notes),
        (_("Public link"), details.contact_link),
        (_("What the picture shows"), details.picture_alt),
    ]
