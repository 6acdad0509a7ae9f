"""Loads earlier editions (data/days_of_action.json) through the models and their validation: all of it, or nothing."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction

from accounts.actions import record
from events.folding import slug_of
from events.models import ArchiveRecord, Campaign, CampaignText, City, Event, Kind, SiteStamp
from events.models.details import PlaceKind
from events.names import country_codes

# The file's kinds that are called otherwise here; the rest have the same name.
KINDS = {
    "street theatre": Kind.STREET_THEATRE,
    "information stall": Kind.INFO_STALL,
    "action camp": Kind.CAMP,
    "film screening": Kind.FILM,
    "street party": Kind.CONCERT,
    "netstrike": Kind.ONLINE,
    "office action": Kind.ACTION,
    "counter-office": Kind.ACTION,
    "street action": Kind.ACTION,
    "information action": Kind.ACTION,
    "banner action": Kind.ACTION,
}

KEY_LENGTH = 80


@dataclass(frozen=True)
class Row:
    """One object of the file and the line on which it begins."""

    line: int
    values: dict[str, Any]

    def get(self, name: str) -> Any:
        """The value of a field that the row must have. Raises ValidationError without it."""
        if name not in self.values:
            raise ValidationError(f"{name} is missing")
        return self.values[name]

    def text(self, name: str) -> str:
        return str(self.get(name) or "").strip()


class BadRows(Exception):
    """What is wrong with the file, one sentence a row, each with its line."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass
class Loaded:
    campaigns: int = 0
    events: int = 0
    written: int = 0


def rows_of(text: str, name: str) -> Iterator[Row]:
    """The objects of the list *name* in the file's outermost object, each with its line."""
    start = re.search(rf'"{name}"\s*:\s*\[', text)
    if start is None:
        raise BadRows([f"The file has no list {name}."])
    decoder, position = json.JSONDecoder(), start.end()
    while True:
        position = _skip(text, position)
        if text[position] == "]":
            return
        values, end = decoder.raw_decode(text, position)
        yield Row(text.count("\n", 0, position) + 1, values if isinstance(values, dict) else {})
        position = end


def _skip(text: str, position: int) -> int:
    while text[position] in " \t\r\n,":
        position += 1
    return position


