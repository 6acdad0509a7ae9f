"""What was sent."""

import pytest

from accounts.models import AuditEntry
from events.models import Decision, Event, Revision, Trust
from moderation.models import Claim
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, CampaignFactory, CoordinatorFactory, UserFactory
from tests.moderation.conftest import text_of
from tests.moderation.mass_undo.flood import HOUR, WHY, path_of, public, states, submission, trust

pytestmark = pytest.mark.django_db


class TestWhatWasSent:
    def test_is_rejected_hidden_and_trusted_no_more_and_the_rest_stays(self, enter, coordinator, suspect):
        submission(suspect, title="Waits")
        submission(suspect, title="Waits in Germany", country="DE")
        public(suspect, title="Alone")
        public(suspect, title="Alone in Germany", country="DE")
        public(suspect, UserFactory(), title="Together")
        trust(suspect, by=coordinator)
        trust(suspect, by=coordinator, country="DE")
        room = enter(coordinator)

        preview = text_of(room.get(path_of(suspect)))
        for sentence in (
            "1 submission that waits is rejected",
            "1 public protest is taken off the list, and its followers are told",
            "1 protest stays, because others look after it too",
            "They are trusted no more",
        ):
            assert sentence in preview
        assert "in Germany" not in preview
        assert not Decision.objects.exists()

        page = text_of(room.post(path_of(suspect), {"do": "sent", "reason": WHY}))
        assert "1 submission was rejected." in page
        assert "1 protest was taken off the list." in page
        assert "Nothing of it waits, is public or is trusted." in page
        public_ones = {"Alone": "hidden", "Alone in Germany": "published", "Together": "published"}
        assert public_ones.items() <= states(Event).items()
        assert states(Revision) == {"Waits": "rejected", "Waits in Germany": "pending"}
        assert [one.country for one in Trust.objects.all()] == ["DE"]
        assert [one.reason.text for one in Decision.objects.all()] == [WHY, WHY]
        assert list(Event.objects.get(title="Alone").changes.values_list("kind", flat=True)) == ["hidden"]
        trace = AuditEntry.objects.get(verb="all taken back that was sent")
        assert (trace.actor_id, trace.object_id) == (coordinator.actor_id, suspect.pk)
        assert trace.codes == {"refused": 0, "rejected": 1, "hidden": 1, "trust": 1}

    def test_of_past_editions_stays(self, enter, coordinator, suspect):
        past = CampaignFactory(slug="2025", state="archived")
        CoordinatorFactory(user=coordinator, campaign=past)
        public(suspect, campaign=past)
        enter(coordinator).post(path_of(suspect), {"do": "sent", "reason": WHY})
        assert Event.objects.get().state == "published"

    def test_that_somebody_else_is_at_work_on_is_named_with_the_reason(self, enter, coordinator, suspect):
        claimed = submission(suspect, title="Looked at")
        submission(suspect, title="Free")
        Claim.objects.create(event=claimed.event, user=UserFactory(), until=WEEKS_BEFORE + HOUR)
        page = text_of(enter(coordinator).post(path_of(suspect), {"do": "sent", "reason": WHY}))
        assert "<bdi>Looked at</bdi>: Another moderator is at work on this." in page
        assert states(Revision) == {"Looked at": "pending", "Free": "rejected"}

    def test_needs_words_and_keeps_its_state_without(self, enter, coordinator, suspect):
        public(suspect)
        page = text_of(enter(coordinator).post(path_of(suspect), {"do": "sent", "reason": " ", "is_blocked": "on"}))
        assert "Please check what you entered" in page
        assert Event.objects.get().state == "published"

    def test_by_oneself_is_taken_back_by_others(self, enter, coordinator):
        public(coordinator)
        page = enter(coordinator).post(path_of(coordinator), {"do": "sent", "reason": WHY})
        assert page.status_code == 409
        assert "Another moderator has to take it back." in text_of(page)
        assert "Undo all of this" not in text_of(page)
        assert Event.objects.get().state == "published"

    def test_only_superusers_close_the_account(self, enter, coordinator, suspect):
        submission(suspect)
        closing = {"do": "sent", "reason": WHY, "is_blocked": "on"}
        assert "is_blocked" not in text_of(enter(coordinator).get(path_of(suspect)))
        enter(coordinator).post(path_of(suspect), closing)
        suspect.refresh_from_db()
        assert suspect.is_active
        # There is nothing else left to take back.
        page = text_of(enter(UserFactory(is_superuser=True)).post(path_of(suspect), closing))
        suspect.refresh_from_db()
        assert not suspect.is_active
        assert "The account is closed." in page
        assert AuditEntry.objects.filter(verb="account blocked", object_id=suspect.pk).count() == 1

    def test_a_flood_that_is_taken_back_is_no_flood_of_mail(self, enter, coordinator, suspect):
        for _n in range(13):
            submission(suspect)
        enter(coordinator).post(path_of(suspect), {"do": "sent", "reason": WHY})
        assert Decision.objects.count() == 13
        assert Delivery.objects.filter(letter="decision_reject").count() == 10

    def test_twice_is_once(self, enter, coordinator, suspect):
        public(suspect)
        room = enter(coordinator)
        room.post(path_of(suspect), {"do": "sent", "reason": WHY})
        page = room.post(path_of(suspect), {"do": "sent", "reason": WHY})
        assert "There was nothing to take back." in text_of(page)
        assert Decision.objects.count() == 1
