"""When the notice of a protest is due: dates worked out by hand, and what holds for all."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events import country_rules
from events.forms.fields import exists_on_the_clock
from events.legal_clock import Answer, Assumption, Deadline, Facts, deadline, facts_of, is_free
from events.models import CountryRule, Event
from events.models.country_rule import Confidence, Unit

RULES = {rule.country: rule for rule in country_rules.read(country_rules.FILE)}
ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "EE": "Europe/Tallinn",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "LV": "Europe/Riga",
    "PL": "Europe/Warsaw",
    "UA": "Europe/Kyiv",
}
MARCH, RALLY = {"is_march": True}, {"is_march": False}
ON_ROAD, OFF_ROAD = {"uses_street": True}, {"uses_street": False}
SURE = {**MARCH, **ON_ROAD}


def at(text: str, zone: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))


def facts(country: str, day: str, hour: str = "14:00", **values) -> Facts:
    if public := values.pop("public", ""):
        values["announced_at"] = at(public, ZONES[country])
    start = dt.time.fromisoformat(hour) if hour else None
    return Facts(country, dt.date.fromisoformat(day), start, ZoneInfo(ZONES[country]), **values)


def by(found: Deadline) -> str:
    return f"{found.at:%a %Y-%m-%d %H:%M}" if found.at else ""


# country, day and hour of the protest, what else is known -> the last minute; why, by hand.
# 11 October 2027 is a Monday.
HAND_WORKED = [
    # Poland: 6 days before the day.
    ("PL", "2027-10-11", "14:00", {}, "Tue 2027-10-05 23:59", "11 - 6 = 5"),
    ("PL", "2027-10-12", "14:00", {}, "Wed 2027-10-06 23:59", "12 - 6 = 6"),
    ("PL", "2027-10-13", "00:30", {}, "Thu 2027-10-07 23:59", "13 - 6 = 7, whatever the hour"),
    ("PL", "2027-10-11", "", {}, "Tue 2027-10-05 23:59", "days need no hour"),
    ("PL", "2027-11-11", "14:00", {}, "Fri 2027-11-05 23:59", "Independence day itself changes nothing: 11 - 6 = 5"),
    ("PL", "2027-11-17", "14:00", {}, "Thu 2027-11-11 23:59", "17 - 6 = 11, Independence day: stays"),
    ("PL", "2027-11-07", "14:00", {}, "Mon 2027-11-01 23:59", "7 - 6 = 1, All Saints': stays"),
    ("PL", "2028-03-03", "14:00", {}, "Sat 2028-02-26 23:59", "leap year: 27 28 29 1 2 3 are six days"),
    ("PL", "2027-03-03", "14:00", {}, "Thu 2027-02-25 23:59", "no leap year: 26 27 28 1 2 3"),
    # Finland: 24 hours before the start.
    ("FI", "2027-10-11", "14:00", {}, "Sun 2027-10-10 14:00", "the same hour the day before"),
    ("FI", "2027-10-11", "", {}, "Sun 2027-10-10 00:00", "no hour: from 00:00 of the 11th"),
    ("FI", "2027-10-31", "14:00", {}, "Sat 2027-10-30 14:00", "25 hours by the wall; the stopwatch says 15:00"),
    ("FI", "2027-10-31", "", {}, "Sat 2027-10-30 00:00", "00:00 lies before the change at 04:00"),
    ("FI", "2027-10-31", "03:30", {}, "Sat 2027-10-30 03:30", "an hour that comes twice: the first"),
    ("FI", "2027-11-01", "03:00", {}, "Sun 2027-10-31 03:00", "03:00 comes twice on the 31st: the first of both"),
    ("FI", "2027-03-28", "14:00", {}, "Sat 2027-03-27 13:00", "23 hours by the wall: 24 real ones lead to 13:00"),
    ("FI", "2027-03-28", "02:00", {}, "Sat 2027-03-27 02:00", "before the change at 03:00"),
    # Austria: 48 hours; 3 days when the road is used.
    ("AT", "2027-10-11", "14:00", OFF_ROAD, "Sat 2027-10-09 14:00", "Monday 14:00 - 48 h = Saturday 14:00"),
    ("AT", "2027-10-11", "14:00", ON_ROAD, "Fri 2027-10-08 23:59", "11 - 3 = 8, earlier than the 9th"),
    ("AT", "2027-10-11", "14:00", {}, "Fri 2027-10-08 23:59", "not said: the earlier of both"),
    ("AT", "2027-10-11", "", OFF_ROAD, "Sat 2027-10-09 00:00", "no hour: 00:00 of the 11th - 48 h"),
    ("AT", "2027-10-13", "09:30", OFF_ROAD, "Mon 2027-10-11 09:30", "Wednesday - 48 h = Monday"),
    ("AT", "2027-10-26", "14:00", OFF_ROAD, "Sun 2027-10-24 14:00", "the National Day itself changes nothing"),
    ("AT", "2027-10-29", "14:00", ON_ROAD, "Tue 2027-10-26 23:59", "29 - 3 = 26, the National Day: stays"),
    ("AT", "2027-11-01", "14:00", OFF_ROAD, "Sat 2027-10-30 14:00", "clocks change on the 31st: not 15:00"),
    # Germany: 48 hours before the public announcement.
    ("DE", "2027-10-11", "14:00", {"public": "2027-09-20 10:15"}, "Sat 2027-09-18 10:15", "Monday 10:15 - 48 h"),
    ("DE", "2027-10-11", "14:00", {"public": "2027-10-05 18:00"}, "Sun 2027-10-03 18:00", "a holiday: hours go on"),
    ("DE", "2027-10-11", "", {"public": "2027-10-05 18:00"}, "Sun 2027-10-03 18:00", "its own hour does not matter"),
    ("DE", "2027-11-10", "14:00", {"public": "2027-11-01 12:00"}, "Sat 2027-10-30 12:00", "clocks change: by the wall"),
    ("DE", "2027-10-11", "14:00", {}, "", "not public yet: nobody knows"),
    # Belgium: 10 working days.
    ("BE", "2027-10-11", "14:00", {}, "Mon 2027-09-27 23:59", "8 7 6 5 4, 1 Oct 30 29 28 27: the tenth"),
    ("BE", "2027-10-12", "14:00", {}, "Tue 2027-09-28 23:59", "11 8 7 6 5 4, 1 Oct 30 29 28"),
    ("BE", "2027-10-13", "14:00", {}, "Wed 2027-09-29 23:59", "12 11 8 7 6 5 4, 1 Oct 30 29"),
    ("BE", "2027-11-08", "14:00", {}, "Fri 2027-10-22 23:59", "5 4 3 2 (All Saints' left out) 29 28 27 26 25, 22"),
    ("BE", "2027-11-15", "14:00", {}, "Thu 2027-10-28 23:59", "12 10 9 8 (11 Armistice) 5 4 3 2 (All Saints') 29 28"),
    ("BE", "2027-05-20", "14:00", {}, "Tue 2027-05-04 23:59", "19 18 (17 Whit) 14 13 12 11 10 7 (6 Ascension) 5 4"),
    ("BE", "2028-01-05", "14:00", {}, "Wed 2027-12-22 23:59", "4 3 (1 Jan a Saturday) 31 30 29 28 27 24 23 22"),
    # Great Britain: 6 clear days, marches only.
    ("GB", "2027-10-11", "14:00", MARCH, "Mon 2027-10-04 23:59", "5 6 7 8 9 10 lie between"),
    ("GB", "2027-10-12", "14:00", MARCH, "Tue 2027-10-05 23:59", "6 7 8 9 10 11 lie between"),
    ("GB", "2027-10-13", "", MARCH, "Wed 2027-10-06 23:59", "7 8 9 10 11 12 lie between"),
    ("GB", "2027-10-11", "14:00", {}, "Mon 2027-10-04 23:59", "not said: taken for a march"),
    ("GB", "2027-10-11", "14:00", RALLY, "", "stays where it is"),
    ("GB", "2027-05-10", "14:00", MARCH, "Mon 2027-05-03 23:59", "4 to 9 lie between; May Day holiday: stays"),
    # Estonia: 4 working days. Latvia: 10.
    ("EE", "2027-10-11", "14:00", {}, "Tue 2027-10-05 23:59", "8 7 6 5"),
    ("EE", "2027-10-13", "14:00", {}, "Thu 2027-10-07 23:59", "12 11 8 7"),
    ("EE", "2027-08-24", "14:00", {}, "Tue 2027-08-17 23:59", "23 (20 Restoration of Independence) 19 18 17"),
    ("LV", "2027-10-12", "14:00", {}, "Tue 2027-09-28 23:59", "11 8 7 6 5 4, 1 Oct 30 29 28"),
    ("LV", "2027-11-22", "14:00", {}, "Fri 2027-11-05 23:59", "19 (18 Republic day) 17 16 15 12 11 10 9 8, 5"),
    # France: 3 days. Czechia: 5.
    ("FR", "2027-10-11", "14:00", {}, "Fri 2027-10-08 23:59", "11 - 3"),
    ("FR", "2027-11-14", "14:00", {}, "Thu 2027-11-11 23:59", "14 - 3 = 11, Armistice: stays"),
    ("FR", "2028-01-02", "14:00", {}, "Thu 2027-12-30 23:59", "over the new year"),
    ("CZ", "2027-10-11", "14:00", {}, "Wed 2027-10-06 23:59", "11 - 5"),
    ("CZ", "2027-10-13", "14:00", {}, "Fri 2027-10-08 23:59", "13 - 5"),
    # Ukraine: in advance, no period.
    ("UA", "2027-10-11", "14:00", {}, "", "nothing to count"),
]  # fmt: skip


@pytest.mark.parametrize(("country", "day", "hour", "known", "expected", "why"), HAND_WORKED)
def test_dates_worked_out_by_hand(country, day, hour, known, expected, why):
    assert by(deadline(RULES[country], facts(country, day, hour, **known))) == expected, why


def test_the_table_is_long_enough():
    assert len(HAND_WORKED) >= 40


# country, day, what is known -> the answer and what was assumed.
ANSWERS = [
    ("PL", "2027-10-11", {}, Answer.DUE, ()),
    ("PL", "2027-10-11", {"hour": ""}, Answer.DUE, ()),
    ("FI", "2027-10-11", {"hour": ""}, Answer.DUE, (Assumption.NO_HOUR,)),
    ("FI", "2027-10-31", {}, Answer.DUE, (Assumption.CLOCKS_CHANGE,)),
    ("FI", "2027-10-31", {"hour": ""}, Answer.DUE, (Assumption.NO_HOUR,)),
    ("AT", "2027-10-11", {}, Answer.DUE, (Assumption.STREET_UNKNOWN,)),
    ("AT", "2027-10-11", ON_ROAD, Answer.DUE, ()),
    ("AT", "2027-10-11", OFF_ROAD, Answer.DUE, ()),
    ("GB", "2027-10-11", {}, Answer.DUE, (Assumption.KIND_UNKNOWN,)),
    ("GB", "2027-10-11", MARCH, Answer.DUE, ()),
    ("GB", "2027-10-11", RALLY, Answer.MARCHES_ONLY, ()),
    ("BE", "2027-10-11", {}, Answer.DUE, (Assumption.NATIONAL_HOLIDAYS,)),
    ("DE", "2027-10-11", {}, Answer.BEFORE_PUBLICATION, ()),
    ("DE", "2027-10-11", {"public": "2027-09-20 10:15"}, Answer.DUE, (Assumption.PUBLIC_HERE_FIRST,)),
    ("UA", "2027-10-11", {}, Answer.NO_PERIOD, ()),
    ("PL", "2027-10-11", {"is_outdoors": False}, Answer.INDOORS, ()),
]


@pytest.mark.parametrize(("country", "day", "known", "answer", "assumed"), ANSWERS)
def test_what_is_answered_and_assumed(country, day, known, answer, assumed):
    found = deadline(RULES[country], facts(country, day, **known))
    assert (found.answer, found.assumptions) == (answer, assumed)
    assert found.rule is RULES[country]


def test_where_nothing_is_known_nothing_is_said():
    assert deadline(None, facts("PL", "2027-10-11")) == Deadline(Answer.UNKNOWN)
    unknown = CountryRule(country="PL", duty="unknown", confidence="low")
    assert deadline(unknown, facts("PL", "2027-10-11")) == Deadline(Answer.UNKNOWN, unknown)
    none = CountryRule(country="PL", duty="none", confidence="low", lead=3, unit="days")
    assert deadline(none, facts("PL", "2027-10-11")).at is None


def test_a_country_whose_holidays_the_library_lacks_has_weekends_only():
    rule = CountryRule(country="PL", duty="notify", lead=1, unit="working_days", confidence="low")
    monday = Facts("QQ", dt.date(2027, 10, 11), None, ZoneInfo("UTC"))
    found = deadline(rule, monday)
    assert by(found) == "Fri 2027-10-08 23:59"
    assert found.assumptions == (Assumption.WEEKENDS_ONLY,)


def test_a_window_opens_so_many_days_before():
    assert deadline(RULES["FR"], facts("FR", "2027-10-11")).not_before == dt.date(2027, 9, 26)
    assert deadline(RULES["PL"], facts("PL", "2027-10-11")).not_before == dt.date(2027, 9, 11)
    assert deadline(RULES["CZ"], facts("CZ", "2027-10-11")).not_before is None


def test_a_shorter_way_has_its_own_end_and_condition():
    shortcut = deadline(RULES["PL"], facts("PL", "2027-10-11")).shortcut
    assert f"{shortcut.at:%Y-%m-%d %H:%M}" == "2027-10-09 23:59"
    assert (shortcut.to, shortcut.condition) == ("commune crisis centre", "no hindrance to traffic")
    assert deadline(RULES["CZ"], facts("CZ", "2027-10-11")).shortcut is None


def test_a_last_day_on_which_offices_are_closed_is_marked():
    closed = [("PL", "2027-11-17"), ("AT", "2027-10-29"), ("GB", "2027-05-10"), ("FI", "2027-10-11")]
    assert [deadline(RULES[code], facts(code, day, **SURE)).is_on_free_day for code, day in closed] == [True] * 4
    assert not deadline(RULES["PL"], facts("PL", "2027-10-11")).is_on_free_day


def test_never_more_certain_than_the_weaker_part():
    assert deadline(RULES["AT"], facts("AT", "2027-10-11", **OFF_ROAD)).confidence == Confidence.HIGH
    assert deadline(RULES["AT"], facts("AT", "2027-10-11", **ON_ROAD)).confidence == Confidence.MEDIUM
    assert deadline(RULES["UA"], facts("UA", "2027-10-11")).confidence == Confidence.LOW


def test_before_it_is_public_the_start_is_what_holds_at_the_latest():
    found = deadline(RULES["DE"], facts("DE", "2027-10-11"))
    assert (found.at, f"{found.no_later_than:%Y-%m-%d %H:%M}") == (None, "2027-10-09 14:00")


@pytest.mark.parametrize(
    ("kind", "place_kind", "answered", "is_march", "is_outdoors"),
    [
        ("demonstration", "address", None, True, True),
        ("", "address", None, None, True),
        ("", "address", True, True, True),
        ("rally", "city", None, False, True),
        ("rally", "city", True, True, True),
        ("demonstration", "city", False, False, True),
        ("film", "address", None, None, False),
        ("rally", "online", None, False, False),
    ],
)
def test_what_is_known_of_a_protest(kind, place_kind, answered, is_march, is_outdoors):
    event = Event(kind=kind, place_kind=place_kind, day=dt.date(2027, 10, 11), timezone="Europe/Warsaw", country="PL")
    found = facts_of(event, is_march=answered)
    assert (found.is_march, found.is_outdoors) == (is_march, is_outdoors)


zones = st.sampled_from(
    [*ZONES.values(), "Asia/Kathmandu", "America/New_York", "Pacific/Auckland", "Africa/Casablanca"]
)
starts = st.datetimes(dt.datetime.fromisoformat("2026-01-01"), dt.datetime.fromisoformat("2029-12-31"))
# Around the days on which clocks change in Europe.
near_changes = st.sampled_from(
    [dt.datetime.fromisoformat("2027-03-28"), dt.datetime.fromisoformat("2027-10-31")]
).flatmap(lambda day: st.datetimes(day - dt.timedelta(days=2), day + dt.timedelta(days=3)))
leads = st.builds(
    CountryRule,
    country=st.just("PL"),
    duty=st.just("notify"),
    confidence=st.just("high"),
    lead=st.integers(1, 60),
    unit=st.sampled_from(Unit.values),
    anchor=st.just("start"),
    street_unit=st.just(""),
)
countries = st.sampled_from([*ZONES, "QQ"])


def of(start: dt.datetime, zone: str, country: str, **values) -> Facts:
    return Facts(country, start.date(), start.time().replace(second=0, microsecond=0), ZoneInfo(zone), **values)


def instant(start: dt.datetime, zone: str) -> dt.datetime:
    """As an instant: two times of one zone are otherwise compared by what the wall says."""
    return start.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


@given(leads, starts | near_changes, zones, countries)
def test_the_deadline_comes_before_the_start(rule, start, zone, country):
    start = start.replace(second=0, microsecond=0)
    assume(exists_on_the_clock(start.date(), start.time(), ZoneInfo(zone)))
    found = deadline(rule, of(start, zone, country))
    assert found.at.astimezone(dt.UTC) < instant(start, zone)
    if rule.unit == Unit.HOURS:
        assert instant(start, zone) - found.at.astimezone(dt.UTC) >= dt.timedelta(hours=rule.lead)
    else:
        assert (start.date() - found.at.date()).days >= rule.lead


@given(leads, starts | near_changes, st.timedeltas(dt.timedelta(0), dt.timedelta(days=4)), zones, countries)
def test_a_later_start_never_has_an_earlier_deadline(rule, start, later, zone, country):
    moments = [start.replace(second=0, microsecond=0), (start + later).replace(second=0, microsecond=0)]
    assume(all(exists_on_the_clock(m.date(), m.time(), ZoneInfo(zone)) for m in moments))
    first, second = (deadline(rule, of(m, zone, country)).at.astimezone(dt.UTC) for m in moments)
    assert first <= second


@given(leads, starts | near_changes, zones, countries)
def test_without_an_hour_it_is_never_later_than_with_one(rule, start, zone, country):
    with_hour = of(start, zone, country)
    without = Facts(country, start.date(), None, ZoneInfo(zone))
    first, second = (deadline(rule, known).at.astimezone(dt.UTC) for known in (without, with_hour))
    assert first <= second


@given(leads, starts, zones, countries)
def test_working_days_are_counted_and_are_working_days(rule, start, zone, country):
    rule.unit = Unit.WORKING_DAYS
    last = deadline(rule, of(start, zone, country)).at.date()
    between = [last + dt.timedelta(days=n) for n in range((start.date() - last).days)]
    assert not is_free(last, country)
    assert sum(not is_free(day, country) for day in between) == rule.lead


@given(leads, starts, starts, zones)
def test_what_counts_from_the_announcement_heeds_the_announcement_alone(rule, start, public, zone):
    rule.anchor = "announcement"
    announced = public.replace(tzinfo=ZoneInfo(zone))
    found = deadline(rule, of(start, zone, "DE", announced_at=announced))
    other = deadline(rule, of(start + dt.timedelta(days=9), zone, "DE", announced_at=announced))
    assert found.at == other.at
    assert found.at.astimezone(dt.UTC) < announced.astimezone(dt.UTC)


@given(leads, st.integers(1, 60), st.sampled_from(Unit.values), starts, zones)
def test_not_to_say_whether_the_road_is_used_is_the_careful_answer(rule, count, unit, start, zone):
    rule.street_lead, rule.street_unit = count, unit
    unsaid, used, unused = (deadline(rule, of(start, zone, "AT", uses_street=said)).at for said in (None, True, False))
    assert unsaid == used
    assert used
    assert unused
    assert used <= unused
