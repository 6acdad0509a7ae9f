"""What the public page goes by."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from events.models import SiteStamp
from organising import shifts as reading
from organising.actions import shifts
from tests.factories import EventFactory, UserFactory
from tests.organising.shifts.line import added, free, join

pytestmark = pytest.mark.django_db


def test_free_places_are_counted_and_the_public_pages_made_anew_only_when_they_begin_or_end_to_ask() -> None:
    event = EventFactory()
    before = SiteStamp.objects.current()
    shift = added(event)
    other = added(event, job="sound", needed=1)
    assert (free(shift), SiteStamp.objects.current()) == (3, before + 1)
    join(shift, "a@example.org")
    join(shift, "b@example.org")
    assert (free(shift), SiteStamp.objects.current()) == (1, before + 1)
    last = join(other, "c@example.org")
    assert (free(shift), SiteStamp.objects.current()) == (0, before + 2)
    shifts.leave(last)
    assert (free(shift), SiteStamp.objects.current()) == (1, before + 3)
    shifts.remove_shift(other, by=UserFactory())
    assert (free(shift), SiteStamp.objects.current()) == (0, before + 4)


def test_what_is_over_by_time_alone_is_no_longer_asked_for(weeks_before: Any) -> None:
    shift = added(EventFactory())
    for moment, left in ((datetime(2027, 10, 11, 12, 59, tzinfo=UTC), 2), (datetime(2027, 10, 11, 13, tzinfo=UTC), 0)):
        weeks_before.move_to(moment)
        shifts.tidy(moment)
        assert free(shift) == left


def test_a_summary_of_many_protests_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    busy, quiet, none = EventFactory(), EventFactory(), EventFactory()
    shift = added(busy, needed=1)
    for name in ("a", "b", "c"):
        join(shift, f"{name}@example.org")
    added(busy, job="sound", needed=4)
    added(quiet)
    with django_assert_num_queries(1):
        found = reading.summary([busy, quiet, none])
    assert found == {busy.pk: reading.Summary(5, 1, 2), quiet.pk: reading.Summary(2, 0, 0)}
