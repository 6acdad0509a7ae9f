"""Who is asked, and when."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from events.models import AfterReport, Event, Organiser
from organising import after_report
from outbox.models import Delivery
from tests.at_once import at_once
from tests.factories import AfterReportFactory, OrganiserFactory, UserFactory
from tests.organising.after_report.telling import NEXT_MORNING, asked, at, owned, press
from tests.reminders.conftest import Mail
from tests.security.rows import checksum

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ({}, "10-12 10:00"),
        # Three hours are taken for one without an end; its day for one without an hour.
        ({"end_time": None, "start_time": "22:00"}, "10-12 10:00"),
        ({"end_time": None, "start_time": None}, "10-12 10:00"),
        ({"start_time": "05:00", "end_time": "07:00"}, "10-12 10:00"),
    ],
)
def test_it_is_asked_the_morning_after_and_once_more(values: dict[str, Any], first: str) -> None:
    owned(**values)
    moment = at("10-11 12:00")
    while moment < at("10-30 12:00"):
        after_report.ask(moment)
        moment += timedelta(minutes=30)
    assert asked() == [(1, first), (2, "10-17 10:00")]


@pytest.mark.parametrize(
    ("back_at", "expected"),
    [
        ("10-12 09:44", []),
        ("10-12 09:45", [(1, "10-12 10:00")]),
        ("10-12 23:00", [(1, "10-13 08:00")]),
        ("10-16 12:00", [(1, "10-16 12:00")]),
        ("10-17 03:00", [(1, "10-17 08:00")]),
        ("10-18 12:00", [(2, "10-18 12:00")]),
        ("10-24 09:00", [(2, "10-24 09:00")]),
        ("10-24 10:00", []),
    ],
)
def test_what_was_missed_is_caught_up_with_for_a_week(back_at: str, expected: list[tuple[int, str]]) -> None:
    owned()
    after_report.ask(at(back_at))
    assert asked() == expected


@pytest.mark.parametrize("state", ["submitted", "cancelled", "hidden", "withdrawn"])
def test_nobody_is_asked_about_what_was_not_public(state: str) -> None:
    owned(state=state)
    assert after_report.ask(NEXT_MORNING) == 0


def test_those_who_run_it_are_asked_once_and_helpers_are_not(clock: Any) -> None:
    event, owner = owned()
    other = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER)
    OrganiserFactory(event=event, role=Organiser.Role.HELPER)
    OrganiserFactory(event=event, user=UserFactory(is_active=False))
    assert [after_report.ask(NEXT_MORNING) for _ in range(2)] == [2, 0]
    to = set(Delivery.objects.values_list("recipient", flat=True))
    assert to == {owner.user.recipient_id, other.user.recipient_id}


def test_who_has_sent_a_report_is_not_asked_and_a_draft_is_no_answer(clock: Any) -> None:
    sent, _owner = owned()
    AfterReportFactory(event=sent)
    begun, _other = owned()
    AfterReportFactory(event=begun, state="draft", number=0)
    after_report.ask(NEXT_MORNING)
    assert [row.ids["event"] for row in Delivery.objects.all()] == [begun.pk]


def test_asking_takes_one_statement_however_many_there_are(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        owned()
    with django_assert_num_queries(1):
        assert after_report.ask(NEXT_MORNING) == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_ask_once() -> None:
    for _ in range(3):
        owned()
    at_once(*[lambda: after_report.ask(NEXT_MORNING)] * 4)
    assert len(asked()) == 3


def test_the_mail_leads_to_the_form_and_looking_changes_nothing(
    clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    event, _organiser = owned(title="March\u2028from the station")
    after_report.ask(NEXT_MORNING)
    (mail,) = delivered()
    assert mail.subject == "How was it? March from the station"
    assert "Plac Zamkowy" in mail.text
    path = mail.link("report")
    before = checksum()
    for look in (Client().get, Client().head, Client().get):
        assert look(path).status_code == 200
    assert checksum() == before
    assert press(path, turnout_low="1 200", how_counted="police").status_code == 302
    told = AfterReport.objects.get()
    assert (told.event, told.turnout_low, told.turnout_high, told.state) == (event, 1200, 1200, "draft")


def test_a_mail_that_is_late_is_dropped(clock: Any, delivered: Callable[[], list[Mail]]) -> None:
    told, _one = owned()
    cancelled, _two = owned()
    _left, three = owned()
    after_report.ask(NEXT_MORNING)
    AfterReportFactory(event=told)
    Event.objects.filter(pk=cancelled.pk).update(state="cancelled")
    three.delete()
    assert delivered() == []
    assert set(Delivery.objects.values_list("reason", flat=True)) == {
        "answered",
        "not public any more",
        "not an organiser any more",
    }
