"""The line."""

import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from organising import shifts as reading
from organising.actions import shifts
from organising.models import Shift, ShiftSignUp
from outbox.models import Delivery, Recipient
from tests.factories import WEEKS_BEFORE, EventFactory, RecipientFactory, UserFactory
from tests.organising.shifts.line import added, free, join, need, news, offer, states

pytestmark = pytest.mark.django_db


def test_those_who_come_first_are_in_and_the_others_wait_in_order() -> None:
    shift = added(EventFactory())
    for name in ("a", "b", "c", "d"):
        join(shift, f"{name}@example.org")
    assert states(shift) == [("a", "in"), ("b", "in"), ("c", "waiting"), ("d", "waiting")]
    assert free(shift) == 0


def test_an_offer_takes_no_place_before_it_is_confirmed_and_one_confirmation_is_enough() -> None:
    shift = added(EventFactory())
    recipient = offer(shift, "a@example.org")
    assert (states(shift), free(shift)) == ([], 2)
    assert [one.state for one in shifts.take(recipient, language="de")] == ["in"]
    assert shifts.take(recipient, language="de") == []
    assert (states(shift), free(shift)) == ([("a", "in")], 1)
    assert Recipient.objects.get(pk=recipient.pk).language == "de"


def test_the_place_of_who_leaves_goes_to_the_first_of_the_line_who_is_told() -> None:
    shift = added(EventFactory(), needed=1)
    first, *_others = [join(shift, f"{name}@example.org", name) for name in ("a", "b", "c")]
    left = shifts.leave(first)
    assert (left.state, left.name, left.line) == ("left", "", None)
    assert states(shift) == [("b", "in"), ("c", "waiting")]
    assert ("b", "up") in news()
    assert shifts.leave(first).state == "left"
    assert states(shift) == [("b", "in"), ("c", "waiting")]


def test_at_night_who_moves_up_is_told_in_the_morning(weeks_before: Any) -> None:
    shift = added(EventFactory(), needed=1)
    first, _second = join(shift, "a@example.org"), join(shift, "b@example.org")
    weeks_before.move_to(datetime(2027, 9, 1, 21, 30, tzinfo=UTC))
    shifts.leave(first)
    assert Delivery.objects.get(ids__what="up").not_before == datetime(2027, 9, 2, 6, tzinfo=UTC)


def test_who_moves_up_in_the_night_before_is_told_at_once_if_the_morning_is_too_late(weeks_before: Any) -> None:
    event = EventFactory(start_time=time(8, 30), end_time=None)
    shift = added(event, needed=1, starts_after=timedelta(0))
    first, _second = join(shift, "a@example.org"), join(shift, "b@example.org")
    night = datetime(2027, 10, 11, 3, tzinfo=UTC)
    weeks_before.move_to(night)
    shifts.leave(first)
    assert Delivery.objects.get(ids__what="up").not_before == night


def test_if_fewer_are_needed_the_last_go_to_the_front_of_the_waiting_list() -> None:
    shift = added(EventFactory(), needed=3)
    for name in ("a", "b", "c", "d"):
        join(shift, f"{name}@example.org")
    by = UserFactory()
    shifts.change_shift(shift, need(shift, needed=1), by=by)
    assert states(shift) == [("a", "in"), ("b", "waiting"), ("c", "waiting"), ("d", "waiting")]
    assert [one for one in news() if one[1] == "down"] == [("b", "down"), ("c", "down")]
    shifts.change_shift(shift, need(shift, needed=4), by=by)
    assert [state for _name, state in states(shift)] == ["in"] * 4


def test_enough_are_as_many_as_are_in_and_who_comes_then_waits() -> None:
    shift = added(EventFactory(), needed=5)
    first = join(shift, "a@example.org")
    by = UserFactory()
    shifts.enough(shift, by=by)
    shifts.enough(shift, by=by)
    assert (Shift.objects.get().needed, free(shift)) == (1, 0)
    join(shift, "b@example.org")
    assert states(shift) == [("a", "in"), ("b", "waiting")]
    shifts.leave(first)
    assert states(shift) == [("b", "in")]


def test_enough_with_nobody_in_takes_it_off_the_public_page() -> None:
    shift = added(EventFactory())
    shifts.enough(shift, by=UserFactory())
    assert (free(shift), reading.open_shifts(shift.event, WEEKS_BEFORE)) == (0, [])


def test_who_is_removed_is_told_and_stays_removed() -> None:
    shift = added(EventFactory(), needed=1)
    sign_up, _other = join(shift, "a@example.org", "Anna"), join(shift, "b@example.org")
    shifts.remove_person(sign_up, by=UserFactory())
    shifts.remove_person(sign_up, by=UserFactory())
    assert (states(shift), news()[-2:]) == ([("b", "in")], [("a", "removed"), ("b", "up")])
    assert ShiftSignUp.objects.get(pk=sign_up.pk).name == ""
    recipient = offer(shift, "a@example.org")
    assert (shifts.take(recipient, language="en"), states(shift)) == ([], [("b", "in")])


@pytest.mark.parametrize("address", ["anna+2@gmail.com", "An.na@gmail.com"])
def test_who_was_removed_does_not_come_back_under_another_spelling(address: str) -> None:
    shift, other = added(EventFactory(), needed=2), added(EventFactory())
    sign_up = join(shift, "anna@gmail.com")
    early = offer(shift, "anna+early@gmail.com")
    shifts.remove_person(sign_up, by=UserFactory())
    assert shifts.take(early, language="en") == []
    recipient = offer(shift, address)
    assert (shifts.take(recipient, language="en"), states(shift)) == ([], [])
    assert join(other, address).state == "in"
    assert join(shift, "anton@gmail.com").state == "in"


def test_who_left_may_come_again_but_not_by_the_same_form_sent_twice() -> None:
    shift = added(EventFactory())
    key = uuid.uuid4()
    recipient = offer(shift, "a@example.org", key=key)
    shifts.take(recipient, language="en")
    shifts.leave(ShiftSignUp.objects.get())
    offer(shift, "a@example.org", key=key)
    assert ShiftSignUp.objects.get().state == "left"
    offer(shift, "a@example.org")
    assert ShiftSignUp.objects.get().state == "unconfirmed"


def test_a_stranger_changes_nothing_of_what_somebody_has_confirmed() -> None:
    shift = added(EventFactory())
    join(shift, "a@example.org", "Anna")
    offer(shift, "a@example.org", "Mallory")
    assert [(one.name, one.state) for one in ShiftSignUp.objects.all()] == [("Anna", "in")]


def test_names_are_sealed_in_the_database() -> None:
    join(added(EventFactory()), "a@example.org", "Anna Canary")
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM organising_shiftsignup t")
        assert "Canary" not in cursor.fetchone()[0]
    assert ShiftSignUp.objects.get().name == "Anna Canary"


def test_one_mail_a_day_asks_and_later_offers_join_it() -> None:
    event = EventFactory()
    one, other = added(event), added(event, job="sound")
    recipient = offer(one, "a@example.org")
    offer(other, "A@example.org")
    assert Delivery.objects.filter(letter="shift_confirm").count() == 1
    assert len(shifts.take(recipient, language="en")) == 2
    assert Delivery.objects.filter(letter="shift_news").count() == 1


def test_an_address_that_wants_no_mail_gets_none() -> None:
    recipient = RecipientFactory(address="a@example.org", never_again_at=WEEKS_BEFORE)
    offer(added(EventFactory()), "a@example.org")
    assert (ShiftSignUp.objects.count(), Delivery.objects.filter(recipient=recipient).count()) == (0, 0)
