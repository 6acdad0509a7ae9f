"""What is told of a protest afterwards, as the public reads it, and from when on it can be told."""

import datetime as dt
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Prefetch, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from events import markdown
from events.models import AfterReport, Event, ReportPicture


@dataclass(frozen=True)
class Told:
    """One version of a report, ready to be shown."""

    report: AfterReport
    turnout: str
    html: SafeString
    pictures: list[ReportPicture]


def begins_at(event: Event) -> datetime:
    """When there is something to tell of: from the start, or without an hour from the first minute of the day."""
    return event.starts_at or datetime.combine(event.day, dt.time(), event.zone)


def can_be_told(event: Event, now: datetime) -> bool:
    """From the start of a public protest until everything private of its edition is forgotten."""
    last_day = event.campaign.actions_to + timedelta(days=settings.FORGET_AFTER_DAYS)
    return event.state == Event.State.PUBLISHED and begins_at(event) <= now and now.date() <= last_day


def as_shown(report: AfterReport, pictures: list[ReportPicture]) -> Told:
    return Told(report, turnout_text(report), markdown.as_html(report.text), pictures)


def all_as_shown(reports: "QuerySet[AfterReport]") -> list[Told]:
    """In two queries for any number of them."""
    with_pictures = reports.prefetch_related(Prefetch("pictures", ReportPicture.objects.in_order()))
    return [as_shown(report, list(report.pictures.all())) for report in with_pictures]


def told_of(event: Event, now: datetime) -> Told | None:
    """What is public; before the protest nobody even looks."""
    if begins_at(event) > now:
        return None
    return next(iter(all_as_shown(AfterReport.objects.published().filter(event=event))), None)


def turnout_text(report: AfterReport) -> str:
    """How many came, in words; empty if nobody said."""
    low, high = report.turnout_low, report.turnout_high
    if low is None or high is None:
        return ""
    if low == high:
        return ngettext("%(number)s person", "%(number)s people", high) % {"number": intcomma(high)}
    words = ngettext("Between %(low)s and %(high)s person", "Between %(low)s and %(high)s people", high)
    return words % {"low": intcomma(low), "high": intcomma(high)}
