"""Many at once on real threads and a real PostgreSQL: no place is given twice, none stays free while somebody waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from events.models import Event
from organising.actions import shifts
from organising.actions.shifts import Need
from organising.models import Shift, ShiftSignUp
from outbox.models import Delivery, Recipient
from tests.factories import FIRST_DAY, EventFactory, RecipientFactory, ShiftFactory, ShiftSignUpFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 40


def at_once(acts: list[Callable[[], Any]], width: int = AT_ONCE) -> list[Any]:
    """Run *acts* on threads that begin together, and give what each returned."""
    width = min(width, len(acts))
    barrier = Barrier(width)

    def work(share: list[Callable[[], Any]]) -> list[Any]:
        barrier.wait(timeout=120)
        try:
            return [act() for act in share]
        finally:
            connection.close()

    with ThreadPoolExecutor(width) as pool:
        return [one for share in pool.map(work, [acts[n::width] for n in range(width)]) for one in share]


def offering(shift: Shift) -> Recipient:
    """Somebody whose offer waits for the button."""
    return ShiftSignUpFactory(shift=shift, state="unconfirmed").recipient


def asked_for(needed: int) -> Shift:
    return ShiftFactory(event=EventFactory(day=FIRST_DAY), needed=needed)


def take(recipient: Recipient) -> Callable[[], Any]:
    return lambda: shifts.take(recipient, language="en")


def leave(sign_up: ShiftSignUp) -> Callable[[], Any]:
    return lambda: shifts.leave(ShiftSignUp.objects.select_related("shift").get(pk=sign_up.pk))


def check(shift: Shift) -> tuple[int, int]:
    """That the line is right; how many are in, and how many wait."""
    shift = Shift.objects.get(pk=shift.pk)
    line = list(shift.sign_ups.in_line().order_by("line").values_list("state", flat=True))
    taken = min(shift.needed, len(line))
    assert line == ["in"] * taken + ["waiting"] * (len(line) - taken)
    assert Event.objects.get().helpers_wanted == shift.needed - taken
    return taken, len(line) - taken


@pytest.mark.parametrize("_round", range(3))
def test_places_are_given_once_while_others_leave(_round: int) -> None:
    shift = asked_for(5)
    here = [ShiftSignUpFactory(shift=shift) for _n in range(5)]
    coming = [offering(shift) for _n in range(20)]
    at_once([*map(take, coming), *map(leave, here[:3])])
    assert check(shift) == (5, 17)
    assert not shift.sign_ups.filter(state="left").exclude(line=None).exists()


@pytest.mark.parametrize("_round", range(3))
def test_the_same_button_pressed_many_times_takes_one_place(_round: int) -> None:
    shift = asked_for(5)
    recipient = offering(shift)
    results = at_once([take(recipient)] * 10)
    assert sum(map(len, results)) == 1
    assert check(shift) == (1, 0)
    assert Delivery.objects.filter(letter="shift_news").count() == 1


@pytest.mark.parametrize("_round", range(3))
def test_fewer_are_needed_while_people_say_yes(_round: int) -> None:
    shift = asked_for(10)
    coming = [offering(shift) for _n in range(20)]
    by = UserFactory()

    def fewer(needed: int) -> Callable[[], Any]:
        need = Need(shift.job, "", shift.starts_after, shift.ends_after, needed)
        return lambda: shifts.change_shift(shift, need, by=by)

    at_once([*map(take, coming[:10]), fewer(4), *map(take, coming[10:])])
    assert check(shift) == (4, 16)


@pytest.mark.parametrize("_round", range(3))
def test_two_shifts_of_one_protest_taken_in_two_orders_never_stop_each_other(_round: int) -> None:
    one = asked_for(3)
    other = ShiftFactory(event=one.event, needed=3, job="sound")
    people = [RecipientFactory() for _n in range(16)]
    for n, recipient in enumerate(people):
        for shift in (one, other) if n % 2 else (other, one):
            ShiftSignUpFactory(shift=shift, recipient=recipient, state="unconfirmed")
    at_once([take(recipient) for recipient in people])
    lines = [list(shift.sign_ups.in_line().order_by("line").values_list("state", flat=True)) for shift in (one, other)]
    assert lines == [["in"] * 3 + ["waiting"] * 13] * 2


@pytest.mark.parametrize("_round", range(3))
def test_a_shift_is_removed_while_people_say_yes(_round: int) -> None:
    shift = asked_for(5)
    coming = [offering(shift) for _n in range(10)]
    by = UserFactory()
    at_once([*map(take, coming), lambda: shifts.remove_shift(shift, by=by)])
    shift.refresh_from_db()
    assert shift.removed_at is not None
    assert Event.objects.get().helpers_wanted == 0
    told = set(Delivery.objects.filter(ids__what="shift_removed").values_list("recipient", flat=True))
    assert told == set(shift.sign_ups.in_line().values_list("recipient", flat=True))
    assert not shift.sign_ups.filter(state="unconfirmed").exists()


def test_who_says_never_again_makes_room_while_others_say_yes() -> None:
    shift = asked_for(3)
    here = [ShiftSignUpFactory(shift=shift) for _n in range(3)]
    coming = [offering(shift) for _n in range(10)]
    leaving = [lambda one=one: shifts.never_again(one.recipient) for one in here]
    at_once([*leaving, *map(take, coming), lambda: shifts.tidy(timezone.now())])
    assert check(shift) == (3, 7)
