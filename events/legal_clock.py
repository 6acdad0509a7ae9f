"""By when the notice of a protest is due, worked out from a country's rule. Never advice, and never more certain than
the rule: the answer carries the rule with its source, and what had to be assumed.

How the units are read, always the earliest way that the words allow:

- hours: so many real hours before the anchor. In a night in which clocks change, the wall clock is read too, and the
  earlier of both is taken.
- days: the day so many calendar days before that of the anchor, to its end. 3 days before the 11th: the 8th.
- clear days: so many full days lie between the notice and the anchor; neither end counts. 6 before the 11th: the 4th.
- working days: Monday to Friday, without the country's national holidays; counted back from the day before the anchor.

The anchor is the start, or the moment at which the protest goes public. A protest without an hour is taken to begin
with its day. A last day that is a weekend or a holiday stays as the rule gives it, and is marked.

Everything here is a pure function of its arguments.
"""

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import holidays

from events.models import CountryRule, EventDetails
from events.models.country_rule import Confidence, Unit
from events.models.details import Kind, PlaceKind

# Gatherings of these kinds are mostly under a roof or on a screen: the clock says nothing of them.
INDOORS = {Kind.WORKSHOP, Kind.FILM, Kind.CONCERT, Kind.ONLINE}
# What stays where it is by its very kind. A blockade, street theatre or another action may walk: nobody knows.
STATIC = {Kind.RALLY, Kind.VIGIL, Kind.OCCUPATION, Kind.INFO_STALL, Kind.ASSEMBLY, Kind.CAMP}
SATURDAY = 5
# A day that a rule gives ends here: the last minute, since the next one is the next day's.
LAST_MINUTE = time(23, 59)


class Answer(StrEnum):
    """What can be said of the deadline."""

    DUE = "due"
    # It counts from the announcement, and nobody knows yet when that is.
    BEFORE_PUBLICATION = "before_publication"
    # There is a duty, but the rule names no period.
    NO_PERIOD = "no_period"
    MARCHES_ONLY = "marches_only"
    NO_DUTY = "no_duty"
    INDOORS = "indoors"
    UNKNOWN = "unknown"


class Assumption(StrEnum):
    """What was taken for granted because nobody knows better."""

    NO_HOUR = "no_hour"
    KIND_UNKNOWN = "kind_unknown"
    STREET_UNKNOWN = "street_unknown"
    PUBLIC_HERE_FIRST = "public_here_first"
    CLOCKS_CHANGE = "clocks_change"
    NATIONAL_HOLIDAYS = "national_holidays"
    WEEKENDS_ONLY = "weekends_only"


@dataclass(frozen=True)
class Facts:
    """What the clock has to know of a protest. None: nobody has said."""

    country: str
    day: date
    start_time: time | None
    zone: ZoneInfo
    is_march: bool | None = None
    uses_street: bool | None = None
    is_outdoors: bool = True
    # When it goes or went public.
    announced_at: datetime | None = None


