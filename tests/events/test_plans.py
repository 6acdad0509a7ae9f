"""Lists are read off an index, in its order: so they cost the same however many protests there are."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from events import timetable
from events.listing import Cursor
from events.models import Campaign, City, Event
from events.models.event import EventQuerySet
from events.timetable import PAGE
from tests.events.test_browse import many
from tests.factories import FIRST_DAY, WEEKS_BEFORE
from tests.once import made_once

pytestmark = [pytest.mark.xdist_group("many protests"), pytest.mark.django_db]
SOME = 3000


def make_protests() -> None:
    """Enough of them that the planner has something to lose."""
    many(SOME)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_event, events_campaign, events_city")


@pytest.fixture(scope="module")
def protests(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(make_protests, django_db_blocker):
        yield


@pytest.fixture
def events(protests: None, db: None) -> EventQuerySet:
    return timetable.public_protests(Campaign.objects.get())


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


def plan_of(sql: str, values: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
        return nodes(cursor.fetchone()[0][0]["Plan"])


def look_at(nodes_of_plan: list[dict[str, Any]]) -> tuple[set[str], int]:
    """The indexes by which protests are reached, and how many rows were read there, in vain or not."""
    of_events = [node for node in nodes_of_plan if node.get("Relation Name") == "events_event"]
    assert "Sort" not in {node["Node Type"] for node in nodes_of_plan}
    read = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in of_events
    )
    return {node.get("Index Name", node["Node Type"]) for node in of_events}, round(read)


LATE = Cursor(FIRST_DAY + dt.timedelta(days=1), dt.time(15), 10**6)
NO_HOUR = Cursor(FIRST_DAY, None, 1)
LISTS: dict[str, Callable[[EventQuerySet], EventQuerySet]] = {
    "all": lambda events: events,
    "country": lambda events: events.in_country("PL"),
    "city": lambda events: events.in_city(City.objects.get()),
    "day": lambda events: events.on_day(FIRST_DAY),
    "day of a country": lambda events: events.in_country("PL").on_day(FIRST_DAY),
    "kind": lambda events: events.filter(kind=""),
    "next page": lambda events: events.filter(LATE.rows_after()),
    "next page of a country": lambda events: events.in_country("PL").filter(LATE.rows_after()),
    "next page after one without an hour": lambda events: events.filter(NO_HOUR.rows_after()),
    "next protests": lambda events: events.taking_place().upcoming(WEEKS_BEFORE),
}


def test_a_page_reads_its_own_rows_only(events: EventQuerySet) -> None:
    for name, narrowed in LISTS.items():
        sql, values = timetable.with_rows(narrowed(events))[: PAGE + 1].query.sql_with_params()
        indexes, rows = look_at(plan_of(sql, values))
        # All are in one country and city, of one kind: any index in the list's order reads the same rows.
        assert all(used.startswith("event_list") for used in indexes), name
        assert rows <= 2 * PAGE, name


def test_the_next_start_of_a_country_is_one_look(events: EventQuerySet) -> None:
    values = {"countries": ["PL", "UA"], "campaign": Campaign.objects.get().pk, "now": WEEKS_BEFORE}
    indexes, rows = look_at(plan_of(timetable._NEXT, values))
    assert (indexes, rows) == ({"event_next"}, 1)


def test_counts_do_not_touch_the_protests(events: EventQuerySet, client: Client) -> None:
    for path in ("/en/", "/en/countries/", "/en/countries/pl/", "/en/countries/pl/warszawa/", "/en/protests/"):
        with connection.execute_wrapper(refuse_to_count_protests):
            assert client.get(path).status_code == 200, path


def refuse_to_count_protests(execute, sql, params, many_, context):
    assert not ("COUNT(" in sql and 'FROM "events_event"' in sql), sql
    return execute(sql, params, many_, context)


def test_the_keyset_is_the_same_as_skipping_rows(events: EventQuerySet) -> None:
    ordered = list(events.in_order())
    for at in (0, 1, 300, 999, 1000, 1500, SOME - 2):
        after = events.filter(Cursor.of(ordered[at]).rows_after()).in_order()
        assert list(after[:5]) == ordered[at + 1 : at + 6]
    assert Event.objects.filter(start_time=None).exists()
