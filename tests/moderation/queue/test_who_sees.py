"""Who sees what."""

import uuid

import pytest

from events.models import Coordinator, Decision, Revision
from moderation.models import Claim
from moderation.queue import Tab
from tests.factories import CampaignFactory, CoordinatorFactory, EventFactory
from tests.log_in import log_in
from tests.moderation.queue.room import DAY, NOW, shown, submission

pytestmark = pytest.mark.django_db


class TestWhoSees:
    """A coordinator of Poland sees nothing of Finland's, wherever they look."""

    @pytest.fixture
    def finnish(self):
        waiting = submission(title="Helsinki", country="FI", event__country="FI")
        submission(title="Tampere", country="FI", event__country="FI", state="changes_requested")
        submission(title="Turku", country="FI", event__country="FI", quarantine="word")
        Decision.objects.create(at=NOW, verb="hide", actor_id=uuid.uuid4(), event=waiting.event)
        return waiting

    @pytest.mark.parametrize("tab", Tab.values)
    @pytest.mark.parametrize("query", [{}, {"country": "FI"}, {"q": "helsinki"}])
    def test_in_no_tab_and_search(self, room, finnish, tab, query):
        response = room.get("/moderation/", {"tab": tab, **query})
        assert response.context["page"].is_empty
        assert not any(count for _value, _label, count in response.context["tabs"])

    def test_not_by_the_protest_s_number(self, room, finnish):
        assert shown(room, q=finnish.event.public_id) == []

    def test_not_by_the_pulse(self, room, finnish):
        answer = room.get("/moderation/pulse/", {"since": (NOW - DAY).isoformat()}).json()
        assert answer == {"tabs": {"waiting": 0, "asked": 0, "quarantined": 0}, "news": ""}

    def test_not_by_taking_the_next(self, room, finnish):
        assert room.post("/moderation/next/", {"country": "FI"}).url == "/moderation/?country=FI"
        assert not Claim.objects.exists()

    @pytest.mark.parametrize("verb", ["reject", "release"])
    def test_not_by_ticking(self, room, finnish, verb):
        pks = list(Revision.objects.values_list("pk", flat=True))
        room.post("/moderation/bulk/", {"pk": pks, "verb": verb, "reason": "No."})
        room.post("/moderation/bulk/alike/", {"reason": "No."})
        assert Revision.objects.exclude(quarantine="").count() == 1
        assert not Revision.objects.filter(state="rejected").exists()

    def test_but_an_edit_that_moves_a_protest_to_poland_is_theirs_with_its_decision(self, room):
        moved = submission(event=EventFactory(country="FI"), number=2, title="To Poland")
        Decision.objects.create(at=NOW, verb="reject", actor_id=uuid.uuid4(), event=moved.event, revision=moved)
        assert shown(room) == ["To Poland"]
        assert len(room.get("/moderation/", {"tab": "decided"}).context["page"].rows) == 1

    def test_nor_languages_that_they_do_not_read(self, room, moderator):
        Coordinator.objects.filter(user=moderator).update(languages=["pl"])
        submission(title="English")
        submission(title="Polish", language="pl")
        assert shown(room) == ["Polish"]

    def test_nor_those_of_another_edition(self, client):
        other = CampaignFactory(slug="2028", starts_on="2028-10-11", ends_on="2028-10-13")
        log_in(client, CoordinatorFactory(campaign=other).user)
        submission()
        assert shown(client) == []