@dataclass(frozen=True)
class Lead:
    """How long before the anchor."""

    count: int
    unit: Unit
    confidence: Confidence
    is_for_street: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shorter way that some rules know, on a condition that only people can judge."""

    at: datetime
    lead: Lead
    to: str
    condition: str


@dataclass(frozen=True)
class Deadline:
    """The answer. `at` is the last minute for the notice, on the clock of the place, if there is one; `no_later_than`
    is what holds at the latest while the announcement is not known; `not_before` the first day of the window."""

    answer: Answer
    rule: CountryRule | None = None
    at: datetime | None = None
    lead: Lead | None = None
    no_later_than: datetime | None = None
    not_before: date | None = None
    shortcut: Shortcut | None = None
    is_on_free_day: bool = False
    assumptions: tuple[Assumption, ...] = ()

    @property
    def confidence(self) -> str:
        """How sure the rule is, or its weaker part that was used."""
        return self.lead.confidence if self.lead else (self.rule.confidence if self.rule else Confidence.LOW)

    def is_past(self, now: datetime) -> bool:
        return self.at is not None and self.at < now


@dataclass(frozen=True)
class _Moment:
    """What is counted from: a start, or an announcement."""

    day: date
    hour: time | None
    zone: ZoneInfo
    country: str


def facts_of(
    details: EventDetails,
    *,
    announced_at: datetime | None = None,
    is_march: bool | None = None,
    uses_street: bool | None = None,
) -> Facts:
    """The facts of a protest or a proposed version; *is_march* and *uses_street* are what its organisers answered. A
    demonstration is taken for a march, a rally or a camp for one that stays where it is."""
    if is_march is None and (details.kind == Kind.DEMONSTRATION or details.kind in STATIC):
        is_march = details.kind == Kind.DEMONSTRATION
    return Facts(
        country=details.country,
        day=details.day,
        start_time=details.start_time,
        zone=details.zone,
        is_march=is_march,
        uses_street=uses_street,
        is_outdoors=details.kind not in INDOORS and details.place_kind != PlaceKind.ONLINE,
        announced_at=announced_at,
    )


def deadline(rule: CountryRule | None, facts: Facts) -> Deadline:
    """When the notice is due by *rule*."""
    answer = _without_counting(rule, facts)
    if rule is None or answer is not None:
        return Deadline(answer or Answer.UNKNOWN, rule, not_before=_window(rule, facts))
    start = _Moment(facts.day, facts.start_time, facts.zone, facts.country)
    if rule.anchor == CountryRule.Anchor.ANNOUNCEMENT:
        return _before_announcement(rule, facts, start)
    return _counted(rule, facts, start, [])


def _without_counting(rule: CountryRule | None, facts: Facts) -> Answer | None:
    """The answer where there is nothing to count; None where there is."""
    if rule is None or rule.duty == CountryRule.Duty.UNKNOWN:
        return Answer.UNKNOWN
    if rule.duty == CountryRule.Duty.NONE:
        return Answer.NO_DUTY
    if not facts.is_outdoors:
        return Answer.INDOORS
    if rule.march_only and facts.is_march is False:
        return Answer.MARCHES_ONLY
    return None if rule.lead else Answer.NO_PERIOD


def _before_announcement(rule: CountryRule, facts: Facts, start: _Moment) -> Deadline:
    """Without a time at which it goes public all that can be said is that this comes before the start."""
    if facts.announced_at is None:
        latest = _counted(rule, facts, start, [])
        return Deadline(
            Answer.BEFORE_PUBLICATION,
            rule,
            lead=latest.lead,
            no_later_than=latest.at,
            not_before=latest.not_before,
            assumptions=latest.assumptions,
        )
    # Seconds are dropped: a minute is what people are told.
    local = facts.announced_at.astimezone(facts.zone).replace(second=0, microsecond=0)
    announced = _Moment(local.date(), local.timetz().replace(tzinfo=None), facts.zone, facts.country)
    return _counted(rule, facts, announced, [Assumption.PUBLIC_HERE_FIRST])


def _counted(rule: CountryRule, facts: Facts, anchor: _Moment, assumed: list[Assumption]) -> Deadline:
    ends = [(last_moment(lead, anchor), lead) for lead in _leads(rule, facts)]
    at, lead = min(ends, key=lambda end: end[0])
    return Deadline(
        Answer.DUE,
        rule,
        at=at,
        lead=lead,
        not_before=_window(rule, facts),
        shortcut=_shortcut(rule, anchor),
        is_on_free_day=is_free(at.date(), facts.country),
        assumptions=(*assumed, *_assumptions(rule, facts, anchor, lead)),
    )


def _leads(rule: CountryRule, facts: Facts) -> list[Lead]:
    """The general lead, and that of the road unless the protest keeps off it. The earlier one counts."""
    sure = Confidence(rule.confidence)
    leads = [Lead(rule.lead or 0, Unit(rule.unit), sure)]
    if rule.street_lead and facts.uses_street is not False:
        on_street = Confidence(rule.street_confidence) if rule.street_confidence else sure
        leads.append(Lead(rule.street_lead, Unit(rule.street_unit), _weaker(sure, on_street), is_for_street=True))
    return leads


def _weaker(one: Confidence, other: Confidence) -> Confidence:
    order = list(Confidence)
    return max(one, other, key=order.index)


def _assumptions(rule: CountryRule, facts: Facts, anchor: _Moment, lead: Lead) -> list[Assumption]:
    found = []
    if anchor.hour is None and lead.unit == Unit.HOURS:
        found.append(Assumption.NO_HOUR)
    if rule.march_only and facts.is_march is None:
        found.append(Assumption.KIND_UNKNOWN)
    if lead.is_for_street and facts.uses_street is None:
        found.append(Assumption.STREET_UNKNOWN)
    if lead.unit == Unit.HOURS and len(set(_hours_before(lead.count, anchor))) > 1:
        found.append(Assumption.CLOCKS_CHANGE)
    if lead.unit == Unit.WORKING_DAYS:
        knows = knows_holidays(facts.country, anchor.day.year)
        found.append(Assumption.NATIONAL_HOLIDAYS if knows else Assumption.WEEKENDS_ONLY)
    return found


def _window(rule: CountryRule | None, facts: Facts) -> date | None:
    days = rule.earliest_days if rule else None
    return facts.day - timedelta(days=days) if days else None


def _shortcut(rule: CountryRule, anchor: _Moment) -> Shortcut | None:
    if not rule.simplified_lead:
        return None
    lead = Lead(rule.simplified_lead, Unit(rule.simplified_unit), Confidence(rule.confidence))
    return Shortcut(last_moment(lead, anchor), lead, rule.simplified_to, rule.simplified_condition)


def last_moment(lead: Lead, anchor: _Moment) -> datetime:
    """The last minute that is early enough, on the clock of the place."""
    if lead.unit == Unit.HOURS:
        return min(_hours_before(lead.count, anchor)).astimezone(anchor.zone)
    return datetime.combine(_last_day(lead, anchor), LAST_MINUTE, anchor.zone)


def _hours_before(count: int, anchor: _Moment) -> tuple[datetime, datetime]:
    """So many hours before, as a stopwatch and as the clock on the wall has it, as instants. Without an hour the day
    counts from its begin."""
    wall = datetime.combine(anchor.day, anchor.hour or time.min, anchor.zone)
    hours = timedelta(hours=count)
    return wall.astimezone(UTC) - hours, (wall - hours).astimezone(UTC)


def _last_day(lead: Lead, anchor: _Moment) -> date:
    if lead.unit == Unit.DAYS:
        return anchor.day - timedelta(days=lead.count)
    if lead.unit == Unit.CLEAR_DAYS:
        return anchor.day - timedelta(days=lead.count + 1)
    day, left = anchor.day, lead.count
    while left:
        day -= timedelta(days=1)
        left -= not is_free(day, anchor.country)
    return day


def is_free(day: date, country: str) -> bool:
    """Whether it is a Saturday, a Sunday or a national holiday there, as far as that is known."""
    return day.weekday() >= SATURDAY or day in _holidays(country, day.year)


def knows_holidays(country: str, year: int) -> bool:
    """Whether the library knows the country's public holidays. Regional ones are never known."""
    return bool(_holidays(country, year))


@functools.lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:  # by the library, for a country that it does not know
        return frozenset()
