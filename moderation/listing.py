"""The queue and the lists beside it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_datetime

from accounts.models import User
from events.models import Decision, Event, Revision
from events.models.event import EventQuerySet, RevisionQuerySet
from moderation.permissions import events_of, revisions_of

PAGE = 50


@dataclass(frozen=True)
class Page:
    """Some rows of a longer list; `after` opens the next ones, "" if there are none."""

    revisions: list[Revision]
    after: str


def pending(user: User, *, country: str = "") -> RevisionQuerySet:
    """What waits for a decision by *user*, the oldest first."""
    waiting = revisions_of(user).pending().select_related("event", "city").oldest_first()
    return waiting.filter(country=country) if country else waiting


def page_of(waiting: RevisionQuerySet, after: str) -> Page:
    """The page behind the row named in *after*. Rows that were decided meanwhile shift nothing."""
    place = place_in(after)
    if place:
        at, pk = place
        waiting = waiting.filter(Q(submitted_at__gt=at) | Q(submitted_at=at, pk__gt=pk))
    revisions = list(waiting[: PAGE + 1])
    last = revisions[PAGE - 1] if len(revisions) > PAGE else None
    return Page(revisions[:PAGE], f"{last.submitted_at.isoformat()}_{last.pk}" if last else "")


def place_in(after: str) -> tuple[datetime, int] | None:
    """The moment and the number in the name of a row."""
    at, _underscore, pk = after.partition("_")
    moment = moment_in(at)
    return (moment, int(pk)) if moment and pk.isdecimal() and len(pk) < 18 else None


def moment_in(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def counts_by_country(user: User) -> dict[str, int]:
    """How many submissions wait in each country, the longest queue first."""
    waiting = revisions_of(user).pending().values_list("country").annotate(waiting=Count("pk"))
    return dict(waiting.order_by("-waiting", "country"))


def decided_lately(user: User) -> "QuerySet[Decision]":
    """The latest decisions on the protests of *user*, their own among them."""
    theirs = Decision.objects.filter(event__in=events_of(user)).select_related("event", "reason")
    return theirs.order_by("-at", "-pk")[:20]


def decisions_on(event: Event) -> "QuerySet[Decision]":
    """All that was decided on *event*, the latest first, with the reasons."""
    return event.decisions.select_related("revision", "reason").order_by("-at", "-pk")


def found(user: User, text: str) -> EventQuerySet:
    """Public and hidden protests of *user* whose text or number matches, the latest first."""
    events = events_of(user).exclude(published_at=None).select_related("city").order_by("-published_at", "-pk")
    if not text:
        return events[:PAGE]
    return (events.matching(text) | events.filter(public_id=text.strip().lower()))[:PAGE]


def history_of(author: User | None) -> dict[str, int]:
    """How many submissions of *author* are in which state."""
    if author is None:
        return {}
    return dict(Revision.objects.filter(author=author).values_list("state").annotate(Count("pk")).order_by("state"))