def load(text: str) -> Loaded:
    """Write what *text* tells of. Raises BadRows, with nothing written, if one row is wrong; writes nothing new when
    it is loaded again."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRows([f"Line {error.lineno}: {error.msg}"]) from error
    with transaction.atomic():
        loaded, reasons = _load_rows(text)
        if reasons:
            raise BadRows(reasons)
        if loaded.written:
            SiteStamp.objects.bump()
            record("archive loaded", by=None, written=loaded.written)
    return loaded


def _load_rows(text: str) -> tuple[Loaded, list[str]]:
    loaded, reasons = Loaded(), []
    campaigns: dict[str, Campaign] = {}
    for row in rows_of(text, "campaigns"):
        try:
            campaign, written = _load_campaign(row)
        except ValidationError as error:
            reasons.append(_reason(row, error))
        else:
            campaigns[campaign.source_key] = campaign
            loaded.campaigns += 1
            loaded.written += written
    keys: set[str] = set()
    for row in rows_of(text, "events"):
        try:
            loaded.written += _load_event(row, campaigns, keys)
        except ValidationError as error:
            reasons.append(_reason(row, error))
        else:
            loaded.events += 1
    return loaded, reasons


def _reason(row: Row, error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return f"Line {row.line}: {' '.join(error.messages)}"
    fields = [
        " ".join(messages) if field == NON_FIELD_ERRORS else f"{field}: {' '.join(messages)}"
        for field, messages in error.message_dict.items()
    ]
    return f"Line {row.line}: {'; '.join(fields)}"


def _day(row: Row, name: str) -> date:
    try:
        return date.fromisoformat(row.text(name))
    except ValueError as error:
        raise ValidationError(f"{name}: {row.text(name)!r} is not a day like 2002-10-11") from error


def _hour(row: Row) -> time | None:
    text = row.text("time")
    try:
        return time.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValidationError(f"time: {text!r} is not a time like 14:30") from error


def _load_campaign(row: Row) -> tuple[Campaign, int]:
    starts_on = _day(row, "starts_on")
    campaign = Campaign.objects.filter(source_key=row.text("slug")).first() or Campaign(source_key=row.text("slug"))
    if not campaign.source_key:
        raise ValidationError("slug is empty")
    written = _write(
        campaign,
        slug=str(starts_on.year),
        state=Campaign.State.ARCHIVED,
        starts_on=starts_on,
        ends_on=_day(row, "ends_on"),
        actions_from=_day(row, "actions_from"),
        actions_to=_day(row, "actions_to"),
        source_url=row.text("source"),
    )
    english = campaign.texts.filter(language="en").first() or CampaignText(campaign=campaign, language="en")
    written += _write(english, name=row.text("name"), slogan=row.text("slogan"), call=row.text("focus"))
    return campaign, written


def _load_event(row: Row, campaigns: dict[str, Campaign], keys: set[str]) -> int:
    campaign = campaigns.get(row.text("campaign"))
    if campaign is None:
        raise ValidationError(f"campaign: {row.text('campaign')!r} is none of the file's")
    day = _day(row, "date")
    if not campaign.allows_day(day):
        raise ValidationError(f"date: {day} is outside {campaign.actions_from} to {campaign.actions_to}")
    key = _key(row, campaign, day)
    if key in keys:
        raise ValidationError("the same protest is in the file twice")
    keys.add(key)
    kept = ArchiveRecord.objects.select_related("event").filter(source_key=key).first() or ArchiveRecord(source_key=key)
    event = kept.event if kept.pk else Event()
    written = _write(event, campaign=campaign, **_details(row, day))
    return written + _write(
        kept,
        event=event,
        basis=row.text("basis"),
        note=row.text("note"),
        turnout=row.get("turnout"),
        source_url=row.text("source_url"),
        other_sources=row.get("other_sources") or [],
    )


def _key(row: Row, campaign: Campaign, day: date) -> str:
    """What names the row for good: edition, day, place and title."""
    place = slug_of(row.text("city_en") or row.text("country"))
    key = f"{campaign.source_key}/{day:%m-%d}/{row.text('country')}/{place}/{slug_of(row.text('title'))}"
    return key[:KEY_LENGTH]


def _details(row: Row, day: date) -> dict[str, Any]:
    if row.text("country") not in country_codes():
        raise ValidationError(f"country: {row.text('country')!r} is not a country")
    city = _city(row)
    zone = row.text("timezone")
    published_at = _noon(day, zone)
    return {
        "title": row.text("title"),
        "description": row.text("summary"),
        "language": "en",
        "kind": _kind(row),
        "organiser_name": row.text("organiser"),
        "day": day,
        "start_time": _hour(row),
        "timezone": zone,
        "country": row.text("country"),
        "city": city,
        "place_kind": _place_kind(row, city),
        "venue": row.text("venue"),
        "slug": slug_of(row.text("title")),
        "state": Event.State.PUBLISHED,
        "created_at": published_at,
        "published_at": published_at,
        "time_set_at": published_at,
        "place_disclosed_at": published_at,
    }


def _noon(day: date, zone: str) -> datetime:
    """A moment that is the same at every load."""
    try:
        return datetime.combine(day, time(12), ZoneInfo(zone))
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"timezone: {zone!r} is not a time zone") from error


def _kind(row: Row) -> str:
    kind = row.text("kind")
    if kind and kind not in KINDS and kind not in Kind.values:
        raise ValidationError(f"kind: {kind!r} is not known")
    return KINDS.get(kind, kind)


def _city(row: Row) -> City | None:
    if row.text("city") in {"", "Online"}:
        return None
    for name in (row.text("city"), row.text("city_en")):
        city = City.objects.named(name, country=row.text("country")).first()
        if city:
            return city
    raise ValidationError(f"city: {row.text('city')} in {row.text('country')} is not in the gazetteer")


def _place_kind(row: Row, city: City | None) -> PlaceKind:
    if city:
        return PlaceKind.ADDRESS if row.text("venue") else PlaceKind.CITY
    return PlaceKind.ONLINE if row.text("city") == "Online" else PlaceKind.COUNTRY


def _write(row: models.Model, **values: Any) -> int:
    """Give *row* these values; says whether (1 or 0) that changed anything in the database."""
    is_same = row.pk is not None and all(getattr(row, name) == value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    if isinstance(row, Event):
        row.set_search_text()
    row.full_clean()
    if is_same:
        return 0
    row.save()
    return 1
