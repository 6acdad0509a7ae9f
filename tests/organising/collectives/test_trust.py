"""Trust."""

import pytest

from events.actions import Refused
from events.models import Trust
from moderation import collectives as deciding
from organising import actions
from organising.actions import hosting
from tests.factories import CampaignFactory, CoordinatorFactory, EventFactory, OrganiserFactory
from tests.log_in import log_in

pytestmark = pytest.mark.django_db


class TestTrust:
    @pytest.fixture(autouse=True)
    def trusted(self, event, collective, owner, moderator):
        hosting.set_host(event, collective, by=owner)
        deciding.trust(collective, event.campaign, by=moderator)
        event.refresh_from_db()

    def send(self, event, by):
        return actions.submit_edit(event, {**event.details(), "title": "Better title"}, by=by).state

    def test_holds_for_its_members_on_what_it_hosts(self, event, owner):
        assert self.send(event, owner) == "approved"

    def test_ends_with_the_membership(self, event, collective, owner, member):
        own = OrganiserFactory(event=event, role="co_organiser").user
        assert self.send(event, own) == "pending"

    def test_ends_when_it_is_taken_back(self, client, event, collective, owner, moderator):
        log_in(client, moderator)
        sent = {"verb": "untrust", "campaign": event.campaign_id}
        assert client.post(f"/moderation/collectives/{collective.pk}/", sent).status_code == 302
        assert self.send(event, owner) == "pending"

    def test_is_for_hosted_protests_only(self, collective, owner):
        other = OrganiserFactory(event=EventFactory(title="Another"), user=owner).event
        assert self.send(other, owner) == "pending"

    def test_is_not_for_another_country(self, event, collective, owner):
        Trust.objects.update(country="DE")
        assert self.send(event, owner) == "pending"

    def test_is_given_by_those_of_the_country_in_that_edition(self, collective):
        elsewhere = CampaignFactory(slug="2026")
        moderator = CoordinatorFactory(campaign=elsewhere).user
        with pytest.raises(Refused):
            deciding.trust(collective, CampaignFactory(), by=moderator)
