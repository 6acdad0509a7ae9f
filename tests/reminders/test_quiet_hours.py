"""What is late when the quiet hours begin stays where it is until the morning, to the second."""

from collections.abc import Callable
from datetime import time

import pytest
import time_machine
from pytest_django import Settings

from outbox import sender
from outbox.models import Delivery
from reminders.planning import plan
from tests.outbox.conftest import RunningSink, point_to, start_sink
from tests.reminders.conftest import Mail
from tests.reminders.following import at, follower, follower_of, protest

__all__ = ["start_sink"]

pytestmark = pytest.mark.django_db

Delivered = Callable[[], list[Mail]]


def left_by(delivered: Delivered, *moments: str) -> list[int]:
    """How many mails have left at each of these moments, if senders work at no other."""
    counts = []
    with time_machine.travel(at(moments[0]), tick=False) as clock:
        for moment in moments:
            clock.move_to(at(moment))
            counts.append(len(delivered()))
    return counts


@pytest.mark.parametrize("scope", ["event", "country"])
def test_what_could_not_leave_by_day_leaves_in_the_morning(delivered: Delivered, scope: str) -> None:
    event = protest()
    if scope == "event":
        follower(event)
    else:
        follower_of("country", country="PL")
    plan(at("10-04 08:55"))

    assert left_by(delivered, "10-04 21:00", "10-05 02:00", "10-05 07:59", "10-05 08:00") == [0, 0, 0, 1]
    assert Delivery.objects.get().state == "sent"


def test_a_minute_before_nine_in_the_evening_what_is_late_still_leaves(delivered: Delivered) -> None:
    follower(protest())
    plan(at("10-04 08:55"))

    assert left_by(delivered, "10-04 20:59") == [1]


def test_a_mail_that_is_tried_again_in_a_while_is_not_tried_at_night(delivered: Delivered) -> None:
    follower(protest())
    plan(at("10-04 08:55"))
    Delivery.objects.update(not_before=at("10-04 21:05"), attempts=1, postponed=1)

    assert left_by(delivered, "10-04 20:59", "10-04 21:05", "10-05 08:00") == [0, 0, 1]


def test_at_night_nothing_waits_that_somebody_asked_for_at_night(delivered: Delivered) -> None:
    follower(protest(), confirmed_at=at("10-08 23:10"))
    plan(at("10-08 23:11"))

    assert left_by(delivered, "10-08 23:12") == [1]


def test_a_reminder_that_the_morning_would_make_useless_does_not_wait_for_it(delivered: Delivered) -> None:
    follower(protest(start=time(8, 15)))
    plan(at("10-10 19:55"))
    assert Delivery.objects.get(ids__moment="hours").not_before == at("10-10 20:00")

    Delivery.objects.exclude(ids__moment="hours").delete()
    assert left_by(delivered, "10-11 02:00") == [1]


def test_a_batch_on_its_way_stops_when_the_quiet_hours_begin(
    start_sink: Callable[..., RunningSink], settings: Settings
) -> None:
    slow = start_sink(pause=0.2)
    point_to(settings, slow.port)
    event = protest()
    for _n in range(15):
        follower(event)
    plan(at("10-04 08:55"))
    with time_machine.travel(at("10-04 20:59").replace(second=59)):
        sender.send_due()

    # The one that was being handed over is known to have arrived only when its answer is there.
    assert Delivery.objects.filter(state="sent", finished_at__gte=at("10-04 21:00")).count() <= 1
    waiting = Delivery.objects.exclude(state="sent").values_list("state", "reason", "not_before")
    assert set(waiting) == {("queued", "quiet hours", at("10-05 08:00"))}
