"""What was decided."""

import datetime as dt
import uuid

import pytest

from accounts.models import AuditEntry
from events.models import Coordinator, Event, Organiser, Report, Revision, Trust
from moderation import actions, after_reports, announcements, collectives, people, quarantine, reports, sign_ons
from moderation.people import Rights
from reminders.notices import notice_changes
from tests.factories import (
    WEEKS_BEFORE,
    AfterReportFactory,
    AnnouncementFactory,
    CampaignFactory,
    CollectiveFactory,
    CoordinatorFactory,
    OrganiserFactory,
    RevisionFactory,
    SignOnFactory,
    UserFactory,
)
from tests.log_in import log_in
from tests.moderation.conftest import text_of
from tests.moderation.mass_undo.flood import HOUR, MINUTES, WHY, path_of, public, states, submission

pytestmark = pytest.mark.django_db


class TestWhatWasDecided:
    def test_is_taken_back_or_turned_into_what_comes_closest(self, enter, clock, admin, suspect):
        CoordinatorFactory(user=suspect)
        told = submission(title="Public and known")
        actions.approve_and_trust(told, by=suspect)
        merged = public(UserFactory(), title="Merged and known")
        actions.merge_event(merged, into=public(title="The other"), by=suspect, reason=WHY)
        clock.shift(MINUTES)
        notice_changes(WEEKS_BEFORE + MINUTES)
        rejected = submission(title="Rejected")
        actions.reject_revision(rejected, by=suspect, reason=WHY)
        fresh = submission(title="Public a moment")
        actions.approve_revision(fresh, by=suspect)
        hidden = public(title="Hidden")
        actions.hide_event(hidden, by=suspect, reason=WHY)
        overruled = public(title="Overruled")
        actions.hide_event(overruled, by=suspect, reason=WHY)
        actions.restore_event(overruled, by=admin)
        given_away = public(UserFactory(), title="Given away")
        actions.hand_over_event(given_away, address="thief@example.org", by=suspect, reason=WHY)
        room = enter(admin)

        preview = text_of(room.get(path_of(suspect)))
        assert preview.count("is taken back</span>") == 3
        assert preview.count("people have been told of it</span>") == 1
        assert preview.count("the protest is put back on the list") == 1
        assert preview.count("look at it yourself</span>") == 2
        assert "1 organiser whom they trusted is trusted no more." in preview
        assert "removed as a moderator" in preview

        page = text_of(room.post(path_of(suspect), {"do": "decided", "reason": WHY}))
        for sentence in (
            "They moderate 1 edition no more.",
            "3 decisions were taken back.",
            "1 protest was taken off the list.",
            "1 protest was put back on the list.",
            "<bdi>Overruled</bdi>: Something else was decided since.",
            "<bdi>Given away</bdi>: Hand it over again instead, to whom it belongs.",
        ):
            assert sentence in page
        assert states(Event) == {
            "Public and known": "hidden",
            "Merged and known": "published",
            "The other": "published",
            "Rejected": "submitted",
            "Public a moment": "submitted",
            "Hidden": "published",
            "Overruled": "published",
            "Given away": "published",
        }
        assert states(Revision) == {"Public and known": "approved", "Rejected": "pending", "Public a moment": "pending"}
        assert not Trust.objects.exists()

    def test_takes_the_place_of_the_moderator_and_ends_their_sessions(self, enter, client, admin, suspect):
        CoordinatorFactory(user=suspect)
        elsewhere = type(client)()
        log_in(elsewhere, suspect)
        assert elsewhere.get("/moderation/").status_code == 200
        enter(admin).post(path_of(suspect), {"do": "decided", "reason": WHY})
        assert elsewhere.get("/moderation/").status_code == 302
        assert list(Coordinator.objects.values_list("user", flat=True)) == [admin.pk]
        assert AuditEntry.objects.get(verb="logged out everywhere").actor_id == admin.actor_id

    def test_longer_ago_than_was_chosen_stays(self, enter, clock, admin, suspect):
        CoordinatorFactory(user=suspect)
        actions.hide_event(public(title="Yesterday"), by=suspect, reason=WHY)
        clock.shift(23 * HOUR)
        actions.hide_event(public(title="Today"), by=suspect, reason=WHY)
        room = enter(admin)
        assert "Nothing in this time." not in text_of(room.get(path_of(suspect), {"hours": "1"}))
        room.post(f"{path_of(suspect)}?hours=1", {"do": "decided", "reason": WHY})
        assert states(Event) == {"Yesterday": "hidden", "Today": "published"}
        room.post(f"{path_of(suspect)}?hours=24", {"do": "decided", "reason": WHY})
        assert states(Event) == {"Yesterday": "published", "Today": "published"}

    @pytest.mark.parametrize("hours", ["", "0", "-1", "1e3", "9" * 99, "\0"])
    def test_odd_times_are_a_day(self, enter, admin, suspect, hours):
        CoordinatorFactory(user=suspect)
        assert enter(admin).get(path_of(suspect), {"hours": hours}).context["hours"] == 24

    def test_the_last_admin_stays_one_and_it_is_said(self, enter, admin):
        actions.hide_event(public(title="Hidden"), by=admin, reason=WHY)
        Coordinator.objects.filter(user=admin).update(away_from=WEEKS_BEFORE, away_until=WEEKS_BEFORE)
        cover = CoordinatorFactory().user
        Coordinator.objects.filter(user=admin).update(cover=cover)
        page = text_of(enter(cover).post(path_of(admin), {"do": "decided", "reason": WHY}))
        assert "Nobody else looks after the people of this edition." in page
        assert Coordinator.objects.admins().get().user == admin
        assert states(Event) == {"Hidden": "published"}

    def test_a_protest_of_theirs_is_hidden_though_a_change_of_it_waits_again(self, enter, clock, admin, suspect):
        CoordinatorFactory(user=suspect)
        revision = submission()
        actions.approve_revision(revision, by=suspect)
        clock.shift(MINUTES)
        notice_changes(WEEKS_BEFORE + MINUTES)
        edit = RevisionFactory(event=revision.event, number=2, author=revision.author, title="Newer")
        actions.approve_revision(edit, by=suspect)
        page = text_of(enter(admin).post(path_of(suspect), {"do": "decided", "reason": WHY}))
        assert "This could not be taken back" not in page
        event = Event.objects.get()
        assert (event.title, event.state) == (revision.title, "hidden")
        edit.refresh_from_db()
        assert edit.state == "pending"

    def test_several_on_one_protest_go_back_one_after_the_other(self, enter, clock, admin, suspect):
        CoordinatorFactory(user=suspect)
        revision = submission()
        actions.approve_revision(revision, by=suspect)
        clock.shift(dt.timedelta(seconds=10))
        actions.hide_event(revision.event, by=suspect, reason=WHY)
        enter(admin).post(path_of(suspect), {"do": "decided", "reason": WHY})
        assert Event.objects.get().state == "submitted"
        assert Revision.objects.get().state == "pending"


