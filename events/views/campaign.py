"""The edition itself: its front page, its call, and what the site says about itself."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from events import map as maps
from events import markdown, timetable, when
from events.models import Campaign, EventChange, PlaceTally, Thread
from events.models.event import EventQuerySet
from events.timetable import Mark, Stop
from events.views.browse import country_rows
from events.views.pages import cacheable

NEXT_PROTESTS = 8
BOARD_ROWS = 6
CALL_PARAGRAPHS = 2
BOARD_KINDS = [
    EventChange.Kind.MOVED,
    EventChange.Kind.PLACE_CHANGED,
    EventChange.Kind.CANCELLED,
    EventChange.Kind.RESTORED,
]


@dataclass(frozen=True)
class DayColumn:
    """One of the great numerals."""

    number: int
    weekday: str
    count: int
    url: str
    is_today: bool
    is_past: bool


@dataclass(frozen=True)
class BoardRow:
    """A protest that changed, and how its hour was before or what else is new."""

    stop: Stop
    was: str
    news: str
    marks: list[Mark]


def _columns(campaign: Campaign) -> list[DayColumn]:
    counts = PlaceTally.objects.in_campaign(campaign).by_day()
    protests, today = reverse("events:protests"), campaign.today
    return [
        DayColumn(
            day.day,
            when.weekday(day),
            counts.get(day, 0),
            f"{protests}?day={day.isoformat()}",
            day == today,
            day < today,
        )
        for day in campaign.days
    ]


def _was(change: EventChange) -> str:
    """The day and hour before a move, as far as they differ."""
    before, after = change.before, change.after
    parts = []
    if before.get("day") and before["day"] != after.get("day"):
        parts.append(when.short_day(date.fromisoformat(before["day"])))
    if before.get("start_time") and (parts or before["start_time"] != after.get("start_time")):
        parts.append(before["start_time"])
    return " ".join(parts)


def _board(events: EventQuerySet, now: datetime) -> list[BoardRow]:
    """What changed since yesterday, each protest once, the latest first."""
    changes = EventChange.objects.filter(
        event__in=events, kind__in=BOARD_KINDS, at__gte=now - timedelta(days=1), at__lte=now
    )
    latest = list(changes.order_by("event", "-at", "-pk").distinct("event"))
    latest.sort(key=lambda change: change.at, reverse=True)
    shown = {change.event_id: change for change in latest[:BOARD_ROWS]}
    rows = {event.pk: event for event in timetable.with_rows(events.filter(pk__in=shown))}
    return [_board_row(timetable.stop(rows[pk], now), change) for pk, change in shown.items() if pk in rows]


def _board_row(stop: Stop, change: EventChange) -> BoardRow:
    is_restored = change.kind == EventChange.Kind.RESTORED and not stop.is_cancelled
    marks = [Mark("restored", pgettext("mark", "takes place after all"))] if is_restored else stop.marks
    if stop.is_cancelled:
        return BoardRow(stop, "", "", marks)
    news = _("The place changed.") if change.kind == EventChange.Kind.PLACE_CHANGED else ""
    return BoardRow(stop, _was(change), news, marks)


@cacheable()
def landing(request: HttpRequest) -> HttpResponse:
    campaign = Campaign.objects.current()
    if campaign is None:
        return render(request, "events/landing_empty.html")
    now = timezone.now()
    events = timetable.public_protests(campaign)
    countries = country_rows(campaign)
    upcoming = timetable.with_rows(events.taking_place().upcoming(now))[:NEXT_PROTESTS]
    context = {
        "campaign": campaign,
        "columns": _columns(campaign),
        "month": when.month_text(campaign.starts_on),
        "countries": countries,
        "sheets": maps.sheets(countries),
        "total": sum(row.count for row in countries),
        "busy_countries": sum(row.count > 0 for row in countries),
        "next": [timetable.stop(event, now) for event in upcoming],
        "board": _board(events, now),
        "call_opening": markdown.as_plain_text(campaign.call_text.call).split("\n")[:CALL_PARAGRAPHS],
    }
    return render(request, "events/landing.html", context)


@cacheable()
def call(request: HttpRequest) -> HttpResponse:
    campaign = Campaign.objects.current()
    text = campaign.call_text if campaign else None
    context = {"campaign": campaign, "text": text, "html": markdown.as_html(text.call, heading="h2") if text else ""}
    return render(request, "events/call.html", context)


@cacheable()
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "events/about.html")


@cacheable()
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "forget_after_days": settings.FORGET_AFTER_DAYS,
        "unconfirmed_hours": settings.UNCONFIRMED_HOURS,
        "letters_kept_days": Thread.KEPT_DAYS,
    }
    return render(request, "events/privacy.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be indexed; rooms with a log-in and pages with a form of one's own may not."""
    rooms = ["/accounts/", "/admin/", "/moderation/", "/organise/"]
    closed = [*rooms, "/*/register/", "/*/reminders/", "/*/appeal/sign/", "/*/contact/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}"]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
