"""The rehearsal says what the planner then does."""

import datetime as dt
import random
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from outbox.models import Delivery
from reminders import rehearsal
from reminders.models import Subscription
from reminders.planning import plan
from reminders.rehearsal import Due, jams, rehearse
from tests.factories import (
    FIRST_DAY,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    DeliveryFactory,
    EventFactory,
    RecipientFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db

LONG_BEFORE = dt.datetime(2027, 1, 15, 12, tzinfo=dt.UTC)
NOW = dt.datetime(2027, 10, 1, 12, 0, tzinfo=dt.UTC)
BEGIN = dt.datetime(2027, 10, 2, 0, 0, tzinfo=dt.UTC)
END = dt.datetime(2027, 10, 15, 0, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def _follow(scope: str, recipient: object, chance: random.Random, **values: object) -> None:
    Subscription.objects.get_or_create(
        recipient=recipient,
        campaign=CampaignFactory(),
        scope=scope,
        **values,
        defaults={
            "created_at": LONG_BEFORE,
            "confirmed_at": chance.choice([LONG_BEFORE, LONG_BEFORE, None]),
            "week_before": chance.random() < 0.8,
            "day_before": chance.random() < 0.8,
            "on_the_day": chance.random() < 0.8,
        },
    )


def _small_world(chance: random.Random) -> None:
    """Protests in two zones, with and without an hour, and people who follow them and each other's places."""
    city = CityFactory()
    CampaignCountryFactory(country="PL")
    other = CityFactory(geoname_id=1, country="FI", name="Helsinki", slug="helsinki", timezone="Europe/Helsinki")
    places = [("PL", "Europe/Warsaw", city), ("FI", "Europe/Helsinki", other)]
    events = []
    for _ in range(14):
        country, zone, there = chance.choice(places)
        events.append(
            EventFactory(
                country=country,
                timezone=zone,
                city=there,
                day=FIRST_DAY + dt.timedelta(days=chance.randrange(3)),
                start_time=chance.choice([None, dt.time(10), dt.time(14), dt.time(23)]),
                end_time=None,
                state=chance.choice(["published", "published", "published", "cancelled"]),
                created_at=LONG_BEFORE,
            )
        )
    for _ in range(30):
        recipient = RecipientFactory(suspended_at=chance.choice([None, None, None, NOW]))
        for event in chance.sample(events, 3):
            _follow("event", recipient, chance, event=event)
        if chance.random() < 0.3:
            _follow("city", recipient, chance, city=city)
        if chance.random() < 0.3:
            _follow("country", recipient, chance, country="PL")
        if chance.random() < 0.3:
            _follow("campaign", recipient, chance)


def _carried_out() -> Counter[tuple[str, str, dt.datetime]]:
    """What the planner plans before all hours in which a mail may be due, each leaving when it is."""
    for day in (4, 5, 6, 10, 11, 12, 13):
        for hour in (4, 5, 6, 7, 8, 16, 17):
            now = dt.datetime(2027, 10, day, hour, 50, tzinfo=dt.UTC)
            plan(now)
            Delivery.objects.due(now + HOUR).update(state="sent", finished_at=now + HOUR)
    return Counter((row.letter, row.ids["moment"], row.not_before) for row in Delivery.objects.all())


def test_it_counts_exactly_what_the_planner_then_plans(is_long: bool) -> None:
    for seed in range(8 if is_long else 1):
        with transaction.atomic():
            _small_world(random.Random(seed))
            found = rehearsal._due(NOW, BEGIN, END)
            told: Counter[tuple[str, str, dt.datetime]] = Counter()
            for due in found:
                told[(due.letter, due.moment, due.at)] += due.number
            assert not Delivery.objects.exists()
            assert {due.letter for due in found} == {"reminder", "digest"}
            assert told == _carried_out(), seed
            transaction.set_rollback(True)


def test_it_tells_countries_and_hours() -> None:
    event = EventFactory(
        country="PL",
        timezone="Europe/Warsaw",
        day=FIRST_DAY,
        start_time=dt.time(14),
        end_time=None,
        created_at=LONG_BEFORE,
    )
    for _ in range(2):
        SubscriptionFactory(event=event, created_at=LONG_BEFORE, confirmed_at=LONG_BEFORE, on_the_day=False)
    _follow("campaign", RecipientFactory(), random.Random(3))
    Subscription.objects.filter(scope="campaign").update(
        confirmed_at=LONG_BEFORE, week_before=False, day_before=True, on_the_day=False
    )

    found = rehearse(NOW, BEGIN, END, rate=10)

    assert [(f"{hour.start:%d %H}", hour.country, hour.counts) for hour in found.hours] == [
        ("04 07", "PL", {"reminder week": 2}),
        ("10 09", "", {"digest day": 1}),
        ("10 09", "PL", {"reminder day": 2}),
    ]
    assert (found.total, found.busiest, found.jams) == (5, 3, [])


def test_what_lies_in_the_outbox_already_is_counted_once() -> None:
    event = EventFactory(day=FIRST_DAY, start_time=dt.time(14), end_time=None, created_at=LONG_BEFORE)
    SubscriptionFactory(event=event, created_at=LONG_BEFORE, confirmed_at=LONG_BEFORE, on_the_day=False)
    DeliveryFactory(not_before=dt.datetime(2027, 10, 10, 9, 40, tzinfo=dt.UTC))
    now = dt.datetime(2027, 10, 10, 8, 50, tzinfo=dt.UTC)
    plan(now)

    found = rehearse(now, now, now + 24 * HOUR, rate=10)

    assert [hour.counts for hour in found.hours] == [{"queued": 2}]


def test_what_is_late_already_stands_in_front_of_what_is_due_from_now_on() -> None:
    for hours in (1, 2, -5):
        DeliveryFactory(not_before=NOW - hours * HOUR, useful_until=END)

    found = rehearse(NOW, BEGIN - 24 * HOUR, NOW + 24 * HOUR, rate=0.001)

    assert [(hour.start, hour.counts) for hour in found.hours] == [
        (NOW, {"queued": 2}),
        (NOW + 5 * HOUR, {"queued": 1}),
    ]
    assert [(jam.at, jam.waiting) for jam in found.jams] == [(NOW, 2), (NOW + 5 * HOUR, 1)]
    assert rehearse(NOW, NOW + 4 * HOUR, NOW + 24 * HOUR, rate=1).total == 1


def test_days_that_are_over_are_not_rehearsed() -> None:
    assert rehearse(END, BEGIN, END, rate=1) == rehearsal.Rehearsal(BEGIN, END, 1)


def _due(at: dt.datetime, number: int) -> Due:
    return Due("reminder", "PL", "day", at, number)


def test_a_queue_that_is_not_worked_off_in_time_is_told() -> None:
    at = dt.datetime(2027, 10, 10, 9, tzinfo=dt.UTC)

    assert jams([_due(at, 6000)], rate=10) == []
    (jam,) = jams([_due(at, 4000), _due(at, 3000), _due(at + HOUR, 1)], rate=10)

    assert (jam.at, jam.delay, jam.waiting) == (at, dt.timedelta(seconds=700), 7000)


def test_a_jam_delays_what_is_due_after_it() -> None:
    at = dt.datetime(2027, 10, 10, 9, tzinfo=dt.UTC)

    first, second = jams([_due(at, 72_000), _due(at + HOUR, 10), _due(at + 2 * HOUR, 10)], rate=10)

    assert (first.delay, second.delay) == (2 * HOUR, HOUR + dt.timedelta(seconds=1))


def test_it_asks_the_same_three_questions_however_many_follow() -> None:
    for _ in range(3):
        SubscriptionFactory(event=EventFactory(day=FIRST_DAY), created_at=LONG_BEFORE, confirmed_at=LONG_BEFORE)

    with CaptureQueriesContext(connection) as asked:
        rehearse(NOW, BEGIN, END, rate=1)

    assert len(asked) == 3


def _said(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("rehearse", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def test_the_command_lists_hours_and_warns(time_machine: object) -> None:
    time_machine.move_to(NOW)
    event = EventFactory(country="PL", day=FIRST_DAY, start_time=dt.time(14), end_time=None, created_at=LONG_BEFORE)
    for _ in range(3):
        SubscriptionFactory(event=event, created_at=LONG_BEFORE, confirmed_at=LONG_BEFORE)

    out, err = _said("--rate", "0.001")

    assert "Sun 2027-10-10 11:00          3 mails\n    PL           3  reminder day 3\n" in out
    assert "9 mails, 3 in the busiest hour.\nRate: 0.0 mails a second (given).\n" in out
    assert err.startswith(
        "Warning: what is due at Mon 2027-10-04 09:00 is sent by Mon 2027-10-04 09:50 only, 50 minutes"
    )
    out, err = _said()
    assert "Rate: 10.0 mails a second (assumed, none was measured).\nAll of it leaves in time." in out
    assert err == ""
    assert _said("--from", "2027-10-11", "--to", "2027-10-12")[0].count("mails\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--campaign", "2099"], "There is no campaign 2099."),
        (["--from", "2027-10-12", "--to", "2027-10-11"], "--to must be later than --from."),
        (["--rate", "0"], "must be a number of mails a second"),
        (["--rate", "many"], "must be a number of mails a second"),
        (["--from", "tomorrow"], "must look like 2027-10-11"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(arguments: list[str], words: str) -> None:
    CampaignFactory()
    with pytest.raises(CommandError, match=words):
        _said(*arguments)
