"""Who may look."""

import pytest

from events.models import Event
from moderation import actions
from tests.factories import CoordinatorFactory, UserFactory
from tests.moderation.conftest import text_of
from tests.moderation.mass_undo.flood import WHY, path_of, public, submission

pytestmark = pytest.mark.django_db


class TestWhoMayLook:
    def test_whoever_decides_on_something_that_the_account_sent_or_looks_after(self, enter, coordinator, suspect):
        room = enter(coordinator)
        assert room.get(path_of(suspect)).status_code == 404
        submission(suspect, country="DE")
        assert room.get(path_of(suspect)).status_code == 404
        revision = submission(suspect)
        assert path_of(suspect) in text_of(room.get(f"/moderation/{revision.pk}/"))
        assert room.get(path_of(suspect)).status_code == 200
        looks_after = UserFactory()
        public(looks_after)
        assert room.get(path_of(looks_after)).status_code == 200

    def test_at_what_a_moderator_decided_only_who_runs_the_edition(self, enter, coordinator, admin):
        decision = actions.hide_event(public(), by=coordinator, reason=WHY)
        page = text_of(enter(admin).get(path_of(coordinator)))
        assert "What it has decided" in page
        assert decision.event.title in page
        other = CoordinatorFactory().user
        assert enter(other).get(path_of(coordinator)).status_code == 404
        submission(coordinator)
        assert "What it has decided" not in text_of(enter(other).get(path_of(coordinator)))
        assert enter(other).post(path_of(coordinator), {"do": "decided", "reason": WHY}).status_code == 409
        assert Event.objects.get(pk=decision.event_id).state == "hidden"

    def test_nobody_below_reaches_a_superuser(self, enter, admin):
        boss = UserFactory(is_superuser=True)
        actions.hide_event(public(), by=boss, reason=WHY)
        assert enter(admin).get(path_of(boss)).status_code == 404

    @pytest.mark.parametrize("path", ["00000000-0000-4000-8000-000000000000/", "1/", "x/"])
    def test_there_is_nothing_at_other_numbers(self, enter, coordinator, path):
        assert enter(coordinator).get(f"/moderation/accounts/{path}").status_code == 404

    def test_no_address_of_an_organiser_is_shown(self, enter, coordinator, suspect):
        submission(suspect)
        assert "@example.org" not in text_of(enter(coordinator).get(path_of(suspect)))
