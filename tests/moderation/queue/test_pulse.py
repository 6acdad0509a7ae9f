"""What a waiting page asks, and what the queue costs."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from events.models import Revision
from moderation import queue
from moderation.queue import Filters, Tab
from tests.factories import CampaignFactory, CityFactory, EventFactory, RevisionFactory, UserFactory
from tests.moderation.queue.room import DAY, NOW, edit, many, submission

pytestmark = pytest.mark.django_db


class TestPulse:
    def test_says_what_came_since_the_page_was_opened(self, room):
        submission(submitted_at=NOW - DAY)
        submission(submitted_at=NOW)
        submission(submitted_at=NOW, quarantine="flood")
        answer = room.get("/moderation/pulse/", {"since": (NOW - dt.timedelta(minutes=1)).isoformat()}).json()
        assert answer == {
            "tabs": {"waiting": 2, "asked": 0, "quarantined": 1},
            "news": "1 new since you opened this page",
        }

    @pytest.mark.parametrize("since", ["", "now", "\0", "2027-10-11"])
    def test_says_nothing_new_to_an_unknown_time(self, room, since):
        submission()
        assert room.get("/moderation/pulse/", {"since": since}).json()["news"] == ""

    def test_after_log_out_leads_to_the_log_in(self, room):
        room.logout()
        assert room.get("/moderation/pulse/").status_code == 302


@pytest.mark.parametrize("tab", ["waiting", "asked", "decided"])
@pytest.mark.parametrize(
    "after", ["0001-01-01T00:00:00+23:59_1", "9999-12-31T23:59:59-23:59_1", "9999-12-31T23:59:59Z_1"]
)
def test_places_at_the_ends_of_time_are_no_fault(room, tab, after):
    assert room.get("/moderation/", {"tab": tab, "after": after}).status_code == 200
    assert room.get("/moderation/pulse/", {"since": after.partition("_")[0]}).status_code == 200


class TestCost:
    def count(self, client: Client, **query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/moderation/", query).status_code == 200
        return len(queries)

    def test_is_the_same_with_three_as_with_one_and_with_5000(self, room: Client) -> None:
        submission()
        one = self.count(room)
        edit(is_sensitive=True)
        submission()
        three = self.count(room)
        many(5000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE events_revision, events_event")
        assert one == three == self.count(room) == self.count(room, q="borders") - 1 == 8

    def test_does_not_grow_with_what_was_decided(self, moderator: User) -> None:
        many(200)
        event = EventFactory(campaign=CampaignFactory())
        one = RevisionFactory.build(event=event, author=None, city=CityFactory(), state="approved")
        old = {
            field.attname: getattr(one, field.attname)
            for field in Revision._meta.local_concrete_fields[1:]
            if not field.generated
        }
        authors = [UserFactory().pk for _n in range(60)]
        Revision.objects.bulk_create(
            Revision(**{**old, "number": number, "author_id": authors[number % 60]}) for number in range(2, 6000)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE events_revision, events_event")
        for filters in (Filters(), Filters(country="PL")):
            narrowed = filters.narrow(queue.in_tab(moderator, Tab.WAITING), moderator, NOW)
            _urgent, others = queue._urgent_first(narrowed, Tab.WAITING)
            plan = queue._with_facts(others).oldest_first()[: queue.PAGE + 1].explain(analyze=True)
            assert any(index in plan for index in ("revision_waiting", "revision_queue", "one_open_revision_per_event"))
            assert "Seq Scan on events_revision" not in plan
