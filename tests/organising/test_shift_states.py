"""A shift against a model of it in a few lines of Python, through whatever order of events Hypothesis thinks of."""

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.models import Event
from organising.actions import shifts
from organising.actions.shifts import Need
from organising.models import Shift, ShiftSignUp
from outbox.models import Recipient
from tests.factories import EventFactory, RecipientFactory, ShiftFactory, UserFactory

WHO = st.integers(0, 5)


class Line(RuleBasedStateMachine):
    """`line` is who said yes, in order; `offered` who has not yet; `banned` who was removed."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(needed=st.integers(1, 4))
    def begin(self, needed: int) -> None:
        self.shift: Any = ShiftFactory(event=EventFactory(), needed=needed)
        self.people = [RecipientFactory() for _n in range(6)]
        self.by = UserFactory()
        shifts.tidy(timezone.now())
        self.needed = needed
        self.line: list[int] = []
        self.offered: set[int] = set()
        self.banned: set[int] = set()

    def sign_up(self, who: int) -> Any:
        return ShiftSignUp.objects.select_related("shift").filter(recipient=self.people[who]).first()

    @rule(who=WHO)
    def offer(self, who: int) -> None:
        address = Recipient.objects.get(pk=self.people[who].pk).address
        shifts.offer([self.shift], address, name="", language="en", key=uuid.uuid4(), now=timezone.now())
        if who not in self.line and who not in self.banned:
            self.offered.add(who)

    @rule(who=WHO)
    def take(self, who: int) -> None:
        took = shifts.take(self.people[who], language="en")
        assert len(took) == (who in self.offered)
        if who in self.offered:
            self.offered.remove(who)
            self.line.append(who)
            assert took[0].is_in == (len(self.line) <= self.needed)

    @rule(who=WHO)
    def leave(self, who: int) -> None:
        if sign_up := self.sign_up(who):
            shifts.leave(sign_up)
        self.offered.discard(who)
        if who in self.line:
            self.line.remove(who)

    @rule(who=WHO)
    def remove(self, who: int) -> None:
        if sign_up := self.sign_up(who):
            shifts.remove_person(sign_up, by=self.by)
        if who in self.line:
            self.line.remove(who)
            self.banned.add(who)

    @rule(needed=st.integers(1, 6))
    def need(self, needed: int) -> None:
        shift = self.shift
        shifts.change_shift(shift, Need(shift.job, "", shift.starts_after, shift.ends_after, needed), by=self.by)
        self.needed = needed

    @rule()
    def enough(self) -> None:
        shifts.enough(self.shift, by=self.by)
        self.needed = min(self.needed, len(self.line))

    @rule(who=WHO)
    def leave_everything(self, who: int) -> None:
        shifts.leave_all(self.people[who])
        self.offered.discard(who)
        self.banned.discard(who)
        if who in self.line:
            self.line.remove(who)

    @invariant()
    def the_line_is_right(self) -> None:
        if not hasattr(self, "shift"):
            return
        rows = ShiftSignUp.objects.in_line().order_by("line").values_list("recipient", "state")
        keys = [person.pk for person in self.people]
        taken = min(self.needed, len(self.line))
        expected = ["in"] * taken + ["waiting"] * (len(self.line) - taken)
        assert [(keys.index(pk), state) for pk, state in rows] == list(zip(self.line, expected, strict=True))
        assert Shift.objects.get().needed == self.needed
        assert Event.objects.get().helpers_wanted == self.needed - taken


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_the_first_are_in_and_the_others_wait_in_order() -> None:
    run_state_machine_as_test(Line, settings=settings(max_examples=30, stateful_step_count=25))
