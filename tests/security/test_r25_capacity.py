"""R25: 200 sign-ups for 10 places, all at once: exactly 10 are in, exactly 190 wait, in order."""

import pytest

from events.models import Event
from organising.models import ShiftSignUp
from tests.organising.test_shift_races import asked_for, at_once, offering, take

pytestmark = pytest.mark.django_db(transaction=True)


def test_ten_places_are_ten_and_the_waiting_list_is_a_hundred_and_ninety_in_order() -> None:
    shift = asked_for(10)
    results = at_once([take(recipient) for recipient in [offering(shift) for _n in range(200)]], width=150)
    assert [len(result) for result in results] == [1] * 200
    line = list(shift.sign_ups.order_by("line"))
    assert [one.line for one in line] == list(range(1, 201))
    assert [one.state for one in line] == ["in"] * 10 + ["waiting"] * 190
    # What each page said on the spot is what holds.
    told = {one.pk: one.state for [one] in results}
    assert told == dict(ShiftSignUp.objects.values_list("pk", "state"))
    assert Event.objects.get().helpers_wanted == 0
