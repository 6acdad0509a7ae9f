"""What was dropped and is wanted again."""

from datetime import time, timedelta

import pytest
import time_machine

from events.models import Event, EventChange
from outbox.models import Delivery, Recipient
from reminders.models import Subscription
from reminders.planning import plan
from tests.reminders.following import LONG_BEFORE, at, follower, follower_of, protest, set_state


@pytest.mark.django_db
def test_a_digest_that_was_empty_is_made_anew_when_something_changes_and_not_each_minute(delivered):
    event = protest()
    other = protest(state="cancelled")
    follower_of("country", country="PL", recipient=follower(event).recipient)

    def made(clock):
        with time_machine.travel(at(f"10-11 {clock}"), tick=False):
            plan(at(f"10-11 {clock}"))
            delivered()
        return list(Delivery.objects.filter(letter="digest").order_by("pk").values_list("reason", flat=True))

    for clock in ("08:00", "08:01", "08:02"):
        assert made(clock) == ["nothing to tell"]
    Event.objects.filter(pk=other.pk).update(state="published")
    EventChange.objects.create(event=other, kind="restored", at=at("10-11 08:03"), before={}, after={})
    assert made("08:03") == ["nothing to tell", ""]


WAYS_OUT_AND_BACK = {
    "cancelled": (lambda event, _s: set_state(event, "cancelled"), lambda event, _s: set_state(event, "published")),
    "hidden": (lambda event, _s: set_state(event, "hidden"), lambda event, _s: set_state(event, "published")),
    "left": (lambda _e, s: s.delete(), lambda event, s: follower(event, recipient=s.recipient)),
    "not chosen": (lambda _e, s: choose(s, day_before=False), lambda _e, s: choose(s, day_before=True)),
    "paused": (lambda _e, s: pause(s, at("10-20 08:00")), lambda _e, s: pause(s, None)),
    "address suspended": (lambda _e, s: suspend(s, LONG_BEFORE), lambda _e, s: suspend(s, None)),
}


def choose(subscription, **moments):
    Subscription.objects.filter(pk=subscription.pk).update(**moments)


def pause(subscription, until):
    Recipient.objects.filter(pk=subscription.recipient_id).update(paused_until=until)


def suspend(subscription, when):
    Recipient.objects.filter(pk=subscription.recipient_id).update(suspended_at=when)


@pytest.mark.parametrize("way", WAYS_OUT_AND_BACK)
@pytest.mark.django_db
def test_what_was_dropped_and_is_wanted_again_is_sent_once(way, delivered):
    out, back = WAYS_OUT_AND_BACK[way]
    event = protest(state="published")
    subscription = follower(event)
    with time_machine.travel(at("10-10 10:58"), tick=False) as clock:
        plan(at("10-10 10:58"))
        out(event, subscription)
        clock.move_to(at("10-10 11:01"))
        assert delivered() == []
        plan(at("10-10 11:01"))
        assert Delivery.objects.get().state == "skipped"
        clock.move_to(at("10-10 11:05"))
        back(event, subscription)
        for minute in (5, 6, 7):
            clock.move_to(at(f"10-10 11:{minute:02}"))
            plan(at(f"10-10 11:{minute:02}"))
            mails = delivered()
    assert [mail.to for mail in mails] == [subscription.recipient.address]


@pytest.mark.django_db
def test_a_protest_that_moved_away_and_back_reminds(delivered):
    event = protest(state="published")
    follower(event)
    start = event.starts_at
    with time_machine.travel(at("10-10 10:58"), tick=False) as clock:
        plan(at("10-10 10:58"))
        Event.objects.filter(pk=event.pk).update(starts_at=start + timedelta(hours=1), start_time=time(15))
        clock.move_to(at("10-10 11:01"))
        assert delivered() == []
        Event.objects.filter(pk=event.pk).update(starts_at=start, start_time=time(14))
        clock.move_to(at("10-10 11:02"))
        plan(at("10-10 11:02"))
        assert len(delivered()) == 1
