"""A clock that jumps."""

import itertools
import time

import pytest

from outbox import sender
from outbox.steady import Watch
from tests.outbox.conftest import RunningSink
from tests.outbox.test_sender import fresh, queue

TRUE_TIME = time.time


def jump(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(time, "time", lambda: TRUE_TIME() + seconds)


def test_small_steps_are_followed_and_a_large_one_stops_until_the_clock_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = Watch()
    seen = []
    for seconds in (600, 1200, 600, 7200, 7200, 0, -7200, 365 * 86400, 300):
        jump(monkeypatch, seconds)
        seen.append(watch.has_jumped)
    assert seen == [False, False, False, True, True, False, True, True, False]


@pytest.mark.django_db(transaction=True)
def test_a_sender_whose_clock_jumps_claims_nothing_more(sink: RunningSink, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = queue()
    steps = itertools.chain([0], itertools.repeat(7200))
    monkeypatch.setattr(time, "time", lambda: TRUE_TIME() + next(steps))
    assert sender.send_due() == 0
    monkeypatch.undo()
    assert fresh(waiting).state == "queued"
