"""What stands on a sheet, in the active language: only what the public may know. Templates get it as JSON, so that a
text can never become markup."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from events import markdown, timetable, when
from events.models import Audience, Campaign, Event
from events.models.details import Place, PlaceKind
from events.names import country_name, language_name, own_country_name
from events.prints.letters import drawable
from events.prints.sheets import Sheet

Facts = dict[str, object]

MOST_ROWS = 40
LONGEST_TEXT = 500


def facts_of(sheet: Sheet, now: datetime) -> tuple[Facts, Event | None] | None:
    """What stands on *sheet* now, and whose it is; None if there is no such thing for the public."""
    with translation.override(sheet.language):
        if sheet.kind.is_of_protest:
            events = Event.objects.visible().select_related("campaign", "city")
            event = events.filter(public_id=sheet.subject).first()
            return (of_protest(event, now), event) if event else None
        campaign = Campaign.objects.current()
        return (of_edition(campaign, sheet.subject, now), None) if campaign else None


def of_protest(event: Event, now: datetime) -> Facts:
    """What stands on the poster, leaflet and picture of a protest."""
    place = event.place_for(Audience.PUBLIC, now)
    has_zone = event.place_kind in {PlaceKind.ONLINE, PlaceKind.COUNTRY} and event.start_time is not None
    where = timetable.where_text(event)
    kind = event.get_kind_display()
    text = drawable(markdown.as_plain_text(event.display_description))
    return {
        **_of_campaign(event.campaign),
        **_address(reverse("events:protest_short", args=[event.public_id])),
        **_headline(event.display_title, event.text_language, kind, where),
        "text": Truncator(text).chars(LONGEST_TEXT),
        "number": str(event.day.day),
        "weekday": when.weekday(event.day),
        "month": when.month_text(event.day),
        "start": when.clock(event.start_time),
        "end": _("until %(hour)s") % {"hour": when.clock(event.end_time)} if event.end_time else "",
        "zone": when.zone_text(event) if has_zone else "",
        "no_hour": _("The hour is not known."),
        "words": {"what": _("What"), "who": _("Who"), "languages": _("Languages")},
        "kind": kind,
        "who": drawable(event.organiser_name),
        "languages": ", ".join(language_name(code) for code in event.spoken_languages),
        "place": country_name(event.country) if event.place_kind == PlaceKind.COUNTRY else where,
        "spot": ", ".join(filter(None, map(drawable, place.spot))),
        "spot_note": _place_later(event, place),
        "cancelled": pgettext("mark", "cancelled") if event.is_cancelled else "",
        "example": pgettext("mark", "example") if event.is_example else "",
        "invitation": _("All about it, and what changes:"),
    }


def _headline(title: str, language: str, kind: str, where: str) -> Facts:
    """The title and its language; if no font has its letters, what happens and where, in the reader's."""
    if drawn := drawable(title):
        return {"title": drawn, "title_lang": language}
    return {"title": ", ".join(filter(None, [kind, where])), "title_lang": get_language() or "en"}


def _place_later(event: Event, place: Place) -> str:
    if place.is_complete or event.place_kind != PlaceKind.ADDRESS:
        return ""
    if place.followers_only or not place.disclosed_from:
        return _("Who follows this protest by mail learns the exact place.")
    moment = when.moment_text(place.disclosed_from, event.zone)
    return _("The exact place will stand on its page from %(moment)s.") % {"moment": moment}


def of_edition(campaign: Campaign, country: str, now: datetime) -> Facts:
    """What stands on the poster and picture of a country, or of the whole edition."""
    path = reverse("events:country", args=[country]) if country else reverse("events:landing")
    text = campaign.text
    return {
        **_of_campaign(campaign),
        **_address(path),
        "title": country_name(country) if country else text.slogan or text.name,
        "own_name": _own_name(country),
        "days": [{"number": str(day.day), "weekday": when.weekday(day)} for day in campaign.days],
        "month": when.month_text(campaign.starts_on),
        **(_timetable(campaign, country, now) if country else {}),
        "invitation": _("All protests, and what changes:"),
    }


def _own_name(country: str) -> str:
    own = drawable(own_country_name(country)) if country else ""
    return own if own != country_name(country) else ""


def _timetable(campaign: Campaign, country: str, now: datetime) -> Facts:
    """The protests to come. `more` says, for each number of rows that may fit, how many are left out."""
    events = timetable.public_protests(campaign).in_country(country).taking_place().upcoming(now)
    total = events.count()
    stops = [timetable.stop(event, now) for event in timetable.with_rows(events)[:MOST_ROWS]]
    rows = [
        {
            "day": when.short_day(stop.day),
            "time": stop.time,
            "where": stop.where,
            **_headline(stop.title, stop.language, stop.kind, stop.where),
            "mark": ", ".join(mark.text for mark in stop.marks if mark.name == "example"),
        }
        for stop in stops
    ]
    return {
        "rows": rows,
        "more": [_more(total - shown) for shown in range(len(rows) + 1)],
        "nothing_yet": _("Nothing is planned here yet. Register a protest!"),
    }


def _more(number: int) -> str:
    text = ngettext("and %(number)d more protest", "and %(number)d more protests", number)
    return text % {"number": number} if number else ""


def _of_campaign(campaign: Campaign) -> Facts:
    language = get_language() or "en"
    text = campaign.text
    return {
        "lang": language,
        "rtl": translation.get_language_bidi(),
        "site": settings.SITE_NAME,
        "campaign": text.name,
        "slogan": text.slogan,
    }


def _address(path: str) -> Facts:
    """An address for cameras and for eyes."""
    link = settings.SITE_URL + path
    return {"link": link, "url": link.partition("://")[2].rstrip("/")}
