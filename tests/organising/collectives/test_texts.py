"""Texts."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from events.actions import Refused
from events.models import Collective, Trust
from moderation import collectives as deciding
from organising.actions import hosting
from organising.actions.collectives import MOST_WAITING, found_collective, propose_texts
from tests.factories import CampaignFactory, CoordinatorFactory, UserFactory
from tests.log_in import log_in
from tests.organising.collectives.founding import TEXTS, page, public

pytestmark = pytest.mark.django_db


class TestTexts:
    def test_a_new_one_waits_and_is_nowhere_public(self, client, moderator):
        user = UserFactory()
        client.force_login(user)
        assert client.get("/organise/collectives/new/").status_code == 200
        answer = client.post("/organise/collectives/new/", {**TEXTS, "country": "PL"})
        one = Collective.objects.get()
        assert answer["Location"] == page(one)
        assert client.get(page(one)).status_code == 200
        assert public(Client(), one).status_code == 404
        deciding.approve(one, 1, by=moderator)
        shown = public(Client(), one).content.decode()
        assert "<em>cook</em>" in shown
        assert ">kitchen.example</a>" in shown

    def test_what_is_wrong_is_said_and_kept(self, client):
        client.force_login(UserFactory())
        answer = client.post(
            "/organise/collectives/new/", {"name": "\0", "website": "javascript:alert(1)", "about": "Kept"}
        )
        assert answer.status_code == 200
        assert b"Kept" in answer.content
        assert not Collective.objects.exists()

    def test_approving_one_version_never_publishes_the_next(self, moderator):
        admin = UserFactory()
        one = found_collective(TEXTS, "PL", by=admin)
        deciding.approve(one, 1, by=moderator)
        propose_texts(one, {**TEXTS, "about": "Read"}, by=admin)
        propose_texts(one, {**TEXTS, "about": "Unread"}, by=admin)
        with pytest.raises(Refused):
            deciding.approve(one, 2, by=moderator)
        one.refresh_from_db()
        assert (one.about, one.proposal_number) == ("We *cook*.", 3)
        deciding.approve(one, 3, by=moderator)
        one.refresh_from_db()
        assert (one.about, one.proposal) == ("Unread", {})
        with pytest.raises(Refused):
            deciding.approve(one, 3, by=moderator)

    def test_the_public_name_stays_until_the_new_one_is_read(self, client, collective, owner, moderator):
        client.force_login(owner)
        client.post(page(collective, "edit/"), {**TEXTS, "name": "Police"})
        assert b"Police" not in public(Client(), collective).content
        log_in(client, moderator)
        assert b"Police" in client.get("/moderation/collectives/").content

    def test_a_refusal_is_told_with_its_reason(self, client, moderator, delivered):
        admin = UserFactory()
        one = found_collective(TEXTS, "PL", by=admin)
        deciding.refuse(one, 1, by=moderator, reason="Say more.")
        [letter] = delivered()
        assert (letter.to, "Say more." in letter.text) == (admin.email, True)
        client.force_login(admin)
        assert b"Say more." in client.get(page(one)).content
        propose_texts(one, TEXTS, by=admin)
        assert Collective.objects.with_proposal().get() == one

    def test_those_that_were_refused_do_not_wait(self, moderator):
        admin = UserFactory()
        for _n in range(MOST_WAITING):
            deciding.refuse(found_collective(TEXTS, "PL", by=admin), 1, by=moderator, reason="No.")
        for _n in range(MOST_WAITING):
            found_collective(TEXTS, "PL", by=admin)
        with pytest.raises(Refused):
            found_collective(TEXTS, "PL", by=admin)

    def test_what_is_hidden_is_gone_everywhere(self, client, collective, owner, event, moderator, delivered):
        hosting.set_host(event, collective, by=owner)
        deciding.trust(collective, event.campaign, by=moderator)
        assert collective.name in client.get(event.get_absolute_url()).content.decode()
        deciding.hide(collective, by=moderator, reason="Spam.")
        assert collective.name not in client.get(event.get_absolute_url()).content.decode()
        assert public(client, collective).status_code == 404
        assert not Trust.objects.exists()
        collective.refresh_from_db()
        deciding.show(collective, by=moderator)
        assert public(client, collective).status_code == 200

    def test_a_look_alike_is_flagged(self, client, collective, moderator):
        found_collective({**TEXTS, "name": collective.name.replace("O", "О")}, "PL", by=UserFactory())
        log_in(client, moderator)
        assert b"looks like that of another collective" in client.get("/moderation/collectives/").content

    def test_nobody_decides_on_their_own(self, moderator):
        one = found_collective(TEXTS, "PL", by=moderator)
        with pytest.raises(Refused):
            deciding.approve(one, 1, by=moderator)

    @pytest.mark.parametrize("who", ["stranger", "coordinator of Germany"])
    def test_only_moderators_of_its_country_decide(self, client, collective, who):
        propose_texts(collective, TEXTS, by=collective.memberships.get().user)
        user = UserFactory() if who == "stranger" else CoordinatorFactory(country="DE").user
        log_in(client, user)
        answer = client.post(f"/moderation/collectives/{collective.pk}/", {"verb": "approve", "number": "1"})
        assert answer.status_code == 404
        assert Collective.objects.with_proposal().exists()

    def test_coordinators_of_any_edition_decide(self, client, collective):
        earlier = CampaignFactory(slug="2026")
        moderator = CoordinatorFactory(campaign=earlier).user
        propose_texts(collective, TEXTS, by=collective.memberships.get().user)
        log_in(client, moderator)
        answer = client.post(f"/moderation/collectives/{collective.pk}/", {"verb": "approve", "number": "1"})
        assert answer["Location"] == "/moderation/collectives/"
        assert AuditEntry.objects.filter(verb="collective approved", actor_id=moderator.actor_id).count() == 1

    def test_coordinators_of_archived_editions_decide_no_more(self, client, collective):
        moderator = CoordinatorFactory(campaign=CampaignFactory(slug="2026", state="archived")).user
        propose_texts(collective, TEXTS, by=collective.memberships.get().user)
        assert not deciding.collectives_of(moderator).exists()
        with pytest.raises(Refused):
            deciding.approve(collective, 1, by=moderator)
