"""Protests that visitors have reported. All open reports on one protest are one entry, closed with one decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Max, Min, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.listing.moments import place_in
from events.models import Event, Report
from events.models.report import ReportQuerySet
from moderation.permissions import events_of, is_own

PAGE = 30


@dataclass(frozen=True)
class Entry:
    """A protest and what visitors say of it, the oldest first."""

    event: Event
    reports: list[Report]
    is_own: bool

    @property
    def is_urgent(self) -> bool:
        return any(report.reason == Report.Reason.DANGER for report in self.reports)

    @property
    def last(self) -> Report:
        return self.reports[-1]


@dataclass(frozen=True)
class Page:
    """Some entries of a longer list; `after` opens the next ones, "" if there are none."""

    entries: list[Entry]
    after: str


def open_for(user: User) -> ReportQuerySet:
    """The reports that wait for *user* among others."""
    return Report.objects.open().filter(event__in=events_of(user))


def page_of(user: User, after: str) -> Page:
    """The most urgent protests: those that put people at risk, then those that most people reported, then those that
    have waited longest. The page behind the entry named in *after*."""
    at_risk = Case(When(reason=Report.Reason.DANGER, then=Value(1)), default=Value(0))
    waiting = (
        open_for(user)
        .order_by()
        .values("event")
        .annotate(danger=Max(at_risk), number=Count("pk"), since=Min("at"))
        .order_by("-danger", "-number", "since", "event")
    )
    rows = list(waiting.filter(_behind(after))[: PAGE + 1])
    is_more = len(rows) > PAGE
    return Page(_entries(user, [row["event"] for row in rows[:PAGE]]), _name(rows[PAGE - 1]) if is_more else "")


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['danger']}_{row['number']}_{row['since'].isoformat()}_{row['event']}"


def _behind(after: str) -> Q:
    danger, _underscore, rest = after.partition("_")
    number, _underscore, rest = rest.partition("_")
    place = place_in(rest)
    if place is None or not (danger in {"0", "1"} and number.isdecimal() and len(number) < 9):
        return Q()
    since, event = place
    later = Q(since__gt=since) | Q(since=since, event__gt=event)
    fewer = Q(number__lt=int(number)) | Q(later, number=int(number))
    return Q(danger__lt=int(danger)) | Q(fewer, danger=int(danger))


def _entries(user: User, pks: list[int]) -> list[Entry]:
    events = Event.objects.filter(pk__in=pks).select_related("campaign", "city").in_bulk()
    own = set(Event.objects.filter(pk__in=pks).organised_by(user).values_list("pk", flat=True))
    said: dict[int, list[Report]] = {pk: [] for pk in pks}
    for report in Report.objects.open().filter(event__in=pks).order_by("at", "pk"):
        said[report.event_id].append(report)
    return [Entry(events[pk], said[pk], pk in own) for pk in pks if said[pk]]


@transaction.atomic
def dismiss(event: Event, *, by: User, up_to: int) -> int:
    """Nothing is wrong with *event*: close the reports that the moderator saw, those up to number *up_to*."""
    if is_own(event, by):
        raise Refused(_("You organise this protest yourself: another moderator has to decide."))
    seen = Report.objects.open().filter(event=event, pk__lte=up_to)
    now = timezone.now()
    closed = seen.update(closed_at=now, outcome=Report.Outcome.DISMISSED)
    if not closed:
        raise Refused(_("These reports are closed already."))
    record("reports dismissed", by=by, on=event, reports=closed, closed_at=now.isoformat())
    return closed
