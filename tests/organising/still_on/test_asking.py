"""Who is asked, and when."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry
from events.models import Event, EventChange, Organiser, SiteStamp
from organising import still_on
from outbox.models import Delivery
from reminders.planning import AHEAD
from tests.at_once import at_once
from tests.factories import FIRST_DAY, OrganiserFactory, RevisionFactory, UserFactory
from tests.organising.still_on.asking import WALL_TIMES, asked, at, go_through, marked, owned, protest
from tests.reminders.wall import is_quiet


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "day", "start", "first", "again", "last", "silent"), WALL_TIMES)
def test_each_question_comes_at_the_promised_time_on_the_spot(
    zone: str, day: str, start: str | None, first: str, again: str, last: str, silent: str
) -> None:
    event, _organiser = owned(
        day=date.fromisoformat(day), start=time.fromisoformat(start) if start else None, zone=zone
    )
    there = ZoneInfo(zone)
    for moment in (first, again, last):
        still_on.ask(at(moment, there) - timedelta(minutes=7))
    rows = Delivery.objects.filter(letter="still_on").order_by("not_before")
    assert [f"{row.not_before.astimezone(there):%m-%d %H:%M}" for row in rows] == [first, again, last]
    assert [row.ids["step"] for row in rows] == [72, 48, 24]
    still_on.mark_unconfirmed(at(silent, there) - timedelta(seconds=1))
    assert not marked(event)
    with time_machine.travel(at(silent, there), tick=False):
        still_on.mark_unconfirmed(at(silent, there))
        assert marked(event)


@pytest.mark.django_db
def test_first_the_owner_is_asked_then_everybody() -> None:
    event, owner = owned()
    other = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER)
    gone = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER, user=UserFactory(is_active=False))
    go_through(at("10-08 00:00"), at("10-11 14:00"))
    to = {
        step: set(Delivery.objects.filter(ids__step=step).values_list("recipient", flat=True)) for step in (72, 48, 24)
    }
    everybody = {owner.user.recipient_id, other.user.recipient_id}
    assert to == {72: {owner.user.recipient_id}, 48: everybody, 24: everybody}
    assert gone.user.recipient_id not in everybody


@pytest.mark.django_db
def test_without_an_owner_all_others_are_asked_at_once() -> None:
    OrganiserFactory(event=protest(), role=Organiser.Role.CO_ORGANISER)
    still_on.ask(at("10-08 14:00"))
    assert asked() == [(72, "10-08 14:00")]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["submitted", "cancelled", "hidden", "withdrawn"])
def test_nobody_is_asked_about_what_is_not_public(state: str) -> None:
    event, _organiser = owned(state=state)
    go_through(at("10-08 00:00"), at("10-11 16:00"))
    assert asked() == []
    assert not marked(event)


ANSWERS: dict[str, Callable[[Event, datetime], object]] = {
    "the button": lambda event, now: Event.objects.filter(pk=event.pk).update(confirmed_at=now),
    "publishing": lambda event, now: Event.objects.filter(pk=event.pk).update(published_at=now),
    "a change": lambda event, now: RevisionFactory(event=event, number=2, submitted_at=now),
}


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ANSWERS)
def test_who_has_answered_is_not_asked_again(answer: str) -> None:
    event, _organiser = owned()
    go_through(at("10-08 00:00"), at("10-08 20:00"))
    ANSWERS[answer](event, at("10-08 20:30"))
    go_through(at("10-08 21:00"), at("10-11 16:00"))
    assert asked() == [(72, "10-08 14:00")]
    assert not marked(event)


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ANSWERS)
def test_what_was_said_before_the_question_is_no_answer(answer: str) -> None:
    event, _organiser = owned()
    ANSWERS[answer](event, at("10-08 13:59"))
    go_through(at("10-08 14:00"), at("10-10 14:00"))
    assert [step for step, _when in asked()] == [72, 48, 24]


@pytest.mark.django_db
def test_a_late_answer_takes_the_mark_away_and_a_second_one_does_nothing() -> None:
    event, organiser = owned()
    now = at("10-11 09:00")
    with time_machine.travel(now, tick=False):
        still_on.mark_unconfirmed(now)
        assert marked(event)
        before, sequence = SiteStamp.objects.current(), event.sequence
        still_on.confirm(event, by=organiser.user)
        assert not marked(event)
        assert (event.confirmed_at, event.sequence) == (now, sequence + 1)
        assert SiteStamp.objects.current() == before + 1
        still_on.confirm(event, by=organiser.user)
    assert SiteStamp.objects.current() == before + 1
    assert AuditEntry.objects.filter(verb="still on", actor_id=organiser.user.actor_id).count() == 1
    assert not EventChange.objects.exists()


@pytest.mark.django_db
def test_an_answer_in_time_makes_no_page_anew() -> None:
    event, organiser = owned()
    before = SiteStamp.objects.current()
    with time_machine.travel(at("10-09 09:00"), tick=False):
        still_on.confirm(event, by=organiser.user)
    still_on.mark_unconfirmed(at("10-11 09:00"))
    assert not marked(event)
    assert SiteStamp.objects.current() == before


@pytest.mark.django_db
def test_a_change_takes_the_mark_away() -> None:
    event, _organiser = owned()
    with time_machine.travel(at("10-11 09:00"), tick=False):
        still_on.mark_unconfirmed(at("10-11 09:00"))
        RevisionFactory(event=event, number=2, submitted_at=at("10-11 09:00"))
        assert still_on.mark_unconfirmed(at("10-11 09:01")) == 1
        assert not marked(event)


@pytest.mark.django_db
def test_a_protest_that_moves_is_asked_about_anew() -> None:
    event, organiser = owned()
    go_through(at("10-08 14:00"), at("10-08 18:00"))
    with time_machine.travel(at("10-08 19:00"), tick=False):
        still_on.confirm(event, by=organiser.user)
    Event.objects.filter(pk=event.pk).update(day=FIRST_DAY + timedelta(days=1))
    go_through(at("10-08 19:00"), at("10-12 03:00"))
    assert asked() == [(72, "10-08 14:00"), (72, "10-09 14:00"), (48, "10-10 14:00"), (24, "10-11 14:00")]
    with time_machine.travel(at("10-12 03:00"), tick=False):
        assert marked(event)


@pytest.mark.django_db
def test_asking_every_minute_asks_once_and_marks_once() -> None:
    owned()
    for minute in range(20):
        still_on.ask(at("10-08 13:50") + timedelta(minutes=minute))
    assert asked() == [(72, "10-08 14:00")]
    assert [still_on.mark_unconfirmed(at("10-11 02:00") + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]


@pytest.mark.django_db
def test_nothing_is_asked_earlier_than_it_need_be() -> None:
    owned()
    still_on.ask(at("10-08 14:00") - AHEAD - timedelta(seconds=1))
    assert asked() == []
    still_on.ask(at("10-08 14:00") - AHEAD)
    assert asked() == [(72, "10-08 14:00")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("back_at", "expected"),
    [
        # After downtime only the latest question is asked, and not at night if the morning is early enough.
        ("10-09 10:00", [(72, "10-09 10:00")]),
        ("10-09 13:50", [(48, "10-09 14:00")]),
        ("10-10 23:00", [(24, "10-11 08:00")]),
        ("10-11 06:30", [(24, "10-11 08:00")]),
        ("10-11 13:50", [(24, "10-11 13:50")]),
        ("10-11 14:00", []),
    ],
)
def test_what_was_missed_is_asked_as_long_as_it_helps(back_at: str, expected: list[tuple[int, str]]) -> None:
    owned()
    still_on.ask(at(back_at))
    assert asked() == expected


@pytest.mark.django_db
def test_at_night_it_is_asked_when_the_morning_would_be_too_late() -> None:
    owned(start=time(8, 30))
    still_on.ask(at("10-11 05:00"))
    assert asked() == [(24, "10-11 05:00")]


@settings(max_examples=40)
@given(
    day=st.dates(date(2027, 3, 20), date(2027, 11, 10)),
    start=st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["Europe/Warsaw", "Europe/Lisbon", "Asia/Kathmandu", "America/New_York", "Pacific/Apia"]),
)
@pytest.mark.django_db
def test_every_question_leaves_by_day_and_at_most_half_a_day_early(day: date, start: time | None, zone: str) -> None:
    there = ZoneInfo(zone)
    wanted = datetime.combine(day, start or time(8)) - timedelta(hours=72)
    first = wanted
    if first.time() < time(8):
        first = datetime.combine(first.date() - timedelta(days=1), time(20))
    elif first.time() >= time(21):
        first = datetime.combine(first.date(), time(20))
    assert timedelta() <= wanted - first < timedelta(hours=12)
    due = [(first + timedelta(days=n)).replace(tzinfo=there).astimezone(UTC) for n in range(3)]
    with transaction.atomic():
        owned(day=day, start=start, zone=zone)
        for moment in due:
            still_on.ask(moment - timedelta(minutes=7))
        rows = Delivery.objects.filter(letter="still_on").order_by("not_before")
        assert [(row.ids["step"], row.not_before) for row in rows] == list(zip((72, 48, 24), due, strict=True))
        assert not any(is_quiet(row.not_before, there) for row in rows)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_ask_and_mark_once() -> None:
    for _ in range(5):
        owned()

    def work() -> int:
        still_on.ask(at("10-08 14:00"))
        return still_on.mark_unconfirmed(at("10-11 02:00"))

    changed = at_once(*[work] * 4)
    assert asked() == [(72, "10-08 14:00")] * 5
    assert sum(changed) == 5


@pytest.mark.django_db
def test_asking_takes_as_many_statements_however_many_there_are(django_assert_num_queries: Any) -> None:
    for _ in range(6):
        owned()
    with django_assert_num_queries(1):
        assert still_on.ask(at("10-08 14:00")) == 6
