"""What is refused."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import AuditEntry
from events.actions import Refused
from events.models import Campaign, Event
from organising import shifts as reading
from organising.actions import shifts
from tests.factories import EventFactory, UserFactory
from tests.organising.shifts.line import HOUR, added, join, need, news, offer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["submitted", "withdrawn", "cancelled", "hidden"])
def test_nobody_asks_for_helpers_of_what_is_not_public(state: str) -> None:
    with pytest.raises(Refused):
        added(EventFactory(state=state))


def test_nobody_confirms_for_what_is_cancelled_over_or_closed(weeks_before: Any) -> None:
    shift = added(EventFactory())
    recipient = offer(shift, "a@example.org")
    for state in ("cancelled", "hidden"):
        Event.objects.update(state=state)
        assert shifts.take(recipient, language="en") == []
    Event.objects.update(state="published")
    Campaign.objects.update(state="closed")
    assert shifts.take(recipient, language="en") == []
    Campaign.objects.update(state="open")
    shifts.remove_shift(shift, by=UserFactory())
    assert shifts.take(recipient, language="en") == []


def test_a_link_to_confirm_is_over_after_48_hours(weeks_before: Any) -> None:
    shift = added(EventFactory())
    recipient = offer(shift, "a@example.org")
    weeks_before.shift(timedelta(hours=48))
    assert shifts.take(recipient, language="en") == []


def test_a_removed_shift_tells_its_people_and_takes_nobody() -> None:
    shift = added(EventFactory())
    join(shift, "a@example.org")
    by = UserFactory()
    shifts.remove_shift(shift, by=by)
    shifts.remove_shift(shift, by=by)
    assert news()[-1:] == [("a", "shift_removed")]
    with pytest.raises(Refused):
        shifts.change_shift(shift, need(shift), by=by)
    assert reading.filled(shift.event) == []


def test_another_time_or_job_is_told_and_another_note_is_not() -> None:
    shift = added(EventFactory())
    join(shift, "a@example.org")
    by = UserFactory()
    shifts.change_shift(shift, need(shift, note="Bring water."), by=by)
    assert news() == [("a", "taken")]
    shifts.change_shift(shift, need(shift, ends_after=3 * HOUR), by=by)
    assert news() == [("a", "taken"), ("a", "changed")]


def test_the_trail_knows_what_was_done_and_no_names() -> None:
    shift = added(EventFactory())
    shifts.remove_person(join(shift, "a@example.org", "Anna"), by=UserFactory())
    shifts.remove_shift(shift, by=UserFactory())
    entries = AuditEntry.objects.order_by("pk").values_list("verb", "codes")
    assert [verb for verb, _codes in entries] == ["shift added", "helper removed", "shift removed"]
    assert {str(codes) for _verb, codes in entries} == {f"{{'shift': {shift.pk}}}"}
