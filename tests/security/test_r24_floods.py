"""R24: ten thousand forms at once. The queue stays usable, a few presses empty it, and nobody drowns in mail."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from events.models import Decision, Organiser, Revision
from moderation import bulk
from moderation.digests import plan
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, CampaignCountryFactory, CoordinatorFactory, RevisionFactory, UserFactory
from tests.log_in import log_in
from tests.moderation.queue.room import many

pytestmark = pytest.mark.django_db
FLOOD, SHORT_FLOOD = 10_000, 2_000
NOW = WEEKS_BEFORE + dt.timedelta(hours=3)


@pytest.fixture(autouse=True)
def _hours_later() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def room(client: Client) -> Client:
    CampaignCountryFactory()
    log_in(client, CoordinatorFactory(user=UserFactory(email="olena@example.org")).user)
    return client


def _flood(forms: int) -> None:
    """In quarantine, as blocklist.py puts them, all by one account that organises them."""
    many(forms, quarantine="flood", title="Cheap watches", description="Buy a watch.")
    Organiser.objects.bulk_create(
        Organiser(event_id=event, user_id=author) for event, author in Revision.objects.values_list("event", "author")
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_revision, events_event, events_organiser")


def _opened(room: Client, tab: str, q: str = "") -> int:
    """How many statements a page of the queue takes."""
    with CaptureQueriesContext(connection) as queries:
        assert room.get("/moderation/", {"tab": tab, "q": q}).status_code == 200
    return len(queries)


def test_ten_thousand_forms_leave_the_room_usable_and_go_in_ten_presses(room: Client, is_long: bool) -> None:
    forms = FLOOD if is_long else SHORT_FLOOD
    RevisionFactory(submitted_at=WEEKS_BEFORE)
    apart = RevisionFactory(quarantine="word", submitted_at=WEEKS_BEFORE)
    pages = [("waiting", ""), ("quarantined", ""), ("quarantined", "borders")]
    before = [_opened(room, *page) for page in pages]
    _flood(forms)
    assert [_opened(room, *page) for page in pages] == before
    assert Revision.objects.in_queue().count() == 1
    # A digest tells of the one that waits, and of nothing in quarantine.
    plan(NOW)
    plan(NOW + dt.timedelta(minutes=5))
    assert Delivery.objects.filter(letter__startswith="moderation_").count() <= 1

    presses, asked = 0, {"tab": "quarantined", "reason": "Advertising."}
    room.post("/moderation/bulk/", {"pk": [apart.pk], "verb": "release"})
    while Revision.objects.pending().exclude(quarantine="").exists():
        assert room.post("/moderation/bulk/alike/", asked).status_code == 302
        presses += 1
    assert presses == forms / bulk.AT_ONCE
    assert Decision.objects.count() == AuditEntry.objects.filter(verb="decision: reject").count() == forms
    assert Revision.objects.in_queue().count() == 2
    # Whoever sent them is told of ten a press.
    assert Delivery.objects.filter(letter="decision_reject").count() == 10 * presses
