"""How long submissions wait for a decision, and how many decisions there are a day. Moderators are not compared: they
are volunteers."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, Count, DurationField, F, Min
from django.db.models.functions import TruncDate

from accounts.models import User
from events import when
from events.bars import Bar, bars
from events.models import Campaign, Decision, Revision
from events.names import country_name
from moderation.permissions import events_of, revisions_of
from moderation.templatetags.moderation_words import verb

DECIDED_WITHIN = timedelta(days=14)
DAYS = 30
State = Revision.State


class _Percentile(Aggregate):
    """The value below which this share of all lies."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Waiting:
    """A country: how long half and nine tenths of the submissions waited, and what waits now. Texts, "" for none."""

    code: str
    name: str
    decided: int
    half: str
    most: str
    pending: int
    oldest: str


def waiting_times(user: User, campaign: Campaign, now: datetime) -> list[Waiting]:
    """By country, where somebody waits the longest first. Countries without any submission are left out."""
    theirs = revisions_of(user).filter(event__campaign=campaign, quarantine="").order_by()
    decided = theirs.filter(decided_at__gt=now - DECIDED_WITHIN).exclude(state__in=[State.WITHDRAWN, State.SUPERSEDED])
    waited = F("decided_at") - F("submitted_at")
    counted = decided.values("country").annotate(
        number=Count("pk"), half=_Percentile(waited, share=0.5), most=_Percentile(waited, share=0.9)
    )
    past = {row["country"]: (row["number"], row["half"], row["most"]) for row in counted}
    present = {
        country: (number, oldest)
        for country, number, oldest in theirs.in_queue()
        .values_list("country")
        .annotate(Count("pk"), Min("submitted_at"))
    }
    nothing_waits = (0, now)
    order = sorted(past.keys() | present, key=lambda code: (present.get(code, nothing_waits)[1], country_name(code)))
    return [_row(code, past.get(code), present.get(code), now) for code in order]


def _row(
    code: str,
    past: tuple[int, timedelta, timedelta] | None,
    present: tuple[int, datetime] | None,
    now: datetime,
) -> Waiting:
    return Waiting(
        code=code,
        name=country_name(code),
        decided=past[0] if past else 0,
        half=when.wait_text(past[1]) if past else "",
        most=when.wait_text(past[2]) if past else "",
        pending=present[0] if present else 0,
        oldest=when.wait_text(now - present[1]) if present else "",
    )


@dataclass(frozen=True)
class Column:
    """A day of the chart: per cent of its width and height, as SVG writes numbers in every language."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Decisions:
    """The decisions of the last days."""

    first: date
    last: date
    total: int
    most: int
    columns: list[Column]
    by_day: list[Bar]
    by_verb: list[Bar]


def decisions(user: User, campaign: Campaign, now: datetime) -> Decisions:
    """How many a day, the days of the edition's zone, and of which kind."""
    zone = ZoneInfo(campaign.timezone)
    last = now.astimezone(zone).date()
    days = [last - timedelta(days=n) for n in reversed(range(DAYS))]
    theirs = Decision.objects.filter(event__in=events_of(user).filter(campaign=campaign)).order_by()
    day = TruncDate("at", tzinfo=zone)
    lately = theirs.annotate(day=day).filter(at__gt=now - timedelta(days=DAYS), day__gte=days[0])
    by_day, by_verb = dict.fromkeys(days, 0), Counter[str]()
    for date_of, kind, number in lately.values_list("day", "verb").annotate(Count("pk")):
        by_day[date_of] = by_day.get(date_of, 0) + number
        by_verb[kind] += number
    return Decisions(
        first=days[0],
        last=last,
        total=sum(by_day.values()),
        most=max(by_day.values()),
        columns=_columns(list(by_day.values())),
        by_day=bars((when.short_day(day), number) for day, number in by_day.items() if number),
        by_verb=bars((str(verb(kind)), number) for kind, number in by_verb.most_common()),
    )


def _columns(numbers: list[int]) -> list[Column]:
    highest = max(numbers, default=0) or 1
    step = 100 / len(numbers)
    return [
        Column(
            x=f"{n * step:.2f}",
            y=f"{100 - 100 * number / highest:.2f}",
            width=f"{step * 0.8:.2f}",
            height=f"{100 * number / highest:.2f}",
        )
        for n, number in enumerate(numbers)
    ]