def test_the_page_costs_the_same_whatever_the_account_did(enter, coordinator, suspect, django_assert_max_num_queries):
    for _n in range(5):
        submission(suspect)
        public(suspect)
        Organiser.objects.filter(event=public(suspect)).update(role="co_organiser")
    room = enter(coordinator)
    with django_assert_max_num_queries(14):
        room.get(path_of(suspect))


class TestWhatElseAModeratorDid:
    """What a stolen account of a moderator leaves beside decisions."""

    def test_is_taken_back_too(self, enter, admin):
        thief = CoordinatorFactory(admin=True).user
        accomplice = people.appoint(
            CampaignFactory(), "accomplice@example.org", Rights(Coordinator.Role.COORDINATOR, ("PL",), ()), by=thief
        )
        event = public()
        said = Report.objects.create(
            key=uuid.uuid4(), event=event, at=WEEKS_BEFORE, reason="danger", text="", language="pl"
        )
        reports.dismiss(event, by=thief, up_to=said.pk)
        apart = submission()
        Revision.objects.update(quarantine="word")
        apart.refresh_from_db()
        quarantine.release(apart, by=thief)
        signed = SignOnFactory(state="pending", confirmed_at=WEEKS_BEFORE)
        sign_ons.publish_sign_on(signed, by=thief)
        page = text_of(enter(admin).get(path_of(thief)))
        assert "acc…" in page or "a…" in page
        said_so = text_of(enter(admin).post(path_of(thief), {"do": "decided", "reason": WHY}))
        assert "1 moderator whom they appointed was removed." in said_so
        assert not Coordinator.objects.filter(user__in=[thief, accomplice]).exists()
        assert Report.objects.open().get() == said
        apart.refresh_from_db()
        signed.refresh_from_db()
        assert (apart.quarantine, signed.state) == ("word", "pending")

    def test_and_cannot_be_is_named(self, enter, admin):
        thief = CoordinatorFactory(admin=True).user
        victim = CoordinatorFactory().user
        people.remove(CampaignFactory(), victim, by=thief)
        page = text_of(enter(admin).post(path_of(thief), {"do": "decided", "reason": WHY}))
        assert "Look at it yourself." in page

    def test_a_report_that_they_published_comes_down(self, enter, admin):
        thief = CoordinatorFactory(admin=True).user
        report = AfterReportFactory(event=public())
        after_reports.publish_report(report, by=thief, number=report.number)
        assert "was published: is taken down" in text_of(enter(admin).get(path_of(thief)))
        said_so = text_of(enter(admin).post(path_of(thief), {"do": "decided", "reason": WHY}))
        assert "Reports on protests that they had published were taken down." in said_so
        report.refresh_from_db()
        assert (report.state, report.reason) == ("taken_down", WHY)

    def test_what_left_or_was_written_over_is_named(self, enter, admin):
        thief = CoordinatorFactory(admin=True).user
        event = public()
        author = OrganiserFactory(event=event).user
        waiting = AnnouncementFactory(event=event, state="in_review", sent_at=WEEKS_BEFORE, actor_id=author.actor_id)
        announcements.release_announcement(waiting, version=waiting.version, by=thief)
        collective = CollectiveFactory(name="Open Kitchen")
        collectives.hide(collective, by=thief, reason="Spam.")
        page = text_of(enter(admin).get(path_of(thief)))
        assert "an announcement was sent to followers" in page
        assert "a collective was hidden" in page
        assert "Open Kitchen" in page

    def test_elsewhere_is_not_theirs_to_see(self, enter, admin):
        thief = CoordinatorFactory(admin=True).user
        other = CoordinatorFactory(campaign=CampaignFactory(slug="2028"), admin=True).user
        people.remove(other.coordinator_of.get().campaign, other, by=UserFactory(is_superuser=True))
        event = public()
        said = Report.objects.create(key=uuid.uuid4(), event=event, at=WEEKS_BEFORE, reason="fake", language="pl")
        reports.dismiss(event, by=thief, up_to=said.pk)
        stranger = CoordinatorFactory(campaign=CampaignFactory(slug="2028"), admin=True).user
        assert enter(stranger).get(path_of(thief)).status_code == 404
