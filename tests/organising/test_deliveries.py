"""Whether everybody was told: the board's rows and sums, before and after the mails are forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event, EventChange
from organising import deliveries
from organising.actions import announcing
from outbox.models import Delivery, Tally
from outbox.tallies import Counts, counts_of, forget_finished
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import (
    WEEKS_BEFORE,
    AnnouncementFactory,
    DeliveryFactory,
    EventFactory,
    OrganiserFactory,
    SubscriptionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def event() -> Event:
    event: Event = EventFactory()
    for _n in range(4):
        SubscriptionFactory(event=event)
    return event


def change(event: Event, kind: str = "restored") -> EventChange:
    made: EventChange = EventChange.objects.create(event=event, kind=kind, at=WEEKS_BEFORE)
    notice_changes(WEEKS_BEFORE + timedelta(minutes=2))
    return made


def became(batch: str, *states: str) -> None:
    """What became of its mails, one state for each."""
    found = Delivery.objects.filter(batch=batch).order_by("pk")
    for pk, state in zip(found.values_list("pk", flat=True), states, strict=True):
        Delivery.objects.filter(pk=pk).update(state=state, finished_at=None if state == "queued" else WEEKS_BEFORE)


def test_the_board_tells_of_changes_announcements_and_reminders(event: Event) -> None:
    made = change(event)
    became(f"change:{made.pk}", "sent", "failed", "skipped", "queued")
    announcement = AnnouncementFactory(event=event)
    announcing.send(announcement, version=1, by=OrganiserFactory(event=event).user)
    became(announcement.batch, "sent", "sent", "quarantined", "sent")
    AnnouncementFactory(event=event)
    plan(datetime(2027, 10, 4, 7, 0, tzinfo=UTC))
    rows = {row.what: row.counts for row in deliveries.told(event)}
    assert rows == {
        "Bring water": Counts(sent=3, failed=1),
        "Takes place after all": Counts(sent=1, failed=1, waiting=1, skipped=1),
        "Reminder a week before": Counts(waiting=4),
    }
    assert deliveries.totals([event]) == {event.pk: Counts(sent=4, failed=2, waiting=5, skipped=1)}
    assert deliveries.told(event)[0].at_text.endswith("14:00")


def test_a_change_that_nobody_had_to_hear_of_has_a_row_of_zeros() -> None:
    event = EventFactory()
    change(event)
    assert [row.counts for row in deliveries.told(event)] == [Counts()]
    assert deliveries.totals([event]) == {event.pk: Counts()}


def test_gathered_mails_are_no_protest_s_own(event: Event) -> None:
    SubscriptionFactory(event=None, scope="campaign", campaign=event.campaign)
    made = change(event)
    assert Delivery.objects.get(letter="changes").batch == ""
    assert counts_of([f"change:{made.pk}"])[f"change:{made.pk}"].total == 4


def test_the_numbers_outlive_the_mails(event: Event) -> None:
    made = change(event)
    batch = f"change:{made.pk}"
    became(batch, "sent", "failed", "skipped", "queued")
    DeliveryFactory(state="sent", finished_at=WEEKS_BEFORE)
    before = deliveries.totals([event])
    for _n in range(2):
        forget_finished(WEEKS_BEFORE + timedelta(days=1))
    assert Delivery.objects.count() == 1
    assert deliveries.totals([event]) == before
    Delivery.objects.update(state="sent", finished_at=WEEKS_BEFORE)
    forget_finished(WEEKS_BEFORE + timedelta(days=1))
    assert Delivery.objects.count() == 0
    tally = Tally.objects.get()
    assert (tally.batch, tally.sent, tally.failed, tally.skipped) == (batch, 2, 1, 1)
    assert deliveries.totals([event])[event.pk] == Counts(sent=2, failed=1, skipped=1)


def test_single_mails_are_forgotten_without_a_trace() -> None:
    DeliveryFactory(state="sent", finished_at=WEEKS_BEFORE)
    forget_finished(WEEKS_BEFORE + timedelta(days=1))
    assert (Delivery.objects.count(), Tally.objects.count()) == (0, 0)
    assert counts_of([""]) == {}


def test_rows_and_sums_take_three_queries_however_many_there_are(event: Event) -> None:
    owner = OrganiserFactory(event=event).user
    events = [event, EventFactory(title="Another")]
    for _n in range(2):
        change(event)
        announcing.send(AnnouncementFactory(event=event), version=1, by=owner)
    with CaptureQueriesContext(
        connection,
    ) as rows:
        deliveries.told(event)
    with CaptureQueriesContext(connection) as sums:
        deliveries.totals(events)
    assert (len(rows), len(sums)) == (3, 3)
