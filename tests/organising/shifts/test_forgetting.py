"""Forgetting."""

from datetime import UTC, datetime, timedelta

import pytest

from organising.actions import shifts
from organising.models import Shift, ShiftSignUp
from outbox.models import Recipient
from tests.factories import WEEKS_BEFORE, EventFactory, UserFactory
from tests.organising.shifts.line import added, free, join, offer, states

pytestmark = pytest.mark.django_db


def test_offers_that_nobody_confirmed_go_after_48_hours() -> None:
    shift = added(EventFactory())
    offer(shift, "a@example.org")
    join(shift, "b@example.org")
    shifts.forget(WEEKS_BEFORE + timedelta(hours=47))
    assert ShiftSignUp.objects.count() == 2
    shifts.forget(WEEKS_BEFORE + timedelta(hours=49))
    assert states(shift) == [("b", "in")]
    assert ShiftSignUp.objects.count() == 1


def test_shifts_and_helpers_go_two_weeks_after_the_edition() -> None:
    shift = added(EventFactory())
    join(shift, "a@example.org")
    shifts.forget(datetime(2027, 10, 27, 12, tzinfo=UTC))
    assert ShiftSignUp.objects.count() == 1
    shifts.forget(datetime(2027, 10, 28, 12, tzinfo=UTC))
    assert (Shift.objects.count(), ShiftSignUp.objects.count(), free(shift)) == (0, 0, 0)


def test_who_says_never_again_loses_the_place_wherever_it_was_said() -> None:
    shift = added(EventFactory(), needed=1)
    first, _second = join(shift, "a@example.org"), join(shift, "b@example.org")
    Recipient.objects.filter(pk=first.recipient_id).update(never_again_at=WEEKS_BEFORE, address="")
    shifts.tidy(WEEKS_BEFORE)
    assert states(shift) == [("b", "in")]
    shifts.never_again(ShiftSignUp.objects.get().recipient)
    assert (ShiftSignUp.objects.count(), free(shift)) == (0, 1)
    assert Recipient.objects.filter(never_again_at__isnull=False).count() == 2


def test_an_organisers_address_is_kept_though_the_shifts_go() -> None:
    user = UserFactory()
    shift = added(EventFactory())
    join(shift, user.email)
    shifts.never_again(user.recipient)
    assert ShiftSignUp.objects.count() == 0
    assert Recipient.objects.get(pk=user.recipient_id).never_again_at is None
