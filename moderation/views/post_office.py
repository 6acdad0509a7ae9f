"""Two pages of /admin/ for those who run the site: how the post office does, and a rehearsal of what is due."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from psycopg.errors import QueryCanceled

from events.models import Campaign
from moderation import alarms
from outbox import meter
from outbox.models import Delivery, Priority
from reminders.rehearsal import ASSUMED_RATE, Rehearsal, days_of, rehearse

PERMISSION = "outbox.view_delivery"
STRETCHES = {
    "the last 5 minutes": timedelta(minutes=5),
    "the last hour": timedelta(hours=1),
    "the last 24 hours": timedelta(days=1),
    "the last 7 days": timedelta(days=7),
}
UNDELIVERED_FOR = timedelta(days=7)
FASTEST_RATE = 1_000_000


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def post_office(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    queue = meter.queue(now)
    context = {
        "title": "Post office",
        "now": now,
        "queue": queue,
        "minutes": int(queue.age(now).total_seconds() // 60),
        "waiting": [
            (priority.label, [queue.counts.get((priority, state), 0) for state in Delivery.State.unfinished()])
            for priority in Priority
        ],
        "alarms": [alarms.Alarm(kind).label for kind in alarms.found(now)],
        "reading": meter.latest(now),
        "paces": {name: meter.pace(now, stretch) for name, stretch in STRETCHES.items()},
        "suspended": meter.suspended(),
        "undelivered": meter.undelivered(now - UNDELIVERED_FOR),
        "rehearsal": _rehearsed(now, now, now + timedelta(days=1), rate=_rate(now)),
    }
    return _page(request, "admin/post_office.html", context)


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def rehearsal(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    campaign = Campaign.objects.filter(slug=request.GET.get("campaign", "").replace("\0", "")).first()
    campaign = campaign or Campaign.objects.current()
    typed = _typed_rate(request.GET.get("rate", ""))
    rate = typed or _rate(now)
    context: dict[str, Any] = {
        "title": "Rehearsal",
        "campaign": campaign,
        "campaigns": Campaign.objects.open(),
        "typed": typed,
        "is_measured": bool(meter.fastest(now)),
    }
    if campaign:
        context |= {"rehearsal": _rehearsed(now, *days_of(campaign), rate=rate), "zone": campaign.timezone}
    return _page(request, "admin/rehearsal.html", context)


def _rehearsed(now: datetime, begin: datetime, end: datetime, *, rate: float) -> Rehearsal | None:
    """None if there are more followers than a page can count in the time that it has."""
    try:
        with transaction.atomic():
            return rehearse(now, begin, end, rate=rate)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


def _page(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context})


def _rate(now: datetime) -> float:
    return meter.fastest(now) or ASSUMED_RATE


def _typed_rate(text: str) -> float:
    """What somebody typed as mails a second; 0 if it is no such thing."""
    try:
        rate = float(text)
    except ValueError:
        return 0
    return rate if 0 < rate <= FASTEST_RATE else 0
