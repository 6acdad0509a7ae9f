"""Every reminder and digest that would be due between two moments, counted by country and instant before a single one
is written: the statements of the planner, read instead of carried out. And whether the senders would keep up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import connection

from events.models import Campaign
from reminders.planning import AHEAD, PLANNED_DIGESTS, PLANNED_REMINDERS, windows_between

# The first mails of a campaign leave a week before its first day.
DAYS_BEFORE, DAYS_AFTER = 8, 1
# What leaves later than this after it was due is told.
TOO_LATE = timedelta(minutes=10)
# Mails a second, as long as none was measured: a small machine whose mail server takes them one by one.
ASSUMED_RATE = 10.0

# What is due within AHEAD lies in the outbox already.
_COUNTED = """
    SELECT '{letter}', country, moment, not_before, count(*) FROM planned
    WHERE due > %(planned_until)s AND due >= %(begin)s AND not_before < until
    GROUP BY country, moment, not_before
"""
# What is late already stands in front of the queue.
_ALREADY_QUEUED = """
    SELECT 'queued', '', '', date_trunc('minute', GREATEST(not_before, %(begin)s::timestamptz)) AS at, count(*)
    FROM outbox_delivery
    WHERE state = 'queued' AND not_before <= %(opens_by)s AND (not_before >= %(begin)s OR %(begin)s <= %(now)s)
    GROUP BY at
"""


@dataclass(frozen=True)
class Due:
    """So many mails of one kind, for one country, at one instant. Letters of the whole campaign have no country."""

    letter: str
    country: str
    moment: str
    at: datetime
    number: int


@dataclass(frozen=True)
class Hour:
    """What is due in one hour in one country, by letter and moment ("reminder day"), and how late the last leaves."""

    start: datetime
    country: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Jam:
    """Mails due at `at` of which the last would leave at `until`, later than anybody should wait."""

    at: datetime
    until: datetime
    waiting: int

    @property
    def delay(self) -> timedelta:
        return self.until - self.at


@dataclass(frozen=True)
class Rehearsal:
    begin: datetime
    end: datetime
    rate: float
    hours: list[Hour] = field(default_factory=list)
    jams: list[Jam] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(hour.total for hour in self.hours)

    @property
    def by_hour(self) -> list[tuple[datetime, int, list[Hour]]]:
        """Each hour with the mails of all countries, and its countries."""
        groups = ((start, list(hours)) for start, hours in groupby(self.hours, key=lambda hour: hour.start))
        return [(start, sum(hour.total for hour in hours), hours) for start, hours in groups]

    @property
    def busiest(self) -> int:
        """How many mails are due in the busiest hour."""
        return max((total for _start, total, _hours in self.by_hour), default=0)


def days_of(campaign: Campaign) -> tuple[datetime, datetime]:
    """From when until when mails of this campaign are due."""
    zone = ZoneInfo(campaign.timezone)
    first, last = campaign.actions_from - timedelta(days=DAYS_BEFORE), campaign.actions_to + timedelta(days=DAYS_AFTER)
    return datetime.combine(first, time.min, zone), datetime.combine(last, time.min, zone) + timedelta(days=1)


def rehearse(now: datetime, begin: datetime, end: datetime, *, rate: float) -> Rehearsal:
    """What would be due from *begin* until *end*, by all that is known *now*, sent at *rate* mails a second."""
    due = _due(now, max(begin, now), end)
    return Rehearsal(begin, end, rate, _hours(due), jams(due, rate) if rate else [])


def _due(now: datetime, begin: datetime, end: datetime) -> list[Due]:
    if begin >= end:
        return []
    values = windows_between(begin, end, closes_after=now) | {"now": now, "begin": begin, "planned_until": now + AHEAD}
    rows: list[tuple[str, str, str, datetime, int]] = []
    with connection.cursor() as cursor:
        for planned, letter in ((PLANNED_REMINDERS, "reminder"), (PLANNED_DIGESTS, "digest")):
            cursor.execute(planned + _COUNTED.format(letter=letter), values)
            rows += cursor.fetchall()
        cursor.execute(_ALREADY_QUEUED, values)
        rows += cursor.fetchall()
    return sorted((Due(*row) for row in rows), key=lambda due: (due.at, due.country, due.letter, due.moment))


def _hours(due: Sequence[Due]) -> list[Hour]:
    found: dict[tuple[datetime, str], dict[str, int]] = {}
    for mails in due:
        counts = found.setdefault((mails.at.replace(minute=0, second=0, microsecond=0), mails.country), {})
        kind = f"{mails.letter} {mails.moment}".strip()
        counts[kind] = counts.get(kind, 0) + mails.number
    return [Hour(start, country, counts) for (start, country), counts in sorted(found.items())]


def jams(due: Sequence[Due], rate: float) -> list[Jam]:
    """Where mails would leave too late: what is due joins the queue, which is worked off at *rate* mails a second."""
    found: list[Jam] = []
    free_at: datetime | None = None
    for at, mails in groupby(due, key=lambda due: due.at):
        number = sum(one.number for one in mails)
        begins = max(at, free_at) if free_at else at
        free_at = begins + timedelta(seconds=number / rate)
        if free_at - at > TOO_LATE:
            found.append(Jam(at, free_at, round((free_at - at).total_seconds() * rate)))
    return found
