"""After a restore no mail leaves that the old site may have sent, until an admin lets it."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command

from noborder.celery import app
from outbox import holding, sender
from outbox.models import Delivery
from outbox.tasks import plans_mail
from reminders.tasks import plan
from tests.factories import EventFactory, SubscriptionFactory
from tests.outbox.conftest import RunningSink
from tests.outbox.test_sender import queue

LONG_BEFORE = datetime(2027, 8, 1, 12, tzinfo=UTC)
# Of a protest at 14:00 in Warszawa: a week and a day before, and on the day, on the clocks of UTC.
WEEK, DAY, HOURS = (datetime(2027, 10, day, hour, tzinfo=UTC) for day, hour in ((4, 7), (10, 9), (11, 9)))


def _states() -> dict[str, str]:
    return {mail.ids["moment"]: str(mail.state) for mail in Delivery.objects.filter(letter="reminder")}


@pytest.fixture
def follower(db: None) -> None:
    with time_machine.travel(LONG_BEFORE):
        SubscriptionFactory(event=EventFactory(created_at=LONG_BEFORE))


@pytest.mark.django_db(transaction=True)
def test_on_hold_only_what_was_asked_for_since_leaves(sink: RunningSink) -> None:
    queue(key="code of before", letter="test asked for")
    holding.hold(datetime.now(UTC))
    queue(key="code", letter="test asked for")
    queue(key="reminder")

    sender.send_due()
    assert sink.subjects == ["Mail code"]

    call_command("release_post")
    sender.send_due()
    assert sorted(sink.subjects) == ["Mail code", "Mail code of before", "Mail reminder"]


@pytest.mark.parametrize(
    ("restored_at", "states"),
    [
        (WEEK - timedelta(minutes=16), {}),
        # Made ahead: due only after the restore.
        (WEEK - timedelta(minutes=10), {"week": "queued"}),
        (WEEK, {"week": "skipped"}),
        (DAY - timedelta(minutes=10), {"day": "queued"}),
        (DAY + timedelta(hours=3), {"day": "skipped"}),
        (HOURS + timedelta(hours=1), {"hours": "skipped"}),
        (HOURS + timedelta(hours=4), {}),
    ],
)
def test_what_was_due_before_a_restore_counts_as_sent(
    follower: None, restored_at: datetime, states: dict[str, str]
) -> None:
    with time_machine.travel(restored_at + timedelta(seconds=30), tick=False):
        holding.count_as_sent(restored_at, now=datetime.now(UTC))
        assert _states() == states
        plan()
        assert {moment for moment, state in _states().items() if state == "queued"} == {
            moment for moment, state in states.items() if state == "queued"
        }


def test_on_hold_nothing_is_planned_and_afterwards_all_that_is_due(follower: None) -> None:
    with time_machine.travel(DAY - timedelta(minutes=30), tick=False) as clock:
        holding.hold(datetime.now(UTC))
        holding.count_as_sent(datetime.now(UTC), now=datetime.now(UTC))
        clock.move_to(DAY + timedelta(minutes=5))
        plan()
        assert _states() == {"week": "skipped"}
        assert holding.release()
        plan()
        assert _states() == {"week": "skipped", "day": "queued"}
    assert not holding.release()


@pytest.mark.django_db
def test_what_waits_in_the_backup_counts_as_sent_as_far_as_it_was_due() -> None:
    now = datetime.now(UTC)
    due = queue(key="due", not_before=now - timedelta(hours=1))
    later = queue(key="later", not_before=now + timedelta(hours=1))
    Delivery.objects.filter(pk=due.pk).update(state="started", lease_until=now)

    assert holding.count_as_sent(now, now=now) == 1
    assert {mail.key: (str(mail.state), mail.reason) for mail in Delivery.objects.all()} == {
        due.key: ("skipped", "before a restore"),
        later.key: ("queued", ""),
    }


def test_every_task_that_makes_mail_is_held() -> None:
    """A task of beat that wakes the sender makes mail: it is written with @plans_mail."""
    app.loader.import_default_modules()
    makes_mail: Callable[[], None] = plans_mail(lambda _now: None)
    holding._planners.pop()
    held = []
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        module, _dot, name = entry["task"].rpartition(".")
        run = getattr(import_module(module), name).run
        if run.__code__ is makes_mail.__code__:
            held.append(name)
        else:
            source = inspect.getsource(run)
            assert "send_soon()" not in source or "is_on_hold()" in source, name
    assert len(held) == len(holding._planners) >= 8
